"""The morning report as a workbook: sums, every site by level, and whom to call. For the desk, hence with phones."""

import io
import re
from collections.abc import Iterable, Sequence

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from server.reports.morning import MorningReport, SiteLine, SumLine
from server.reports.words import clock_words, date_words, time_words
from site_agent.units import Instant

SUMMARY_SHEET, MISSING_SHEET, CHANGES_SHEET = "Tổng hợp", "Chưa báo", "Thay đổi"
NUMBER = '[>=1000000]#"."000"."000;[>=1000]#"."000;0'
"""12.345 also where Excel is set to another country's separators."""

Cell = str | int | None
Column = tuple[str, int]
"""Heading and width in characters."""


def render_xlsx(report: MorningReport) -> bytes:
    """Sheets: Tổng hợp, one for each level, Chưa báo, and from version 2 on Thay đổi."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": report.title, "subject": _closed(report)})
        book.formats[0].set_font_name("Times New Roman")
        book.formats[0].set_font_size(12)
        pen = _Pen(book)
        _summary(pen, report)
        for level in report.level_names:
            _level(pen, report, level)
        _missing(pen, report)
        if report.previous_version is not None:
            _changes(pen, report)
    return data.getvalue()


class _Pen:
    """Writes titled tables with the workbook's formats."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._title = self._format(bold=True, font_size=14)
        self._head = self._format(bold=True, border=1, bg_color="#F1EDE3", text_wrap=True, align="center", valign="vcenter")
        self._text = self._format(border=1, valign="top", text_wrap=True)
        self._number = self._format(border=1, valign="top", num_format=NUMBER)
        self._bold_text = self._format(border=1, bold=True)
        self._bold_number = self._format(border=1, bold=True, num_format=NUMBER)
        self._plain = self._format()

    def sheet(self, name: str, title: str, note: str) -> Worksheet:
        """A sheet that prints on landscape A4, one page wide, with its title in the first two rows."""
        sheet = self._book.add_worksheet(_sheet_name(name, {each.get_name() for each in self._book.worksheets()}))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&C&P/&N")
        sheet.write_string(0, 0, title, self._title)
        sheet.write_string(1, 0, note, self._plain)
        return sheet

    def table(self, sheet: Worksheet, at: int, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> int:
        """A ruled table from row `at` on; returns the first row after it."""
        sheet.set_row(at, 34)
        for column, (heading, width) in enumerate(columns):
            sheet.set_column(column, column, width, self._plain)
            sheet.write_string(at, column, heading, self._head)
        for row in rows:
            at += 1
            self.row(sheet, at, row, self._text, self._number)
        return at + 1

    def total(self, sheet: Worksheet, at: int, row: Sequence[Cell]) -> None:
        """A row in bold."""
        self.row(sheet, at, row, self._bold_text, self._bold_number)

    @staticmethod
    def row(sheet: Worksheet, at: int, row: Sequence[Cell], text: Format, number: Format) -> None:
        for column, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(at, column, cell, number)
            elif cell:
                sheet.write_string(at, column, cell, text)
            else:
                sheet.write_blank(at, column, None, text)

    def _format(self, **properties: object) -> Format:
        return self._book.add_format({"font_name": "Times New Roman", "font_size": 12, **properties})


_SUMS: tuple[Column, ...] = (
    ("Số điểm cầu", 13), ("Đã kết nối", 13), ("Đã điểm danh", 14), ("Đã báo", 13), ("Chưa báo", 13), ("Dự kiến", 13),
    ("Có mặt", 13),
)  # fmt: skip


def _sums(line: SumLine) -> tuple[Cell, ...]:
    return (line.name, line.sites, line.connected, line.checked_in, line.reported, line.missing, line.expected, line.present)


def _summary(pen: _Pen, report: MorningReport) -> None:
    sheet = pen.sheet(SUMMARY_SHEET, report.title, _closed(report))
    after = pen.table(sheet, 3, (("Cấp", 36), *_SUMS), map(_sums, report.levels))
    pen.total(sheet, after, _sums(report.total))
    after = pen.table(sheet, after + 2, (("Cụm", 36), *_SUMS), map(_sums, report.groups))
    pen.total(sheet, after, _sums(report.total))
    categories = ((line.name, line.present) for line in report.categories)
    after = pen.table(sheet, after + 2, (("Loại đại biểu", 36), ("Có mặt", 13)), categories)
    unsaid = report.total.sites - report.chairs_planned - report.chairs_substitute
    chairs = (("Đúng kế hoạch", report.chairs_planned), ("Chủ trì thay", report.chairs_substitute), ("Chưa báo", unsaid))
    pen.table(sheet, after + 1, (("Chủ trì", 36), ("Số điểm cầu", 13)), chairs)


def _level(pen: _Pen, report: MorningReport, level: str) -> None:
    categories = [line.name for line in report.categories]
    columns = (
        ("TT", 6), ("Mã", 11), ("Điểm cầu", 28), ("Cụm", 24), ("Kết nối", 8), ("Điểm danh", 8), ("Chủ trì", 28), ("Dự kiến", 8),
        ("Có mặt", 8), *((name, 10) for name in categories), ("Báo lúc", 8), ("Nguồn", 14), ("Ghi chú", 26),
    )  # fmt: skip
    sites = [site for site in report.sites if site.level == level]
    sheet = pen.sheet(level, f"{level}: {len(sites)} điểm cầu", _closed(report))
    rows = (
        (
            index, site.code, site.name, site.group, _yes_no(site.connected), _clock(site.checked_in_at), _chair(site),
            site.expected, site.present, *(site.counts.get(name) for name in categories), _clock(site.reported_at),
            _source(site), site.correction,
        )
        for index, site in enumerate(sites, start=1)
    )  # fmt: skip
    after = pen.table(sheet, 3, columns, rows)
    sheet.repeat_rows(3)
    sheet.freeze_panes(4, 3)
    sheet.autofilter(3, 0, max(after - 1, 3), len(columns) - 1)


def _missing(pen: _Pen, report: MorningReport) -> None:
    sheet = pen.sheet(MISSING_SHEET, f"{len(report.missing)} điểm cầu chưa báo số đại biểu", _closed(report))
    columns = (
        ("TT", 6), ("Mã", 12), ("Điểm cầu", 32), ("Cụm", 28), ("Cấp", 18), ("Kết nối", 10), ("Điểm danh", 11), ("Dự kiến", 10),
        ("Chủ trì", 30), ("Đầu mối kỹ thuật", 26), ("Điện thoại", 16),
    )  # fmt: skip
    rows = (
        (
            index, site.code, site.name, site.group, site.level, _yes_no(site.connected), _clock(site.checked_in_at),
            site.expected, site.chair, site.contact, site.phone,
        )
        for index, site in enumerate(report.missing, start=1)
    )  # fmt: skip
    pen.table(sheet, 3, columns, rows)
    sheet.repeat_rows(3)
    sheet.freeze_panes(4, 3)


def _changes(pen: _Pen, report: MorningReport) -> None:
    title = f"Thay đổi so với lần chốt {report.previous_version}"
    sheet = pen.sheet(CHANGES_SHEET, title, _closed(report))
    columns = (("TT", 6), ("Mã", 12), ("Điểm cầu", 32), ("Cụm", 28), ("Lần trước", 12), ("Lần này", 12), ("Lý do", 40))
    rows = (
        (index, change.site.code, change.site.name, change.site.group, change.before, change.after, change.site.correction)
        for index, change in enumerate(report.changes, start=1)
    )
    pen.table(sheet, 3, columns, rows)


def _sheet_name(name: str, taken: set[str]) -> str:
    """The name as Excel allows it: 31 characters, some signs not, none twice in whatever case."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", name).strip(" '")[:31] or "Trang"
    number = 2
    unique = plain
    while unique.casefold() in {each.casefold() for each in taken} | {"history"}:
        unique = f"{plain[:27]} {number}"
        number += 1
    return unique


def _closed(report: MorningReport) -> str:
    when = f"{time_words(report.closed_at)} ngày {date_words(report.closed_at)}"
    return f"Số liệu chốt lần {report.version} lúc {when}" if report.version else f"Số liệu lúc {when} (chưa chốt)"


def _chair(site: SiteLine) -> str:
    if site.chair_as_planned is None:
        return f"{site.chair} (chưa báo)" if site.chair else ""
    return site.chair if site.chair_as_planned else f"{site.substitute} (chủ trì thay)"


def _source(site: SiteLine) -> str:
    if site.present is None:
        return ""
    return "tổng hợp nhập" if site.reported_by_desk else "điểm cầu báo"


def _yes_no(fact: bool) -> str:
    return "có" if fact else "không"


def _clock(instant: Instant | None) -> str:
    return "" if instant is None else clock_words(instant)
