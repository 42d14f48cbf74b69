"""Rules of a device that the shared vectors cannot show: any sequence at all, and what must not grow without bound."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from site_agent.launch import firing
from site_agent.launch.firing import Action, Key, MayNotFire, Memory, SlotState, Verdict
from site_agent.launch.objects import FireOutcome
from site_agent.units import MINUTE, SECOND, Attempt, Instant
from tests.support import launch_kit as kit
from tests.support.launch_vectors import T0, firing_objects

OBJECTS = firing_objects()
ORDERS = [name for name in OBJECTS if "abort of" not in name]
KEYS = [Key(live=live, cue=kit.CUE, attempt=Attempt(n)) for live in (True, False) for n in (1, 2, 9)]

steps = st.lists(
    st.tuples(st.sampled_from(["take", "take", "tick", "tick", "crash"]), st.sampled_from(sorted(OBJECTS)), st.integers(0, 30)),
    max_size=30,
)


@settings(max_examples=150, derandomize=True, deadline=None)
@given(steps)
def test_no_sequence_of_orders_aborts_time_and_crashes_fires_twice(taken):
    memory, now, fired = Memory(), Instant(T0 - 5 * SECOND), []
    for what, name, tenths in taken:
        if what == "take":
            take = firing.take_order if name in ORDERS else firing.take_abort
            memory = take(memory, OBJECTS[name], kit.PINNED).memory
        elif what == "crash":
            memory = firing.recover(memory, now).memory
        else:
            now = Instant(now + tenths * SECOND // 10)
            for key in KEYS:
                memory, done = fire_if_due(memory, key, now)
                fired += [key] if done else []
    assert len(fired) == len(set(fired))
    assert sum(key.live for key in fired) <= 1


def fire_if_due(memory: Memory, key: Key, now: Instant) -> tuple[Memory, bool]:
    decision = firing.decide(memory, key, now, T0)
    if decision.action is Action.FIRE:
        return firing.finish(firing.mark(memory, key), key, decision.outcome, now), True
    if decision.action is Action.FINISH:
        return firing.finish(memory, key, decision.outcome), False
    with pytest.raises(MayNotFire):
        for_done(memory, key)
    return memory, False


def for_done(memory: Memory, key: Key) -> None:
    """A slot that may not be decided may not be marked either; one that waits is left alone."""
    slot = memory.slot(key)
    if slot is not None and slot.state is SlotState.LOADED:
        raise MayNotFire("waits")
    firing.mark(memory, key)


def test_tombstones_without_orders_do_not_grow_without_bound():
    memory = Memory()
    for number in range(firing.MAX_TOMBSTONES):
        taken = firing.take_abort(memory, kit.abort(kit.order(kit.warrant()), attempt=number + 1), kit.PINNED)
        assert taken.verdict is Verdict.KEPT
        memory = taken.memory
    more = firing.take_abort(memory, kit.abort(kit.order(kit.warrant()), attempt=999), kit.PINNED)
    assert (more.verdict, more.memory) == (Verdict.FULL, memory)


def test_a_refused_order_leaves_the_memory_as_it_was():
    memory = firing.take_order(Memory(), OBJECTS["one"], kit.PINNED).memory
    for name in ("forged", "one with another T0"):
        assert firing.take_order(memory, OBJECTS[name], kit.PINNED).memory == memory
    other = firing.Pinned(kit.CEREMONY, kit.key("other").public, kit.key("rehearsal").public)
    assert firing.take_order(memory, OBJECTS["two"], other).memory == memory


def test_what_is_decided_for_an_aborted_end_state_stays():
    memory = firing.take_order(Memory(), OBJECTS["one"], kit.PINNED).memory
    memory = firing.finish(memory, KEYS[0], FireOutcome.END_STATE, Instant(T0 + MINUTE))
    taken = firing.take_abort(memory, OBJECTS["abort of one"], kit.PINNED)
    assert (taken.verdict, taken.memory) == (Verdict.TOO_LATE, memory)
