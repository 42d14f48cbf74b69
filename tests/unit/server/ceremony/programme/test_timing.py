"""The clock of the day: examples by hand, properties over any run, and the vectors that JavaScript is held to."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from server.ceremony.ceremony import Ceremony, decide, evolve
from server.ceremony.programme import AddTime, ChangeItem, EndItem, HoldItem, ReleaseItem, SkipItem, UndoStep
from server.ceremony.programme.timing import elapsed, remaining
from server.ceremony.rules import Context, Refused
from server.engine.ids import new_id
from site_agent.units import MINUTE, SECOND, Instant
from tests.support.programme_days import DAYS, day_state, told_day
from tests.support.programmes import CALLER, import_programme, start

ZERO = Instant(1_749_603_600_000_000)
VECTORS = Path(__file__).parents[4] / "vectors" / "programme_timing.json"


def at(minutes):
    return Instant(ZERO + int(minutes * MINUTE))


def tell(state, minutes, command):
    for event in decide(state, command, Context(now=at(minutes), principal=CALLER)):
        evolve(state, event)


def named(kind, number, **more):
    return kind(id=new_id(), item=f"item-{number}", **more)


def three_items():
    state = Ceremony()
    tell(state, -60, import_programme(3))
    return state


def view(state, minutes):
    """(over, projected start of each item to come, end), in minutes."""
    day = state.programme.project(ZERO, at(minutes))
    slots = {
        name.removeprefix("item-"): ((slot.start - ZERO) / MINUTE, (slot.end - ZERO) / MINUTE) for name, slot in day.slots.items()
    }
    return None if day.over is None else day.over / MINUTE, slots, None if day.end is None else (day.end - ZERO) / MINUTE


def left(state, number, minutes):
    item = f"item-{number}"
    return remaining(state.programme.items[item], state.programme.going.runs[item], at(minutes)) / MINUTE


def test_before_anything_starts_the_plan_speaks_and_slips_when_its_time_has_passed():
    state = three_items()
    assert view(state, -30) == (None, {"1": (0, 10), "2": (10, 20), "3": (20, 30)}, 30)
    assert view(state, 4) == (None, {"1": (4, 14), "2": (14, 24), "3": (24, 34)}, 34)


def test_a_late_start_makes_the_day_late_and_pushes_the_rest():
    state = three_items()
    tell(state, 4, start(1))
    assert view(state, 6) == (4, {"1": (4, 14), "2": (14, 24), "3": (24, 34)}, 34)
    assert left(state, 1, 6) == 8


def test_time_over_makes_it_later_minute_by_minute():
    state = three_items()
    tell(state, 0, start(1))
    assert view(state, 13)[0] == 3
    assert left(state, 1, 13) == -3


def test_an_early_end_makes_the_day_early():
    state = three_items()
    tell(state, 0, start(1))
    tell(state, 7, start(2))
    assert view(state, 7) == (-3, {"1": (0, 7), "2": (7, 17), "3": (17, 27)}, 27)


def test_a_hold_stops_the_clock_of_the_item_and_moves_the_rest():
    state = three_items()
    tell(state, 0, start(1))
    tell(state, 2, named(HoldItem, 1))
    assert (left(state, 1, 2), left(state, 1, 5)) == (8, 8)
    assert view(state, 5)[0] == 3
    tell(state, 5, named(ReleaseItem, 1))
    assert (left(state, 1, 6), view(state, 6)[0]) == (7, 3)


def test_time_given_and_taken_moves_the_end():
    state = three_items()
    tell(state, 0, start(1))
    tell(state, 1, named(AddTime, 1, by=5 * MINUTE))
    tell(state, 1, named(AddTime, 1, by=-2 * MINUTE))
    assert (left(state, 1, 1), view(state, 1)[0], view(state, 1)[2]) == (12, 3, 33)


def test_a_skipped_item_takes_no_time():
    state = three_items()
    tell(state, 0, start(1))
    tell(state, 1, named(SkipItem, 2))
    assert view(state, 1) == (0, {"1": (0, 10), "3": (10, 20)}, 20)
    tell(state, 2, named(SkipItem, 2, skip=False))
    assert view(state, 2)[2] == 30


def test_a_fixed_item_waits_for_its_time_and_no_longer():
    state = three_items()
    tell(state, -1, ChangeItem(id=new_id(), item="item-3", seen=0, starts=25 * MINUTE))
    tell(state, 0, start(1))
    tell(state, 5, start(2))
    assert view(state, 5)[1]["3"] == (25, 35)
    assert view(state, 30)[1]["3"] == (30, 40)


def test_between_two_items_the_day_is_late_by_how_late_the_next_one_is():
    state = three_items()
    tell(state, 0, start(1))
    tell(state, 8, named(EndItem, 1))
    assert (state.programme.current, view(state, 8)[0], view(state, 12)[0]) == (None, -2, 2)


def test_a_wrong_start_is_taken_back_and_the_item_before_goes_on_as_if_never_ended():
    state = three_items()
    tell(state, 0, start(1))
    before = state.programme.going
    tell(state, 3, start(3))
    step = state.programme.last_steps[-1]
    assert step.words == "cho lên sóng mục 3"
    tell(state, 4, UndoStep(id=new_id(), step=step.number))
    assert state.programme.going == before
    assert left(state, 1, 4) == 6


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["start", "end", "hold", "release", "add", "skip", "take", "undo"]),
        st.integers(1, 5),
        st.integers(-300, 600),
        st.integers(0, 15 * 60),
    ),
    max_size=15,
)


def step_command(state, what, number, amount):
    match what:
        case "start":
            return start(number)
        case "end":
            return named(EndItem, number)
        case "hold":
            return named(HoldItem, number)
        case "release":
            return named(ReleaseItem, number)
        case "add":
            return named(AddTime, number, by=amount * SECOND)
        case "skip" | "take":
            return named(SkipItem, number, skip=what == "skip")
        case _:
            steps = state.programme.last_steps
            return UndoStep(id=new_id(), step=steps[-1].number if steps else 1)


@given(STEPS)
@settings(max_examples=200, deadline=None)
def test_whatever_happens_the_projection_is_never_before_now_and_the_clocks_add_up(steps):
    state = Ceremony()
    tell(state, -60, import_programme(5))
    now = ZERO
    history = []
    for what, number, amount, pause in steps:
        now = Instant(now + pause * SECOND)
        going = state.programme.going
        try:
            events = decide(state, step_command(state, what, number, amount), Context(now=now, principal=CALLER))
        except Refused:
            continue
        for event in events:
            evolve(state, event)
        if what == "undo":
            assert state.programme.going == history.pop()
        elif events:
            history.append(going)
        check(state, now)


def check(state, now):
    programme = state.programme
    day = programme.project(ZERO, now)
    going = programme.going
    previous = None
    for name, item in programme.items.items():
        slot = day.slots.get(name)
        run = going.runs.get(name)
        if run is None and slot is not None:
            assert slot.start >= now
            assert slot.end - slot.start == item.length
            assert name not in going.skipped
            if previous is not None:
                assert slot.start >= previous
            previous = slot.end
        if run is not None:
            assert 0 <= elapsed(run, now) <= (run.ended or now) - run.started
            assert elapsed(run, now) + run.held_until(run.ended or now) == (run.ended or now) - run.started
            assert remaining(item, run, now) == item.length + run.added - elapsed(run, now)
            assert (run.ended is None) == (name == going.current)
    if going.current is not None:
        slot = day.slots[going.current]
        assert slot.end >= now
        left_now = remaining(programme.items[going.current], going.runs[going.current], now)
        assert slot.end == now + max(0, left_now)
        assert day.over == slot.end - ZERO - programme.items[going.current].end
    assert day.end is None or day.next is None or day.end >= now


def test_the_vectors_that_javascript_is_held_to_are_ours():
    """Written by `python -m tests.support.programme_days`; JavaScript reads the same file."""
    assert json.loads(VECTORS.read_text()) == [told_day(day_state(day), day) for day in DAYS]
