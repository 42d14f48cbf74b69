"""What the technical team says of what it watches: “đã tiếp nhận” (acknowledged, with a reason), and “bảo trì” (planned off).

Both quiet alerts and nothing else: grades, incidents and recovery go on. An acknowledgement ends by itself when its site is
well again or falls further than it had fallen, when its incident closes, or when it is withdrawn. A maintenance ends by
itself at its instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.incident_events import IncidentClosed, IncidentOpened
from server.ceremony.link_grading import is_worse
from server.ceremony.link_health import Grade, GradeChange, GradesChanged
from server.ceremony.roster import RosterImported, RosterSite
from server.ceremony.rules import Capability, Command, Context, Deadline, Event, Refused, Role, derived_id
from site_agent.units import HOUR, CommandId, Duration, Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

WATCHERS = frozenset({Role.TECH, Role.ADMIN})
MAX_REASON = 200
LONGEST = Duration(7 * 24 * HOUR)
MOST_MAINTENANCES = 200
ILL = frozenset({Grade.DEGRADED, Grade.STALE, Grade.DOWN})
"""Grades that need a person; a flapping site does too."""


class Scope(StrEnum):
    """What a maintenance is of."""

    SITE = "site"
    GROUP = "group"
    CARRIER = "carrier"


class Acknowledge(Command, frozen=True, kw_only=True, tag="acknowledge"):
    """“Đã tiếp nhận”: of a site that is not well, or of an open incident; exactly one of the two."""

    ROLES: ClassVar[frozenset[Role]] = WATCHERS

    site: SiteCode | None = None
    incident: int | None = None
    reason: str


class WithdrawAcknowledgement(Command, frozen=True, kw_only=True, tag="withdraw_acknowledgement"):
    """It is not taken care of after all."""

    ROLES: ClassVar[frozenset[Role]] = WATCHERS

    site: SiteCode | None = None
    incident: int | None = None


class PlanMaintenance(Command, frozen=True, kw_only=True, tag="plan_maintenance"):
    """A site, a group or a carrier is off until an instant, and that is meant so."""

    ROLES: ClassVar[frozenset[Role]] = WATCHERS

    scope: Scope
    target: str
    """Code, group's name or carrier's name."""
    until: Instant
    reason: str
    starts: Instant | None = None
    """None: now."""


class EndMaintenance(Command, frozen=True, kw_only=True, tag="end_maintenance"):
    """It is over: earlier than planned, or by itself."""

    ROLES: ClassVar[frozenset[Role]] = WATCHERS | {Role.SYSTEM}

    maintenance: CommandId
    """The id of the command that planned it."""


class Acknowledged(Event, frozen=True, kw_only=True, tag="acknowledged"):
    subject: str
    """"site:CODE" or "incident:NUMBER"."""
    reason: str
    by: str
    """The seat of who did."""
    grade: Grade | None
    """The site's grade then."""
    at: Instant


class AcknowledgementWithdrawn(Event, frozen=True, kw_only=True, tag="acknowledgement_withdrawn"):
    subject: str
    by: str
    at: Instant


class MaintenancePlanned(Event, frozen=True, kw_only=True, tag="maintenance_planned"):
    maintenance: CommandId
    scope: Scope
    target: str
    starts: Instant
    until: Instant
    reason: str
    by: str
    at: Instant


class MaintenanceEnded(Event, frozen=True, kw_only=True, tag="maintenance_ended"):
    maintenance: CommandId
    by: str
    """Empty when its time was over."""
    at: Instant


class WatchNote(msgspec.Struct, frozen=True):
    """A line of a timeline: an acknowledgement given (`reason`) or withdrawn."""

    at: Instant
    given: bool
    by: str
    reason: str = ""


@dataclass(slots=True)
class WatchingState:
    """What stands now, and what was said."""

    acks: dict[str, Acknowledged] = field(default_factory=dict)
    """By subject."""
    maintenances: dict[CommandId, MaintenancePlanned] = field(default_factory=dict)
    """Planned or running; those that ended are in the journal."""
    notes: dict[str, list[WatchNote]] = field(default_factory=dict)
    """By subject, oldest first."""


def site_subject(site: SiteCode) -> str:
    """What a site's acknowledgement is filed under."""
    return f"site:{site}"


def incident_subject(number: int) -> str:
    """What an incident's acknowledgement is filed under."""
    return f"incident:{number}"


def covers(maintenance: MaintenancePlanned, site: RosterSite) -> bool:
    """Whether the maintenance is of that site."""
    match maintenance.scope:
        case Scope.SITE:
            return maintenance.target == site.code
        case Scope.GROUP:
            return maintenance.target == site.group
        case Scope.CARRIER:
            return maintenance.target == site.carrier


def planned_off(state: "Ceremony", site: RosterSite, now: Instant) -> MaintenancePlanned | None:
    """The maintenance that the site is in now."""
    running = (each for each in state.watching.maintenances.values() if each.starts <= now < each.until)
    return next((each for each in running if covers(each, site)), None)


def is_ill(change: GradeChange) -> bool:
    """Whether a site so graded needs a person."""
    return change.grade in ILL or change.flapping


def decide_acknowledge(state: "Ceremony", command: Acknowledge, context: Context) -> list[Event]:
    """Who, when and why; of something that needs it."""
    subject = _subject(command.site, command.incident)
    grade = None
    if command.site is not None:
        if command.site not in state.roster.sites:
            raise Refused("unknown_site", "Không có điểm cầu này trong danh sách.")
        known = state.links.grades.get(command.site)
        if known is not None and not is_ill(known):
            raise Refused("not_ill", "Điểm cầu này đang tốt, không có gì để tiếp nhận.")
        grade = known.grade if known is not None else Grade.NEVER_SEEN
    else:
        incident = state.incidents.all.get(command.incident or 0)
        if incident is None or incident.closed_at is not None:
            raise Refused("no_incident", "Sự cố này đã khép lại hoặc không có.")
    reason = _reason(command.reason)
    return [Acknowledged(subject=subject, reason=reason, by=context.principal.seat, grade=grade, at=context.now)]


def decide_withdraw(state: "Ceremony", command: WithdrawAcknowledgement, context: Context) -> list[Event]:
    """Only what stands can be withdrawn."""
    subject = _subject(command.site, command.incident)
    if subject not in state.watching.acks:
        raise Refused("not_acknowledged", "Chưa ai tiếp nhận việc này, hoặc việc đã tự khép lại.")
    return [AcknowledgementWithdrawn(subject=subject, by=context.principal.seat, at=context.now)]


def decide_plan(state: "Ceremony", command: PlanMaintenance, context: Context) -> list[Event]:
    """Of something that the roster has, for a time that is still to come and not too long."""
    roster = state.roster
    names = {
        Scope.SITE: command.target in roster.sites,
        Scope.GROUP: command.target in roster.groups,
        Scope.CARRIER: bool(command.target) and any(site.carrier == command.target for site in roster.sites.values()),
    }
    if not names[command.scope]:
        raise Refused("no_target", f"Danh sách điểm cầu không có “{command.target[:60]}”.")
    starts = context.now if command.starts is None else max(command.starts, context.now)
    if command.until <= starts:
        raise Refused("maintenance_over", "Giờ kết thúc bảo trì phải sau lúc bắt đầu và sau bây giờ.")
    if command.until - starts > LONGEST:
        raise Refused("maintenance_long", "Một đợt bảo trì dài nhất là 7 ngày.")
    if len(state.watching.maintenances) >= MOST_MAINTENANCES:
        raise Refused("too_many_maintenances", f"Đã có {MOST_MAINTENANCES} đợt bảo trì. Kết thúc bớt rồi đặt thêm.")
    planned = MaintenancePlanned(
        maintenance=command.id,
        scope=command.scope,
        target=command.target,
        starts=starts,
        until=command.until,
        reason=_reason(command.reason),
        by=context.principal.seat,
        at=context.now,
    )
    return [planned]


def decide_end(state: "Ceremony", command: EndMaintenance, context: Context) -> list[Event]:
    """By a person at any time, by the deadline at its instant."""
    planned = state.watching.maintenances.get(command.maintenance)
    by_itself = context.principal.role is Role.SYSTEM
    if planned is None or (by_itself and context.now < planned.until):
        raise Refused("no_maintenance", "Đợt bảo trì này đã kết thúc hoặc không có.")
    by = "" if by_itself else context.principal.seat
    return [MaintenanceEnded(maintenance=command.maintenance, by=by, at=context.now)]


def deadlines(state: "Ceremony") -> Iterator[Deadline]:
    """Every maintenance ends by itself."""
    for name, planned in state.watching.maintenances.items():
        command = EndMaintenance(id=derived_id("end_maintenance", name), maintenance=name)
        yield Deadline(planned.until, command)


def _subject(site: SiteCode | None, incident: int | None) -> str:
    if site is not None and incident is None:
        return site_subject(site)
    if incident is not None and site is None:
        return incident_subject(incident)
    raise Refused("bad_subject", "Cần nêu đúng một điểm cầu hoặc một sự cố.")


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason or len(reason) > MAX_REASON:
        raise Refused("bad_reason", f"Cần ghi lý do, dài nhất {MAX_REASON} ký tự.")
    return reason


# ---- evolve


def evolve_acknowledged(state: "Ceremony", event: Acknowledged) -> None:
    state.watching.acks[event.subject] = event
    note = WatchNote(at=event.at, given=True, by=event.by, reason=event.reason)
    state.watching.notes.setdefault(event.subject, []).append(note)


def evolve_withdrawn(state: "Ceremony", event: AcknowledgementWithdrawn) -> None:
    state.watching.acks.pop(event.subject, None)
    note = WatchNote(at=event.at, given=False, by=event.by)
    state.watching.notes.setdefault(event.subject, []).append(note)


def evolve_grades(state: "Ceremony", event: GradesChanged) -> None:
    """What is well again, or worse than what was acknowledged, is acknowledged no more."""
    acks = state.watching.acks
    if not acks:
        return
    for change in event.changes:
        ack = acks.get(site_subject(change.site))
        if ack is None or ack.grade is None:
            continue
        if not is_ill(change) or ack.grade is Grade.NEVER_SEEN or is_worse(change.grade, ack.grade):
            del acks[ack.subject]


def evolve_roster(state: "Ceremony", event: RosterImported) -> None:
    """Forget sites that left the roster."""
    for subject in list(state.watching.acks):
        site = subject.removeprefix("site:")
        if site != subject and site not in state.roster.sites:
            del state.watching.acks[subject]
    _drop_closed(state)


def evolve_incident(state: "Ceremony", event: IncidentOpened | IncidentClosed) -> None:
    """An incident that is over, or went into another, is acknowledged no more."""
    _drop_closed(state)


def _drop_closed(state: "Ceremony") -> None:
    for number, incident in state.incidents.all.items():
        if incident.closed_at is not None:
            state.watching.acks.pop(incident_subject(number), None)


def evolve_planned(state: "Ceremony", event: MaintenancePlanned) -> None:
    state.watching.maintenances[event.maintenance] = event


def evolve_ended(state: "Ceremony", event: MaintenanceEnded) -> None:
    state.watching.maintenances.pop(event.maintenance, None)


CAPABILITY = Capability(
    name="watching",
    decide={
        Acknowledge: decide_acknowledge,
        WithdrawAcknowledgement: decide_withdraw,
        PlanMaintenance: decide_plan,
        EndMaintenance: decide_end,
    },
    evolve={
        GradesChanged: evolve_grades,
        IncidentOpened: evolve_incident,
        IncidentClosed: evolve_incident,
        Acknowledged: evolve_acknowledged,
        AcknowledgementWithdrawn: evolve_withdrawn,
        MaintenancePlanned: evolve_planned,
        MaintenanceEnded: evolve_ended,
        RosterImported: evolve_roster,
    },
    deadlines=deadlines,
)
