"""How the events of the cue change its state."""

from typing import TYPE_CHECKING

from server.ceremony.cue.events import (
    AbortAsked,
    AbortRefused,
    ArmingConfirmed,
    CueAborted,
    CueCommitted,
    CueMoved,
    CuePlanned,
    HolderLost,
    HolderVouchedFor,
    OrderSurfaced,
    PressRecorded,
    ReadinessChanged,
    ReceiptRecorded,
    SiteWaived,
    VouchRefused,
    WarrantIssued,
    WarrantRefused,
    WarrantReturned,
    WarrantVouched,
    WindowEnded,
)
from server.ceremony.cue.plan import CueState
from server.ceremony.cue.state import AttemptState, CueRecord, SeatState
from site_agent.units import Attempt, CueId

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony


def planned(state: "Ceremony", event: CuePlanned) -> None:
    record = state.cues.cues.get(event.plan.cue)
    if record is None:
        state.cues.cues[event.plan.cue] = CueRecord(event.plan, event.plan_hash, CueState.DRAFT)
    else:
        record.plan, record.plan_hash = event.plan, event.plan_hash


def moved(state: "Ceremony", event: CueMoved) -> None:
    """The one place where a state changes. A number not seen before begins a new attempt."""
    record = state.cues.cues[event.cue]
    record.state = event.after
    attempt = record.current
    if event.after is CueState.POLLING and (attempt is None or attempt.attempt != event.attempt):
        record.attempts.append(AttemptState(event.attempt, event.live, event.after))
    elif attempt is not None and event.after not in {CueState.DRAFT, CueState.PREPARED}:
        attempt.state = event.after


def waived(state: "Ceremony", event: SiteWaived) -> None:
    _attempt(state, event.cue, event.attempt).waived[event.site] = event


def readiness_changed(state: "Ceremony", event: ReadinessChanged) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.ready.update(event.ready)
    attempt.reasons.update(event.reasons)


def confirmed(state: "Ceremony", event: ArmingConfirmed) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.confirmations[event.role] = event
    attempt.ever_confirmed = True
    attempt.refused_detail = ""


def issued(state: "Ceremony", event: WarrantIssued) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.warrant, attempt.term = event.warrant, event.term
    state.cues.term = event.term


def refused(state: "Ceremony", event: WarrantRefused) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.confirmations.clear()
    attempt.refused_detail = event.detail


def returned(state: "Ceremony", event: WarrantReturned) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.returned = event.returned
    attempt.abort_asked = False
    attempt.lost = None


def window_ended(state: "Ceremony", event: WindowEnded) -> None:
    _attempt(state, event.cue, event.attempt).window_ended = True


def press_recorded(state: "Ceremony", event: PressRecorded) -> None:
    presses = _attempt(state, event.cue, event.attempt).presses
    seat = presses.setdefault(event.substitute_for or event.seat, SeatState())
    seat.pressed_at = seat.pressed_at if seat.pressed_at is not None else event.pressed_at
    seat.counted = seat.counted or event.counted
    if event.substitute_for is not None:
        seat.substituted_by = event.seat


def committed(state: "Ceremony", event: CueCommitted) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.order, attempt.t0 = event.order, event.t0
    attempt.expected = frozenset(event.expected)


def abort_asked(state: "Ceremony", event: AbortAsked) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.abort_asked, attempt.abort_reason = True, event.reason


def aborted(state: "Ceremony", event: CueAborted) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.abort, attempt.abort_asked = event.abort, False


def abort_refused(state: "Ceremony", event: AbortRefused) -> None:
    _attempt(state, event.cue, event.attempt).abort_asked = False


def receipt_recorded(state: "Ceremony", event: ReceiptRecorded) -> None:
    _attempt(state, event.cue, event.attempt).receipts[event.device] = event


def holder_lost(state: "Ceremony", event: HolderLost) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.lost = event.warrant if event.lost else None
    attempt.vouching.clear()
    attempt.vouch_refused = ""


def vouched_for(state: "Ceremony", event: HolderVouchedFor) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.vouching[event.role] = event
    attempt.vouch_refused = ""


def vouched(state: "Ceremony", event: WarrantVouched) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.vouch, attempt.abort_asked = event, False


def vouch_refused(state: "Ceremony", event: VouchRefused) -> None:
    attempt = _attempt(state, event.cue, event.attempt)
    attempt.vouching.clear()
    attempt.vouch_refused = event.detail


def order_surfaced(state: "Ceremony", event: OrderSurfaced) -> None:
    _attempt(state, event.cue, event.attempt).surfaced.append(event)


def _attempt(state: "Ceremony", cue: CueId, number: Attempt) -> AttemptState:
    attempt = state.cues.cues[cue].attempt(number)
    assert attempt is not None, "decisions name attempts that exist"
    return attempt
