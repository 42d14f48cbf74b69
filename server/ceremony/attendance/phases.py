"""Which phase is on, the day or a rehearsal, and in which book of figures a report is filed. See `server.ceremony.rehearsal`.

**Where a report is filed.** By the phase that its page showed when it was typed, whenever it arrives; where the sender does
not say, by the instant at which it was typed. So a report typed offline in the rehearsal never counts on the day.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from server.ceremony.attendance.state import AttendanceState
from server.ceremony.rules import Event, Role
from site_agent.units import Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony


class RehearsalBegun(Event, frozen=True, kw_only=True, tag="rehearsal_begun"):
    rehearsal: int
    by: Role
    seat: str
    at: Instant


class RehearsalEnded(Event, frozen=True, kw_only=True, tag="rehearsal_ended"):
    rehearsal: int
    by: Role
    seat: str
    at: Instant


class PhaseUndone(Event, frozen=True, kw_only=True, tag="phase_undone"):
    number: int
    """The phase that is on again."""
    by: Role
    seat: str
    at: Instant


@dataclass(slots=True)
class RehearsalRecord:
    """One rehearsal: who led it and when, and who was reached. Its figures are in its book."""

    begun: RehearsalBegun
    ended: RehearsalEnded | None = None
    connected: dict[SiteCode, None] = field(default_factory=dict)
    """Sites that were connected at some time in it."""
    opened: dict[SiteCode, None] = field(default_factory=dict)
    """Sites whose link had been opened by its end; while it is on see `opened_links`."""
    figures: AttendanceState | None = None
    """The book, once it has ended; until then `Ceremony.attendance` is the book."""


@dataclass(slots=True)
class PhasesState:
    """Which phase is on. Owned by this file; others read."""

    number: int = 0
    records: dict[int, RehearsalRecord] = field(default_factory=dict)
    """By number of the rehearsal."""

    @property
    def rehearsal(self) -> int:
        """Number of the rehearsal that is on; 0: the day."""
        return self.number if self.number % 2 else 0


def book(state: "Ceremony", rehearsal: int) -> AttendanceState:
    """The figures of a rehearsal, or of the day (0). What belongs to a rehearsal that was taken back counts for the day."""
    record = state.phases.records.get(rehearsal)
    return state.attendance if record is None or record.figures is None else record.figures


def books(state: "Ceremony") -> "Iterator[AttendanceState]":
    """The book that is open, and those of the rehearsals that have ended."""
    yield state.attendance
    yield from (record.figures for record in state.phases.records.values() if record.figures is not None)


def opened_links(state: "Ceremony", record: RehearsalRecord) -> "set[SiteCode]":
    """Sites that opened their link before or in a rehearsal."""
    now = state.access.by_site if record.ended is None else record.opened
    return {*now, *record.connected}


def in_rehearsal(state: "Ceremony", at: Instant) -> bool:
    """Whether a rehearsal was on then. One that was taken back never was."""
    records = state.phases.records.values()
    return any(each.begun.at <= at and (each.ended is None or at <= each.ended.at) for each in records)


def filed_under(state: "Ceremony", phase: int | None, occurred_at: Instant | None) -> int:
    """The number of the rehearsal that a report belongs to; 0: the day."""
    phases = state.phases
    if phase is not None:
        shown = min(max(phase, 0), phases.number)
        before_a_rehearsal = shown % 2 == 0 and shown < phases.number
        shown = shown + 1 if before_a_rehearsal else shown
        return shown if shown % 2 else 0
    if occurred_at is not None:
        for number, record in phases.records.items():
            if record.ended is not None and occurred_at < record.ended.at:
                return number
    return phases.rehearsal
