"""Figures of attendance: running sums, and the frozen copy that a closing keeps so that its report can be written again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from server.ceremony.chairs import chair_at
from server.ceremony.link_health import CONNECTED
from server.ceremony.roster import Level, RosterSite
from server.ceremony.rules import Person, Role
from site_agent.units import Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.attendance import AttendanceState, SiteAttendance
    from server.ceremony.ceremony import Ceremony

ALL = "all"
"""Key of the sum over every site, whatever its level, each once."""


def group_key(group: str) -> str:
    """Key of a group's sum."""
    return f"group:{group}"


def level_key(level: str) -> str:
    """Key of a level's sum."""
    return f"level:{level}"


def parent_key(parent: SiteCode) -> str:
    """Key of the sum over everything beneath a site, without the site itself."""
    return f"parent:{parent}"


Share = tuple[int, int, int, int, int, int]
"""What a site adds to a sum beside itself: reported, present, checked in, chair as planned, chair substituted, chair at another
site (of the last three at most one is 1).
"""
NOTHING: Share = (0, 0, 0, 0, 0, 0)
_CHAIR_AWAY: Share = (0, 0, 0, 0, 0, 1)


def share_of(site: "SiteAttendance | None", *, elsewhere: bool = False) -> Share:
    """The share of a site as it stands. `elsewhere`: its planned chair sits at another site and counts there."""
    if site is None:
        return _CHAIR_AWAY if elsewhere else NOTHING
    present = site.present
    substituted = site.chair_as_planned is False
    return (
        int(present is not None),
        present or 0,
        int(site.checked_in_at is not None),
        int(site.chair_as_planned is True and not elsewhere),
        int(substituted),
        int(elsewhere and not substituted),
    )


@dataclass(slots=True)
class Rollup:
    """Sums over sites of a group, level or parent."""

    sites: int = 0
    expected: int = 0
    reported: int = 0
    present: int = 0
    checked_in: int = 0
    chairs_planned: int = 0
    """Sites that said their chair is the planned one."""
    chairs_substitute: int = 0
    chairs_elsewhere: int = 0
    """Sites without a substitute whose planned chair sits at another site."""

    @property
    def missing(self) -> int:
        """Sites that have not reported a head-count."""
        return self.sites - self.reported

    def add(self, expected: int, share: Share) -> None:
        """Count a site in that was not counted yet."""
        self.sites += 1
        self.expected += expected
        self.move(share)

    def move(self, by: Share) -> None:
        """Follow the change of a site's share. Called several times for every event of a restart: no loops."""
        reported, present, checked_in, planned, substitute, elsewhere = by
        self.reported += reported
        self.present += present
        self.checked_in += checked_in
        self.chairs_planned += planned
        self.chairs_substitute += substitute
        self.chairs_elsewhere += elsewhere


class SiteFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One site as it stood when the figures were closed."""

    code: SiteCode
    name: str
    level: str
    parent: SiteCode | None
    group: str
    expected: int
    chair: str
    connected: bool
    checked_in_at: Instant | None
    contact: Person | None
    """Who checked in, else whom the roster names."""
    chair_as_planned: bool | None
    chair_substitute: Person | None
    counts: dict[str, int] | None
    """By category id; None: not yet reported."""
    reported_at: Instant | None
    reported_by: Role | None
    correction: str
    """Reason of the report in force, if it corrects an earlier one."""
    present_before: int | None
    """Head-count that the report in force corrected."""
    reported_site: SiteCode | None = None
    """The host of this other site reported in its place."""
    reported_seat: str = ""
    """Name of the desk's link that reported in its place."""
    disagrees: bool = False
    """Figures that do not agree: the one that was typed last stands in `counts`."""
    figures: tuple[int, ...] = ()
    """Totals of the figures that do not agree."""
    chair_at: SiteCode | None = None
    """The other site at which the planned chair sits."""
    seen: int | None = None
    """Taps on the site's poster; None where posters do not count."""

    @property
    def present(self) -> int | None:
        """Head-count over all categories; None: not yet reported."""
        return None if self.counts is None else sum(self.counts.values())


class OpenIncident(msgspec.Struct, frozen=True):
    """An incident that was not over when the figures were closed."""

    number: int
    kind: str
    """group, parent or carrier."""
    name: str
    """Of what the sites have in common, as people call it."""
    opened_at: Instant
    lost: tuple[SiteCode, ...]


class GoneSite(msgspec.Struct, frozen=True):
    """A site that was taken out of the ceremony before the figures were closed."""

    code: SiteCode
    name: str
    group: str
    reason: str
    at: Instant


class FiguresSnapshot(msgspec.Struct, frozen=True):
    """All figures at one instant. Folded from the journal alone, hence the same after every replay."""

    version: int
    """0: not closed, a draft."""
    closed_by: Person | None
    """None while it is a draft."""
    at: Instant
    levels: tuple[Level, ...]
    sites: tuple[SiteFigures, ...]
    """In roster order."""
    rehearsal: int = 0
    """Number of the rehearsal whose figures these are; 0: the day."""
    retired: tuple[SiteFigures, ...] = ()
    """Sites taken out of the ceremony that had reported: in the record, in no sum."""
    incidents: tuple[OpenIncident, ...] = ()
    gone: tuple[GoneSite, ...] = ()
    """Every site taken out of the ceremony, in order of leaving."""


def snapshot(
    state: "Ceremony", version: int, closed_by: Person | None, at: Instant, book: "AttendanceState | None" = None
) -> FiguresSnapshot:
    """The figures of a book (of the one that is open, where none is named) as they stand now."""
    book = book or state.attendance
    sites = tuple(_figures(state, book, site) for site in state.roster.sites.values())
    retired = tuple(_figures(state, book, gone.site) for gone in state.retired.sites.values() if gone.site.code in book.sites)
    incidents = tuple(
        OpenIncident(each.number, each.cause.kind.value, each.name, each.opened_at, tuple(each.lost))
        for each in state.incidents.open
    )
    left = state.retired.sites.values()
    gone = tuple(GoneSite(each.site.code, each.site.name, each.site.group, each.reason, each.at) for each in left)
    return FiguresSnapshot(version, closed_by, at, state.roster.levels, sites, book.rehearsal, retired, incidents, gone)


def _figures(state: "Ceremony", book: "AttendanceState", site: RosterSite) -> SiteFigures:
    said = book.sites.get(site.code)
    link = state.links.grades.get(site.code)
    report = said.in_force if said else None
    before = said.before if said else None
    return SiteFigures(
        code=site.code,
        name=site.name,
        level=site.level,
        parent=site.parent,
        group=site.group,
        expected=site.expected,
        chair=site.chair,
        connected=link is not None and link.grade in CONNECTED,
        checked_in_at=said.checked_in_at if said else None,
        contact=(said.contact if said else None) or site.contact,
        chair_as_planned=said.chair_as_planned if said else None,
        chair_substitute=said.chair_substitute if said else None,
        counts=report.counts if report else None,
        reported_at=report.occurred_at if report else None,
        reported_by=report.by if report else None,
        correction=report.reason if report else "",
        present_before=before.total if before else None,
        reported_site=report.by_site if report else None,
        reported_seat=report.seat if report else "",
        disagrees=said.disagrees if said else False,
        figures=tuple(figure.total for _, figure in said.figures_in_play()) if said and said.disagrees else (),
        chair_at=chair_at(state, site.code),
        seen=book.seen_at.get(site.code, 0) if state.seen.on else None,
    )
