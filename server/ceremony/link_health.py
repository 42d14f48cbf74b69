"""How well a site is connected. Judging is a pure function of measurements; only changes of grade become events.

Falling is fast: one bad sample lowers the grade. Rising is slow: three good samples in a row raise it. A site that is
seen for the first time in the morning takes the grade of its first sample, because nothing speaks against it.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.roster import RosterImported
from server.ceremony.rules import Capability, Command, Context, Event, Role
from site_agent.units import SECOND, Duration, Instant, SiteCode, in_milliseconds, in_seconds, milliseconds

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

STALE_AFTER = Duration(25 * SECOND)
"""Silence after which a site is stale: two heartbeats and a half."""
DOWN_AFTER = Duration(45 * SECOND)
"""Silence after which a site is down."""
GOOD_TO_RISE = 3
"""Samples in a row that must be better before the grade rises."""

UNSTABLE_LOSS, DEGRADED_LOSS = 0.04, 0.10
"""Share of time probes lost, smoothed by the sampler so that one lost probe of a burst stays below."""
UNSTABLE_ROUND_TRIP, DEGRADED_ROUND_TRIP = milliseconds(400), milliseconds(800)
UNSTABLE_JITTER, DEGRADED_JITTER = milliseconds(80), milliseconds(250)

SUSPECT_SHARE = 0.30
"""Above this share of connected sites going stale within `SUSPECT_WITHIN`, the server suspects itself."""
SUSPECT_WITHIN = Duration(30 * SECOND)
SUSPECT_AT_LEAST = 4
"""Fewer sites than this say nothing about the server."""


class Grade(StrEnum):
    """How a site's link is. Order is worst last, but for `never_seen`."""

    NEVER_SEEN = "never_seen"
    UP = "up"
    UNSTABLE = "unstable"
    DEGRADED = "degraded"
    STALE = "stale"
    DOWN = "down"


CONNECTED = frozenset({Grade.UP, Grade.UNSTABLE, Grade.DEGRADED})

_RANK = {grade: rank for rank, grade in enumerate(Grade)}


class LinkSample(msgspec.Struct, frozen=True):
    """What is known of a site's link at one moment; None where a device has not measured yet."""

    silence: Duration
    """Since anything was heard of the site."""
    round_trip: Duration | None = None
    jitter: Duration | None = None
    loss: float | None = None
    """0 to 1, smoothed."""
    screen_silence: Duration | None = None
    """Since the screen was heard, where the site has one that was heard before."""


class GradeChange(msgspec.Struct, frozen=True):
    """A site's new grade and why, in Vietnamese words ("mất gói 6%")."""

    site: SiteCode
    grade: Grade
    reason: str = ""


class Standing(msgspec.Struct, frozen=True):
    """What judging remembers of a site between samples."""

    grade: Grade
    reason: str = ""
    good: int = 0
    """Better samples in a row."""


NEVER_SEEN = Standing(Grade.NEVER_SEEN)


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
    since: dict[SiteCode, Instant] = field(default_factory=dict)
    """When each site of `grades` came to its grade; another reason for the same grade does not move it."""
    suspect: bool = False
    suspected: SelfSuspected | None = None
    """The last word on it, for the banner."""


def judge(standing: Standing, sample: LinkSample) -> Standing:
    """The standing after one sample: falls at once, rises after three better ones in a row."""
    grade, reason = grade_of(sample)
    if standing.grade is Grade.NEVER_SEEN or _RANK[grade] >= _RANK[standing.grade]:
        return Standing(grade, reason)
    good = standing.good + 1
    if good >= GOOD_TO_RISE:
        return Standing(grade, reason)
    return Standing(standing.grade, standing.reason, good)


def grade_of(sample: LinkSample) -> tuple[Grade, str]:
    """What one sample alone says, and the words for it; the worst measurement speaks first."""
    silent = silence_of(sample.silence)
    if silent is not None:
        return silent
    complaints = list(_complaints(sample))
    for grade in (Grade.DEGRADED, Grade.UNSTABLE):
        words = [reason for severity, reason in complaints if severity is grade]
        if words:
            return grade, ", ".join(words)
    return Grade.UP, ""


def silence_of(silence: Duration) -> tuple[Grade, str] | None:
    """The grade that silence alone gives, or None while the site is heard."""
    if silence >= DOWN_AFTER:
        return Grade.DOWN, "mất kết nối"
    if silence >= STALE_AFTER:
        return Grade.STALE, f"không phản hồi {in_seconds(silence):.0f} giây"
    return None


def _complaints(sample: LinkSample) -> list[tuple[Grade, str]]:
    found: list[tuple[Grade, str]] = []
    if sample.screen_silence is not None and sample.screen_silence >= STALE_AFTER:
        found.append((Grade.DEGRADED, "màn hình hội trường không phản hồi"))
    if sample.loss is not None and sample.loss >= UNSTABLE_LOSS:
        found.append((_severity(sample.loss, DEGRADED_LOSS), f"mất gói {sample.loss * 100:.0f}%"))
    if sample.round_trip is not None and sample.round_trip >= UNSTABLE_ROUND_TRIP:
        severity = _severity(sample.round_trip, DEGRADED_ROUND_TRIP)
        found.append((severity, f"độ trễ {in_milliseconds(sample.round_trip):.0f} ms"))
    if sample.jitter is not None and sample.jitter >= UNSTABLE_JITTER:
        severity = _severity(sample.jitter, DEGRADED_JITTER)
        found.append((severity, f"độ biến thiên trễ {in_milliseconds(sample.jitter):.0f} ms"))
    return found


def _severity(value: float, degraded_from: float) -> Grade:
    return Grade.DEGRADED if value >= degraded_from else Grade.UNSTABLE


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
    grades, counts = links.grades, links.counts
    for change in event.changes:
        site, grade = change.site, change.grade
        before = grades.pop(site, None)
        if before is not None:
            counts[before.grade] -= 1
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


def evolve_suspected(state: "Ceremony", event: SelfSuspected) -> None:
    state.links.suspect = event.suspect
    state.links.suspected = event


CAPABILITY = Capability(
    name="link_health",
    decide={RecordGrades: decide_grades, SuspectSelf: decide_suspect},
    evolve={GradesChanged: evolve_grades, RosterImported: evolve_roster, SelfSuspected: evolve_suspected},
)
