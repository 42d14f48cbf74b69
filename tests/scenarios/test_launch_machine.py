"""Whatever people, crashes, disks and networks do: nobody fires twice, unarmed, or by a second T0, and no order is lost.

Rules, signer, holder and conductor are the real ones, signatures too; journal and network are fakes that misbehave.
"""

from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from server.ceremony.cue import ConfirmArming, CueState, PlanCue, PrepareCue, RecordReceipt, in_doubt
from server.ceremony.rules import SYSTEM, derived_id
from server.engine.ids import new_id
from site_agent.launch.firing import Key
from site_agent.launch.objects import Abort, Confirmation, Order, Press, Vouch, VouchWord
from site_agent.launch.signed import Signed, digest, read, sign
from site_agent.units import MINUTE, SECOND, Instant, SeatName
from tests.support.houses import CUE, plan
from tests.support.launch_house import CALLER, MC, SEATS, TECH, Crash, LaunchHouse, SiteDevice, fast_folder, warrant_of
from tests.support.launch_kit import key

seats = st.sampled_from(SEATS)
numbers = st.integers(0, 50)
dying = st.sampled_from([None, None, None, None, *range(8)])
"""Number of the step at which the server dies."""


BEGINNINGS = ["armed", "armed", "rehearsing", "prepared", "forgotten", "lost", "back", "back with an order"]
"""Chance alone comes to a lost holder's return in too few runs."""


class LaunchMachine(RuleBasedStateMachine):
    """Two people arm, three seats press, two screens fire, one server that dies at any step."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = fast_folder()
        self.pressed: list[Signed] = []
        self.t0: dict[Key, Instant] = {}
        self.put_aside: list[Path] = []
        """Holder folders that were lost, and may be put back."""
        self.sent_before_the_vouch: dict[Key, list[Signed]] = {}

    @initialize(k=st.sampled_from([1, 1, 2]), begin=st.sampled_from(BEGINNINGS))
    def build(self, k: int, begin: str) -> None:
        self.house = LaunchHouse(Path(self._folder.name), devices=2, k=k)
        if begin == "prepared":
            return
        self.house.arm(live=begin != "rehearsing")
        if begin == "forgotten":
            self.the_centre_forgets_what_it_fired()
        elif begin in {"lost", "back", "back with an order"}:
            self._lose_and_bring_back(begin)

    def _lose_and_bring_back(self, begin: str) -> None:
        """A holder people vouched for that is there again: unpressed, or with an order that nobody was told of."""
        if begin == "back with an order":
            next(seat for seat in SEATS if self._dies_at("press.committed", seat))
        self.the_holders_folder_is_lost()
        if begin != "lost":
            self.house.vouch(CALLER)
            self.house.vouch(TECH)
            self.what_was_vouched_away_is_not_sent_later()
            self.the_lost_folder_is_put_back()

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self._heal()
            self.house.__exit__()
        self._folder.cleanup()

    # ---- people

    @precondition(lambda self: self.house.state not in {CueState.ARMED, CueState.COMMITTED, CueState.ABORTING})
    @rule(live=st.booleans())
    def open(self, live: bool) -> None:
        self.house.open(live)

    @precondition(lambda self: self.house.state is CueState.POLLING)
    @rule(second=st.booleans())
    def confirm(self, second: bool) -> None:
        self.house.confirm(TECH if second else CALLER)

    def _go_on(self, seat: str, live: bool) -> None:
        """What everybody hopes for: the next step of a launch that goes well."""
        house = self.house
        house.engine.unwritable = False
        if house.state is CueState.POLLING:
            house.confirm(CALLER)
            house.confirm(TECH)
        elif house.state is CueState.ARMED:
            signed = house.signed_press(seat)
            self.pressed.append(signed)
            house.press(seat, signed=signed)
        elif house.state in {CueState.COMMITTED, CueState.ABORTING}:
            house.line.deliver_all()
            house.move(2 * SECOND)
        elif house.state is CueState.FIRED:
            house.move(121 * SECOND)
        else:
            house.open(live)

    # Three times, so that chance leads to the end of a launch often enough.
    @rule(seat=seats, live=st.booleans())
    def it_goes_well(self, seat: str, live: bool) -> None:
        self._go_on(seat, live)

    @rule(seat=seats, live=st.booleans(), dies=dying)
    def it_goes_on(self, seat: str, live: bool, dies: int | None) -> None:
        self._perhaps_dying(dies, lambda: self._go_on(seat, live))

    @rule(seat=seats, dies=dying)
    def it_goes_on_towards_the_real_one(self, seat: str, dies: int | None) -> None:
        self._perhaps_dying(dies, lambda: self._go_on(seat, live=True))

    def _perhaps_dying(self, dies: int | None, act: Callable[[], object]) -> None:
        """Do it; the server dies at its step number `dies`, if it comes that far, and starts again."""
        left = [dies if dies is not None else 1_000]

        def fail(name: str) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Crash(name)

        self.house.failpoint = fail
        try:
            act()
        except Crash:
            self.house.crash()
        self.house.failpoint = lambda name: None

    def _dies_at(self, step: str, seat: str) -> bool:
        """Press; whether the server came to that step, and died of it."""

        def fail(name: str) -> None:
            if name == step:
                raise Crash(name)

        self.house.failpoint = fail
        try:
            self.house.press(seat)
        except Crash:
            return True
        finally:
            self.house.failpoint = lambda name: None
        return False

    @precondition(lambda self: self.house.record.current is not None)
    @rule(ask=st.sampled_from(["hold", "abort"]), dies=dying)
    def stop(self, ask: str, dies: int | None) -> None:
        self._perhaps_dying(dies, self.house.hold if ask == "hold" else self.house.abort)

    @precondition(lambda self: self.house.state is CueState.HOLD)
    @rule(k=st.integers(1, 3))
    def change_the_plan(self, k: int) -> None:
        changed = plan(trigger_seats=tuple(SeatName(seat) for seat in SEATS), k=k)
        self.house.give(PlanCue(id=new_id(), plan=changed))
        self.house.give(PrepareCue(id=new_id(), cue=CUE))

    @precondition(lambda self: self.house.record.current is not None and self.house.attempt.warrant is not None)
    @rule(seat=seats, instead=st.sampled_from([None, MC, CALLER]))
    def press(self, seat: str, instead: object) -> None:
        signed = self.house.signed_press(seat, instead=instead)
        self.pressed.append(signed)
        self.house.press(seat, instead=instead, signed=signed)

    @precondition(lambda self: self.pressed)
    @rule(which=numbers)
    def press_again_what_was_pressed_before(self, which: int) -> None:
        self.house.press("Ghế 1", signed=self.pressed[which % len(self.pressed)])

    @precondition(lambda self: self.house.record.current is not None and self.house.attempt.warrant is not None)
    @rule(seat=seats)
    def an_impostor_presses(self, seat: str) -> None:
        body = read(self.house.signed_press(seat), Press)
        before = len(self.house.line.orders)
        answer = self.house.press(seat, signed=sign(body, key("stranger")))
        assert answer.outcome == "refused"
        assert len(self.house.line.orders) == before

    # ---- the server

    @rule()
    def crash(self) -> None:
        self.house.crash()

    # ---- a holder that is lost, and the two people's word on it

    @precondition(lambda self: self.house.record.current is not None and len(self.put_aside) < 2)
    @rule()
    def the_holders_folder_is_lost(self) -> None:
        self.put_aside.append(self.house.lose_the_holder())

    @precondition(lambda self: self.put_aside)
    @rule()
    def the_lost_folder_is_put_back(self) -> None:
        self.house.bring_the_holder_back(self.put_aside.pop())

    @precondition(lambda self: in_doubt(self.house.record) is not None)
    @rule(second=st.booleans(), dies=dying)
    def somebody_vouches(self, second: bool, dies: int | None) -> None:
        self._perhaps_dying(dies, lambda: self.house.vouch(TECH if second else CALLER))

    @precondition(lambda self: in_doubt(self.house.record) is not None)
    @rule(dies=dying)
    def both_vouch(self, dies: int | None) -> None:
        self.house.engine.unwritable = False
        self.house.vouch(CALLER)
        if in_doubt(self.house.record) is not None:
            self._perhaps_dying(dies, lambda: self.house.vouch(TECH))

    @precondition(lambda self: self.house.state is CueState.ARMED and self.house.attempt.lost is None)
    @rule()
    def the_centre_forgets_what_it_fired(self) -> None:
        """An order is fired while the journal takes nothing, the folder it lay in is lost, and both say it never was.

        The only way for two live orders to reach one device: whether it fires the second is then its own rule alone. So
        an eighth of all runs begin here; chance alone came to a second live order in none of them.
        """
        house = self.house
        house.engine.unwritable = True
        for seat in SEATS:
            self.pressed.append(house.signed_press(seat))
            house.press(seat, signed=self.pressed[-1])
        house.line.deliver_all()
        house.move(6 * SECOND)
        self.put_aside.append(house.lose_the_holder())
        house.engine.unwritable = False
        house.settle()
        house.vouch(CALLER)
        house.vouch(TECH)

    @rule()
    def the_journal_fills_up(self) -> None:
        self.house.engine.unwritable = True

    @rule()
    def the_journal_has_room_again(self) -> None:
        self.house.engine.unwritable = False
        self.house.settle()

    # ---- time and network

    @rule(tenths=st.integers(1, 60))
    def a_moment_passes(self, tenths: int) -> None:
        self.house.move(tenths * SECOND // 10)

    @rule(minutes=st.sampled_from([1, 3, 14, 31]))
    def minutes_pass(self, minutes: int) -> None:
        self.house.move(minutes * MINUTE)

    @precondition(lambda self: self.house.line.waiting)
    @rule(which=numbers, twice=st.booleans())
    def a_message_arrives(self, which: int, twice: bool) -> None:
        self.house.line.deliver(which % len(self.house.line.waiting), keep=twice)

    @rule()
    def all_messages_arrive(self) -> None:
        self.house.line.deliver_all()

    @rule(which=numbers)
    def a_line_breaks_or_comes_back(self, which: int) -> None:
        device = self._device(which)
        device.reachable = not device.reachable
        self.house.line.welcome(device)

    # ---- sites

    @rule(which=numbers, when=st.sampled_from(["", "before the output", "after the output"]))
    def a_site_loses_power(self, which: int, when: str) -> None:
        self._device(which).lose_power_at_its_next_mark = when
        if not when:
            self._device(which).restart(self.house.clock.now())

    @rule(which=numbers)
    def a_receipt_arrives(self, which: int) -> None:
        receipt = self._device(which).receipt(self.house.key) if self.house.record.current else None
        if receipt is not None:
            self.house.give(RecordReceipt(id=derived_id("receipt", digest(receipt)), receipt=receipt), SYSTEM)

    # ---- what must hold at any time

    @invariant()
    def nobody_fires_twice(self) -> None:
        for device in self._devices():
            assert len(device.fired) == len(set(device.fired)), device.fired
            assert sum(fired.live for fired in device.fired) <= 1, device.fired

    @invariant()
    def nobody_fires_what_two_people_did_not_confirm(self) -> None:
        for device in self._devices():
            for fired in device.fired:
                assert self._confirmed(fired) >= {"caller", "tech"}
                assert fired in self.t0

    @invariant()
    def an_attempt_has_one_t0(self) -> None:
        for order in self.house.line.orders if hasattr(self, "house") else ():
            warrant = warrant_of(order)
            attempt = Key(live=warrant.live, cue=warrant.cue, attempt=warrant.attempt)
            assert self.t0.setdefault(attempt, read(order, Order).t0) == read(order, Order).t0
        assert not any(device.conflicts for device in self._devices())

    @invariant()
    def a_cue_has_one_t0_or_the_record_names_the_two_who_were_wrong(self) -> None:
        """Of live orders that were not aborted the last may be the only one, unless two people vouched for the others."""
        if not hasattr(self, "house"):
            return
        aborted = {read(sent, Abort).order_hash for sent in self.house.line.sent if sent not in self.house.line.orders}
        standing = [warrant_of(order) for order in self.house.line.orders if digest(order) not in aborted]
        live = sorted({warrant.attempt for warrant in standing if warrant.live})
        for number in live[:-1]:
            attempt = self.house.record.attempt(number)
            assert attempt is not None
            assert attempt.vouch is not None, f"attempts {live} have a T0 each, and nobody vouched for {number}"
            words = [read(word, VouchWord) for word in read(attempt.vouch.vouch, Vouch).words]
            assert [word.role for word in words] == ["caller", "tech"]
            assert all(word.attempt == number and word.live for word in words)

    @invariant()
    def what_was_vouched_away_is_not_sent_later(self) -> None:
        """A holder that comes back with an order people said was never given must not give it then."""
        for attempt in self.house.record.attempts if hasattr(self, "house") else ():
            if attempt.vouch is None:
                continue
            of = Key(live=attempt.live, cue=CUE, attempt=attempt.attempt)
            sent = [order for order in self.house.line.orders if warrant_of(order).attempt == attempt.attempt]
            assert self.sent_before_the_vouch.setdefault(of, sent) == sent

    @invariant()
    def journal_and_holder_agree(self) -> None:
        if not hasattr(self, "house"):
            return
        for attempt in self.house.record.attempts:
            held = self.house.holder.holding(Key(live=attempt.live, cue=CUE, attempt=attempt.attempt))
            if attempt.order is not None and (held is not None or not self.house.lost_folders):
                assert held is not None
                assert held.order == attempt.order
            if attempt.returned is not None:
                assert held is None or held.order is None
            if attempt.vouch is not None:
                assert attempt.order is None
                assert held is None or held.order is not None or held.returned
                assert attempt.surfaced or held is None or held.order is None or self.house.engine.unwritable
        armed = [attempt for attempt in self.house.record.attempts if attempt.state is CueState.ARMED]
        assert len(armed) <= 1

    # ---- helpers

    def _devices(self) -> list[SiteDevice]:
        return self.house.line.devices if hasattr(self, "house") else []

    def _device(self, which: int) -> SiteDevice:
        devices = self._devices()
        return devices[which % len(devices)]

    def _confirmed(self, fired: Key) -> set[str]:
        """Who the journal says confirmed exactly this."""
        words = [read(c.confirmation, Confirmation) for c in self.house.engine.given if isinstance(c, ConfirmArming)]
        return {word.role for word in words if Key(live=word.live, cue=word.cue, attempt=word.attempt) == fired}

    def _heal(self) -> None:
        """Everything works again: what was committed reaches everybody before `not_after`."""
        house = self.house
        house.engine.unwritable = False
        house.crash()
        house.line.deliver_all()
        for device in house.line.devices:
            device.reachable = True
            house.line.welcome(device)
        self._check_nothing_is_lost()
        house.move(6 * SECOND)
        self.nobody_fires_twice()
        self.nobody_fires_what_two_people_did_not_confirm()
        self.an_attempt_has_one_t0()
        self.journal_and_holder_agree()
        event(
            f"ended {house.state.value}, {len(house.line.orders)} orders, {max(len(d.fired) for d in house.line.devices)} fired"
        )

    def _check_nothing_is_lost(self) -> None:
        house = self.house
        for order in house.holder.standing(house.clock.now()).orders:
            attempt = house.record.attempt(warrant_of(order).attempt)
            assert order in house.line.orders or (attempt is not None and attempt.vouch is not None)
        if house.record.current is None:
            return
        held = house.holder.holding(house.key)
        if held is not None and held.order is not None and house.attempt.vouch is None:
            assert house.attempt.order == held.order
            for device in house.line.devices:
                slot = device.memory.slot(house.key)
                assert slot is not None or house.clock.now() > read(held.order, Order).not_after
                assert slot is None or slot.order_hash == digest(held.order)


# Explaining a failure plays it hundreds of times more.
LaunchMachine.TestCase.settings = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
TestLaunchMachine = pytest.mark.timeout(600)(LaunchMachine.TestCase)
