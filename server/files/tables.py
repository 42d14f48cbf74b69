"""Reads a table out of a file as offices make them: CSV of any usual encoding and separator, or Excel; a title above it,
Vietnamese or English headings, numbers where text was meant. What the columns mean is the caller's.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from server.files.excel import MAX_ROWS, Grid, TableError, Tidy, excel_grids, is_excel
from server.files.text import clean, fold

__all__ = ["Headings", "RowProblem", "Table", "TableError", "TableRow", "normalise_heading", "read_table", "usual_heading"]

MAX_BYTES = 20 * 1024 * 1024
HEADER_DEPTH = 60
"""The header row is looked for in this many rows from the top."""
_SEPARATORS = (",", ";", "\t", "|")

Headings = Mapping[str, Sequence[str]]
"""Field → the headings it may stand under. Compared without case, accents, punctuation and what stands in brackets; the
field's own name always counts."""


class TableRow(msgspec.Struct, frozen=True):
    """One row with something in it."""

    number: int
    """As the file's own program shows it, from 1."""
    cells: dict[str, str]
    """Field → clean text; every field whose column exists."""
    all: tuple[str, ...] = ()
    """Every cell of the row, also of columns that mean nothing to us."""

    def __getitem__(self, field: str) -> str:
        """The text of the field; empty when the cell is, or when the file has no such column."""
        return self.cells.get(field, "")


class Table(msgspec.Struct, frozen=True):
    """What was found."""

    header_row: int
    headings: dict[str, str]
    """Field → its heading as written in the file."""
    ignored: tuple[str, ...]
    """Headings that mean nothing to us."""
    rows: tuple[TableRow, ...]
    sheet: str = ""
    """Excel's sheet; empty for CSV."""
    head: tuple[str, ...] = ()
    """The whole header row."""
    columns: dict[int, str] = msgspec.field(default_factory=dict)
    """Index of a column → its field."""
    above: tuple[tuple[str, ...], ...] = ()
    """The rows above the header."""


class RowProblem(msgspec.Struct, frozen=True):
    """One thing wrong in one row, for the person who will mend the file."""

    row: int
    """As the file shows it, from 1; 0 when it concerns the file as a whole."""
    column: str
    """The heading as written in the file, or the field's usual one."""
    value: str
    reason: str
    """Vietnamese."""


def read_table(
    data: bytes,
    headings: Headings,
    needed: Collection[str],
    sheet: str | None = None,
    *,
    tidy: Tidy = clean,
    lenient: bool = False,
) -> Table:
    """The table under the first row that has the headings of all `needed` fields.

    Every cell comes as clean text: accents in one form (NFC), numbers without ".0", times "08:30", dates "2025-06-11".
    `tidy` may keep more of the text (its lines). Of several sheets the one with the best header row is taken, or only the
    one named `sheet`; empty rows are left out. Of two columns for one field a `lenient` reader takes the first.

    Raises:
        TableError: empty, too large, not a table, no such header row, two columns for one field.

    """
    if not data.strip():
        raise TableError("file_empty", "Tệp không có nội dung.")
    if len(data) > MAX_BYTES:
        raise TableError("file_too_large", f"Tệp lớn hơn {MAX_BYTES // 1024 // 1024} MB.")
    names = _names(headings)
    grids = list(excel_grids(data, tidy) if is_excel(data) else _csv_grids(data, tidy))
    found = [(_find_header(grid, names, needed, lenient=lenient), name, grid) for name, grid in grids if sheet in (None, name)]
    complete = [(header, name, grid) for header, name, grid in found if header is not None]
    if not complete:
        raise TableError("header_missing", _what_is_missing([grid for _, grid in grids], headings, names, needed))
    (at, fields), name, grid = max(complete, key=lambda candidate: len(candidate[0][1]))
    return _table(name, grid, at, fields, names)


def normalise_heading(text: str) -> str:
    """A heading made comparable: folded, words only, without what stands in brackets."""
    without_brackets = re.sub(r"\([^)]*\)|\[[^]]*\]", " ", text)
    return " ".join(re.findall(r"[a-z0-9]+", fold(without_brackets) or fold(text)))


def _names(headings: Headings) -> dict[str, str]:
    """Normalised heading → field."""
    names: dict[str, str] = {}
    for field, synonyms in headings.items():
        for name in (field, *synonyms):
            names[normalise_heading(name)] = field
    return names


Header = tuple[int, dict[str, int]]
"""Index of the row, and field → index of the column."""


def _find_header(grid: Grid, names: Mapping[str, str], needed: Collection[str], *, lenient: bool) -> Header | None:
    for at, row in enumerate(grid[:HEADER_DEPTH]):
        fields: dict[str, int] = {}
        twice: list[str] = []
        for column, cell in enumerate(row):
            field = names.get(normalise_heading(cell)) if cell else None
            if field is not None and field in fields:
                twice.append(f"“{row[fields[field]]}” và “{cell}”")
            elif field is not None:
                fields[field] = column
        if all(field in fields for field in needed):
            if twice and not lenient:
                raise TableError("column_twice", f"Hai cột cùng một nghĩa: {'; '.join(twice)}. Bỏ bớt một cột.")
            return at, fields
    return None


def _what_is_missing(grids: Sequence[Grid], headings: Headings, names: Mapping[str, str], needed: Collection[str]) -> str:
    """Names the columns that the most likely header row lacks."""
    best: tuple[int, set[str]] = (0, set())
    for grid in grids:
        for at, row in enumerate(grid[:HEADER_DEPTH], start=1):
            fields = {names[name] for name in map(normalise_heading, row) if name in names}
            if len(fields) > len(best[1]):
                best = (at, fields)
    missing = ", ".join(f"“{usual_heading(field, headings)}”" for field in needed if field not in best[1])
    if not best[1]:
        return f"Không tìm thấy dòng tiêu đề. Cần có các cột: {missing}."
    return f"Dòng tiêu đề (dòng {best[0]}) thiếu cột: {missing}."


def usual_heading(field: str, headings: Headings) -> str:
    """The heading we write ourselves: the first of the field."""
    return next(iter(headings[field]), field)


def _table(sheet: str, grid: Grid, at: int, fields: dict[str, int], names: Mapping[str, str]) -> Table:
    head = grid[at]
    rows = tuple(
        TableRow(
            number=number,
            cells={field: row[column] if column < len(row) else "" for field, column in fields.items()},
            all=tuple(row),
        )
        for number, row in enumerate(grid[at + 1 :], start=at + 2)
        if any(row)
    )
    return Table(
        header_row=at + 1,
        headings={field: head[column] for field, column in fields.items()},
        ignored=tuple(cell for cell in head if cell and normalise_heading(cell) not in names),
        rows=rows,
        sheet=sheet,
        head=tuple(head),
        columns={column: field for field, column in fields.items()},
        above=tuple(map(tuple, grid[:at])),
    )


def _csv_grids(data: bytes, tidy: Tidy) -> Iterator[tuple[str, Grid]]:
    """The text under every separator; the header row tells later which one was meant."""
    text = _decode(data)
    first, _, rest = text.partition("\n")
    if told := re.fullmatch(r"\s*sep=(.)\s*", first, re.IGNORECASE):
        yield "", _csv_grid(rest, told[1], tidy)
        return
    for separator in _SEPARATORS:
        if separator in text:
            yield "", _csv_grid(text, separator, tidy)
    if not any(separator in text for separator in _SEPARATORS):
        yield "", _csv_grid(text, ",", tidy)


def _csv_grid(text: str, separator: str, tidy: Tidy) -> Grid:
    """Records of the text. A record spread over lines by quotes is one row, as Excel shows it."""
    lines = text.splitlines(keepends=True)
    grid: Grid = []
    try:
        for record in csv.reader(lines, delimiter=separator):
            grid.append([tidy(cell) for cell in record])
            if len(grid) > MAX_ROWS:
                raise TableError("too_many_rows", f"Tệp có hơn {MAX_ROWS} dòng.")
    except csv.Error as error:
        raise TableError("csv_unreadable", f"Dòng {len(grid) + 1} không đọc được: {error}") from error
    return grid


def _decode(data: bytes) -> str:
    """UTF-8 or UTF-16 by its mark or by trying, else Windows' Vietnamese code page 1258."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding)
    zeros_at_even, zeros_at_odd = data[0:1000:2].count(0), data[1:1000:2].count(0)
    if max(zeros_at_even, zeros_at_odd) > len(data[:1000]) // 8:
        return _decoded(data, "utf-16-le" if zeros_at_odd > zeros_at_even else "utf-16-be")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(data, "cp1258")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise TableError(
            "encoding_unknown", "Không đọc được bảng mã của tệp. Lưu lại dạng “CSV UTF-8” hoặc Excel (.xlsx)."
        ) from error
