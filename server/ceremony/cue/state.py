"""The slice of state the cue owns, and how events change it."""

from dataclasses import dataclass, field

from server.ceremony.cue.events import (
    ArmingConfirmed,
    HolderVouchedFor,
    OrderSurfaced,
    ReceiptRecorded,
    SiteWaived,
    WarrantVouched,
)
from server.ceremony.cue.plan import CueState, Plan
from server.ceremony.rules import Role
from site_agent.launch.signed import Signed
from site_agent.units import Attempt, CueId, DeviceId, Instant, SeatName, Sha256, SiteCode, Term

NO_TERM = Term(0)
"""Before the first warrant."""


@dataclass(slots=True)
class SeatState:
    """One seat in the running attempt."""

    pressed_at: Instant | None = None
    substituted_by: SeatName | None = None
    counted: bool = False


@dataclass(slots=True)
class AttemptState:
    """Everything about one attempt of one cue."""

    attempt: Attempt
    live: bool
    state: CueState
    ready: dict[SiteCode, bool] = field(default_factory=dict)
    reasons: dict[SiteCode, str] = field(default_factory=dict)
    waived: dict[SiteCode | None, SiteWaived] = field(default_factory=dict)
    confirmations: dict[Role, ArmingConfirmed] = field(default_factory=dict)
    ever_confirmed: bool = False
    """A word was given in this attempt, even if it was void later: the attempt does not come back from HOLD."""
    warrant: Signed | None = None
    term: Term | None = None
    window_ended: bool = False
    returned: Signed | None = None
    refused_detail: str = ""
    presses: dict[SeatName, SeatState] = field(default_factory=dict)
    order: Signed | None = None
    t0: Instant | None = None
    expected: frozenset[DeviceId] = frozenset()
    """Screens whose receipts complete the attempt."""
    abort_asked: bool = False
    """Somebody wants it stopped: while ARMED a return is asked of the holder, while COMMITTED an abort."""
    abort: Signed | None = None
    abort_reason: str = ""
    """Of the last wish to stop."""
    lost: Signed | None = None
    """The warrant for which nobody answers; it need not be known from `warrant` (a crash before it was journalled)."""
    vouching: dict[Role, HolderVouchedFor] = field(default_factory=dict)
    vouch: WarrantVouched | None = None
    vouch_refused: str = ""
    surfaced: list[OrderSurfaced] = field(default_factory=list)
    """Orders nobody here knew of: what speaks against the two people's word."""
    receipts: dict[DeviceId, ReceiptRecorded] = field(default_factory=dict)


@dataclass(slots=True)
class CueRecord:
    """A cue: its plan and its attempts, oldest first."""

    plan: Plan
    plan_hash: Sha256
    state: CueState
    attempts: list[AttemptState] = field(default_factory=list)

    def attempt(self, number: Attempt) -> AttemptState | None:
        """The attempt of a number."""
        return next((attempt for attempt in self.attempts if attempt.attempt == number), None)

    @property
    def current(self) -> AttemptState | None:
        """The attempt that is running or ended last."""
        return self.attempts[-1] if self.attempts else None


@dataclass(slots=True)
class CuesState:
    """All cues of the ceremony; a ceremony usually has one."""

    cues: dict[CueId, CueRecord] = field(default_factory=dict)
    term: Term = NO_TERM
    """The highest term issued."""
