"""How the lines held through the morning: time connected and changes of grade, by carrier, by group, and the worst sites.

Read from the last changes that the state keeps of each site; where a site changed more often, what came before them is taken
as it stood at the oldest kept one, and the line says so (`at_least`).
"""

from collections.abc import Iterable

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.link_health import CONNECTED, HISTORY, Grade, GradeChange
from server.ceremony.roster import RosterSite
from server.files.text import vietnamese_order
from site_agent.units import HOUR, Duration, Instant, SiteCode

BEFORE_START = Duration(2 * HOUR)
"""Sites come from half past six; what a line did in the night is nobody's affair."""
WORST = 30
"""Sites that the report names."""
UNNAMED = "(chưa rõ)"


class SiteLink(msgspec.Struct, frozen=True):
    """One site's line in the window."""

    code: SiteCode
    name: str
    group: str
    carrier: str
    connected: Duration
    """Time connected, whatever the grade."""
    changes: int
    """Changes of grade."""
    falls: int
    """From connected to not connected."""
    worst: Grade
    at_least: bool
    """More changes happened than were kept."""


class LinkLine(msgspec.Struct, frozen=True):
    """A carrier's or a group's lines."""

    name: str
    sites: int
    never: int
    """Sites that were never connected in the window."""
    connected: Duration
    """Of the sites that were connected at all: the mean of their time."""
    changes: int
    falls: int
    worst: str
    """The site that was connected shortest, or fell most often; empty where all held."""


class LinksReport(msgspec.Struct, frozen=True):
    """The window and what the lines did in it."""

    since: Instant
    until: Instant
    carriers: tuple[LinkLine, ...]
    groups: tuple[LinkLine, ...]
    worst: tuple[SiteLink, ...]
    """Sites that were connected and fell or stayed away longest; worst first."""

    @property
    def length(self) -> Duration:
        """Of the window."""
        return Duration(self.until - self.since)


def build_links(state: Ceremony, now: Instant) -> LinksReport:
    """Over the window of the day: from two hours before the start to the end of the programme, or to now."""
    since, until = window(state, now)
    lines = [_site(site, state.links.history.get(site.code, ()), since, until) for site in state.roster.sites.values()]
    seen = [line for line in lines if line.connected]
    worst = sorted((line for line in seen if line.falls), key=lambda line: (-line.falls, line.connected, line.code))[:WORST]
    return LinksReport(
        since=since,
        until=until,
        carriers=_lines(lines, "carrier"),
        groups=_lines(lines, "group"),
        worst=tuple(worst),
    )


def window(state: Ceremony, now: Instant) -> tuple[Instant, Instant]:
    """What counts as the day. Before it, as in a trial long ahead: everything so far."""
    starts = state.details.required.starts_at - BEFORE_START
    first = min((past[0][0] for past in state.links.history.values() if past), default=now)
    going = state.programme.going
    ends = [run.ended for run in going.runs.values() if run.ended is not None]
    until = max(ends) if ends and going.current is None and max(ends) > starts else now
    since = starts if starts < until else first
    return Instant(min(max(since, first), until)), Instant(until)


def _site(site: RosterSite, past: Iterable[tuple[Instant, GradeChange]], since: Instant, until: Instant) -> SiteLink:
    changes = list(past)
    grade, at = Grade.NEVER_SEEN, since
    connected, moved, falls, worst = 0, 0, 0, Grade.NEVER_SEEN
    rank = list(Grade)
    for when, change in [*changes, (until, None)]:
        upto = min(max(when, since), until)
        if grade in CONNECTED:
            connected += upto - at
        at = upto
        if change is None or when > until:
            continue
        if when >= since and change.grade is not grade:
            moved += 1
            falls += grade in CONNECTED and change.grade not in CONNECTED
            worst = max(worst, change.grade, key=rank.index)
        elif when < since:
            worst = change.grade
        grade = change.grade
    at_least = len(changes) >= HISTORY and changes[0][0] > since
    return SiteLink(site.code, site.name, site.group, site.carrier or UNNAMED, Duration(connected), moved, falls, worst, at_least)


def _lines(sites: Iterable[SiteLink], by: str) -> tuple[LinkLine, ...]:
    parts: dict[str, list[SiteLink]] = {}
    for site in sites:
        parts.setdefault(getattr(site, by), []).append(site)
    return tuple(_line(name, parts[name]) for name in sorted(parts, key=vietnamese_order))


def _line(name: str, sites: list[SiteLink]) -> LinkLine:
    seen = [site for site in sites if site.connected]
    fallen = [site for site in seen if site.falls]
    worst = min(fallen, key=lambda site: (site.connected, -site.falls), default=None)
    return LinkLine(
        name=name,
        sites=len(sites),
        never=len(sites) - len(seen),
        connected=Duration(sum(site.connected for site in seen) // len(seen) if seen else 0),
        changes=sum(site.changes for site in sites),
        falls=sum(site.falls for site in sites),
        worst=worst.name if worst else "",
    )
