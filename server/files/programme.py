"""Programmes out of files: a table of times, titles, owners and kinds, as the office typed it, and its own columns kept."""

import re
from collections.abc import Collection, Sequence
from itertools import chain, count
from pathlib import Path

import msgspec

from server.ceremony.programme import Column, Item, ItemKind, Sheet
from server.ceremony.programme.items import MAX_CELL, MAX_COLUMNS, MAX_NOTES, MAX_OWNER, MAX_TITLE, MAX_WORDS
from server.ceremony.programme.words import fault_in
from server.files.programme_columns import (
    FIXED,
    KIND_NAMES,
    LINKED,
    NEEDED,
    PROGRAMME_HEADINGS,
    VIETNAM,
    fixed_by_word,
    kinds_by_word,
)
from server.files.tables import RowProblem, Table, TableError, TableRow, normalise_heading, read_table, usual_heading
from server.files.text import clean, clean_lines, fold
from site_agent.units import HOUR, MINUTE, Duration, Instant, SiteCode

__all__ = ["VIETNAM", "ProgrammeFile", "keep_ids", "read_programme"]

_CLOCK = re.compile(
    r"(?:\d{4}-\d\d-\d\d |\d{1,2}/\d{1,2}/\d{4} )?(\d{1,2})\s*(?::|h|g|giờ|\.)\s*(\d{2})?(?::\d{2})?\s*(?:phút|p|')?"
)
_RANGE = re.compile(r"\s*(?:-|–|—|→|\bđến\b)\s*(?=\d)")
_MINUTES = re.compile(r"(\d{1,3})\s*(?:phút|p|'|’|′)?")
_DAY = Duration(24 * HOUR)
_LONGEST = {"title": MAX_TITLE, "owner": MAX_OWNER, "words": MAX_WORDS, "notes": MAX_NOTES}


class ProgrammeFile(msgspec.Struct, frozen=True):
    """A programme that was read."""

    items: tuple[Item, ...]
    first: Duration
    """Start of the first item after local midnight."""
    ignored: tuple[str, ...] = ()
    """Headings of columns that mean nothing to us; their cells are kept with the items."""
    sheet: Sheet | None = None
    named: frozenset[str] = frozenset()
    """Items whose id stands in the file."""


def read_programme(
    source: bytes | Path, starts_at: Instant | None = None, sites: Collection[SiteCode] = ()
) -> ProgrammeFile | list[RowProblem]:
    """The programme in a CSV or Excel file, or everything that is wrong with it.

    Needed columns: start (or one column “08:00 - 08:15”) and title. Without an end an item lasts for its length, or until
    the next. An item that starts when the one before it ends is linked to it, unless the file says otherwise. Offsets
    count from `starts_at` (its time of day in Việt Nam), or from the first item where None. Where `sites` are given, only
    they can be named.
    """
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
        table = read_table(data, PROGRAMME_HEADINGS, NEEDED, tidy=clean_lines, lenient=True)
    except TableError as error:
        return [RowProblem(0, "", "", error.detail)]
    except OSError as error:
        return [RowProblem(0, "", str(source), f"Không mở được tệp: {error.strerror}")]
    sheet = _sheet(table)
    reader = _Reader(table, sheet, frozenset(sites))
    rows = reader.rows()
    if not table.rows:
        reader.problems.append(RowProblem(table.header_row, "", "", "Không có nội dung nào dưới dòng tiêu đề."))
    if len(sheet.columns) > MAX_COLUMNS:
        reader.problems.append(RowProblem(table.header_row, "", "", f"Bảng có hơn {MAX_COLUMNS} cột."))
    if reader.problems:
        return sorted(reader.problems, key=lambda problem: problem.row)
    first = rows[0].start
    zero = first if starts_at is None else _time_of_day(starts_at)
    items = tuple(
        msgspec.structs.replace(item, start=Duration(item.start - zero), end=Duration(item.end - zero)) for item in rows
    )
    own = tuple(column.heading for column in sheet.own if column.heading)
    return ProgrammeFile(items, first, own, sheet, frozenset(reader.named))


def keep_ids(found: ProgrammeFile, known: Sequence[Item], ran: Collection[str] = ()) -> tuple[Item, ...]:
    """The items of a file under the ids that the programme already has for them: by the id in the file, else by title and
    kind, else by place where nothing else fits; others get the ids of their places, but for those of items that `ran`.
    """
    free = {item.id: item for item in known}
    taken: dict[int, str] = {}
    for index, item in enumerate(found.items):
        if item.id in found.named:
            taken[index] = item.id
            free.pop(item.id, None)
    for index, item in enumerate(found.items):
        if index not in taken:
            same = next((each.id for each in free.values() if _same(each, item)), None)
            if same is not None:
                taken[index] = same
                del free[same]
    for index, item in enumerate(found.items):
        if index not in taken and index < len(known) and known[index].id in free and known[index].start == item.start:
            taken[index] = known[index].id
            del free[known[index].id]
    used = {*taken.values(), *ran}
    for index in range(len(found.items)):
        if index not in taken:
            places = (f"item-{number}" for number in chain([index + 1], count(1)))
            taken[index] = next(name for name in places if name not in used)
            used.add(taken[index])
    return tuple(msgspec.structs.replace(item, id=taken[index]) for index, item in enumerate(found.items))


def _same(known: Item, item: Item) -> bool:
    return known.kind is item.kind and clean(fold(known.title)) == clean(fold(item.title))


def _sheet(table: Table) -> Sheet:
    """The layout of the office's file. A column without a heading counts if anything stands in it."""
    width = max([len(table.head), *(len(row.all) for row in table.rows)])
    columns = []
    for index in range(width):
        heading = table.head[index] if index < len(table.head) else ""
        name = table.columns.get(index, f"col-{index + 1}")
        if name == "number" and [row["number"] for row in table.rows] != [str(n + 1) for n in range(len(table.rows))]:
            name = f"col-{index + 1}"  # not a plain count: theirs to number
        if heading or any(index < len(row.all) and row.all[index] for row in table.rows):
            columns.append(Column(name, heading))
    return Sheet(tuple(columns), table.above, table.sheet)


class _Reader:
    """Turns rows into items whose times count from midnight, and notes what it could not read."""

    def __init__(self, table: Table, sheet: Sheet, sites: frozenset[SiteCode]) -> None:
        self.problems: list[RowProblem] = []
        self.named: set[str] = set()
        self._table = table
        self._own = [(column.name, int(column.name.removeprefix("col-")) - 1, column.heading) for column in sheet.own]
        self._sites = sites
        self._kinds = kinds_by_word()

    def rows(self) -> list[Item]:
        """The items; whole only while `problems` is empty."""
        times = [self._times(row) for row in self._table.rows]
        for (row, (earlier, _)), (later, _) in zip(zip(self._table.rows[1:], times, strict=False), times[1:], strict=False):
            if earlier is not None and later is not None and later < earlier:
                self._note(row, "start", "Bắt đầu sớm hơn nội dung ở dòng trên.")
        starts = [start for start, _ in times]
        items: list[Item] = []
        for index, (row, (start, end)) in enumerate(zip(self._table.rows, times, strict=True)):
            if end is None and start is not None:
                end = next((then for then in starts[index + 1 :] if then is not None), None)
                if end is None:
                    self._note(row, "end", "Nội dung cuối cùng cần giờ kết thúc.")
            before = items[-1] if items else None
            items.append(self._item(row, index + 1, start or Duration(0), end or start or Duration(0), before))
        return items

    def _item(self, row: TableRow, number: int, start: Duration, end: Duration, before: Item | None) -> Item:
        if end < start:
            self._note(row, "end", "Kết thúc sớm hơn bắt đầu.")
        if not row["title"]:
            self._note(row, "title", "Thiếu tên nội dung.")
        for field, most in _LONGEST.items():
            if len(row[field]) > most:
                self._note(row, field, f"Dài quá {most} ký tự.")
        if (fault := fault_in(row["words"])) is not None:
            self._note(row, "words", f"{fault[:1].upper()}{fault[1:]}.")
        return Item(
            id=self._id(row, number),
            start=start,
            end=end,
            title=clean(row["title"]),
            owner=clean(row["owner"]),
            kind=self._kind(row),
            site=self._site(row),
            fixed=self._fixed(row, start, before),
            words=row["words"],
            notes=row["notes"],
            more=self._more(row),
        )

    def _id(self, row: TableRow, number: int) -> str:
        text = row["id"]
        if not text:
            return f"item-{number}"
        if not re.fullmatch(r"[a-z0-9-]{1,40}", text):
            self._note(row, "id", "Mã chỉ gồm chữ thường không dấu, số và gạch ngang. Để trống nếu không rõ.")
        if text in self.named:
            self._note(row, "id", "Mã trùng với dòng trên.")
        self.named.add(text)
        return text

    def _fixed(self, row: TableRow, start: Duration, before: Item | None) -> bool:
        text = row["fixed"]
        if not text:
            return before is not None and start != before.end
        fixed = fixed_by_word(text)
        if fixed is None:
            self._note(row, "fixed", f"Ghi “{LINKED}” hoặc “{FIXED}”.")
        return bool(fixed)

    def _site(self, row: TableRow) -> SiteCode | None:
        if not row["site"]:
            return None
        code = SiteCode(clean(row["site"]))
        if self._sites and code not in self._sites:
            self._note(row, "site", "Không có điểm cầu mang mã này trong danh sách.")
        return code

    def _more(self, row: TableRow) -> dict[str, str]:
        more = {}
        for name, index, heading in self._own:
            text = row.all[index] if index < len(row.all) else ""
            if len(text) > MAX_CELL:
                self.problems.append(RowProblem(row.number, heading, f"{text[:40]}…", f"Dài quá {MAX_CELL} ký tự."))
            if text:
                more[name] = text
        return more

    def _times(self, row: TableRow) -> tuple[Duration | None, Duration | None]:
        texts = _RANGE.split(row["start"], maxsplit=1)
        start = self._time(row, "start", texts[0])
        if start is None and not row["start"]:
            self._note(row, "start", "Thiếu giờ bắt đầu.")
        end_text = row["end"] or (texts[1] if len(texts) > 1 else "")
        end = self._time(row, "end" if row["end"] else "start", end_text)
        return start, self._with_length(row, start, end)

    def _with_length(self, row: TableRow, start: Duration | None, end: Duration | None) -> Duration | None:
        """The end that a length in minutes gives, where there is no other; two that differ are told."""
        text = row["length"]
        if not text or start is None:
            return end
        found = _MINUTES.fullmatch(clean(text).lower())
        clock = _CLOCK.fullmatch(text) if found is None else None
        if found is None and clock is None:
            self._note(row, "length", "Thời lượng là số phút, ví dụ 15.")
            return end
        minutes = int(found[1]) if found is not None else int(clock[1]) * 60 + int(clock[2] or 0) if clock is not None else 0
        by_length = Duration(start + minutes * MINUTE)
        if end is not None and end != by_length:
            self._note(row, "length", f"Thời lượng không khớp giờ bắt đầu và kết thúc ({(end - start) // MINUTE} phút).")
        return end if end is not None else by_length

    def _time(self, row: TableRow, field: str, text: str) -> Duration | None:
        if not text:
            return None
        found = _CLOCK.fullmatch(clean(text).lower())
        if found is None:
            self._note(row, field, "Giờ viết dạng 08:00 hoặc 8h30.")
            return None
        hour, minute = int(found[1]), int(found[2] or 0)
        if hour > 23 or minute > 59:
            self._note(row, field, "Không có giờ này trong ngày.")
            return None
        return Duration(hour * HOUR + minute * MINUTE)

    def _kind(self, row: TableRow) -> ItemKind:
        text = row["kind"]
        kind = self._kinds.get(normalise_heading(text)) if text else ItemKind.SPEECH
        if kind is None:
            self._note(row, "kind", f"Không có loại này. Dùng một trong: {', '.join(KIND_NAMES.values())}.")
        return kind or ItemKind.SPEECH

    def _note(self, row: TableRow, field: str, reason: str) -> None:
        heading = self._table.headings.get(field) or usual_heading(field, PROGRAMME_HEADINGS)
        value = row[field]
        self.problems.append(RowProblem(row.number, heading, value if len(value) <= 200 else f"{value[:199]}…", reason))


def _time_of_day(instant: Instant) -> Duration:
    return Duration((instant + 7 * HOUR) % _DAY)
