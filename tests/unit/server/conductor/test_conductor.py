"""From two confirmations to the last receipt, and from a crash at any step of it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from server.ceremony.cue import AbortCue, CueState, HoldCue, PlanCue, RecordPress, RecordReceipt
from server.ceremony.rules import SYSTEM, Principal, Role, derived_id
from server.engine.ids import new_id
from site_agent.launch.firing import Key
from site_agent.launch.objects import FireOutcome, Order, Press, Warrant
from site_agent.launch.signed import digest, read, sign
from site_agent.units import MINUTE, SECOND, Attempt, Duration, SiteCode
from tests.support.houses import CUE
from tests.support.launch_house import CALLER, COUNTDOWN, LEAD, MC, TECH, Crash, LaunchHouse, fast_folder, warrant_of
from tests.support.launch_kit import key


@pytest.fixture
def folder():
    with fast_folder() as name:
        yield Path(name)


@pytest.fixture
def house(folder: Path):
    with LaunchHouse(folder) as made:
        yield made


def test_two_people_arm_and_the_holder_holds(house: LaunchHouse):
    house.open()
    house.confirm(CALLER)
    assert house.state is CueState.POLLING
    house.confirm(TECH)
    assert house.state is CueState.ARMED
    assert house.attempt.term == 1
    assert house.holder.holding(house.key) is not None


def test_a_press_is_on_its_way_before_the_journal_knows(house: LaunchHouse):
    house.arm()
    sent_when_journalled: list[int] = []
    house.engine.before_each = lambda command: sent_when_journalled.append(len(house.line.orders))
    house.press("Ghế 1")
    assert sent_when_journalled
    assert set(sent_when_journalled) == {1}
    assert house.state is CueState.COMMITTED
    assert house.attempt.t0 == house.clock.now() + LEAD


def test_a_press_counts_while_the_journal_cannot_be_written(house: LaunchHouse):
    house.arm()
    house.engine.unwritable = True
    assert house.press("Ghế 1").outcome == "accepted"
    house.line.deliver_all()
    house.move(LEAD)
    assert [len(device.fired) for device in house.line.devices] == [1, 1]
    assert house.state is CueState.ARMED
    house.engine.unwritable = False
    house.settle()
    house.move(0)
    assert house.state is CueState.FIRED


def test_a_presser_that_hangs_up_does_not_stop_the_order(house: LaunchHouse):
    house.arm()
    signed = house.signed_press("Ghế 1")

    async def hang_up() -> None:
        task = asyncio.ensure_future(house.conductor.press(new_id(), signed, MC))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await house.conductor._disk.quiet()

    house.run(hang_up())
    assert len(house.line.orders) == 1


def test_a_viewer_cannot_bring_a_press(house: LaunchHouse):
    house.arm()
    answer = house.run(house.conductor.press(new_id(), house.signed_press("Ghế 1"), Principal(role=Role.VIEWER)))
    assert answer.problem is not None
    assert answer.problem.code == "forbidden"
    assert house.line.orders == []


def test_an_impostor_with_a_key_of_their_own_is_refused_in_words(house: LaunchHouse):
    house.arm()
    forged = sign(read(house.signed_press("Ghế 1"), Press), key("stranger"))
    answer = house.press("Ghế 1", signed=forged)
    assert answer.problem is not None
    assert answer.problem.code == "press_signature"
    assert house.line.orders == []


def test_the_mc_presses_in_a_seats_place_and_it_is_recorded_as_such(house: LaunchHouse):
    house.arm()
    house.press("Ghế 2", instead=MC)
    seat = house.attempt.presses["Ghế 2"]
    assert (seat.counted, seat.substituted_by) == (True, "mc-1")


def test_in_a_countdown_only_the_mc_counts_and_pads_are_recorded(folder: Path):
    with LaunchHouse(folder, **COUNTDOWN) as house:
        house.arm()
        house.press("Ghế 1")
        assert house.state is CueState.ARMED
        assert house.attempt.presses["Ghế 1"].counted is False
        house.press("mc-1")
        assert house.state is CueState.COMMITTED
        assert house.attempt.presses["mc-1"].counted is True
        house.press("Ghế 2")
        assert house.attempt.presses["Ghế 2"].counted is False


def test_two_of_three_seats_are_recorded_as_they_come(folder: Path):
    with LaunchHouse(folder, k=2) as house:
        house.arm()
        house.press("Ghế 3")
        assert house.attempt.presses["Ghế 3"].counted is True
        assert house.state is CueState.ARMED
        house.crash()
        house.press("Ghế 3")
        assert house.state is CueState.ARMED
        house.press("Ghế 1")
        assert house.state is CueState.COMMITTED


def test_a_hold_while_armed_goes_by_the_holders_return(house: LaunchHouse):
    house.arm()
    old = house.signed_press("Ghế 1")
    house.hold()
    assert house.state is CueState.HOLD
    assert house.attempt.returned is not None
    assert house.press("Ghế 1", signed=old).outcome == "refused"
    house.arm()
    assert house.attempt.attempt == 2
    assert warrant_ended(house) == house.record.attempts[0].returned
    assert house.press("Ghế 1", signed=old).outcome == "refused"
    assert house.press("Ghế 1").outcome == "accepted"


def warrant_ended(house: LaunchHouse):
    assert house.attempt.warrant is not None
    return read(house.attempt.warrant, Warrant).ended


def test_an_abort_before_t0_stops_every_site(house: LaunchHouse):
    house.arm()
    house.press("Ghế 1")
    house.move(SECOND)
    house.abort()
    assert house.state is CueState.ABORTING
    house.line.deliver_all()
    house.move(LEAD)
    assert house.state is CueState.ABORTED
    assert [device.fired for device in house.line.devices] == [[], []]
    house.arm()
    house.press("Ghế 1")
    house.line.deliver_all()
    house.move(LEAD)
    assert [len(device.fired) for device in house.line.devices] == [1, 1]


def test_an_abort_that_is_too_late_says_so_and_the_launch_goes_on(house: LaunchHouse):
    house.arm()
    house.press("Ghế 1")
    house.line.deliver_all()
    house.move(LEAD - SECOND)
    house.abort()
    assert house.state is CueState.COMMITTED
    assert not house.attempt.abort_asked
    house.move(SECOND)
    assert house.state is CueState.FIRED
    assert [len(device.fired) for device in house.line.devices] == [1, 1]


def test_a_stop_that_meets_the_press_becomes_an_abort(house: LaunchHouse):
    house.arm()
    press = house.signed_press("Ghế 1")
    house.run(house.engine.submit(HoldCue(id=new_id(), cue=CUE, attempt=Attempt(1)), CALLER))
    house.press("Ghế 1", signed=press)
    assert house.state is CueState.ABORTING


def test_the_window_ends_and_the_attempt_expires_by_the_holders_return(house: LaunchHouse):
    house.arm()
    house.move(31 * MINUTE)
    assert house.state is CueState.EXPIRED
    assert house.attempt.returned is not None
    assert house.press("Ghế 1").outcome == "refused"
    house.arm()
    assert house.attempt.attempt == 2


def test_a_device_the_signer_does_not_trust_voids_the_confirmations_and_says_why(house: LaunchHouse):
    house.signer.trusted.distrust(key("tech-1").id)
    house.open()
    house.confirm(CALLER)
    house.confirm(TECH)
    assert house.state is CueState.POLLING
    assert house.attempt.confirmations == {}
    assert "diemcau signer trust" in house.attempt.refused_detail


def test_a_seats_device_the_signer_does_not_trust_is_named(house: LaunchHouse):
    house.signer.trusted.distrust(key("Ghế 2").id)
    house.open()
    house.confirm(CALLER)
    house.confirm(TECH)
    assert house.state is CueState.POLLING
    assert "Ghế 2" in house.attempt.refused_detail


def test_rehearsals_go_before_the_real_one_and_nothing_after_it(house: LaunchHouse):
    for live in (False, False, True):
        house.arm(live)
        house.press("Ghế 1")
        house.line.deliver_all()
        house.move(LEAD + 121 * SECOND)
        assert house.state is CueState.VERIFIED
    assert [[fired.live for fired in device.fired] for device in house.line.devices] == [[False, False, True]] * 2
    answer = house.open(live=True)
    assert answer.problem is not None
    assert answer.problem.code == "already_launched"


def test_a_site_that_comes_late_is_told_and_follows_the_late_rule(house: LaunchHouse):
    late, later = house.line.devices
    late.reachable = later.reachable = False
    house.arm()
    house.press("Ghế 1")
    house.line.deliver_all()
    house.move(LEAD + 4 * SECOND)
    late.reachable = True
    house.line.welcome(late)
    house.move(0)
    house.move(2 * SECOND)
    later.reachable = True
    house.line.welcome(later)
    house.move(0)
    assert [slot.outcome for slot in late.memory.slots] == [FireOutcome.FIRED_LATE]
    assert [slot.outcome for slot in later.memory.slots] == [FireOutcome.END_STATE]


# ---- crashes


def whole_launch(house: LaunchHouse) -> None:
    """A rehearsal held back, then a launch that is aborted, then one that fires: asks again what was not done."""
    if not house.record.attempts:
        house.open(live=False)
    if house.attempt.attempt == 1:
        armed(house)
        house.hold() if house.state is CueState.ARMED else None
        house.open(live=True)
    if house.attempt.attempt == 2:
        fire(house)
        house.abort() if house.state is CueState.COMMITTED else None
        house.line.deliver_all()
        house.move(LEAD)
        if house.state is CueState.ABORTED:
            house.open(live=True)
    if house.state not in {CueState.FIRED, CueState.VERIFIED}:
        fire(house)
    house.line.deliver_all()
    house.move(LEAD)
    receipts(house)
    house.move(121 * SECOND)


def armed(house: LaunchHouse) -> None:
    if house.state is CueState.POLLING:
        house.ready()
        house.confirm(CALLER)
        house.confirm(TECH)


def fire(house: LaunchHouse) -> None:
    armed(house)
    if house.state is CueState.ARMED:
        house.press("Ghế 1")


def receipts(house: LaunchHouse) -> None:
    for device in house.line.devices:
        receipt = device.receipt(house.key)
        if receipt is not None:
            house.give(RecordReceipt(id=derived_id("receipt", digest(receipt)), receipt=receipt), SYSTEM)


def all_steps(folder: Path) -> list[str]:
    names: list[str] = []
    with LaunchHouse(folder) as house:
        house.failpoint = names.append
        house.engine.before_each = lambda command: names.append(f"before {type(command).__name__}")
        house.engine.after_each = lambda command: names.append(f"after {type(command).__name__}")
        whole_launch(house)
        assert house.state is CueState.VERIFIED
    return names


def test_a_crash_at_any_step_leads_to_the_same_end(folder: Path):
    """At each step in turn the process dies, starts again on what the disk holds, and people go on from what they see."""
    steps = all_steps(folder / "dry")
    assert {name.split(".")[0] for name in steps} >= {"issue", "offer", "press", "commit", "abort", "return", "signer", "warrant"}
    for point, name in enumerate(steps):
        with LaunchHouse(folder / str(point)) as house:
            die_at(house, point)
            crashed = False
            try:
                whole_launch(house)
            except Crash:
                crashed = True
                stop_dying(house)
                house.crash()
                whole_launch(house)
            assert crashed, name
            check_the_end(house, name)


def die_at(house: LaunchHouse, point: int) -> None:
    left = [point]

    def fail(name: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Crash(name)

    house.failpoint = fail
    house.engine.before_each = lambda command: fail("before")
    house.engine.after_each = lambda command: fail("after")


def stop_dying(house: LaunchHouse) -> None:
    house.engine.before_each = house.engine.after_each = lambda command: None


def check_the_end(house: LaunchHouse, name: str) -> None:
    assert house.state is CueState.VERIFIED, name
    t0 = {}
    for order in house.line.orders:
        warrant = warrant_of(order)
        attempt = Key(live=warrant.live, cue=warrant.cue, attempt=warrant.attempt)
        assert t0.setdefault(attempt, read(order, Order).t0) == read(order, Order).t0, name
    for device in house.line.devices:
        assert [fired.live for fired in device.fired] == [True], name
        assert device.conflicts == [], name
    terms = [attempt.term for attempt in house.record.attempts if attempt.term is not None]
    assert terms == sorted(set(terms)), name


def test_a_press_does_not_queue_behind_reports_and_uploads(house: LaunchHouse):
    house.arm()
    finished = threading.Event()
    with ThreadPoolExecutor(1) as shared:
        shared.submit(finished.wait)
        house.loop.set_default_executor(shared)
        try:
            press = house.conductor.press(new_id(), house.signed_press("Ghế 1"), MC)
            assert house.run(asyncio.wait_for(press, 10)).outcome == "accepted"
        finally:
            finished.set()


def test_an_order_is_taken_back_while_the_journal_cannot_be_written_and_journalled_after(house: LaunchHouse):
    house.arm()
    house.press("Ghế 1")
    house.engine.unwritable = True
    assert house.stop().outcome == "accepted"
    house.line.deliver_all()
    house.move(LEAD + SECOND)
    assert all(device.fired == [] for device in house.line.devices)
    house.engine.unwritable = False
    house.settle()
    assert house.state in {CueState.ABORTING, CueState.ABORTED}


def test_an_armed_button_is_locked_while_the_journal_cannot_be_written_and_the_return_is_journalled_after(house: LaunchHouse):
    house.arm()
    house.engine.unwritable = True
    assert house.stop().outcome == "accepted"
    assert house.press("Ghế 1").outcome == "refused"
    house.engine.unwritable = False
    house.settle()
    assert house.state is CueState.HOLD


def test_who_may_not_stop_a_launch_may_not_while_the_journal_is_down_either(house: LaunchHouse):
    house.arm()
    house.press("Ghế 1")
    house.engine.unwritable = True
    assert house.stop(Principal(role=Role.HOST, site=SiteCode("NA"))).problem.code == "forbidden"
    assert house.holder.holding(house.key).abort is None


def test_an_order_is_told_to_the_sites_once_however_often_the_journal_is_tried(house: LaunchHouse):
    house.arm()
    house.engine.unwritable = True
    house.press("Ghế 1")
    house.settle()
    house.settle()
    assert len(house.line.waiting) == len(house.line.devices)


def test_trouble_with_one_cue_does_not_keep_an_abort_of_another_waiting(house: LaunchHouse):
    house.give(PlanCue(id=new_id(), plan=msgspec.structs.replace(house.record.plan, cue="a-second")))
    house.arm()
    house.press("Ghế 1")
    cues = house.engine.state.cues.cues
    house.engine.state.cues.cues = dict(reversed(cues.items()))
    step = house.conductor._step

    async def broken(cue: str) -> bool:
        if cue == "a-second":
            raise ValueError("a bug")
        return await step(cue)

    house.conductor._step = broken
    house.run(house.engine.submit(AbortCue(id=new_id(), cue=CUE, attempt=house.attempt.attempt), CALLER))
    with pytest.raises(ValueError, match="a bug"):
        house.settle()
    assert house.state is CueState.ABORTING


def test_pads_that_keep_coming_do_not_keep_an_abort_waiting(folder: Path):
    with LaunchHouse(folder, **COUNTDOWN) as house:
        house.arm()
        house.press("mc-1")
        pad = house.signed_press("Ghế 1")

        def press_again(command: object) -> None:
            if isinstance(command, RecordPress) and len(pressed) < 100:
                pressed.append(command)
                house.conductor._presses.pads.append(pad)

        pressed: list[RecordPress] = []
        house.engine.before_each = press_again
        house.press("Ghế 1", signed=pad)
        house.abort()
        assert house.state is CueState.ABORTING
        assert len(pressed) < 100


def test_an_abort_that_would_not_reach_the_sites_in_time_is_not_signed(house: LaunchHouse):
    """Slower sites were measured: what they would hear after T0 must not divide the province."""
    house.arm()
    house.line.reach = Duration(3 * SECOND)
    house.press("Ghế 1")
    house.clock.move(LEAD - 2 * SECOND)
    house.abort()
    assert house.state is CueState.COMMITTED
    assert house.attempt.abort is None
    house.line.reach = Duration(SECOND)
    house.abort()
    assert house.state is CueState.ABORTING


def test_an_abort_in_the_last_second_is_too_late_however_near_the_sites(house: LaunchHouse):
    house.arm()
    house.press("Ghế 1")
    house.clock.move(LEAD - SECOND // 2)
    house.abort()
    assert house.attempt.abort is None
