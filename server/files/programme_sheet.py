"""Programmes into files: in the layout of the office's own sheet, its columns in their places, or in the usual one."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import datetime

from server.ceremony.programme import Column, Item, Sheet
from server.ceremony.programme.items import FIELDS
from server.files.programme_columns import (
    FIXED,
    KIND_NAMES,
    LINKED,
    PROGRAMME_HEADINGS,
    SHEET,
    USUAL,
    VIETNAM,
)
from server.files.tables import normalise_heading, usual_heading
from site_agent.units import MINUTE, Duration, Instant

_WIDTHS = {"number": 6, "start": 10, "end": 10, "length": 10, "title": 60, "owner": 36, "kind": 24, "words": 60, "notes": 36}
_BAD_IN_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def programme_csv(items: Sequence[Item], starts_at: Instant, sheet: Sheet | None = None) -> bytes:
    """The programme as CSV in UTF-8 with its mark (Excel needs it), times in Việt Nam. Without a `sheet` fields and kinds
    stand by their ids.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    layout = sheet or Sheet(tuple(Column(field, field) for field in USUAL))
    columns = _columns(items, layout, lambda field: field if sheet is None else usual_heading(field, PROGRAMME_HEADINGS))
    writer.writerows(layout.above)
    writer.writerow(column.heading for column in columns)
    for number, item in enumerate(items, start=1):
        previous = items[number - 2] if number > 1 else None
        writer.writerow(_cell(column, columns, item, number, previous, starts_at) for column in columns)
    return text.getvalue().encode("utf-8-sig")


def programme_xlsx(items: Sequence[Item], starts_at: Instant, sheet: Sheet | None = None) -> bytes:
    """The programme as an Excel form with a drop-down for the kind; it reads back the same."""
    import xlsxwriter  # noqa: PLC0415 -- heavy, and no start needs it

    layout = sheet or Sheet(tuple(Column(field, usual_heading(field, PROGRAMME_HEADINGS)) for field in (*USUAL, "words")))
    columns = _columns(items, layout, lambda field: usual_heading(field, PROGRAMME_HEADINGS))
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#F1EDE3", "border": 1, "text_wrap": True, "valign": "vcenter"})
        wrapped = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        number_format = book.add_format({"valign": "top"})
        page = book.add_worksheet(_sheet_name(layout))
        top = len(layout.above)
        for row, cells in enumerate(layout.above):
            for place, cell in enumerate(cells):
                if cell:
                    page.write_string(row, place, cell)
        for index, column in enumerate(columns):
            page.set_column(index, index, _WIDTHS.get(column.name, 18), wrapped)
            page.write(top, index, column.heading or None, head)
        for number, item in enumerate(items, start=1):
            previous = items[number - 2] if number > 1 else None
            for index, column in enumerate(columns):
                cell = _cell(column, columns, item, number, previous, starts_at)
                if _is_count(cell) and column.name not in {"start", "end", "site", "id"}:
                    page.write_number(top + number, index, int(cell), number_format)
                elif cell:
                    page.write_string(top + number, index, cell, wrapped)
        kinds = next((index for index, column in enumerate(columns) if column.name == "kind"), None)
        if kinds is not None and not _by_ids(columns[kinds]):
            last = top + max(100, len(items))
            page.data_validation(top + 1, kinds, last, kinds, {"validate": "list", "source": list(KIND_NAMES.values())})
        page.freeze_panes(top + 1, 0)
    return data.getvalue()


def clock_text(starts_at: Instant, offset: Duration) -> str:
    """The time of day in Việt Nam at an offset from the start: "08:15"."""
    return f"{datetime.fromtimestamp((starts_at + offset) // 1_000_000, VIETNAM):%H:%M}"


def _columns(items: Sequence[Item], sheet: Sheet, heading: Callable[[str], str]) -> tuple[Column, ...]:
    """The office's columns, and behind them those that it lacks and something must be said in."""
    there = {column.name for column in sheet.columns}
    wanted = {
        "owner": any(item.owner for item in items),
        "kind": any(item.kind.value != "speech" for item in items),
        "site": any(item.site for item in items),
        "fixed": any(item.fixed != _usually_fixed(item, before) for before, item in zip([None, *items], items, strict=False)),
        "words": any(item.words for item in items),
        "notes": any(item.notes for item in items),
        "id": any(item.id != f"item-{number}" for number, item in enumerate(items, start=1)),
    }
    lacking = [field for field in FIELDS if wanted.get(field) and field not in there]
    return (*sheet.columns, *(Column(field, heading(field)) for field in lacking))


def _usually_fixed(item: Item, before: Item | None) -> bool:
    """What reading concludes where the file says nothing."""
    return before is not None and item.start != before.end


def _cell(column: Column, columns: Sequence[Column], item: Item, number: int, previous: Item | None, starts_at: Instant) -> str:
    match column.name:
        case "number":
            return str(number)
        case "start":
            start, end = (clock_text(starts_at, offset) for offset in (item.start, item.end))
            told = any(each.name in {"end", "length"} for each in columns)
            return start if told else f"{start} - {end}"
        case "end":
            return clock_text(starts_at, item.end)
        case "length":
            return str(round(item.length / MINUTE))
        case "kind":
            return item.kind.value if _by_ids(column) else KIND_NAMES[item.kind]
        case "site":
            return item.site or ""
        case "fixed":
            return FIXED if item.fixed else LINKED
        case "title" | "owner" | "words" | "notes" | "id" as field:
            return str(getattr(item, field))
        case own:
            return item.more.get(own, "")


def _by_ids(column: Column) -> bool:
    """A sheet headed in English (`kind`) holds the ids; one in Vietnamese the names."""
    return normalise_heading(column.heading) == column.name


def _is_count(cell: str) -> bool:
    return cell.isascii() and cell.isdigit() and len(cell) <= 9 and (cell == "0" or cell[0] != "0")


def _sheet_name(sheet: Sheet) -> str:
    return " ".join(sheet.name.translate(_BAD_IN_SHEET_NAME).split()).strip("'")[:31] or SHEET
