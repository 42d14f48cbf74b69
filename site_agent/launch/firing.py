"""What a device does with orders and aborts: keep, refuse, wait, fire once, or show the end state. Pure.

A shell (agent or page) keeps one `Memory` on its disk, asks the functions below, writes the new memory DURABLY, and
only then acts or answers. The rules:

1. The first valid order of each (live, cue, attempt) is kept. Another one in that attempt is a conflict, one of a lower
   attempt is refused; rehearsals and live attempts do not know of each other.
2. A later order whose warrant proves by `ended` that an unfired one is over makes the device drop that one.
3. `mark` is written before anything is output, and succeeds at most once an attempt, and at most once live a cue:
   afterwards later live orders of the cue are answered `already_fired`.
4. An abort is a tombstone: it also kills an order that arrives after it.
5. Late by more than the policy (5 s): the end state only; after `not_after`: never.
6. A mark without outcome, found at start, means power was lost while firing: pulses are not repeated, state outputs are.
"""

from enum import StrEnum

import msgspec

from site_agent.launch.objects import Abort, FireOutcome, Order
from site_agent.launch.orders import VerifiedOrder, verify_abort, verify_order
from site_agent.launch.signed import Signed, digest, read
from site_agent.launch.warrants import Invalid, Pinned, read_body, verify_ended
from site_agent.units import Attempt, CueId, Duration, Instant, Sha256, milliseconds

MARK_AHEAD = milliseconds(250)
"""The mark may be written this long before the target, so that its fsync does not delay the output."""
LATE_FROM = milliseconds(100)
"""A device that acts this long after its target says so."""
MAX_TOMBSTONES = 64
"""Aborts kept for orders that have not arrived; more are refused."""

_HAS_FIRED = frozenset({FireOutcome.FIRED, FireOutcome.FIRED_LATE, FireOutcome.UNKNOWN})
_HAS_SHOWN = _HAS_FIRED | {FireOutcome.END_STATE}


class SlotState(StrEnum):
    LOADED = "loaded"
    MARKED = "marked"
    """Written before the outputs act; may not be left but for `DONE`."""
    DONE = "done"


class Key(msgspec.Struct, frozen=True):
    """What a device fires at most once for."""

    live: bool
    cue: CueId
    attempt: Attempt


class Slot(msgspec.Struct, frozen=True):
    """The one order a device keeps for a key, and what became of it."""

    key: Key
    order: Signed
    order_hash: Sha256
    t0: Instant
    not_after: Instant
    fire_within: Duration
    state: SlotState = SlotState.LOADED
    outcome: FireOutcome | None = None
    """Set when `state` is DONE."""
    actual: Instant | None = None
    """When the outputs acted, on the ceremony clock."""


class Memory(msgspec.Struct, frozen=True):
    """All a device must not forget about launches. JSON-encodable; kept whole."""

    slots: tuple[Slot, ...] = ()
    tombstones: tuple[Signed, ...] = ()
    """Aborts whose order has not arrived; they are verified when it does."""

    def slot(self, key: Key) -> Slot | None:
        """The slot of a key."""
        return next((slot for slot in self.slots if slot.key == key), None)


class Verdict(StrEnum):
    """What became of an order or abort that arrived."""

    LOADED = "loaded"
    """New and kept: write the memory, set the timer, answer `cue_loaded`."""
    KNOWN = "known"
    """The same as one kept before: answer as before, change nothing."""
    ABORTED = "aborted"
    """The order is dropped (abort), or was aborted before it arrived (order). A receipt is due."""
    ALREADY_FIRED = "already_fired"
    """This device has fired live for this cue. A receipt is due."""
    CONFLICT = "conflict"
    """A second order in one attempt: refused, and reported."""
    LOWER_ATTEMPT = "lower_attempt"
    TOO_LATE = "too_late"
    """An abort after the mark: nothing to take back."""
    KEPT = "kept"
    """An abort whose order has not arrived: kept as a tombstone."""
    FULL = "full"
    """Too many aborts without orders."""
    INVALID = "invalid"
    """`detail` carries the code of `Invalid`."""


class Taken(msgspec.Struct, frozen=True):
    """Answer to an arrival. `memory` is to be stored before anything follows from it."""

    memory: Memory
    verdict: Verdict
    key: Key | None = None
    detail: str = ""
    """For INVALID the code; for CONFLICT the hash of the order refused."""
    dropped: tuple[Key, ...] = ()
    """Unfired attempts that this order's warrant proves to be over; a receipt is due for each."""


class Action(StrEnum):
    WAIT = "wait"
    """Ask again at `at`."""
    FIRE = "fire"
    """Mark, store, output at `at`, then finish with `outcome`."""
    FINISH = "finish"
    """Do not fire: finish with `outcome` (and show the end state if that is what it says)."""
    NOTHING = "nothing"


class Decision(msgspec.Struct, frozen=True):
    """What to do for a slot now."""

    action: Action
    at: Instant | None = None
    outcome: FireOutcome | None = None


class Recovered(msgspec.Struct, frozen=True):
    """What a start finds. Store `memory`; receipts are due for `unknown`."""

    memory: Memory
    unknown: tuple[Key, ...]
    """Marked without outcome: pulses may or may not have gone out, and are not repeated."""
    reassert: Key | None
    """Whose end state the state outputs (page, scene) must show; None when there is none."""


class MayNotFire(Exception):
    """`mark` was asked for a slot that is not loaded, or after the device fired live for the cue."""


def take_order(memory: Memory, signed: Signed, pinned: Pinned) -> Taken:
    """An order arrived, by message or in `welcome` (there: aborts first)."""
    try:
        order = verify_order(signed, pinned.live_key, pinned.rehearsal_key, pinned.ceremony_id)
    except Invalid as error:
        return Taken(memory, Verdict.INVALID, detail=error.code)
    key = Key(live=order.live, cue=order.cue, attempt=order.attempt)
    kept = memory.slot(key)
    if kept is not None:
        if kept.order_hash == order.order_hash:
            return Taken(memory, Verdict.KNOWN, key)
        return Taken(memory, Verdict.CONFLICT, key, detail=order.order_hash)
    if any(_same_series(slot.key, key) and slot.key.attempt > key.attempt for slot in memory.slots):
        return Taken(memory, Verdict.LOWER_ATTEMPT, key)
    memory, dropped = _drop_ended(memory, order, pinned)
    return _load(memory, order, key, dropped)


def take_abort(memory: Memory, signed: Signed, pinned: Pinned) -> Taken:
    """An abort arrived. It works until the mark; before its order arrives it is kept unverified."""
    try:
        abort = read_body(signed, Abort)
    except Invalid as error:
        return Taken(memory, Verdict.INVALID, detail=error.code)
    if abort.ceremony_id != pinned.ceremony_id:
        return Taken(memory, Verdict.INVALID, detail="ceremony")
    key = Key(live=abort.live, cue=abort.cue, attempt=abort.attempt)
    slot = memory.slot(key)
    if slot is None:
        return _keep_tombstone(memory, signed, key)
    try:
        verify_abort(signed, verify_order(slot.order, pinned.live_key, pinned.rehearsal_key, pinned.ceremony_id))
    except Invalid as error:
        return Taken(memory, Verdict.INVALID, key, detail=error.code)
    if slot.outcome is FireOutcome.ABORTED:
        return Taken(memory, Verdict.KNOWN, key)
    if slot.state is not SlotState.LOADED:
        return Taken(memory, Verdict.TOO_LATE, key)
    return Taken(_replace(memory, _done(slot, FireOutcome.ABORTED)), Verdict.ABORTED, key)


def decide(memory: Memory, key: Key, now: Instant, target: Instant) -> Decision:
    """What to do for an attempt now.

    Args:
        memory: as stored.
        key: the attempt.
        now: the ceremony clock as this device knows it.
        target: when this device should act: T0 plus its offset less its output delay.

    """
    slot = memory.slot(key)
    if slot is None or slot.state is not SlotState.LOADED:
        return Decision(Action.NOTHING)
    if _fired_live(memory, key):
        return Decision(Action.FINISH, outcome=FireOutcome.ALREADY_FIRED)
    if now > slot.not_after:
        return Decision(Action.FINISH, outcome=FireOutcome.TOO_LATE)
    if now < target - MARK_AHEAD:
        return Decision(Action.WAIT, at=Instant(target - MARK_AHEAD))
    if now - target > slot.fire_within:
        return Decision(Action.FINISH, outcome=FireOutcome.END_STATE)
    late = now - target >= LATE_FROM
    outcome = FireOutcome.FIRED_LATE if late else FireOutcome.FIRED
    return Decision(Action.FIRE, at=Instant(max(now, target)), outcome=outcome)


def mark(memory: Memory, key: Key) -> Memory:
    """The memory to store before the outputs act. The one gate in front of every output.

    Raises:
        MayNotFire: not loaded (any more), or fired live for this cue already.

    """
    slot = memory.slot(key)
    if slot is None or slot.state is not SlotState.LOADED:
        raise MayNotFire(f"{key} is not loaded")
    if _fired_live(memory, key):
        raise MayNotFire(f"{key.cue} has fired live")
    return _replace(memory, msgspec.structs.replace(slot, state=SlotState.MARKED))


def finish(memory: Memory, key: Key, outcome: FireOutcome, actual: Instant | None = None) -> Memory:
    """The memory to store when an attempt is over for this device. A slot that is done stays as it is."""
    slot = memory.slot(key)
    if slot is None or slot.state is SlotState.DONE:
        return memory
    return _replace(memory, msgspec.structs.replace(_done(slot, outcome), actual=actual))


def recover(memory: Memory, now: Instant) -> Recovered:
    """What to do with the memory found at start; loaded slots are simply decided again.

    An end state is shown again until `not_after` only: yesterday's rehearsal must not stand on the hall's screen today.
    """
    unknown = tuple(slot.key for slot in memory.slots if slot.state is SlotState.MARKED)
    for key in unknown:
        memory = finish(memory, key, FireOutcome.UNKNOWN)
    shown = [slot for slot in memory.slots if slot.outcome in _HAS_SHOWN and now <= slot.not_after]
    last = max(shown, key=lambda slot: slot.t0, default=None)
    return Recovered(memory=memory, unknown=unknown, reassert=last.key if last else None)


def _load(memory: Memory, order: VerifiedOrder, key: Key, dropped: tuple[Key, ...]) -> Taken:
    slot = Slot(
        key=key,
        order=order.signed,
        order_hash=order.order_hash,
        t0=order.t0,
        not_after=order.body.not_after,
        fire_within=order.body.late_policy.fire_within,
    )
    verdict = Verdict.LOADED
    if any(_takes_back(tombstone, order) for tombstone in memory.tombstones):
        slot, verdict = _done(slot, FireOutcome.ABORTED), Verdict.ABORTED
    elif _fired_live(memory, key):
        slot, verdict = _done(slot, FireOutcome.ALREADY_FIRED), Verdict.ALREADY_FIRED
    tombstones = tuple(tombstone for tombstone in memory.tombstones if not _speaks_of(tombstone, key))
    return Taken(Memory((*memory.slots, slot), tombstones), verdict, key, dropped=dropped)


def _drop_ended(memory: Memory, order: VerifiedOrder, pinned: Pinned) -> tuple[Memory, tuple[Key, ...]]:
    ended = order.warrant.ended
    if ended is None:
        return memory, ()
    dropped = tuple(
        slot.key
        for slot in memory.slots
        if slot.state is SlotState.LOADED and slot.key.cue == order.cue and _is_ended(slot, ended, pinned)
    )
    for slot in memory.slots:
        if slot.key in dropped:
            memory = _replace(memory, _done(slot, FireOutcome.ABORTED))
    return memory, dropped


def _is_ended(slot: Slot, ended: Signed, pinned: Pinned) -> bool:
    warrant = read(slot.order, Order).warrant
    try:
        verify_ended(ended, warrant, pinned.live_key, pinned.rehearsal_key, slot.order_hash)
    except Invalid:
        return False
    return True


def _keep_tombstone(memory: Memory, signed: Signed, key: Key) -> Taken:
    if any(digest(tombstone) == digest(signed) and tombstone.sig == signed.sig for tombstone in memory.tombstones):
        return Taken(memory, Verdict.KNOWN, key)
    if len(memory.tombstones) >= MAX_TOMBSTONES:
        return Taken(memory, Verdict.FULL, key)
    return Taken(Memory(memory.slots, (*memory.tombstones, signed)), Verdict.KEPT, key)


def _takes_back(tombstone: Signed, order: VerifiedOrder) -> bool:
    try:
        verify_abort(tombstone, order)
    except Invalid:
        return False
    return True


def _speaks_of(tombstone: Signed, key: Key) -> bool:
    abort = read(tombstone, Abort)
    return Key(live=abort.live, cue=abort.cue, attempt=abort.attempt) == key


def _fired_live(memory: Memory, key: Key) -> bool:
    """Whether the device has fired (or may have) for another live attempt of the cue."""
    return key.live and any(
        slot.key != key and _same_series(slot.key, key) and (slot.state is SlotState.MARKED or slot.outcome in _HAS_FIRED)
        for slot in memory.slots
    )


def _same_series(one: Key, other: Key) -> bool:
    return (one.live, one.cue) == (other.live, other.cue)


def _done(slot: Slot, outcome: FireOutcome) -> Slot:
    return msgspec.structs.replace(slot, state=SlotState.DONE, outcome=outcome)


def _replace(memory: Memory, slot: Slot) -> Memory:
    return Memory(tuple(slot if kept.key == slot.key else kept for kept in memory.slots), memory.tombstones)


__all__ = [
    "Action",
    "Decision",
    "Key",
    "MayNotFire",
    "Memory",
    "Pinned",
    "Recovered",
    "Slot",
    "SlotState",
    "Taken",
    "Verdict",
    "decide",
    "finish",
    "mark",
    "recover",
    "take_abort",
    "take_order",
]
