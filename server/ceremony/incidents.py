"""Incidents: sites lost together are one matter, from the first that fell to the last that is back. The rule that finds them
is `incident_rule`; here are their commands, events and state.

A site belongs to at most one open incident and counts there once. Its own grade goes on being judged and told: an
incident quiets alerts, never what is watched. An incident closes with the last of its sites that is connected again,
in the same command that says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony import link_health, watching
from server.ceremony.incident_events import IncidentClosed, IncidentGrown, IncidentOpened, IncidentRecovered
from server.ceremony.incident_rule import ABSORBED_WITHIN, SETTLED_AFTER, TOGETHER, Cause, CauseKind, Found, find
from server.ceremony.link_health import CONNECTED, Grade, GradeChange, GradesChanged, Power, RecordGrades
from server.ceremony.roster import RosterImported
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from server.ceremony.watching import MaintenanceEnded
from site_agent.units import MINUTE, Duration, Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

GROWS_WITHIN = Duration(2 * MINUTE)
"""A site with the incident's cause that falls so soon after the last one was lost with them."""
LOOKED_AT_FOR = Duration(TOGETHER + 2 * SETTLED_AFTER)
"""Once nothing has changed for so long, the rule sees nothing that it has not seen."""
LAST_NOTES = 100


class LookForIncidents(Command, frozen=True, kw_only=True, tag="look_for_incidents"):
    """The rule sees something now: decide on it."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})


class IncidentNote(msgspec.Struct, frozen=True):
    """A line of an incident's timeline."""

    at: Instant
    what: str
    """opened, grown, recovered, absorbed, closed."""
    count: int


@dataclass(slots=True)
class Incident:
    """One incident. `sites` → when each came back; None while it is lost."""

    number: int
    cause: Cause
    name: str
    """Of the cause, as people call it."""
    opened_at: Instant
    since: Instant
    sites: dict[SiteCode, Instant | None]
    last_fall: Instant
    carrier: str = ""
    on_battery: int = 0
    closed_at: Instant | None = None
    into: int | None = None
    """The incident that this one turned out to be part of."""
    notes: list[IncidentNote] = field(default_factory=list)

    @property
    def lost(self) -> list[SiteCode]:
        """Its sites that are not back."""
        return [site for site, back_at in self.sites.items() if back_at is None]

    @property
    def power_likely(self) -> bool:
        """Half of its sites or more ran on a battery or a generator when they fell."""
        return self.on_battery > 0 and 2 * self.on_battery >= len(self.sites)


@dataclass(slots=True)
class IncidentsState:
    """All incidents of the ceremony; few, however many sites there are."""

    all: dict[int, Incident] = field(default_factory=dict)
    of_site: dict[SiteCode, int] = field(default_factory=dict)
    """The open incident a site belongs to."""
    loose: dict[SiteCode, Instant] = field(default_factory=dict)
    """Sites that are down and belong to no open incident → when they fell."""
    changed_at: Instant | None = None
    """When something last changed that the rule looks at."""

    @property
    def open(self) -> Iterator[Incident]:
        """Those that are not over, oldest first."""
        return (incident for incident in self.all.values() if incident.closed_at is None)


def seen_by_the_rule(state: "Ceremony", now: Instant) -> list[Found]:
    """What `LookForIncidents` would open now. Costs nothing while nothing has changed."""
    incidents = state.incidents
    changed_at = incidents.changed_at
    if changed_at is None or now - changed_at > LOOKED_AT_FOR or not incidents.loose or state.links.suspect:
        return []
    sites = state.roster.sites
    fallen = {site: at for site, at in incidents.loose.items() if not watching.planned_off(state, sites[site], now)}
    since = state.links.since
    young = {
        incident.number: {site: since.get(site, incident.since) for site in incident.lost}
        for incident in incidents.open
        if now - incident.opened_at <= ABSORBED_WITHIN
    }
    return find(state.roster, state.links.grades, fallen, now, young)


def decide_look(state: "Ceremony", command: LookForIncidents, context: Context) -> list[Event]:
    """Open what the rule sees."""
    found = seen_by_the_rule(state, context.now)
    if not found:
        raise Refused("no_incident", "Không có sự cố nào mới.")
    first = len(state.incidents.all) + 1
    return [_opened(state, first + index, each, context.now) for index, each in enumerate(found)]


def _opened(state: "Ceremony", number: int, found: Found, now: Instant) -> IncidentOpened:
    carriers = {state.roster.sites[site].carrier for site in found.sites}
    powers = (state.links.grades[site].power for site in found.sites)
    return IncidentOpened(
        number=number,
        cause=found.cause,
        sites=found.sites,
        since=found.since,
        at=now,
        carrier=carriers.pop() if len(carriers) == 1 and found.cause.kind is not CauseKind.CARRIER else "",
        on_battery=sum(power in {Power.BATTERY, Power.GENERATOR} for power in powers),
        absorbs=found.absorbs,
    )


def decide_grades(state: "Ceremony", command: RecordGrades, context: Context) -> list[Event]:
    """The changes of grade, and what follows from them for open incidents."""
    events = link_health.decide_grades(state, command, context)
    for event in list(events):
        assert isinstance(event, GradesChanged)
        events += _followed(state, event.changes, context.now)
    return events


def _followed(state: "Ceremony", changes: Sequence[GradeChange], now: Instant) -> Iterator[Event]:
    """Who joins an incident, who is back, and which incidents are over."""
    grown: dict[int, list[SiteCode]] = {}
    back: dict[int, list[SiteCode]] = {}
    for change in changes:
        number = state.incidents.of_site.get(change.site)
        if change.grade is Grade.DOWN:
            number = _joins(state, change.site, now) if number is None else number
            if number is not None and state.incidents.all[number].sites.get(change.site, now) is not None:
                grown.setdefault(number, []).append(change.site)
        elif change.grade in CONNECTED and number is not None and state.incidents.all[number].sites[change.site] is None:
            back.setdefault(number, []).append(change.site)
    for number, sites in grown.items():
        yield IncidentGrown(number=number, sites=tuple(sites), at=now)
    for number, sites in back.items():
        yield IncidentRecovered(number=number, sites=tuple(sites), at=now)
        if number not in grown and set(state.incidents.all[number].lost) <= set(sites):
            yield IncidentClosed(number=number, at=now)


def _joins(state: "Ceremony", code: SiteCode, now: Instant) -> int | None:
    """The open incident that a site which falls now belongs to."""
    site = state.roster.sites[code]
    if watching.planned_off(state, site, now):
        return None
    joined = (each.number for each in state.incidents.open if now - each.last_fall <= GROWS_WITHIN and each.cause.explains(site))
    return next(joined, None)


# ---- evolve


def evolve_grades(state: "Ceremony", event: GradesChanged) -> None:
    """Who is down on its own. Events of incidents in the same command come after and take theirs."""
    incidents = state.incidents
    for change in event.changes:
        if change.grade is Grade.DOWN:
            if change.site not in incidents.of_site and change.site not in incidents.loose:
                incidents.loose[change.site] = event.at
                incidents.changed_at = event.at
        else:
            incidents.loose.pop(change.site, None)


def evolve_opened(state: "Ceremony", event: IncidentOpened) -> None:
    incidents = state.incidents
    incident = Incident(
        number=event.number,
        cause=event.cause,
        name=cause_name(state, event.cause),
        opened_at=event.at,
        since=event.since,
        sites=dict.fromkeys(event.sites),
        last_fall=event.at,
        carrier=event.carrier,
        on_battery=event.on_battery,
        notes=[IncidentNote(event.at, "opened", len(event.sites))],
    )
    for number in event.absorbs:
        part = incidents.all[number]
        part.closed_at, part.into = event.at, event.number
        incident.sites |= part.sites
        incident.on_battery += part.on_battery
        incident.notes.append(IncidentNote(event.at, "absorbed", len(part.sites)))
    incidents.all[event.number] = incident
    for site in incident.sites:
        incidents.of_site[site] = event.number
        incidents.loose.pop(site, None)


def evolve_grown(state: "Ceremony", event: IncidentGrown) -> None:
    incident = state.incidents.all[event.number]
    incident.last_fall = event.at
    for site in event.sites:
        incident.sites[site] = None
        state.incidents.of_site[site] = event.number
        state.incidents.loose.pop(site, None)
    _note(incident, IncidentNote(event.at, "grown", len(event.sites)))


def evolve_recovered(state: "Ceremony", event: IncidentRecovered) -> None:
    incident = state.incidents.all[event.number]
    for site in event.sites:
        incident.sites[site] = event.at
    _note(incident, IncidentNote(event.at, "recovered", len(event.sites)))


def evolve_closed(state: "Ceremony", event: IncidentClosed) -> None:
    _close(state, state.incidents.all[event.number], event.at)


def evolve_roster(state: "Ceremony", event: RosterImported) -> None:
    """Forget sites that left the roster; an incident none of whose sites is lost any more is over."""
    incidents, rostered = state.incidents, state.roster.sites
    for site in [site for site in incidents.loose if site not in rostered]:
        del incidents.loose[site]
    for incident in list(incidents.open):
        for site in [site for site in incident.sites if site not in rostered]:
            del incident.sites[site]
            incidents.of_site.pop(site, None)
        if not incident.lost:
            _close(state, incident, max((at for at in incident.sites.values() if at is not None), default=incident.last_fall))


def evolve_maintenance_ended(state: "Ceremony", event: MaintenanceEnded) -> None:
    """Who is still down was planned off no more: the rule looks at them."""
    state.incidents.changed_at = event.at


def cause_name(state: "Ceremony", cause: Cause) -> str:
    """What people call the cause."""
    site = state.roster.sites.get(SiteCode(cause.target)) if cause.kind is CauseKind.PARENT else None
    return site.name if site is not None else cause.target


def _close(state: "Ceremony", incident: Incident, at: Instant) -> None:
    incident.closed_at = at
    _note(incident, IncidentNote(at, "closed", len(incident.sites)))
    for site in incident.sites:
        state.incidents.of_site.pop(site, None)


def _note(incident: Incident, note: IncidentNote) -> None:
    incident.notes.append(note)
    if len(incident.notes) > LAST_NOTES:
        del incident.notes[1]


CAPABILITY = Capability(
    name="incidents",
    decide={RecordGrades: decide_grades, LookForIncidents: decide_look},
    evolve={
        GradesChanged: evolve_grades,
        IncidentOpened: evolve_opened,
        IncidentGrown: evolve_grown,
        IncidentRecovered: evolve_recovered,
        IncidentClosed: evolve_closed,
        RosterImported: evolve_roster,
        MaintenanceEnded: evolve_maintenance_ended,
    },
)
