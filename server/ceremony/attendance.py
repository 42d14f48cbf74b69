"""Check-in, chair, head-counts, closing the figures."""

from dataclasses import dataclass, field
from typing import ClassVar

import msgspec

from server.ceremony.rules import Capability, Command, Event, Person, PersonalFields, Role
from site_agent.units import Instant, SiteCode

REPORTERS = frozenset({Role.HOST, Role.DESK, Role.TECH, Role.ADMIN})

MAX_HEAD_COUNT = 99_999
"""Largest head-count of one category at one site; more is refused."""
UNUSUAL_FACTOR = 20
"""A total over this many times the expected number must be confirmed ("Vẫn báo")."""
UNSORTED = "unsorted"
"""The category of a number told by phone without categories."""


class Category(msgspec.Struct, frozen=True):
    """A category of delegates; the list is data of the ceremony."""

    id: str
    name: str


DEFAULT_CATEGORIES = (
    Category("leaders", "Lãnh đạo"),
    Category("officials", "Cán bộ, công chức"),
    Category("residents", "Người dân"),
)


class CheckIn(Command, frozen=True, kw_only=True, tag="check_in"):
    """The contact says the site is there. Name and phone may be left as the roster has them."""

    ROLES: ClassVar[frozenset[Role]] = REPORTERS
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    contact: PersonalFields | None = None
    occurred_at: Instant | None = None
    """When it was typed, on the ceremony clock as the device knew it; None means now."""


class DeclareChair(Command, frozen=True, kw_only=True, tag="declare_chair"):
    """The chair is as planned, or a substitute (name and title)."""

    ROLES: ClassVar[frozenset[Role]] = REPORTERS
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    as_planned: bool
    substitute: PersonalFields | None = None
    occurred_at: Instant | None = None


class ReportHeadCount(Command, frozen=True, kw_only=True, tag="report_head_count"):
    """How many sit there, by category id (or `unsorted`). After a first report, `reason` is asked for: a correction."""

    ROLES: ClassVar[frozenset[Role]] = REPORTERS
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    counts: dict[str, int]
    confirmed_unusual: bool = False
    reason: str = ""
    occurred_at: Instant | None = None


class CloseFigures(Command, frozen=True, kw_only=True, tag="close_figures"):
    """Close the figures (chốt số liệu) under a name; version 1, then 2 for what came later."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.DESK, Role.TECH, Role.ADMIN})

    closed_by: str


class SiteCheckedIn(Event, frozen=True, kw_only=True, tag="site_checked_in"):
    site: SiteCode
    contact: Person | None
    by: Role
    occurred_at: Instant
    at: Instant


class ChairDeclared(Event, frozen=True, kw_only=True, tag="chair_declared"):
    site: SiteCode
    as_planned: bool
    substitute: Person | None
    by: Role
    occurred_at: Instant
    at: Instant


class HeadCountReported(Event, frozen=True, kw_only=True, tag="head_count_reported"):
    """Supersedes the count before; the ones before stay in the history."""

    site: SiteCode
    counts: dict[str, int]
    reason: str
    by: Role
    occurred_at: Instant
    at: Instant


class FiguresClosed(Event, frozen=True, kw_only=True, tag="figures_closed"):
    version: int
    closed_by: str
    at: Instant


@dataclass(slots=True)
class SiteAttendance:
    """What one site has said. Instants are of the ceremony clock."""

    checked_in_at: Instant | None = None
    contact: Person | None = None
    chair_as_planned: bool | None = None
    chair_substitute: Person | None = None
    reports: list[HeadCountReported] = field(default_factory=list)
    """Oldest first; the last is in force."""

    @property
    def present(self) -> int | None:
        """Total of the report in force, or None."""
        return sum(self.reports[-1].counts.values()) if self.reports else None


@dataclass(slots=True)
class Rollup:
    """Sums over sites of a group, level or parent."""

    sites: int = 0
    expected: int = 0
    reported: int = 0
    present: int = 0
    checked_in: int = 0


@dataclass(slots=True)
class AttendanceState:
    """By site, with running totals kept by `evolve` so that a change costs the same with 5,000 sites as with 5."""

    sites: dict[SiteCode, SiteAttendance] = field(default_factory=dict)
    closings: list[FiguresClosed] = field(default_factory=list)


CAPABILITY = Capability(name="attendance", decide={}, evolve={})
