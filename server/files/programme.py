"""Programmes out of files and into them: a table of times, titles, owners and kinds, as the office typed it."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import xlsxwriter

from server.ceremony.programme import Item, ItemKind
from server.files.tables import Headings, RowProblem, Table, TableError, TableRow, normalise_heading, read_table, usual_heading
from server.files.text import clean
from site_agent.units import HOUR, MINUTE, Duration, Instant, SiteCode

PROGRAMME_HEADINGS: Headings = {
    "start": ("Bắt đầu", "Giờ bắt đầu", "Từ", "Thời gian", "Giờ", "Thời gian bắt đầu", "time", "from"),
    "end": ("Kết thúc", "Giờ kết thúc", "Đến", "Thời gian kết thúc", "to"),
    "title": ("Nội dung", "Tên nội dung", "Nội dung chương trình", "Chương trình", "item"),
    "owner": ("Người thực hiện", "Đơn vị thực hiện", "Thực hiện", "Phụ trách", "Người phụ trách", "Đơn vị chủ trì", "Chủ trì"),
    "kind": ("Loại", "Loại nội dung", "Hình thức"),
    "site": ("Mã điểm cầu", "Điểm cầu", "site code"),
}
NEEDED = ("start", "title")
SHEET = "Chương trình"
VIETNAM = timezone(timedelta(hours=7))
"""Việt Nam has one time zone and no summer time."""
KIND_NAMES = {
    ItemKind.SPEECH: "Phát biểu",
    ItemKind.REMOTE_SPEECH: "Phát biểu từ điểm cầu",
    ItemKind.VIDEO: "Chiếu video",
    ItemKind.PERFORMANCE: "Văn nghệ",
    ItemKind.LAUNCH: "Bấm nút phát động",
    ItemKind.PLEDGE: "Ký cam kết",
    ItemKind.CEREMONY: "Nghi thức",
}
_KIND_WORDS = {
    ItemKind.SPEECH: ("phát biểu", "trình bày", "báo cáo", "giới thiệu", "tuyên bố"),
    ItemKind.REMOTE_SPEECH: ("phát biểu từ xa", "phát biểu tại điểm cầu", "remote speech"),
    ItemKind.VIDEO: ("video", "phim", "clip", "chiếu clip", "chiếu phim", "trình chiếu"),
    ItemKind.PERFORMANCE: ("văn nghệ", "biểu diễn", "ca nhạc"),
    ItemKind.LAUNCH: ("phát động", "bấm nút", "khai trương", "nhấn nút"),
    ItemKind.PLEDGE: ("ký kết", "cam kết"),
    ItemKind.CEREMONY: ("nghi lễ", "trao quà", "trao thưởng", "lễ"),
}
_CLOCK = re.compile(
    r"(?:\d{4}-\d\d-\d\d |\d{1,2}/\d{1,2}/\d{4} )?(\d{1,2})\s*(?::|h|g|giờ|\.)\s*(\d{2})?(?::\d{2})?\s*(?:phút|p|')?"
)
_RANGE = re.compile(r"\s*(?:-|–|—|→|\bđến\b)\s*(?=\d)")
_DAY = Duration(24 * HOUR)


class ProgrammeFile(msgspec.Struct, frozen=True):
    """A programme that was read."""

    items: tuple[Item, ...]
    first: Duration
    """Start of the first item after local midnight."""
    ignored: tuple[str, ...] = ()
    """Headings of columns that mean nothing to us."""


def read_programme(source: bytes | Path, starts_at: Instant | None = None) -> ProgrammeFile | list[RowProblem]:
    """The programme in a CSV or Excel file, or everything that is wrong with it.

    Needed columns: start (or one column “08:00 - 08:15”) and title. Without an end an item lasts until the next. Offsets
    count from `starts_at` (its time of day in Việt Nam), or from the first item where None.
    """
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
        table = read_table(data, PROGRAMME_HEADINGS, NEEDED)
    except TableError as error:
        return [RowProblem(0, "", "", error.detail)]
    except OSError as error:
        return [RowProblem(0, "", str(source), f"Không mở được tệp: {error.strerror}")]
    reader = _Reader(table)
    rows = reader.rows()
    if not table.rows:
        reader.problems.append(RowProblem(table.header_row, "", "", "Không có nội dung nào dưới dòng tiêu đề."))
    if reader.problems:
        return sorted(reader.problems, key=lambda problem: problem.row)
    first = rows[0].start
    zero = first if starts_at is None else _time_of_day(starts_at)
    items = tuple(
        msgspec.structs.replace(item, start=Duration(item.start - zero), end=Duration(item.end - zero)) for item in rows
    )
    return ProgrammeFile(items, first, table.ignored)


class _Reader:
    """Turns rows into items whose times count from midnight, and notes what it could not read."""

    def __init__(self, table: Table) -> None:
        self.problems: list[RowProblem] = []
        self._table = table
        self._kinds = {normalise_heading(word): kind for word, kind in _kind_words()}

    def rows(self) -> list[Item]:
        """The items; whole only while `problems` is empty."""
        times = [self._times(row) for row in self._table.rows]
        for (row, (before, _)), (after, _) in zip(zip(self._table.rows[1:], times, strict=False), times[1:], strict=False):
            if before is not None and after is not None and after < before:
                self._note(row, "start", "Bắt đầu sớm hơn nội dung ở dòng trên.")
        starts = [start for start, _ in times]
        items = []
        for index, (row, (start, end)) in enumerate(zip(self._table.rows, times, strict=True)):
            if end is None and start is not None:
                end = next((later for later in starts[index + 1 :] if later is not None), None)
                if end is None:
                    self._note(row, "end", "Nội dung cuối cùng cần giờ kết thúc.")
            items.append(self._item(row, index + 1, start or Duration(0), end or start or Duration(0)))
        return items

    def _item(self, row: TableRow, number: int, start: Duration, end: Duration) -> Item:
        if end < start:
            self._note(row, "end", "Kết thúc sớm hơn bắt đầu.")
        if not row["title"]:
            self._note(row, "title", "Thiếu tên nội dung.")
        return Item(
            id=f"item-{number}",
            start=start,
            end=end,
            title=row["title"],
            owner=row["owner"],
            kind=self._kind(row),
            site=SiteCode(row["site"]) if row["site"] else None,
        )

    def _times(self, row: TableRow) -> tuple[Duration | None, Duration | None]:
        texts = _RANGE.split(row["start"], maxsplit=1)
        start = self._time(row, "start", texts[0])
        if start is None and not row["start"]:
            self._note(row, "start", "Thiếu giờ bắt đầu.")
        end_text = row["end"] or (texts[1] if len(texts) > 1 else "")
        return start, self._time(row, "end" if row["end"] else "start", end_text)

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
        self.problems.append(RowProblem(row.number, heading, row[field], reason))


def programme_csv(items: Sequence[Item], starts_at: Instant) -> bytes:
    """The programme as CSV in UTF-8 with its mark (Excel needs it), fields and kinds by their ids, times in Việt Nam."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(PROGRAMME_HEADINGS)
    for item in items:
        start, end = (clock_text(starts_at, offset) for offset in (item.start, item.end))
        writer.writerow((start, end, item.title, item.owner, item.kind.value, item.site or ""))
    return text.getvalue().encode("utf-8-sig")


def programme_xlsx(items: Sequence[Item], starts_at: Instant) -> bytes:
    """The programme as an Excel form with Vietnamese headings and a drop-down for the kind; it reads back the same."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#F1EDE3", "border": 1})
        wrapped = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(SHEET)
        for column, (field, width) in enumerate(zip(PROGRAMME_HEADINGS, (10, 10, 60, 36, 24, 14), strict=True)):
            sheet.set_column(column, column, width, wrapped)
            sheet.write_string(0, column, usual_heading(field, PROGRAMME_HEADINGS), head)
        for row, item in enumerate(items, start=1):
            start, end = (clock_text(starts_at, offset) for offset in (item.start, item.end))
            for column, cell in enumerate((start, end, item.title, item.owner, KIND_NAMES[item.kind], item.site or "")):
                sheet.write_string(row, column, cell, wrapped)
        sheet.data_validation(1, 4, max(100, len(items)), 4, {"validate": "list", "source": list(KIND_NAMES.values())})
        sheet.freeze_panes(1, 0)
    return data.getvalue()


def clock_text(starts_at: Instant, offset: Duration) -> str:
    """The time of day in Việt Nam at an offset from the start: "08:15"."""
    return f"{datetime.fromtimestamp((starts_at + offset) // 1_000_000, VIETNAM):%H:%M}"


def _kind_words() -> Iterator[tuple[str, ItemKind]]:
    for kind in ItemKind:
        for word in (kind.value, kind.value.replace("-", " "), KIND_NAMES[kind], *_KIND_WORDS[kind]):
            yield word, kind


def _time_of_day(instant: Instant) -> Duration:
    return Duration((instant + 7 * HOUR) % _DAY)
