"""How well each site is connected, as journalled. Judging is `link_grading`, the holding back of flaps `link_damping`; here
are the commands and events of what telemetry found: only changes of grade become events.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.link_grading import (
    CONNECTED,
    DOWN_AFTER,
    GOOD_TO_RISE,
    NEVER_SEEN,
    STALE_AFTER,
    Grade,
    LinkSample,
    Standing,
    grade_of,
    judge,
    silence_of,
)
from server.ceremony.roster import RosterImported
from server.ceremony.rules import Capability, Command, Context, Event, Role
from site_agent.units import SECOND, Duration, Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

SUSPECT_SHARE = 0.30
"""Above this share of connected sites going stale within `SUSPECT_WITHIN`, the server suspects itself."""
SUSPECT_WITHIN = Duration(30 * SECOND)
SUSPECT_AT_LEAST = 4
"""Fewer sites than this say nothing about the server."""
HISTORY = 60
"""Changes of grade kept for each site's page; the journal has all."""


class Power(StrEnum):
    """What feeds a site's device, as far as it can tell."""

    UNKNOWN = ""
    MAINS = "mains"
    BATTERY = "battery"
    GENERATOR = "generator"


class GradeChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A site's new grade and why, in Vietnamese words ("mất gói 6%, chiều gửi")."""

    site: SiteCode
    grade: Grade
    reason: str = ""
    flapping: bool = False
    """It comes and goes: `grade` is held (see `link_damping`)."""
    power: Power = Power.UNKNOWN
    """What fed it when it changed: a site that runs on its battery and then falls has lost its power, not its line."""


class RecordGrades(Command, frozen=True, kw_only=True, tag="record_grades"):
    """Telemetry's changes of one tick."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    changes: tuple[GradeChange, ...]


class SuspectSelf(Command, frozen=True, kw_only=True, tag="suspect_self"):
    """Over 30 % of connected sites went stale within 30 s: the server suspects itself (or no longer does)."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    suspect: bool
    stale: int
    connected_before: int


class GradesChanged(Event, frozen=True, kw_only=True, tag="grades_changed"):
    changes: tuple[GradeChange, ...]
    at: Instant


class SelfSuspected(Event, frozen=True, kw_only=True, tag="self_suspected"):
    suspect: bool
    stale: int
    connected_before: int
    at: Instant


@dataclass(slots=True)
class LinksState:
    """Grades as last journalled. Counts are kept by `evolve`."""

    grades: dict[SiteCode, GradeChange] = field(default_factory=dict)
    """Without the sites that were never seen."""
    counts: dict[Grade, int] = field(default_factory=dict)
    """Sites of `grades` by grade; `by_grade` adds those never seen."""
    history: dict[SiteCode, list[tuple[Instant, GradeChange]]] = field(default_factory=dict)
    """The last changes of each site, oldest first."""
    since: dict[SiteCode, Instant] = field(default_factory=dict)
    """When each site of `grades` came to its grade; another reason for the same grade does not move it."""
    suspect: bool = False
    suspected: SelfSuspected | None = None
    """The last word on it, for the banner."""


def by_grade(state: "Ceremony") -> dict[Grade, int]:
    """Rostered sites by grade, every grade named; those without a grade were never seen."""
    counts = {grade: state.links.counts.get(grade, 0) for grade in Grade}
    counts[Grade.NEVER_SEEN] = max(0, len(state.roster.sites) - sum(counts.values()))
    return counts


def decide_grades(state: "Ceremony", command: RecordGrades, context: Context) -> list[Event]:
    """Keep what differs; only rostered sites have a grade."""
    known = state.links.grades
    changes = tuple(
        change
        for change in {change.site: change for change in command.changes}.values()
        if change.site in state.roster.sites and known.get(change.site, GradeChange(change.site, Grade.NEVER_SEEN)) != change
    )
    return [GradesChanged(changes=changes, at=context.now)] if changes else []


def decide_suspect(state: "Ceremony", command: SuspectSelf, context: Context) -> list[Event]:
    """Only a change is an event."""
    if command.suspect == state.links.suspect:
        return []
    return [
        SelfSuspected(suspect=command.suspect, stale=command.stale, connected_before=command.connected_before, at=context.now)
    ]


def evolve_grades(state: "Ceremony", event: GradesChanged) -> None:
    # Local names, because most of a long journal is this event: a restart folds it 200,000 times.
    links, never_seen = state.links, Grade.NEVER_SEEN
    grades, counts, history = links.grades, links.counts, links.history
    for change in event.changes:
        site, grade = change.site, change.grade
        before = grades.pop(site, None)
        if before is not None:
            counts[before.grade] -= 1
        past = history.get(site)
        if past is None:
            past = history[site] = []
        past.append((event.at, change))
        if len(past) > HISTORY:
            del past[0]
        if grade is never_seen:
            links.since.pop(site, None)
            continue
        grades[site] = change
        counts[grade] = counts.get(grade, 0) + 1
        if before is None or before.grade is not grade:
            links.since[site] = event.at


def evolve_roster(state: "Ceremony", event: RosterImported) -> None:
    """Forget sites that left the roster."""
    links = state.links
    for code in [code for code in links.grades if code not in state.roster.sites]:
        links.counts[links.grades.pop(code).grade] -= 1
        links.since.pop(code, None)
        links.history.pop(code, None)


def evolve_suspected(state: "Ceremony", event: SelfSuspected) -> None:
    state.links.suspect = event.suspect
    state.links.suspected = event


CAPABILITY = Capability(
    name="link_health",
    # `RecordGrades` is in `incidents`: what it means for an incident is decided with it.
    decide={SuspectSelf: decide_suspect},
    evolve={GradesChanged: evolve_grades, RosterImported: evolve_roster, SelfSuspected: evolve_suspected},
)

__all__ = [
    "CAPABILITY",
    "CONNECTED",
    "DOWN_AFTER",
    "GOOD_TO_RISE",
    "NEVER_SEEN",
    "STALE_AFTER",
    "SUSPECT_AT_LEAST",
    "SUSPECT_SHARE",
    "SUSPECT_WITHIN",
    "Grade",
    "GradeChange",
    "GradesChanged",
    "LinkSample",
    "LinksState",
    "Power",
    "RecordGrades",
    "SelfSuspected",
    "Standing",
    "SuspectSelf",
    "by_grade",
    "grade_of",
    "judge",
    "silence_of",
]
