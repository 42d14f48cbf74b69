"""Figures of attendance: running sums, and the frozen copy that a closing keeps so that its report can be written again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from server.ceremony.link_health import CONNECTED
from server.ceremony.roster import Level, RosterSite
from server.ceremony.rules import Person, Role
from site_agent.units import Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.attendance import SiteAttendance
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


Share = tuple[int, int, int, int, int]
"""What a site adds to a sum beside itself: reported, present, checked in, chair as planned, chair substituted."""
NOTHING: Share = (0, 0, 0, 0, 0)


def share_of(site: "SiteAttendance | None") -> Share:
    """The share of a site as it stands."""
    if site is None:
        return NOTHING
    present = site.present
    return (
        int(present is not None),
        present or 0,
        int(site.checked_in_at is not None),
        int(site.chair_as_planned is True),
        int(site.chair_as_planned is False),
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
        reported, present, checked_in, planned, substitute = by
        self.reported += reported
        self.present += present
        self.checked_in += checked_in
        self.chairs_planned += planned
        self.chairs_substitute += substitute


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

    @property
    def present(self) -> int | None:
        """Head-count over all categories; None: not yet reported."""
        return None if self.counts is None else sum(self.counts.values())


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


def snapshot(state: "Ceremony", version: int, closed_by: Person | None, at: Instant) -> FiguresSnapshot:
    """The figures as they stand now."""
    sites = tuple(_figures(state, site) for site in state.roster.sites.values())
    return FiguresSnapshot(version, closed_by, at, state.roster.levels, sites)


def _figures(state: "Ceremony", site: RosterSite) -> SiteFigures:
    said = state.attendance.sites.get(site.code)
    link = state.links.grades.get(site.code)
    report = said.reports[-1] if said and said.reports else None
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
        present_before=sum(said.reports[-2].counts.values()) if said and len(said.reports) > 1 else None,
    )
