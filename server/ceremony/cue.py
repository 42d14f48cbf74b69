"""The launch cue: one transition table, arming by two people, attempts, receipts. DESIGN §5."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

import msgspec

from server.ceremony.rules import Capability, Command, Event, Role
from site_agent.launch.objects import Asset, LatePolicy, Trigger
from site_agent.launch.signed import Signed
from site_agent.units import (
    Attempt,
    CeremonyId,
    CueId,
    DeviceId,
    Duration,
    Instant,
    SeatName,
    Sha256,
    SiteCode,
    Term,
)


class CueState(StrEnum):
    DRAFT = "draft"
    PREPARED = "prepared"
    POLLING = "polling"
    HOLD = "hold"
    ARMED = "armed"
    EXPIRED = "expired"
    COMMITTED = "committed"
    FIRED = "fired"
    ABORTING = "aborting"
    ABORTED = "aborted"
    VERIFIED = "verified"


class Plan(msgspec.Struct, frozen=True):
    """What will be armed. Its hash (SHA-256 of canonical JSON) is what people confirm."""

    ceremony_id: CeremonyId
    cue: CueId
    title: str
    subtitle: str
    portal: str
    trigger: Trigger
    trigger_seats: tuple[SeatName, ...]
    """`countdown`: ("mc",). `seats`: the leaders' seats."""
    k: int
    hold: Duration
    """How long a seat must hold; 0 is a tap."""
    pad_seats: tuple[SeatName, ...]
    substitutes: tuple[Role, ...]
    lead: Duration
    window: Duration
    late_policy: LatePolicy
    not_after: Duration
    assets: tuple[Asset, ...] = ()


class PlanCue(Command, frozen=True, kw_only=True, tag="plan_cue"):
    """Make or change a plan; only in DRAFT or PREPARED, and after an ended attempt."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN, Role.SYSTEM})

    plan: Plan


class PrepareCue(Command, frozen=True, kw_only=True, tag="prepare_cue"):
    """DRAFT → PREPARED; refused while the plan is incomplete, naming what is missing."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN, Role.SYSTEM})

    cue: CueId


class OpenPolling(Command, frozen=True, kw_only=True, tag="open_polling"):
    """PREPARED or an ended attempt → POLLING with attempt + 1; HOLD → POLLING within the attempt."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN})

    cue: CueId
    live: bool


class HoldCue(Command, frozen=True, kw_only=True, tag="hold_cue"):
    """POLLING → HOLD at once; ARMED → HOLD only with the holder's signed return (given by the system)."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN})

    cue: CueId
    attempt: Attempt
    reason: str = ""


class WaiveSite(Command, frozen=True, kw_only=True, tag="waive_site"):
    """A named person agrees to go on without a required site, or (site None) while the server suspects itself."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.TECH, Role.ADMIN})

    cue: CueId
    attempt: Attempt
    site: SiteCode | None
    named: str
    reason: str


class RecordReadiness(Command, frozen=True, kw_only=True, tag="record_readiness"):
    """Required sites whose readiness changed, from the dispatcher."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt
    ready: dict[SiteCode, bool]
    reasons: dict[SiteCode, str]


class ConfirmArming(Command, frozen=True, kw_only=True, tag="confirm_arming"):
    """One of the two: a signed `launch.objects.Confirmation` by the person's own enrolled device."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.TECH, Role.ADMIN})

    cue: CueId
    attempt: Attempt
    confirmation: Signed


class RecordWarrant(Command, frozen=True, kw_only=True, tag="record_warrant"):
    """The signer issued a warrant; it is offered to the holder."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    warrant: Signed


class RecordWarrantRefused(Command, frozen=True, kw_only=True, tag="record_warrant_refused"):
    """The signer or the holder refused: words for the caller; confirmations are void."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt
    detail: str


class RecordHeld(Command, frozen=True, kw_only=True, tag="record_held"):
    """POLLING → ARMED: the holder has it on disk."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    held: Signed


class RecordReturn(Command, frozen=True, kw_only=True, tag="record_return"):
    """The holder's signed return: ARMED → HOLD, or → EXPIRED once the window is over."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    returned: Signed


class RecordPress(Command, frozen=True, kw_only=True, tag="record_press"):
    """A press the holder counted (or a pad's, recorded and never counted)."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    press: Signed
    counted: bool


class CommitCue(Command, frozen=True, kw_only=True, tag="commit_cue"):
    """The order is on the holder's disk. Id derived from the order's hash. ARMED → COMMITTED."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    order: Signed


class AbortCue(Command, frozen=True, kw_only=True, tag="abort_cue"):
    """A person asks to abort: while ARMED a return is asked of the holder, while COMMITTED an abort is."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.MC, Role.TECH, Role.ADMIN})

    cue: CueId
    attempt: Attempt
    reason: str = ""


class RecordAbort(Command, frozen=True, kw_only=True, tag="record_abort"):
    """The holder signed the abort (ABORTING), or answered "too late" with None (back to COMMITTED/FIRED)."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt
    abort: Signed | None


class RecordReceipt(Command, frozen=True, kw_only=True, tag="record_receipt"):
    """A device's signed receipt."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    receipt: Signed


class PassT0(Command, frozen=True, kw_only=True, tag="pass_t0"):
    """Deadline: COMMITTED → FIRED (or ABORTING → ABORTED) at T0."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt


class CloseReceipts(Command, frozen=True, kw_only=True, tag="close_receipts"):
    """Deadline: FIRED → VERIFIED at T0 + 120 s."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt


class EndWindow(Command, frozen=True, kw_only=True, tag="end_window"):
    """Deadline: the warrant's window is over; the holder is asked for its return."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt


class CuePlanned(Event, frozen=True, kw_only=True, tag="cue_planned"):
    plan: Plan
    plan_hash: Sha256


class CueMoved(Event, frozen=True, kw_only=True, tag="cue_moved"):
    """The one event that changes the state; all others add facts."""

    cue: CueId
    attempt: Attempt
    live: bool
    before: CueState
    after: CueState
    reason: str = ""
    at: Instant


class SiteWaived(Event, frozen=True, kw_only=True, tag="site_waived"):
    cue: CueId
    attempt: Attempt
    site: SiteCode | None
    named: str
    reason: str
    at: Instant


class ReadinessChanged(Event, frozen=True, kw_only=True, tag="readiness_changed"):
    cue: CueId
    attempt: Attempt
    ready: dict[SiteCode, bool]
    reasons: dict[SiteCode, str]


class ArmingConfirmed(Event, frozen=True, kw_only=True, tag="arming_confirmed"):
    cue: CueId
    attempt: Attempt
    role: Role
    seat: str
    confirmation: Signed
    at: Instant


class WarrantIssued(Event, frozen=True, kw_only=True, tag="warrant_issued"):
    cue: CueId
    attempt: Attempt
    term: Term
    warrant: Signed


class WarrantRefused(Event, frozen=True, kw_only=True, tag="warrant_refused"):
    cue: CueId
    attempt: Attempt
    detail: str


class WarrantReturned(Event, frozen=True, kw_only=True, tag="warrant_returned"):
    cue: CueId
    attempt: Attempt
    returned: Signed


class WindowEnded(Event, frozen=True, kw_only=True, tag="window_ended"):
    cue: CueId
    attempt: Attempt
    at: Instant


class PressRecorded(Event, frozen=True, kw_only=True, tag="press_recorded"):
    cue: CueId
    attempt: Attempt
    seat: SeatName
    substitute_for: SeatName | None
    counted: bool
    pressed_at: Instant


class CueCommitted(Event, frozen=True, kw_only=True, tag="cue_committed"):
    cue: CueId
    attempt: Attempt
    order: Signed
    t0: Instant


class AbortAsked(Event, frozen=True, kw_only=True, tag="abort_asked"):
    cue: CueId
    attempt: Attempt
    reason: str
    at: Instant


class CueAborted(Event, frozen=True, kw_only=True, tag="cue_aborted"):
    cue: CueId
    attempt: Attempt
    abort: Signed


class AbortRefused(Event, frozen=True, kw_only=True, tag="abort_refused"):
    cue: CueId
    attempt: Attempt


class ReceiptRecorded(Event, frozen=True, kw_only=True, tag="receipt_recorded"):
    """Facts are read out of the receipt once, when its signature was checked."""

    cue: CueId
    attempt: Attempt
    site: SiteCode
    device: DeviceId
    outcome: str
    target: Instant
    actual: Instant | None
    clock_bound: Duration
    receipt: Signed


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
    warrant: Signed | None = None
    term: Term | None = None
    window_ended: bool = False
    returned: Signed | None = None
    refused_detail: str = ""
    presses: dict[SeatName, SeatState] = field(default_factory=dict)
    order: Signed | None = None
    t0: Instant | None = None
    abort_asked: bool = False
    abort: Signed | None = None
    receipts: dict[DeviceId, ReceiptRecorded] = field(default_factory=dict)


@dataclass(slots=True)
class CueRecord:
    """A cue: its plan and its attempts, oldest first."""

    plan: Plan
    plan_hash: Sha256
    state: CueState
    attempts: list[AttemptState] = field(default_factory=list)

    @property
    def current(self) -> AttemptState | None:
        """The attempt that is running or ended last."""
        return self.attempts[-1] if self.attempts else None


@dataclass(slots=True)
class CuesState:
    """All cues of the ceremony; a ceremony usually has one."""

    cues: dict[CueId, CueRecord] = field(default_factory=dict)
    term: Term = Term(0)
    """The highest term issued."""


CAPABILITY = Capability(name="cue", decide={}, evolve={})
