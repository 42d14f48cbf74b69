"""Order and abort: the whole chain a device checks before it believes that the button was pressed.

Pinned key → warrant → presses by the devices of the seats it names → quorum → T0 → signature of the holder's commit key.
Whoever holds one link of the chain and not the next cannot make an order: the server cannot without the signer, the
holder cannot without the presses, a seat cannot without a warrant.
"""

from functools import lru_cache

import msgspec

from site_agent.launch.objects import Abort, Order, Press, SeatKey, Warrant
from site_agent.launch.signed import Signed
from site_agent.launch.warrants import (
    Invalid,
    check_letter,
    key_named,
    last_commit,
    open_letter,
    read_letter,
    verify_body,
    warrant_of,
)
from site_agent.units import (
    SECOND,
    Attempt,
    CeremonyId,
    CueId,
    Duration,
    Instant,
    PublicKey,
    SeatName,
    Sha256,
)

PRESS_SKEW = Duration(15 * SECOND)
"""How far a press's own time may be from the holder's: older is a press that lay in a buffer, newer a wrong clock."""


class VerifiedPress(msgspec.Struct, frozen=True):
    """A press whose signature holds under a warrant."""

    signed: Signed
    seat: SeatName
    """The seat it touches: for a substitute's press the seat it stands in for."""
    by: SeatName
    """The seat of the person who pressed."""
    substituted: bool
    pad: bool
    """A pad lights and is recorded, and never counts."""
    pressed_at: Instant


class VerifiedOrder(msgspec.Struct, frozen=True):
    """An order whose whole chain holds."""

    signed: Signed
    order_hash: Sha256
    body: Order
    warrant: Warrant
    warrant_hash: Sha256
    presses: tuple[VerifiedPress, ...]

    @property
    def ceremony_id(self) -> CeremonyId:
        """Of its warrant."""
        return self.warrant.ceremony_id

    @property
    def live(self) -> bool:
        """Of its warrant."""
        return self.warrant.live

    @property
    def cue(self) -> CueId:
        """Of its warrant."""
        return self.warrant.cue

    @property
    def attempt(self) -> Attempt:
        """Of its warrant."""
        return self.warrant.attempt

    @property
    def t0(self) -> Instant:
        """When everybody fires."""
        return self.body.t0

    @property
    def committed_at(self) -> Instant:
        """When the holder decided: T0 less the lead."""
        return Instant(self.body.t0 - self.warrant.lead)


def verify_order(
    signed: Signed, live_key: PublicKey, rehearsal_key: PublicKey, ceremony_id: CeremonyId | None = None
) -> VerifiedOrder:
    """Check an order from the pinned keys down to its last press.

    An order that held under the same keys is remembered: it comes again (a second path, a reconnect, an abort of it, the next
    device of the same process), and what was checked holds for ever. One that did not hold is not remembered.

    Args:
        signed: the order as it travelled.
        live_key: the ceremony's key for live warrants, as pinned.
        rehearsal_key: the ceremony's key for rehearsals, as pinned.
        ceremony_id: where known (always, at a device): the ceremony it must belong to.

    Raises:
        Invalid: with the code of the first check that failed, in this order: `malformed`, `warrant_signature`,
            `ceremony`, `warrant_terms`, `commit_signature`, then for each press `press_warrant`, `press_seat`,
            `press_signature`, then `quorum`, `t0`, `policy`.

    """
    return _verified(signed, live_key, rehearsal_key, ceremony_id)


@lru_cache(maxsize=16)
def _verified(signed: Signed, live_key: PublicKey, rehearsal_key: PublicKey, ceremony_id: CeremonyId | None) -> VerifiedOrder:
    letter = open_letter(signed)
    order = read_letter(letter, Order)
    inner = open_letter(order.warrant)
    warrant = warrant_of(inner, live_key, rehearsal_key, ceremony_id)
    check_letter(letter, warrant.commit_key, "commit_signature")
    warrant_hash = inner.digest()
    presses = tuple(verify_press(press, warrant, warrant_hash) for press in order.presses)
    _check_quorum(warrant, presses)
    _check_t0(warrant, order, presses)
    if order.not_after != order.t0 + warrant.not_after or order.late_policy != warrant.late_policy:
        raise Invalid("policy", "not_after or late policy differ from the warrant's")
    return VerifiedOrder(
        signed=signed, order_hash=letter.digest(), body=order, warrant=warrant, warrant_hash=warrant_hash, presses=presses
    )


def verify_press(signed: Signed, warrant: Warrant, warrant_hash: Sha256) -> VerifiedPress:
    """Check one press under a warrant the caller has verified.

    Raises:
        Invalid: `malformed`, `press_warrant`, `press_seat`, `press_signature`.

    """
    letter = open_letter(signed)
    press = read_letter(letter, Press)
    if press.warrant_hash != warrant_hash:
        raise Invalid("press_warrant", "pressed for another warrant")
    touched = press.substitute_for or press.seat
    trigger = _seat(touched, warrant.trigger_seats)
    seat = trigger or (_seat(touched, warrant.pad_seats) if press.substitute_for is None else None)
    if seat is None:
        raise Invalid("press_seat", f"no seat {touched} in the warrant")
    key: PublicKey | None = seat.key
    if press.substitute_for is not None:
        key = key_named(signed.key, tuple(substitute.key for substitute in warrant.substitutes))
    if key is None:
        raise Invalid("press_signature", "not signed by a substitute of the warrant")
    check_letter(letter, key, "press_signature")
    return VerifiedPress(
        signed=signed,
        seat=touched,
        by=press.seat,
        substituted=press.substitute_for is not None,
        pad=trigger is None,
        pressed_at=press.pressed_at,
    )


def verify_abort(signed: Signed, order: VerifiedOrder) -> Abort:
    """Check that an abort takes back this very order, before its T0.

    Raises:
        Invalid: `malformed`, `commit_signature`, `other`, `abort_time`.

    """
    abort = verify_body(signed, Abort, order.warrant.commit_key, "commit_signature")
    named = (abort.ceremony_id, abort.live, abort.cue, abort.attempt, abort.order_hash)
    if named != (order.ceremony_id, order.live, order.cue, order.attempt, order.order_hash):
        raise Invalid("other", "aborts another order")
    if abort.aborted_at >= order.t0:
        raise Invalid("abort_time", "aborted after T0")
    return abort


def _check_quorum(warrant: Warrant, presses: tuple[VerifiedPress, ...]) -> None:
    if any(press.pad for press in presses):
        raise Invalid("press_seat", "a pad never counts")
    if len(presses) != warrant.k or len({press.seat for press in presses}) != warrant.k:
        raise Invalid("quorum", f"not exactly {warrant.k} distinct seats")


def _check_t0(warrant: Warrant, order: Order, presses: tuple[VerifiedPress, ...]) -> None:
    """The last press is the one that made the quorum: T0 is the holder's instant of it plus the lead."""
    committed_at = order.t0 - warrant.lead
    if not warrant.window.opens <= committed_at < last_commit(warrant):
        raise Invalid("t0", "committed outside the window")
    if any(not warrant.window.opens - PRESS_SKEW <= press.pressed_at <= committed_at + PRESS_SKEW for press in presses):
        raise Invalid("t0", "a press outside the window")
    if presses[-1].pressed_at < committed_at - PRESS_SKEW:
        raise Invalid("t0", "T0 does not follow from the last press")


def _seat(name: SeatName, seats: tuple[SeatKey, ...]) -> SeatKey | None:
    return next((seat for seat in seats if seat.seat == name), None)
