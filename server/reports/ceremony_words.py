"""The report after the ceremony in words: the fields of its paper, shared with its workbook."""

from collections.abc import Iterable
from typing import Any

from server.ceremony.cue import CueState
from server.ceremony.link_health import Grade
from server.ceremony.messages import Topic
from server.reports.ceremony import AttemptLine, CeremonyReport, IncidentNoteLine, IncidentStory, ProgrammeLine
from server.reports.ceremony_links import LinkLine
from server.reports.ceremony_media import MediaReport
from server.reports.launch_files import STATES, launch_fields
from server.reports.lines import SumLine
from server.reports.words import (
    cause_words,
    clock_words,
    date_words,
    length_words,
    long_date_words,
    number,
    place_of,
    precise_words,
    share,
    time_words,
)
from site_agent.units import Duration

TOPICS = {
    Topic.SOUND: "mất tiếng",
    Topic.PICTURE: "mất hình",
    Topic.CALL_BACK: "cần gọi lại",
    Topic.OTHER: "việc khác",
}
GRADES = {
    Grade.NEVER_SEEN: "chưa kết nối",
    Grade.UP: "tốt",
    Grade.UNSTABLE: "chập chờn",
    Grade.DEGRADED: "yếu",
    Grade.STALE: "chậm phản hồi",
    Grade.DOWN: "mất kết nối",
}
_NOTES = {
    "opened": "phát hiện, {count} điểm cầu mất kết nối",
    "grown": "thêm {count} điểm cầu mất kết nối",
    "recovered": "{count} điểm cầu kết nối lại",
    "absorbed": "gộp một sự cố trước, {count} điểm cầu",
    "closed": "khép lại",
    "acknowledged": "{by} tiếp nhận: {reason}",
    "withdrawn": "{by} thôi tiếp nhận",
}


def ceremony_fields(report: CeremonyReport) -> dict[str, Any]:
    """What a template may use, under Vietnamese names without diacritics. All values are ready to print."""
    attendance, notices = report.attendance, report.notices
    return {
        "co_quan_cap_tren": report.authority.upper(),
        "co_quan_nhan": report.authority,
        "dia_danh": place_of(report.authority),
        "ngay_thang": long_date_words(report.made_at),
        "ten_buoi_le": report.title,
        "trich_yeu": f"Kết quả tổ chức {report.title}",
        "ngay": date_words(report.starts_at),
        "gio_khai_mac": time_words(report.starts_at),
        "tong": sums(attendance.total),
        "theo_cap": [{"tt": index, **sums(line)} for index, line in enumerate(attendance.levels, start=1)],
        "chot": closed_words(report),
        "chu_tri": {
            "dung_ke_hoach": number(attendance.chairs_planned),
            "thay": number(attendance.chairs_substitute),
            "noi_khac": number(attendance.chairs_elsewhere) if attendance.chairs_elsewhere else "",
        },
        "rut": number(attendance.retired) if attendance.retired else "",
        "tong_duyet": [
            {
                "lan": number(each.number),
                "ngay": date_words(each.begun_at),
                "so_diem_cau": number(each.sites),
                "ket_noi": number(each.connected),
                "diem_danh": number(each.checked_in),
                "da_bao": number(each.reported),
                "co_mat": number(each.present),
            }
            for each in report.rehearsals
        ],
        "duong_truyen_tu": clock_words(report.links.since),
        "duong_truyen_den": clock_words(report.links.until),
        "theo_nha_mang": list(_links(report.links.carriers, report.links.length)),
        "duong_truyen_theo_cum": list(_links(report.links.groups, report.links.length)),
        "te_nhat": [
            {
                "ten": each.name,
                "cum": each.group,
                "so_lan": at_least(each.falls, each.at_least),
                "thoi_gian": length_words(each.connected),
            }
            for each in report.links.worst[:10]
        ],
        "su_co": [incident_fields(each) for each in report.incidents],
        "phat_dong": launch_fields(report.launch) if report.launch else None,
        "lan_phat_dong": [attempt_fields(each) for each in report.attempts],
        "chuong_trinh": [item_fields(each) for each in report.programme],
        "ho_tro": [
            {"loai": TOPICS[each.topic], "so": number(each.calls), "xong": number(each.done), "trong": span(each.took)}
            for each in report.help
        ],
        "thong_bao": {
            "so": number(notices.notices),
            "gui": number(notices.told),
            "doc": number(notices.read),
            "tai_lieu": number(notices.papers),
            "tai_lieu_gui": number(notices.given),
            "tai_lieu_mo": number(notices.opened),
            "tin_den": number(notices.messages_in),
            "tin_di": number(notices.messages_out),
        },
        "cam_ket": [
            {
                "lan": number(each.number),
                "luc": clock_words(each.opened_at),
                "diem_cau": number(each.sites),
                "nguoi": number(each.people),
            }
            for each in report.pledges
        ],
        "truyen_hinh": media_fields(report.media) if report.media else None,
        "luot_xem": number(report.views.most) if report.views else "",
        "luot_xem_tu": f"{clock_words(report.views.since)} ngày {date_words(report.views.since)}" if report.views else "",
    }  # fmt: skip


def media_fields(media: MediaReport) -> dict[str, Any]:
    """How the programme went out."""
    return {
        "chuyen": number(media.switches),
        "gian_doan": number(media.interruptions) if media.interruptions else "",
        "tong_gian_doan": length_words(media.interrupted),
        "dien_bien": [{"luc": clock_words(line.at), "noi_dung": line.words} for line in media.lines],
    }


def sums(line: SumLine) -> dict[str, str]:
    """A sum's figures."""
    return {
        "ten": line.name,
        "so_diem_cau": number(line.sites),
        "da_ket_noi": number(line.connected),
        "da_bao": number(line.reported),
        "du_kien": number(line.expected),
        "co_mat": number(line.present),
        "ty_le": share(line.present, line.expected),
    }


def closed_words(report: CeremonyReport) -> str:
    """Of which closing the figures are."""
    attendance = report.attendance
    if not attendance.version:
        return "số liệu chưa chốt"
    when = f"{time_words(attendance.closed_at)} ngày {date_words(attendance.closed_at)}"
    return f"số liệu chốt lần {attendance.version} lúc {when}, người chốt: {attendance.closed_by}"


def _links(lines: Iterable[LinkLine], length: Duration) -> Iterable[dict[str, str]]:
    for line in lines:
        yield {
            "ten": line.name,
            "so_diem_cau": number(line.sites),
            "khong_ket_noi": number(line.never),
            "thoi_gian": length_words(line.connected) if line.connected else "",
            "ty_le": share(line.connected, length) if line.connected else "",
            "doi_muc": number(line.changes),
            "mat": number(line.falls),
            "te_nhat": line.worst,
        }


def incident_fields(story: IncidentStory) -> dict[str, Any]:
    """An incident with its timeline."""
    ended = story.closed_at
    part = f", gộp vào sự cố {story.into}" if story.into is not None else ""
    return {
        "so": number(story.number),
        "ten": cause_words(story.kind, story.name),
        "tu": clock_words(story.since),
        "den": clock_words(ended) if ended is not None else "",
        "dai": length_words(ended - story.since) if ended is not None else "",
        "so_diem_cau": number(story.sites),
        "con_mat": number(story.lost) if story.lost else "",
        "ghi_chu": ("có thể do mất điện" if story.power_likely else "") + part,
        "dien_bien": [{"luc": clock_words(note.at), "noi_dung": note_words(note)} for note in story.notes],
    }


def note_words(note: IncidentNoteLine) -> str:
    """A line of an incident's timeline."""
    template = _NOTES.get(note.what, note.what)
    return template.format(count=number(note.count), by=note.by or "máy chủ", reason=note.reason)


def attempt_fields(line: AttemptLine) -> dict[str, Any]:
    """An attempt and what became of it. One that was taken back has no instant, and nobody was late for it."""
    report = line.report
    fired = report if line.state is not CueState.ABORTED else None
    return {
        "ten": line.name,
        "lan": number(line.attempt),
        "loai": "chính thức" if line.live else "tổng duyệt",
        "trang_thai": STATES.get(line.state, line.state.value),
        "t0": precise_words(line.t0) if line.t0 is not None and fired else "",
        "bien_nhan": number(report.receipts) if report else "",
        "sang": number(fired.lit) if fired else "",
        "muon": number(line.late) if fired else "",
        "ly_do": line.abort_reason,
        "theo_loi": " và ".join(line.vouched_by),
    }


def item_fields(line: ProgrammeLine) -> dict[str, str]:
    """An item as planned and as it ran."""
    return {
        "tt": number(line.number),
        "ten": line.title,
        "nguoi": line.owner,
        "ke_hoach": clock_words(line.planned_start),
        "thoi_luong": length_words(line.planned_length),
        "thuc_te": clock_words(line.started) if line.started is not None else "",
        "dai": length_words(line.length) if line.length is not None else "",
        "ket_qua": result_words(line),
    }


def result_words(line: ProgrammeLine) -> str:
    """Skipped, not (yet) run, still on, or how much longer or shorter than planned."""
    if line.skipped:
        return "bỏ qua"
    if line.started is None:
        return "chưa thực hiện"
    if line.over is None:
        return "đang thực hiện"
    if abs(line.over) < 30_000_000:
        return "đúng thời lượng"
    return f"{'dài hơn' if line.over > 0 else 'ngắn hơn'} {length_words(line.over)}"


def at_least(count: int, more: bool) -> str:
    """A count of which more may have happened."""
    return f"từ {number(count)}" if more else number(count)


def span(length: Duration | None) -> str:
    """A length, or nothing."""
    return "" if length is None else length_words(length)
