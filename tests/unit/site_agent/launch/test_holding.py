"""What the holder decides about one press, an abort, a return."""

import pytest

from site_agent.launch import holding as rules
from site_agent.launch.holding import Holding, PressKind
from site_agent.launch.objects import Trigger
from site_agent.launch.orders import verify_order
from site_agent.launch.signed import digest, sign
from site_agent.units import MINUTE, SECOND, Instant
from tests.support import launch_kit as kit

NOW = Instant(kit.OPENS + MINUTE)


def holding(**changes) -> Holding:
    signed = kit.warrant(**changes)
    return Holding(signed=signed, warrant=kit.warrant_body(**changes), warrant_hash=digest(signed))


def press(held: Holding, seat: str, at: int = NOW, **how):
    return kit.press(held.signed, seat, at, **how)


def test_the_kth_distinct_seat_fixes_t0():
    held = holding(k=2)
    first = rules.judge_press(held, press(held, "Ghế 3"), NOW)
    assert (first.kind, first.seat, first.t0) == (PressKind.COUNTED, "Ghế 3", None)
    held = Holding(held.signed, held.warrant, held.warrant_hash, counted=first.presses)
    again = rules.judge_press(held, press(held, "Ghế 3", NOW + 5), NOW)
    assert again.kind is PressKind.DUPLICATE
    second = rules.judge_press(held, press(held, "Ghế 1"), Instant(NOW + SECOND))
    assert second.t0 == NOW + SECOND + kit.LEAD
    order = sign(rules.order_body(held, second), kit.commit_key())
    assert verify_order(order, kit.PINNED.live_key, kit.PINNED.rehearsal_key).t0 == second.t0


def test_a_pad_lights_and_never_counts():
    held = holding()
    decision = rules.judge_press(held, press(held, "Ghế 9"), NOW)
    assert (decision.kind, decision.t0) == (PressKind.PAD, None)


def test_in_a_countdown_the_leaders_pads_never_count():
    held = holding(
        trigger=Trigger.COUNTDOWN,
        trigger_seats=kit.seat_keys("mc-1"),
        pad_seats=kit.seat_keys(*kit.SEATS),
        substitutes=kit.warrant_body().substitutes[1:],
    )
    for seat in kit.SEATS:
        assert rules.judge_press(held, press(held, seat), NOW).kind is PressKind.PAD
    assert rules.judge_press(held, press(held, "mc-1"), NOW).t0 is not None


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (kit.OPENS - 1, "window_not_open"),
        (kit.ENDS - 5 * SECOND, "window_over"),
        (kit.ENDS + MINUTE, "window_over"),
    ],
)
def test_outside_the_window_less_its_last_5_s_nothing_counts(at, code):
    held = holding()
    decision = rules.judge_press(held, press(held, "Ghế 1", at), Instant(at))
    assert (decision.kind, decision.code) == (PressKind.REFUSED, code)
    assert decision.detail


@pytest.mark.parametrize("at", [kit.OPENS, kit.ENDS - 5 * SECOND - 1])
def test_at_the_edges_of_the_window_a_press_counts_and_its_order_verifies(at):
    held = holding()
    decision = rules.judge_press(held, press(held, "Ghế 1", at), Instant(at))
    assert decision.kind is PressKind.COUNTED
    verify_order(sign(rules.order_body(held, decision), kit.commit_key()), kit.PINNED.live_key, kit.PINNED.rehearsal_key)


@pytest.mark.parametrize("skew", [-15 * SECOND, 15 * SECOND])
def test_a_press_within_15_s_of_now_counts_and_its_order_verifies(skew):
    held = holding()
    decision = rules.judge_press(held, press(held, "Ghế 1", NOW + skew), NOW)
    assert decision.kind is PressKind.COUNTED
    verify_order(sign(rules.order_body(held, decision), kit.commit_key()), kit.PINNED.live_key, kit.PINNED.rehearsal_key)


@pytest.mark.parametrize("skew", [-15 * SECOND - 1, 15 * SECOND + 1])
def test_a_press_that_lay_in_a_buffer_or_comes_from_the_future_is_refused(skew):
    held = holding()
    decision = rules.judge_press(held, press(held, "Ghế 1", NOW + skew), NOW)
    assert (decision.kind, decision.code) == (PressKind.REFUSED, "press_stale")


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"seat": "Ghế 1", "by_key": "stranger"}, "press_signature"),
        ({"seat": "Ghế 1", "by_key": "Ghế 2"}, "press_signature"),
        ({"seat": "Ghế 1", "substitute": "stranger"}, "press_signature"),
        ({"seat": "Ghế 8"}, "press_seat"),
        ({"seat": "Ghế 9", "substitute": "mc-1"}, "press_seat"),
    ],
)
def test_an_impostors_press_is_refused_in_words(how, code):
    held = holding()
    decision = rules.judge_press(held, press(held, **how), NOW)
    assert (decision.kind, decision.code) == (PressKind.REFUSED, code)
    assert decision.detail


def test_a_press_of_another_warrant_or_of_nothing_is_refused():
    held, other = holding(), holding(term=7)
    assert rules.judge_press(held, press(other, "Ghế 1"), NOW).code == "press_warrant"
    assert rules.judge_press(held, held.signed, NOW).code == "malformed"


def test_a_returned_warrant_takes_no_press():
    held = holding()
    gone = Holding(held.signed, held.warrant, held.warrant_hash, returned=True)
    assert rules.judge_press(gone, press(held, "Ghế 1"), NOW).code == "returned"


def test_an_abort_is_possible_until_the_guard_before_t0():
    held = holding()
    t0 = Instant(NOW + kit.LEAD)
    assert not rules.may_abort(held, NOW)
    committed = Holding(held.signed, held.warrant, held.warrant_hash, order=held.signed, order_hash=digest(held.signed), t0=t0)
    assert rules.may_abort(committed, Instant(t0 - SECOND - 1))
    assert not rules.may_abort(committed, Instant(t0 - SECOND))
    assert not rules.may_return(committed)
    assert rules.may_return(held)


def test_there_is_no_order_without_a_quorum_and_no_abort_without_an_order():
    held = holding(k=2)
    with pytest.raises(ValueError, match="quorum"):
        rules.order_body(held, rules.judge_press(held, press(held, "Ghế 1"), NOW))
    with pytest.raises(ValueError, match="order"):
        rules.abort_body(held, NOW)
