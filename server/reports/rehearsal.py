"""What a rehearsal showed (tổng duyệt): who connected, checked in and reported in it, and who never opened the link."""

from enum import StrEnum

import msgspec

from server.ceremony.attendance import AttendanceState, SiteAttendance
from server.ceremony.attendance.phases import RehearsalRecord, book, opened_links
from server.ceremony.ceremony import Ceremony
from server.ceremony.roster import RosterSite
from server.files.text import vietnamese_order
from server.reports.morning import ReportUnavailable
from server.reports.site_lists import ListLine, SiteList
from server.reports.words import clock_words, date_words
from site_agent.units import Instant, SiteCode

_SILENT = SiteAttendance()


class Reached(StrEnum):
    """How far a site came, from not at all."""

    NEVER_OPENED = "never_opened"
    OPENED = "opened"
    """Its link was opened before, but it was not connected in the rehearsal."""
    CONNECTED = "connected"
    CHECKED_IN = "checked_in"
    REPORTED = "reported"


REACHED_WORDS = {
    Reached.NEVER_OPENED: "chưa mở liên kết",
    Reached.OPENED: "đã mở, không kết nối",
    Reached.CONNECTED: "kết nối, chưa điểm danh",
    Reached.CHECKED_IN: "điểm danh, chưa báo số",
    Reached.REPORTED: "đã báo số",
}


class RehearsalSite(msgspec.Struct, frozen=True):
    """One site in a rehearsal."""

    code: SiteCode
    name: str
    group: str
    reached: Reached
    connected: bool
    checked_in_at: Instant | None
    present: int | None
    contact: str
    phone: str


class RehearsalReport(msgspec.Struct, frozen=True):
    """A rehearsal that is on or has ended."""

    rehearsal: int
    title: str
    begun_at: Instant
    ended_at: Instant | None
    sites: int
    opened: int
    """Sites whose link was ever opened by its end."""
    connected: int
    """Sites connected at some time in it."""
    checked_in: int
    reported: int
    present: int
    never_opened: int
    lines: tuple[RehearsalSite, ...]
    """By group, then name, as Vietnamese sorts."""


def rehearsal_numbers(state: Ceremony) -> list[int]:
    """Every rehearsal, oldest first; the one that is on is the last."""
    return list(state.phases.records)


def build_rehearsal(state: Ceremony, number: int | None = None) -> RehearsalReport:
    """One rehearsal: the last where none is named.

    Raises:
        ReportUnavailable: `no_rehearsal`, `rehearsal_unknown`.

    """
    records = state.phases.records
    if not records:
        raise ReportUnavailable("no_rehearsal", "Chưa có lần tổng duyệt nào.")
    wanted = max(records) if number is None else number
    if wanted not in records:
        raise ReportUnavailable("rehearsal_unknown", "Không có lần tổng duyệt này.")
    record, figures = records[wanted], book(state, wanted)
    opened = opened_links(state, record)
    # Whoever left the ceremony since was in it then.
    gone = [event.site for event in state.retired.sites.values() if event.at >= record.begun.at]
    lines = [_line(site, record, figures, opened) for site in (*state.roster.sites.values(), *gone)]
    lines.sort(key=lambda line: (vietnamese_order(line.group), vietnamese_order(line.name), line.code))
    return RehearsalReport(
        rehearsal=wanted,
        title=state.details.required.title,
        begun_at=record.begun.at,
        ended_at=record.ended.at if record.ended is not None else None,
        sites=len(lines),
        opened=sum(line.reached is not Reached.NEVER_OPENED for line in lines),
        connected=sum(line.connected for line in lines),
        checked_in=sum(line.checked_in_at is not None for line in lines),
        reported=sum(line.present is not None for line in lines),
        present=sum(line.present or 0 for line in lines),
        never_opened=sum(line.reached is Reached.NEVER_OPENED for line in lines),
        lines=tuple(lines),
    )


def _line(site: RosterSite, record: RehearsalRecord, figures: AttendanceState, opened: set[SiteCode]) -> RehearsalSite:
    said = figures.sites.get(site.code, _SILENT)
    contact = site.contact.personal if site.contact is not None else None
    return RehearsalSite(
        code=site.code,
        name=site.name,
        group=site.group,
        reached=_reached(site.code, said, record, opened),
        connected=site.code in record.connected,
        checked_in_at=said.checked_in_at,
        present=said.present,
        contact=contact.name if contact else "",
        phone=contact.phone if contact else "",
    )


def _reached(code: SiteCode, said: SiteAttendance, record: RehearsalRecord, opened: set[SiteCode]) -> Reached:
    if said.present is not None:
        return Reached.REPORTED
    if said.checked_in_at is not None:
        return Reached.CHECKED_IN
    if code in record.connected:
        return Reached.CONNECTED
    return Reached.OPENED if code in opened else Reached.NEVER_OPENED


def rehearsal_list(report: RehearsalReport) -> SiteList:
    """The report as a list to write into a workbook."""
    until = report.ended_at
    ended = f" đến {clock_words(until)} ngày {date_words(until)}" if until is not None else ", đang diễn ra"
    return SiteList(
        title=(
            f"Tổng duyệt: {report.connected}/{report.sites} điểm cầu kết nối, {report.reported} báo số, "
            f"{report.never_opened} chưa mở liên kết"
        ),
        note=f"{report.title} · từ {clock_words(report.begun_at)} ngày {date_words(report.begun_at)}{ended}",
        columns=(
            ("Kết quả", 26), ("Kết nối", 9), ("Điểm danh", 11), ("Số đại biểu", 12), ("Đầu mối kỹ thuật", 26), ("Điện thoại", 16),
        ),
        lines=tuple(
            ListLine(
                line.code, line.name, line.group,
                (
                    REACHED_WORDS[line.reached], "có" if line.connected else "không",
                    clock_words(line.checked_in_at) if line.checked_in_at is not None else None,
                    line.present, line.contact, line.phone,
                ),
            )
            for line in report.lines
        ),
    )  # fmt: skip
