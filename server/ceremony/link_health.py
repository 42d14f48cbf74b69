"""Grades of the sites' links. The judging is a pure function of measurements; only changes of grade become events."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

import msgspec

from server.ceremony.rules import Capability, Command, Event, Role
from site_agent.units import Instant, SiteCode


class Grade(StrEnum):
    """How a site's link is. Order is worst last, but for `never_seen`."""

    NEVER_SEEN = "never_seen"
    UP = "up"
    UNSTABLE = "unstable"
    DEGRADED = "degraded"
    STALE = "stale"
    DOWN = "down"


CONNECTED = frozenset({Grade.UP, Grade.UNSTABLE, Grade.DEGRADED})


class GradeChange(msgspec.Struct, frozen=True):
    """A site's new grade and why, in Vietnamese words ("mất gói 6%")."""

    site: SiteCode
    grade: Grade
    reason: str = ""


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
    counts: dict[Grade, int] = field(default_factory=dict)
    """By grade over all rostered sites; `never_seen` is the rest."""
    suspect: bool = False


CAPABILITY = Capability(name="link_health", decide={}, evolve={})
