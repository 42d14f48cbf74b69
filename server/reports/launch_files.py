"""The launch report as Word paper, workbook and JSON."""

import io
from pathlib import Path
from typing import Any

import msgspec

from server.ceremony.cue import CueState
from server.reports.launch import LaunchReport, LaunchSite
from server.reports.paper import TEMPLATES, fill
from server.reports.words import date_words, local, long_date_words, milliseconds_words, number, place_of, precise_words
from server.reports.workbook import Pen
from site_agent.launch.objects import FireOutcome

LAUNCH_TEMPLATE = TEMPLATES / "bao-cao-phat-dong.docx"
LAUNCH_FORMAT = "diemcau.report.launch.v1"
SITES_LISTED = 200
"""The paper names no more sites than this; the workbook names all."""
_OUTCOMES = {
    FireOutcome.FIRED: "đúng lúc",
    FireOutcome.FIRED_LATE: "muộn",
    FireOutcome.END_STATE: "vào sau, hiện hình ảnh cuối",
    FireOutcome.TOO_LATE: "nhận lệnh quá muộn, không phát",
    FireOutcome.ALREADY_FIRED: "đã phát ở lần trước",
    FireOutcome.ABORTED: "đã nhận lệnh hủy",
    FireOutcome.UNKNOWN: "mất nguồn khi đang phát, chưa rõ",
}
STATES = {
    CueState.COMMITTED: "đã ra hiệu lệnh",
    CueState.FIRED: "đã phát động, đang nhận biên nhận",
    CueState.ABORTING: "đang hủy lệnh",
    CueState.ABORTED: "đã hủy lệnh",
    CueState.VERIFIED: "đã phát động và kiểm đủ",
}


def render_launch_docx(report: LaunchReport, template: Path | None = None) -> bytes:
    """The report filled into the shipped template, or into an office's own.

    Raises:
        TemplateProblem: the office's template has an unknown field or is none.

    """
    return fill(template or LAUNCH_TEMPLATE, launch_fields(report))


def launch_fields(report: LaunchReport) -> dict[str, Any]:
    """What a template may use, under Vietnamese names without diacritics. All values are ready to print."""
    what = "phát động chính thức" if report.live else "tổng duyệt phát động"
    return {
        "co_quan_cap_tren": report.authority.upper(),
        "co_quan_nhan": report.authority,
        "dia_danh": place_of(report.authority),
        "ngay_thang": long_date_words(report.t0),
        "ten_buoi_le": report.title,
        "trich_yeu": f"Kết quả {what} tại {report.title}",
        "viec": what,
        "ngay": date_words(report.t0),
        "ten_hieu_lenh": report.name,
        "lan": number(report.attempt),
        "gio_phat_dong": precise_words(report.t0),
        "trang_thai": STATES.get(report.state, report.state.value),
        "lan_nhan": [
            {
                "ghe": press.substituted_by or press.seat,
                "luc": "" if press.pressed_at is None else precise_words(press.pressed_at),
                "ghi_chu": _press_note(report, index),
            }
            for index, press in enumerate(report.presses)
        ],
        "lan_huy": [
            {"lan": number(each.attempt), "loai": _kind(each.live), "ly_do": each.reason.rstrip(".") or "không ghi lý do"}
            for each in report.aborted
        ],
        "xac_nhan_thay": [
            {
                "lan": number(each.attempt),
                "loai": _kind(each.live),
                "luc": precise_words(each.at),
                "nguoi": " và ".join(each.people),
                "trai_lai": number(each.contradicted) if each.contradicted else "",
            }
            for each in report.vouched
        ],
        "so_bien_nhan": number(report.receipts),
        "so_diem_cau": number(len(report.sites)),
        "so_diem_cau_nhan": number(report.answered),
        "so_diem_cau_sang": number(report.lit),
        **_spread_fields(report),
        "muon": [
            {"ten": site.name, "ma": site.code, "ket_qua": outcome_words(site)} for site in report.not_in_time[:SITES_LISTED]
        ],
        "muon_con_lai": number(max(len(report.not_in_time) - SITES_LISTED, 0)),
    }


def _kind(live: bool) -> str:
    return "chính thức" if live else "tổng duyệt"


def _press_note(report: LaunchReport, index: int) -> str:
    press = report.presses[index]
    notes = [f"bấm thay {press.seat}"] if press.substituted_by else []
    return ", ".join(notes if press.counted else [*notes, "ghi nhận, không tính"])


def _spread_fields(report: LaunchReport) -> dict[str, Any]:
    spread = report.spread
    return {
        "co_do_lech": spread is not None,
        "do_lech": {
            "trung_vi": milliseconds_words(spread.median) if spread else "",
            "p99": milliseconds_words(spread.p99) if spread else "",
            "lon_nhat": milliseconds_words(spread.largest) if spread else "",
            "sai_so": milliseconds_words(spread.clock_bound) if spread else "",
        },
    }


def outcome_words(site: LaunchSite) -> str:
    """What the site did, for people."""
    if site.outcome is None:
        return "chưa có biên nhận"
    words = _OUTCOMES[site.outcome]
    if site.outcome is FireOutcome.FIRED_LATE and site.deviation is not None:
        return f"{words} {milliseconds_words(site.deviation)}"
    return words


def render_launch_xlsx(report: LaunchReport) -> bytes:
    """Sheets: Tổng hợp, Điểm cầu."""
    import xlsxwriter  # noqa: PLC0415 -- heavy, and no start needs it

    data = io.BytesIO()
    with xlsxwriter.Workbook(data, Pen.OPTIONS) as book:
        pen = Pen(book)
        _summary(pen, report)
        _sites(pen, report)
    return data.getvalue()


def _summary(pen: Pen, report: LaunchReport) -> None:
    sheet = pen.sheet("Tổng hợp", report.title, f"{report.name}, lần {report.attempt}: {STATES.get(report.state, report.state)}")
    spread = report.spread
    facts: list[tuple[str, str | int]] = [
        ("Loại", "chính thức" if report.live else "tổng duyệt"),
        ("Ngày", date_words(report.t0)),
        ("Thời điểm phát động (T0)", precise_words(report.t0)),
        ("Điểm cầu nhận lệnh theo danh sách", len(report.sites)),
        ("Điểm cầu có biên nhận", report.answered),
        ("Điểm cầu đã sáng", report.lit),
        ("Biên nhận của thiết bị", report.receipts),
    ]
    facts += [
        (f"Lần {each.attempt} ({_kind(each.live)}) đã hủy lệnh", each.reason or "không ghi lý do") for each in report.aborted
    ]
    facts += [(_vouch_words(each.attempt), " và ".join(each.people)) for each in report.vouched]
    facts += [
        (f"Trái với lời xác nhận lần {each.attempt}: nơi báo đã có lệnh", each.contradicted)
        for each in report.vouched
        if each.contradicted
    ]
    if spread is not None:
        facts += [
            ("Độ lệch trung vị", milliseconds_words(spread.median)),
            ("Độ lệch 99%", milliseconds_words(spread.p99)),
            ("Độ lệch lớn nhất", milliseconds_words(spread.largest)),
            ("Từ sớm nhất đến muộn nhất", milliseconds_words(spread.span)),
            ("Sai số đồng hồ lớn nhất", milliseconds_words(spread.clock_bound)),
        ]
    after = pen.table(sheet, 3, (("Nội dung", 40), ("Giá trị", 24)), facts)
    presses = (
        (
            press.substituted_by or press.seat,
            "" if press.pressed_at is None else precise_words(press.pressed_at),
            _press_note(report, index),
        )
        for index, press in enumerate(report.presses)
    )
    pen.table(sheet, after + 1, (("Ghế", 40), ("Nhấn lúc", 24), ("Ghi chú", 30)), presses)


def _vouch_words(attempt: int) -> str:
    return f"Lần {attempt}: máy giữ quyền mất, thời điểm phát động là duy nhất theo lời"


def _sites(pen: Pen, report: LaunchReport) -> None:
    sheet = pen.sheet("Điểm cầu", f"{len(report.sites)} điểm cầu", f"T0 {precise_words(report.t0)} ngày {date_words(report.t0)}")
    columns = (("TT", 6), ("Mã", 12), ("Điểm cầu", 32), ("Cụm", 28), ("Kết quả", 30), ("Độ lệch", 14), ("Sai số đồng hồ", 14))
    rows = (
        (
            index, site.code, site.name, site.group, outcome_words(site),
            "" if site.deviation is None else milliseconds_words(site.deviation),
            "" if site.clock_bound is None else milliseconds_words(site.clock_bound),
        )
        for index, site in enumerate(report.sites, start=1)
    )  # fmt: skip
    pen.table(sheet, 3, columns, rows)
    sheet.repeat_rows(3)
    sheet.freeze_panes(4, 3)


def render_launch_json(report: LaunchReport) -> bytes:
    """The whole report. Instants are microseconds of UTC; the same attempt gives the same bytes."""
    content = {
        "format": LAUNCH_FORMAT,
        "t0_local": local(report.t0).isoformat(timespec="microseconds"),
        "lit": report.lit,
        "answered": report.answered,
        **msgspec.to_builtins(report),
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2)
