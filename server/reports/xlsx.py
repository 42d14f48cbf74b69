"""The morning report as a workbook: sums, every site by level, and whom to call. For the desk, hence with phones."""

import io

from server.reports.lines import SiteLine, SumLine
from server.reports.morning import MorningReport
from server.reports.words import cause_words, clock_words, date_words, number, time_words
from server.reports.workbook import Cell, Column, Pen
from site_agent.units import Instant

SUMMARY_SHEET, MISSING_SHEET, NOTES_SHEET, CHANGES_SHEET = "Tổng hợp", "Chưa báo", "Ghi chú", "Thay đổi"


def render_xlsx(report: MorningReport) -> bytes:
    """Sheets: Tổng hợp, one for each level, Chưa báo, Ghi chú, and from version 2 on Thay đổi."""
    import xlsxwriter  # noqa: PLC0415 -- heavy, and no start needs it

    data = io.BytesIO()
    with xlsxwriter.Workbook(data, Pen.OPTIONS) as book:
        book.set_properties({"title": report.title, "subject": _closed(report)})
        pen = Pen(book)
        _summary(pen, report)
        for level in report.level_names:
            _level(pen, report, level)
        _missing(pen, report)
        _notes_sheet(pen, report)
        if report.previous_version is not None:
            _changes(pen, report)
    return data.getvalue()


_SUMS: tuple[Column, ...] = (
    ("Số điểm cầu", 13), ("Đã kết nối", 13), ("Đã điểm danh", 14), ("Đã báo", 13), ("Chưa báo", 13), ("Dự kiến", 13),
    ("Có mặt", 13),
)  # fmt: skip


def _sums(line: SumLine) -> tuple[Cell, ...]:
    return (line.name, line.sites, line.connected, line.checked_in, line.reported, line.missing, line.expected, line.present)


def _summary(pen: Pen, report: MorningReport) -> None:
    sheet = pen.sheet(SUMMARY_SHEET, report.title, _closed(report))
    after = pen.table(sheet, 3, (("Cấp", 36), *_SUMS), map(_sums, report.levels))
    pen.total(sheet, after, _sums(report.total))
    after = pen.table(sheet, after + 2, (("Cụm", 36), *_SUMS), map(_sums, report.groups))
    pen.total(sheet, after, _sums(report.total))
    categories = ((line.name, line.present) for line in report.categories)
    after = pen.table(sheet, after + 2, (("Loại đại biểu", 36), ("Có mặt", 13)), categories)
    chairs = (
        ("Đúng kế hoạch", report.chairs_planned),
        ("Chủ trì thay", report.chairs_substitute),
        ("Dự tại điểm cầu khác", report.chairs_elsewhere),
        ("Chưa báo", report.chairs_unsaid),
    )
    after = pen.table(sheet, after + 1, (("Chủ trì", 36), ("Số điểm cầu", 13)), chairs)
    if report.version:
        sheet.write_string(after + 1, 0, f"Người chốt: {report.closed_by}")


def _notes_sheet(pen: Pen, report: MorningReport) -> None:
    """What a reader must know beside the figures."""
    sheet = pen.sheet(NOTES_SHEET, "Ghi chú kèm số liệu", _closed(report))
    rows = [
        *(
            (
                "Sự cố chưa khép lại",
                cause_words(each.kind, each.name),
                f"từ {clock_words(each.opened_at)}, còn {each.lost} điểm cầu",
            )
            for each in report.incidents
        ),
        *(
            ("Chưa thống nhất số", site.name, f"{_notes(site)}; đang lấy {number(site.present or 0)}")
            for site in report.disagreeing
        ),
        *(("Rút khỏi danh sách", each.name, f"lúc {clock_words(each.at)}: {each.reason}") for each in report.gone),
        *(("Chủ trì thay", site.name, site.substitute or "chưa rõ") for site in report.substitutes),
    ]
    columns = (("Loại", 24), ("Điểm cầu / phạm vi", 40), ("Nội dung", 60))
    pen.table(sheet, 3, columns, rows or [("Không có", "", "")])


def _level(pen: Pen, report: MorningReport, level: str) -> None:
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
            _source(site), _notes(site),
        )
        for index, site in enumerate(sites, start=1)
    )  # fmt: skip
    after = pen.table(sheet, 3, columns, rows)
    sheet.repeat_rows(3)
    sheet.freeze_panes(4, 3)
    sheet.autofilter(3, 0, max(after - 1, 3), len(columns) - 1)


def _missing(pen: Pen, report: MorningReport) -> None:
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


def _changes(pen: Pen, report: MorningReport) -> None:
    title = f"Thay đổi so với lần chốt {report.previous_version}"
    sheet = pen.sheet(CHANGES_SHEET, title, _closed(report))
    columns = (
        ("TT", 6), ("Mã", 12), ("Điểm cầu", 30), ("Cụm", 24), ("Lần trước", 10), ("Lần này", 10), ("Thay đổi, lý do", 40),
        ("Lúc", 8), ("Người báo", 24),
    )  # fmt: skip
    rows = (
        (
            index, change.site.code, change.site.name, change.site.group, change.before, change.after, change.what,
            _clock(change.at), change.by,
        )
        for index, change in enumerate(report.changes, start=1)
    )  # fmt: skip
    pen.table(sheet, 3, columns, rows)


def _closed(report: MorningReport) -> str:
    when = f"{time_words(report.closed_at)} ngày {date_words(report.closed_at)}"
    return f"Số liệu chốt lần {report.version} lúc {when}" if report.version else f"Số liệu lúc {when} (chưa chốt)"


def _chair(site: SiteLine) -> str:
    if site.chair_at and site.chair_as_planned is not False:
        return f"{site.chair} (dự tại {site.chair_at})"
    if site.chair_as_planned is None:
        return f"{site.chair} (chưa báo)" if site.chair else ""
    return site.chair if site.chair_as_planned else f"{site.substitute} (chủ trì thay)"


def _notes(site: SiteLine) -> str:
    unsettled = f"Chưa thống nhất: {' / '.join(map(number, site.disagreeing))}" if site.disagreeing else ""
    return "; ".join(filter(None, (unsettled, site.correction)))


def _source(site: SiteLine) -> str:
    if site.present is None:
        return ""
    return site.reporter or ("tổng hợp nhập" if site.reported_by_desk else "điểm cầu báo")


def _yes_no(fact: bool) -> str:
    return "có" if fact else "không"


def _clock(instant: Instant | None) -> str:
    return "" if instant is None else clock_words(instant)
