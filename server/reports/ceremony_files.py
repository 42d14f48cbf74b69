"""The report after the ceremony as Word paper, workbook and JSON."""

import io
from collections.abc import Iterable
from pathlib import Path

import msgspec

from server.reports.ceremony import CeremonyReport
from server.reports.ceremony_links import LinkLine
from server.reports.ceremony_words import (
    GRADES,
    TOPICS,
    at_least,
    attempt_fields,
    ceremony_fields,
    closed_words,
    item_fields,
    media_fields,
    note_words,
    span,
)
from server.reports.lines import SumLine
from server.reports.paper import TEMPLATES, fill
from server.reports.words import (
    cause_words,
    clock_words,
    date_words,
    length_words,
    local,
    milliseconds_words,
    precise_words,
    share,
)
from server.reports.workbook import Cell, Column, Pen

CEREMONY_TEMPLATE = TEMPLATES / "bao-cao-ket-qua.docx"
CEREMONY_FORMAT = "diemcau.report.ceremony.v1"


def render_ceremony_docx(report: CeremonyReport, template: Path | None = None) -> bytes:
    """The report filled into the shipped template, or into an office's own.

    Raises:
        TemplateProblem: the office's template has an unknown field or is none.

    """
    return fill(template or CEREMONY_TEMPLATE, ceremony_fields(report))


def render_ceremony_json(report: CeremonyReport) -> bytes:
    """The whole report. Instants are microseconds of UTC."""
    content = {
        "format": CEREMONY_FORMAT,
        "made_at_local": local(report.made_at).isoformat(timespec="seconds"),
        "starts_at_local": local(report.starts_at).isoformat(timespec="seconds"),
        **msgspec.to_builtins(report),
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2)


def render_ceremony_xlsx(report: CeremonyReport) -> bytes:
    """Sheets: Tham dự, Đường truyền, Sự cố, Phát động, Chương trình, Hỗ trợ và cam kết, Truyền hình."""
    import xlsxwriter  # noqa: PLC0415 -- heavy, and no start needs it

    data = io.BytesIO()
    with xlsxwriter.Workbook(data, Pen.OPTIONS) as book:
        book.set_properties({"title": report.title})
        pen = Pen(book)
        _attendance(pen, report)
        _links(pen, report)
        _incidents(pen, report)
        _launch(pen, report)
        _programme(pen, report)
        _contacts(pen, report)
        _media(pen, report)
    return data.getvalue()


def _attendance(pen: Pen, report: CeremonyReport) -> None:
    sheet = pen.sheet("Tham dự", report.title, closed_words(report))
    heads: tuple[Column, ...] = (
        ("Số điểm cầu", 13), ("Đã kết nối", 13), ("Đã báo", 13), ("Chưa báo", 13), ("Dự kiến", 13), ("Có mặt", 13),
    )  # fmt: skip
    attendance = report.attendance
    after = pen.table(sheet, 3, (("Cấp", 40), *heads), map(_sums, attendance.levels))
    pen.total(sheet, after, _sums(attendance.total))
    after = pen.table(sheet, after + 2, (("Cụm", 40), *heads), map(_sums, attendance.groups))
    chairs = (
        ("Chủ trì đúng kế hoạch", attendance.chairs_planned),
        ("Chủ trì thay", attendance.chairs_substitute),
        ("Chủ trì dự tại điểm cầu khác", attendance.chairs_elsewhere),
        ("Điểm cầu rút khỏi danh sách", attendance.retired),
    )
    after = pen.table(sheet, after + 1, (("Nội dung", 40), ("Số", 13)), chairs)
    rehearsals = (
        (f"Lần {each.number}, {date_words(each.begun_at)}", each.sites, each.connected, each.reported, each.sites - each.reported,
         None, each.present)
        for each in report.rehearsals
    )  # fmt: skip
    pen.table(sheet, after + 1, (("Tổng duyệt", 40), *heads), rehearsals)


def _sums(line: SumLine) -> tuple[Cell, ...]:
    return (line.name, line.sites, line.connected, line.reported, line.missing, line.expected, line.present)


def _links(pen: Pen, report: CeremonyReport) -> None:
    links = report.links
    window = f"Từ {clock_words(links.since)} đến {clock_words(links.until)} ngày {date_words(links.until)}"
    sheet = pen.sheet("Đường truyền", "Đường truyền theo nhà mạng và cụm", window)
    heads: tuple[Column, ...] = (
        ("Số điểm cầu", 12), ("Không kết nối", 12), ("Kết nối trung bình", 20), ("Tỷ lệ", 10), ("Lần đổi mức", 12),
        ("Lần mất", 10), ("Điểm cầu kém nhất", 30),
    )  # fmt: skip

    def rows(lines: Iterable[LinkLine]) -> Iterable[tuple[Cell, ...]]:
        for line in lines:
            held = share(line.connected, links.length)
            yield (line.name, line.sites, line.never, length_words(line.connected), held, line.changes, line.falls, line.worst)

    after = pen.table(sheet, 3, (("Nhà mạng", 30), *heads), rows(links.carriers))
    after = pen.table(sheet, after + 1, (("Cụm", 30), *heads), rows(links.groups))
    worst = (
        (each.name, each.group, each.carrier, length_words(each.connected), share(each.connected, links.length),
         at_least(each.changes, each.at_least), at_least(each.falls, each.at_least), GRADES[each.worst])
        for each in links.worst
    )  # fmt: skip
    columns = (
        ("Điểm cầu chập chờn nhất", 30), ("Cụm", 12), ("Nhà mạng", 12), ("Kết nối", 20), ("Tỷ lệ", 10), ("Lần đổi mức", 12),
        ("Lần mất", 10), ("Mức kém nhất", 30),
    )  # fmt: skip
    pen.table(sheet, after + 1, columns, worst)


def _incidents(pen: Pen, report: CeremonyReport) -> None:
    sheet = pen.sheet("Sự cố", f"{len(report.incidents)} sự cố", "Mỗi dòng một diễn biến")
    rows = (
        (story.number, cause_words(story.kind, story.name), story.sites, clock_words(story.since),
         clock_words(story.closed_at) if story.closed_at is not None else "chưa khép lại", clock_words(note.at), note_words(note))
        for story in report.incidents
        for note in story.notes
    )  # fmt: skip
    columns = (
        ("Số", 6), ("Sự cố", 36), ("Điểm cầu", 10), ("Từ", 10), ("Đến", 14), ("Lúc", 10), ("Diễn biến", 50),
    )  # fmt: skip
    pen.table(sheet, 3, columns, rows)


def _launch(pen: Pen, report: CeremonyReport) -> None:
    sheet = pen.sheet("Phát động", "Các lần bấm nút phát động", report.title)
    columns = (
        ("Hiệu lệnh", 30), ("Lần", 6), ("Loại", 12), ("Kết quả", 30), ("Thời điểm (T0)", 28), ("Biên nhận", 10), ("Đã sáng", 10),
        ("Muộn, không rõ", 12), ("Lý do dừng", 24), ("Duy nhất theo lời", 30),
    )  # fmt: skip
    fields = ("ten", "lan", "loai", "trang_thai", "t0", "bien_nhan", "sang", "muon", "ly_do", "theo_loi")
    after = pen.table(sheet, 3, columns, (tuple(attempt_fields(each)[name] for name in fields) for each in report.attempts))
    spread = report.launch.spread if report.launch else None
    if report.launch is None or spread is None:
        return
    facts = (
        ("T0 chính thức", precise_words(report.launch.t0)),
        ("Độ lệch trung vị", milliseconds_words(spread.median)),
        ("Độ lệch 99%", milliseconds_words(spread.p99)),
        ("Độ lệch lớn nhất", milliseconds_words(spread.largest)),
        ("Từ sớm nhất đến muộn nhất", milliseconds_words(spread.span)),
        ("Sai số đồng hồ lớn nhất", milliseconds_words(spread.clock_bound)),
    )
    for place, (name, value) in enumerate(facts, start=after + 1):
        pen.total(sheet, place, (name, None, None, value))


def _programme(pen: Pen, report: CeremonyReport) -> None:
    sheet = pen.sheet("Chương trình", "Chương trình theo kế hoạch và thực tế", report.title)
    columns = (
        ("TT", 6), ("Nội dung", 50), ("Người thực hiện", 30), ("Kế hoạch", 10), ("Thời lượng", 16), ("Thực tế", 10),
        ("Thời lượng thực tế", 18), ("Kết quả", 26),
    )  # fmt: skip
    fields = ("tt", "ten", "nguoi", "ke_hoach", "thoi_luong", "thuc_te", "dai", "ket_qua")
    pen.table(sheet, 3, columns, (tuple(item_fields(each)[name] for name in fields) for each in report.programme))
    sheet.repeat_rows(3)
    sheet.freeze_panes(4, 2)


def _media(pen: Pen, report: CeremonyReport) -> None:
    if report.media is None:
        return
    told = media_fields(report.media)
    lost = f"gián đoạn {told['gian_doan']} lần, {told['tong_gian_doan']}" if told["gian_doan"] else "không gián đoạn"
    sheet = pen.sheet("Truyền hình", "Truyền hình chương trình", f"Đổi nguồn {told['chuyen']} lần, {lost}")
    rows = ((line["luc"], line["noi_dung"]) for line in told["dien_bien"])
    pen.table(sheet, 3, (("Lúc", 10), ("Diễn biến", 90)), rows)


def _contacts(pen: Pen, report: CeremonyReport) -> None:
    sheet = pen.sheet("Hỗ trợ và cam kết", "Hỗ trợ, thông báo, tài liệu, cam kết, lượt xem", report.title)
    calls = ((TOPICS[each.topic], each.calls, each.done, span(each.took)) for each in report.help)
    heads = (("Yêu cầu hỗ trợ", 40), ("Số", 12), ("Đã xong", 12), ("Xong trong (trung vị)", 22))
    after = pen.table(sheet, 3, heads, calls)
    notices = report.notices
    sent = (
        ("Thông báo", notices.notices, notices.told, notices.read),
        ("Tài liệu", notices.papers, notices.given, notices.opened),
        ("Tin nhắn từ điểm cầu", notices.messages_in, None, None),
        ("Tin nhắn của trung tâm", notices.messages_out, None, None),
    )
    after = pen.table(sheet, after + 1, (("Đã gửi", 40), ("Số", 12), ("Lượt gửi", 12), ("Lượt đọc, mở", 22)), sent)
    pledges = ((f"Lần {each.number}, {clock_words(each.opened_at)}", each.sites, each.people, None) for each in report.pledges)
    after = pen.table(sheet, after + 1, (("Ký cam kết", 40), ("Điểm cầu", 12), ("Người", 12), ("", 22)), pledges)
    if report.views is not None:
        since = f"trang xem mở cùng lúc nhiều nhất, từ {clock_words(report.views.since)} {date_words(report.views.since)}"
        pen.total(sheet, after + 1, (f"Lượt xem: {since}", report.views.most))
