"""Events of the cue."""

from server.ceremony.cue.plan import CueState, Plan
from server.ceremony.rules import Event, Person, Role
from site_agent.launch.signed import Signed
from site_agent.units import Attempt, CueId, DeviceId, Duration, Instant, SeatName, Sha256, SiteCode, Term


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
    named: Person
    reason: str
    at: Instant
    role: Role | None = None
    seat: str = ""
    """Whose link said so; absent in journals of before it was kept."""


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
    expected: tuple[DeviceId, ...] = ()
    """Screens connected at the commit: those whose receipts complete the attempt."""


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


class HolderLost(Event, frozen=True, kw_only=True, tag="holder_lost"):
    """Nobody answers for a warrant; `lost` False: its holder is back, words given meanwhile are void."""

    cue: CueId
    attempt: Attempt
    warrant: Signed
    lost: bool
    at: Instant


class HolderVouchedFor(Event, frozen=True, kw_only=True, tag="holder_vouched_for"):
    """One of the two people's word on a lost holder."""

    cue: CueId
    attempt: Attempt
    role: Role
    seat: str
    word: Signed
    at: Instant


class WarrantVouched(Event, frozen=True, kw_only=True, tag="warrant_vouched"):
    """From here on the uniqueness of T0 rests on the word of the two, not on a signature of the holder."""

    cue: CueId
    attempt: Attempt
    vouch: Signed
    at: Instant


class VouchRefused(Event, frozen=True, kw_only=True, tag="vouch_refused"):
    cue: CueId
    attempt: Attempt
    detail: str


class OrderSurfaced(Event, frozen=True, kw_only=True, tag="order_surfaced"):
    """An order of a warrant whose holder was lost or vouched for: seen by a site's receipt, or on the holder's disk."""

    cue: CueId
    attempt: Attempt
    order_hash: Sha256
    site: SiteCode | None
    device: DeviceId | None
    outcome: str
    at: Instant
