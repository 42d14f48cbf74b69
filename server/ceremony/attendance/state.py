"""What is known of attendance: one book of figures for the day, and one for each rehearsal.

**Which figure counts.** A report names the figures that its page showed; it supersedes these and what the same device said
before. Figures of different totals that did not know of each other stay in play together and do not agree ("chưa thống
nhất"): until somebody chooses, the one that was typed last counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from server.ceremony.attendance.events import (
    ChairDeclared,
    FiguresClosed,
    HeadCountChosen,
    HeadCountReported,
    SiteCheckedIn,
)
from server.ceremony.figures import ALL, FiguresSnapshot, Rollup
from server.ceremony.rules import Person
from site_agent.units import CommandId, Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony


class Category(msgspec.Struct, frozen=True):
    """A category of delegates; the list is data of the ceremony."""

    id: str
    name: str


DEFAULT_CATEGORIES = (
    Category("leaders", "Lãnh đạo"),
    Category("officials", "Cán bộ, công chức"),
    Category("residents", "Người dân"),
)


@dataclass(slots=True)
class SiteAttendance:
    """What one site has said. Instants are of the ceremony clock."""

    checked_in_at: Instant | None = None
    contact: Person | None = None
    chair_as_planned: bool | None = None
    chair_substitute: Person | None = None
    reports: list[HeadCountReported] = field(default_factory=list)
    """Every figure, in the order of coming."""
    in_play: list[int] = field(default_factory=list)
    """Places in `reports` of the figures that nothing supersedes: one, or several that do not agree."""
    counting: int = -1
    """Place of the figure that counts; −1 while there is none."""
    replaced: int = -1
    """Place of the figure that the counting one put aside; −1 where it is the first."""
    words: list[SiteCheckedIn | ChairDeclared | HeadCountChosen] = field(default_factory=list)
    """Everything else that was said, in the order of coming."""
    accepted: int = 0
    """How often it said something new."""

    @property
    def in_force(self) -> HeadCountReported | None:
        """The figure that counts."""
        return self.reports[self.counting] if self.counting >= 0 else None

    @property
    def present(self) -> int | None:
        """Total of the figure that counts, or None."""
        return self.reports[self.counting].total if self.counting >= 0 else None

    @property
    def disagrees(self) -> bool:
        """Several figures are in play: somebody has to choose."""
        return len(self.in_play) > 1

    @property
    def before(self) -> HeadCountReported | None:
        """The figure that the one in force put aside, if it did."""
        return self.reports[self.replaced] if self.replaced >= 0 else None

    def figure(self, place: int) -> CommandId:
        """The id of the figure at a place; the first version's journals give none."""
        return self.reports[place].figure or CommandId(f"#{place}")

    def figures_in_play(self) -> Iterator[tuple[CommandId, HeadCountReported]]:
        """The figures that nothing supersedes, by id."""
        return ((self.figure(place), self.reports[place]) for place in self.in_play)


@dataclass(slots=True)
class AttendanceState:
    """A book of figures: of the day, or of one rehearsal. By site, with running totals kept by `evolve` so that a change
    costs the same with 5,000 sites as with 5.
    """

    rehearsal: int = 0
    """Number of the rehearsal whose figures these are; 0: the day."""
    sites: dict[SiteCode, SiteAttendance] = field(default_factory=dict)
    closings: list[FiguresClosed] = field(default_factory=list)
    snapshots: list[FiguresSnapshot] = field(default_factory=list)
    """The figures of each closing, in the same order: version N is at N − 1."""
    rollups: dict[str, Rollup] = field(default_factory=dict)
    """By the keys of `server.ceremony.figures`."""
    sums_of: dict[SiteCode, tuple[str, ...]] = field(default_factory=dict)
    """Keys of the sums that a site is in; follows from the roster."""
    by_category: dict[str, int] = field(default_factory=dict)
    """Present over all sites, by category id."""
    after_close: dict[SiteCode, None] = field(default_factory=dict)
    """Sites whose last head-count came after the last closing, in order of coming."""
    changed: bool = True
    """Something that a report shows is not in the last closing."""
    seen: dict[str, SiteCode] = field(default_factory=dict)
    """Browser → site: who tapped on a site's poster. See `server.ceremony.seen`."""
    seen_at: dict[SiteCode, int] = field(default_factory=dict)
    """How many browsers, by site; sites without one are left out."""


def totals(state: "Ceremony") -> Rollup:
    """Sums over all sites."""
    return rollup(state, ALL)


def rollup(state: "Ceremony", key: str) -> Rollup:
    """Sums under a key of `server.ceremony.figures`; zeros where there is no such key. Read only."""
    return state.attendance.rollups.get(key) or Rollup()


def not_reported(state: "Ceremony") -> "Iterator[SiteCode]":
    """Sites without a head-count, in roster order."""
    sites = state.attendance.sites
    return (code for code in state.roster.sites if code not in sites or not sites[code].reports)


def disagreeing(state: "Ceremony") -> "Iterator[SiteCode]":
    """Sites whose figures do not agree, in roster order."""
    sites = state.attendance.sites
    return (code for code in state.roster.sites if code in sites and sites[code].disagrees)
