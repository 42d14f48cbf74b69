"""The decisions on what is said of a site: what follows, or why not."""

from typing import TYPE_CHECKING, Any

from server.ceremony.attendance.commands import (
    CheckIn,
    ChooseHeadCount,
    CloseFigures,
    DeclareChair,
    ReportHeadCount,
    SiteReport,
)
from server.ceremony.attendance.events import (
    ChairDeclared,
    FiguresClosed,
    HeadCountChosen,
    HeadCountReported,
    SiteCheckedIn,
)
from server.ceremony.attendance.phases import book, filed_under
from server.ceremony.attendance.state import AttendanceState, SiteAttendance
from server.ceremony.chairs import chair_at
from server.ceremony.head_count import refuse_bad_counts, refuse_unusual, written
from server.ceremony.rules import Context, Event, Person, PersonalFields, Principal, Refused, Role, person_said
from site_agent.units import HOUR, CommandId, Duration, Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

OLDEST_NEWS = Duration(7 * 24 * HOUR)
"""What is said to have happened before that comes from a device whose clock is wrong."""
MAX_ACCEPTED = 500
"""News of one site that its own link may bring; a morning has ten."""
MAX_SUPERSEDED = 50
"""Figures that one report may name; a page shows two."""
MAX_TEXT = 250
"""Characters of a name, a title or a reason."""


def decide_check_in(state: "Ceremony", command: CheckIn, context: Context) -> list[Event]:
    """The site is there. Saying it again adds nothing, unless another contact is named."""
    before, said = _heard(state, command, context)
    contact = _person(command.id, "contact", command.contact, before.contact)
    if before.checked_in_at is not None and contact in (None, before.contact):
        return []
    return [SiteCheckedIn(contact=contact, **said)]


def decide_chair(state: "Ceremony", command: DeclareChair, context: Context) -> list[Event]:
    """The planned chair, or a substitute who is named. The same again adds nothing."""
    before, said = _heard(state, command, context)
    substitute = _person(command.id, "chair", command.substitute, before.chair_substitute)
    if command.as_planned and substitute is not None:
        raise Refused("chair_contradiction", "Chọn một trong hai: chủ trì theo kế hoạch, hoặc người chủ trì thay.")
    if not command.as_planned and substitute is None:
        raise Refused(
            "chair_unnamed", "Ghi họ tên hoặc chức danh người chủ trì thay.", {"substitute": "Chưa có họ tên hoặc chức danh."}
        )
    if command.as_planned:
        _refuse_chair_elsewhere(state, command.site)
    if (command.as_planned, substitute) == (before.chair_as_planned, before.chair_substitute):
        return []
    return [ChairDeclared(as_planned=command.as_planned, substitute=substitute, **said)]


def decide_head_count(state: "Ceremony", command: ReportHeadCount, context: Context) -> list[Event]:
    """A first report, a correction with its reason, or a number beside one that its sender had not seen.

    The number that is in force alone adds nothing.
    """
    before, said = _heard(state, command, context)
    refuse_bad_counts(command.counts, state.details.categories)
    _refuse_long(command.reason)
    if len(command.supersedes or ()) > MAX_SUPERSEDED:
        raise Refused("too_many_figures", f"Một báo cáo thay tối đa {MAX_SUPERSEDED} số đã báo.")
    if not before.disagrees and before.in_force is not None and before.in_force.counts == command.counts:
        return []
    total = sum(command.counts.values())
    if not command.confirmed_unusual:
        refuse_unusual(total, state.roster.sites[command.site].expected)
    reason = " ".join(command.reason.split())
    known = _known(before, command)
    if known and not reason:
        raise Refused(
            "reason_needed",
            f"Điểm cầu đã báo {written(before.present or 0)} đại biểu. Ghi lý do để sửa số đã báo.",
            {"reason": "Chưa ghi lý do sửa."},
        )
    quiet = (figure for figure, report in before.figures_in_play() if _gives_way(report, total, context.principal))
    over = tuple(dict.fromkeys((*known, *quiet)))
    return [
        HeadCountReported(counts=command.counts, reason=reason if before.reports else "", figure=command.id, over=over, **said)
    ]


def decide_choice(state: "Ceremony", command: ChooseHeadCount, context: Context) -> list[Event]:
    """One of the figures in play; choosing it again, when it already counts alone, adds nothing."""
    before, said = _heard(state, command, context)
    in_play = dict(before.figures_in_play())
    if command.figure not in in_play:
        raise Refused("figure_gone", "Số này đã được thay bằng số khác. Xem lại các số đang hiện rồi chọn.")
    over = tuple(figure for figure in in_play if figure in command.over and figure != command.figure)
    if not over:
        return []
    return [HeadCountChosen(figure=command.figure, over=over, **said)]


def decide_close(state: "Ceremony", command: CloseFigures, context: Context) -> list[Event]:
    """The next version, if it would differ from the last."""
    closed_by = " ".join(command.closed_by.split())
    if not closed_by:
        raise Refused("name_missing", "Ghi họ tên hoặc chức danh người chốt số liệu.", {"closed_by": "Chưa ghi."})
    _refuse_long(closed_by)
    if not state.roster.sites:
        raise Refused("roster_missing", "Chưa có danh sách điểm cầu nên chưa thể chốt số liệu.")
    version = len(state.attendance.closings) + 1
    if not state.attendance.changed:
        raise Refused("nothing_new", f"Từ lần chốt {version - 1} đến nay không có số liệu nào mới.")
    before = (closing.closed_by for closing in state.attendance.closings)
    person = person_said(command.id, "closed_by", PersonalFields(name=closed_by), before)
    return [FiguresClosed(version=version, closed_by=person, at=context.now)]


def _heard(state: "Ceremony", command: SiteReport, context: Context) -> tuple[SiteAttendance, dict[str, Any]]:
    """What the site said before in the book that the report belongs to, and the fields that every such event has."""
    _refuse_unknown_site(state, command.site)
    occurred_at = _occurred(command.occurred_at, context)
    rehearsal = filed_under(state, command.phase, occurred_at if occurred_at == command.occurred_at else None)
    filed: AttendanceState = book(state, rehearsal)
    before = filed.sites.get(command.site) or SiteAttendance()
    principal = context.principal
    # A link that fell into wrong hands must not fill the disk; the desk can go on in the site's place.
    if before.accepted >= MAX_ACCEPTED and principal.role is Role.HOST:
        raise Refused("too_many_reports", "Điểm cầu này đã báo quá nhiều lần. Gọi bàn trực để báo tiếp.")
    return before, {
        "site": command.site,
        "by": principal.role,
        "occurred_at": occurred_at,
        "at": context.now,
        "seat": principal.seat,
        "by_site": principal.site if principal.site != command.site else None,
        "device": principal.device,
        "device_at": _writable(command.device_at, context),
        "rehearsal": rehearsal,
    }


def _known(before: SiteAttendance, command: ReportHeadCount) -> list[CommandId]:
    """The figures in play that the sender had before its eyes."""
    figures = [figure for figure, _ in before.figures_in_play()]
    return figures if command.supersedes is None else [figure for figure in figures if figure in command.supersedes]


def _gives_way(report: HeadCountReported, total: int, sender: Principal) -> bool:
    """Whether a figure is superseded though the sender did not name it: it says the same, or the same device said it."""
    return report.total == total or (sender.device is not None and report.device == sender.device)


def _refuse_unknown_site(state: "Ceremony", site: SiteCode) -> None:
    if site in state.roster.sites:
        return
    retired = state.retired.sites.get(site)
    if retired is not None:
        raise Refused(
            "site_retired",
            f"Điểm cầu {retired.site.name} đã rút khỏi danh sách ({retired.reason}). Số đã báo vẫn được lưu. "
            "Nếu điểm cầu vẫn dự lễ, gọi bàn trực để đưa lại.",
            {"site": "Đã rút khỏi danh sách."},
        )
    raise Refused("site_unknown", f"Không có điểm cầu mang mã “{site}”. Kiểm tra lại mã.", {"site": "Không có mã này."})


def _refuse_chair_elsewhere(state: "Ceremony", site: SiteCode) -> None:
    """A person counts at one site: a chair who was invited elsewhere is not at home too."""
    other = chair_at(state, site)
    if other is None:
        return
    listed = state.roster.sites[site]
    raise Refused(
        "chair_elsewhere",
        f"{listed.chair or 'Chủ trì'} dự tại {state.roster.sites[other].name} nên không tính tại đây. Ghi người chủ trì thay, "
        "hoặc gọi bàn trực nếu chủ trì có mặt tại điểm cầu này.",
        {"as_planned": "Chủ trì dự tại điểm cầu khác."},
    )


def _refuse_long(*texts: str) -> None:
    if any(len(text) > MAX_TEXT for text in texts):
        raise Refused("text_too_long", f"Nội dung dài quá {MAX_TEXT} ký tự.")


def _person(command: CommandId, part: str, said: PersonalFields | None, before: Person | None) -> Person | None:
    """Whoever is named, tidied; the person before if it is the same."""
    if said is None:
        return None
    _refuse_long(said.name, said.phone, said.title)
    name, phone, title = (" ".join(text.split()) for text in (said.name, said.phone, said.title))
    tidy = PersonalFields(name=name, phone=phone, title=title)
    if not any((tidy.name, tidy.phone, tidy.title)):
        return None
    return person_said(command, part, tidy, (before,))


def _occurred(said: Instant | None, context: Context) -> Instant:
    """When it happened. A device that believes to be in the future, or long ago, is not believed: reports and pages must be
    able to write the instant down.
    """
    return said if said is not None and context.now - OLDEST_NEWS <= said <= context.now else context.now


LAST_WRITABLE = Instant(253_402_300_799_000_000)
"""The end of the year 9999: dates after it cannot be written."""


def _writable(device_at: Instant | None, context: Context) -> Instant | None:
    """The device's own time, if it is a time at all."""
    return device_at if device_at is not None and 0 <= device_at <= LAST_WRITABLE else None
