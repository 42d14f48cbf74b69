"""The list of delegates to introduce, out of a file and into one."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import msgspec

from server.ceremony.guests import MAX_GUESTS, MAX_TEXT
from server.ceremony.rules import PersonalFields
from server.files.tables import Headings, RowProblem, TableError, TableRow, read_table, usual_heading
from server.files.text import fold

GUEST_HEADINGS: Headings = {
    "name": ("Họ và tên", "Họ tên", "Tên", "Đại biểu", "Tên đại biểu", "full name"),
    "title": ("Chức vụ", "Chức danh", "Chức vụ, đơn vị", "Chức danh, đơn vị", "position"),
    "unit": ("Đơn vị", "Cơ quan", "Đơn vị công tác", "organisation"),
    "address": ("Xưng hô", "Danh xưng", "Ông bà", "Ông/Bà"),
}
"""Phones and other columns are not read: the MC does not need them."""


class GuestsFile(msgspec.Struct, frozen=True):
    """A list that was read, in order of introduction."""

    guests: tuple[PersonalFields, ...]
    ignored: tuple[str, ...] = ()
    """Headings of columns that were left out."""


def read_guests(source: bytes | Path) -> GuestsFile | list[RowProblem]:
    """The list in a CSV or Excel file, or everything that is wrong with it. Needed column: the name."""
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
        table = read_table(data, GUEST_HEADINGS, ("name",), lenient=True)
    except TableError as error:
        return [RowProblem(0, "", "", error.detail)]
    except OSError as error:
        return [RowProblem(0, "", str(source), f"Không mở được tệp: {error.strerror}")]
    problems: list[RowProblem] = []
    guests: list[PersonalFields] = []
    seen: dict[tuple[str, str], int] = {}

    def note(row: TableRow, field: str, reason: str) -> None:
        heading = table.headings.get(field) or usual_heading(field, GUEST_HEADINGS)
        problems.append(RowProblem(row.number, heading, row[field][:200], reason))

    for row in table.rows:
        guest = _guest(row)
        if not row["name"]:
            note(row, "name", "Thiếu họ tên.")
        elif (before := seen.setdefault((fold(guest.name), fold(guest.title)), row.number)) != row.number:
            note(row, "name", f"Trùng với dòng {before}.")
        if len(guest.name) > MAX_TEXT:
            note(row, "name", f"Dài quá {MAX_TEXT} ký tự.")
        if len(guest.title) > MAX_TEXT:
            note(row, "title", f"Chức vụ và đơn vị dài quá {MAX_TEXT} ký tự.")
        guests.append(guest)
    if not guests:
        problems.append(RowProblem(table.header_row, "", "", "Không có đại biểu nào dưới dòng tiêu đề."))
    if len(guests) > MAX_GUESTS:
        problems.append(RowProblem(0, "", str(len(guests)), f"Danh sách giới thiệu có tối đa {MAX_GUESTS} đại biểu."))
    return problems or GuestsFile(tuple(guests), table.ignored)


def _guest(row: TableRow) -> PersonalFields:
    address, name = row["address"], row["name"]
    if address and not fold(name).startswith(fold(address)):
        name = f"{address} {name}"
    return PersonalFields(name=name, title=", ".join(part for part in (row["title"], row["unit"]) if part))


def guests_csv(rows: Iterable[tuple[str, str, str]]) -> bytes:
    """(name, title, how they came) as CSV that Excel opens; it imports back to the same list."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("Họ và tên", "Chức vụ", "Tình trạng"))
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
