"""The cells of an Excel file as clean text, sheet by sheet."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from server.files.text import clean

MAX_ROWS = 50_000
MAX_CELLS = 3_000_000
"""Of the rectangle around everything on one sheet."""
MAX_UNPACKED = 300 * 1024 * 1024
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["'][^>/]*(/>|></)?""", re.IGNORECASE)
"""Column, row, and whether the cell is only formatted."""

Grid = list[list[str]]
Tidy = Callable[[str], str]
"""What becomes of the text of a cell."""


class TableError(Exception):
    """The file holds no table that can be read. `detail` is Vietnamese, for the person who brought the file."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def is_excel(data: bytes) -> bool:
    """By the first bytes: .xlsx and its kin, or the old .xls."""
    return data.startswith((_ZIP, _OLD_EXCEL))


def excel_grids(data: bytes, tidy: Tidy = clean) -> Iterator[tuple[str, Grid]]:
    """Every visible sheet, from its cell A1 on, so that row numbers are Excel's; every text tidied.

    Raises:
        TableError: not Excel, damaged, locked, or too large.

    """
    from python_calamine import (  # noqa: PLC0415 -- heavy, and no start needs it
        CalamineError,
        CalamineWorkbook,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    if data.startswith(_ZIP):
        _refuse_oversized(data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            for meta in book.sheets_metadata:
                if meta.visible != SheetVisibleEnum.Visible or meta.typ != SheetTypeEnum.WorkSheet:
                    continue
                rows = book.get_sheet_by_name(meta.name).to_python(skip_empty_area=False, nrows=MAX_ROWS + 1)
                if len(rows) > MAX_ROWS:
                    raise TableError("too_many_rows", f"Trang “{meta.name}” có hơn {MAX_ROWS} dòng.")
                yield meta.name, [[_cell_text(cell, tidy) for cell in row] for row in rows]
    except CalamineError as error:
        raise TableError("excel_unreadable", f"Không mở được tệp Excel (hỏng hoặc có mật khẩu): {error}.") from error


def _refuse_oversized(data: bytes) -> None:
    """The reader lays out the whole rectangle around the cells of a sheet: one cell at the far corner of an otherwise empty
    sheet of 5 KB would take more memory than there is, and end the process.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
                raise TableError("file_too_large", "Tệp Excel quá lớn sau khi giải nén.")
            if "xl/workbook.xml" not in archive.namelist():
                raise TableError("excel_unreadable", "Tệp không phải bảng tính Excel. Lưu lại dạng .xlsx hoặc CSV.")
            for name in archive.namelist():
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    _refuse_oversized_sheet(archive.read(name))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise TableError("excel_unreadable", f"Không mở được tệp Excel (hỏng hoặc có mật khẩu): {error}.") from error


def _refuse_oversized_sheet(xml: bytes) -> None:
    rows = columns = 0
    for letters, row, empty in _CELL.findall(xml):
        if not empty:
            rows, columns = max(rows, int(row)), max(columns, _column(letters.upper()))
    if rows > MAX_ROWS or rows * columns > MAX_CELLS:
        raise TableError(
            "too_many_rows", f"Có trang tính trải tới dòng {rows}, cột thứ {columns}. Xóa các ô thừa ở xa bảng rồi lưu lại."
        )


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _cell_text(cell: object, tidy: Tidy) -> str:
    """A typed cell of Excel as the text a person meant."""
    match cell:
        case str():
            return tidy(cell)
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
        case time():
            return f"{cell:%H:%M}"
        case timedelta():
            minutes = round(cell.total_seconds() / 60)
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case None:
            return ""
        case _:
            return str(cell)
