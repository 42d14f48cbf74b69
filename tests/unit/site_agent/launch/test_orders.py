"""No bit of an order can be changed, and nobody who holds one link of the chain can make the next."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from site_agent.launch.objects import Confirmation, Held, Hello, Order, Press, Receipt, Return, Warrant
from site_agent.launch.orders import verify_abort, verify_order, verify_press
from site_agent.launch.signed import BadSignature, Signed, decode_bytes, digest, encode_bytes, sign, verify
from site_agent.launch.warrants import Invalid, Pinned, contradiction, verify_ended, verify_held, verify_return, verify_warrant
from site_agent.units import MINUTE, CeremonyId, Instant
from tests.support import launch_kit as kit

LIVE, REHEARSAL = kit.PINNED.live_key, kit.PINNED.rehearsal_key
WARRANT = kit.warrant()
ORDER = kit.order(WARRANT)
BODY = decode_bytes(ORDER.body)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.integers(0, len(BODY) * 8 - 1))
def test_an_order_with_any_bit_of_its_body_changed_is_refused(bit: int):
    changed = bytearray(BODY)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Invalid):
        verify_order(msgspec.structs.replace(ORDER, body=encode_bytes(bytes(changed))), LIVE, REHEARSAL)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.integers(0, 511))
def test_an_order_with_any_bit_of_its_signature_changed_is_refused(bit: int):
    changed = bytearray(decode_bytes(ORDER.sig))
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Invalid):
        verify_order(msgspec.structs.replace(ORDER, sig=encode_bytes(bytes(changed))), LIVE, REHEARSAL)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=90))
def test_noise_is_refused_and_nothing_else_happens(body: str, key: str, sig: str):
    noise = Signed(body=body, key=key, sig=sig)
    for check in (
        lambda: verify_order(noise, LIVE, REHEARSAL),
        lambda: verify_warrant(noise, LIVE, REHEARSAL),
        lambda: verify_press(noise, kit.warrant_body(), digest(WARRANT)),
        lambda: verify_abort(noise, verify_order(ORDER, LIVE, REHEARSAL)),
        lambda: verify_ended(noise, WARRANT, LIVE, REHEARSAL),
    ):
        with pytest.raises(Invalid):
            check()


@pytest.mark.parametrize("other", [Press, Held, Return, Confirmation, Hello, Receipt, Warrant])
def test_a_body_of_another_type_never_passes_for_an_order(other):
    with pytest.raises(BadSignature):
        verify(ORDER, other, kit.commit_key().public)


def test_one_key_for_both_kinds_is_refused():
    with pytest.raises(Invalid, match="same"):
        verify_order(ORDER, LIVE, LIVE)


def test_an_order_of_another_ceremony_is_refused_only_where_the_ceremony_is_known():
    other = kit.order(kit.warrant(ceremony_id=CeremonyId("thanh-hoa-2025")))
    assert verify_order(other, LIVE, REHEARSAL).ceremony_id == "thanh-hoa-2025"
    with pytest.raises(Invalid, match="ceremony"):
        verify_order(other, LIVE, REHEARSAL, kit.CEREMONY)


def test_whoever_holds_the_commit_key_cannot_widen_the_warrant():
    wider = sign(kit.warrant_body(k=1, trigger_seats=kit.seat_keys("Ghế 1", "stranger")), kit.commit_key())
    with pytest.raises(Invalid) as raised:
        verify_order(kit.order(wider), LIVE, REHEARSAL)
    assert raised.value.code == "warrant_signature"


def test_whoever_holds_a_seat_cannot_make_an_order():
    for name in (*kit.SEATS, "mc-1", "caller-1", "stranger"):
        with pytest.raises(Invalid) as raised:
            verify_order(kit.order(WARRANT, signer=kit.key(name)), LIVE, REHEARSAL)
        assert raised.value.code == "commit_signature"


def test_a_substitute_may_complete_a_quorum_for_several_seats():
    warrant = kit.warrant(k=2)
    at = kit.OPENS + 10 * MINUTE
    presses = (kit.press(warrant, "Ghế 1", at, substitute="mc-1"), kit.press(warrant, "Ghế 2", at, substitute="mc-1"))
    order = verify_order(kit.order(warrant, presses), LIVE, REHEARSAL)
    assert [(press.seat, press.by, press.substituted) for press in order.presses] == [
        ("Ghế 1", "mc-1", True),
        ("Ghế 2", "mc-1", True),
    ]


def test_the_committed_instant_is_t0_less_the_lead():
    order = verify_order(ORDER, LIVE, REHEARSAL)
    assert order.committed_at == kit.OPENS + 10 * MINUTE
    assert order.t0 == order.committed_at + kit.LEAD


def test_the_terms_of_the_kit_hold_together():
    assert contradiction(kit.warrant_body()) == ""
    assert contradiction(kit.warrant_body(term=0)) != ""


def test_a_held_or_returned_of_another_warrant_is_refused():
    other = kit.warrant(term=9)
    body, name = kit.warrant_body(), digest(WARRANT)
    assert verify_held(kit.held(WARRANT), body, name).warrant_hash == name
    assert verify_return(kit.returned(WARRANT), body, name).warrant_hash == name
    for check, signed in ((verify_held, kit.held(other)), (verify_return, kit.returned(other))):
        with pytest.raises(Invalid) as raised:
            check(signed, body, name)
        assert raised.value.code == "other"
    for check, signed in (
        (verify_held, kit.held(WARRANT, signer=kit.key("live"))),
        (verify_return, kit.returned(WARRANT, signer=kit.key("live"))),
        (verify_return, kit.held(WARRANT)),
    ):
        with pytest.raises(Invalid):
            check(signed, body, name)


def test_any_abort_of_the_warrant_ends_it_where_the_order_is_not_known():
    assert verify_ended(kit.abort(ORDER), WARRANT, LIVE, REHEARSAL)
    other = kit.order(WARRANT, t0=Instant(kit.OPENS + 9 * MINUTE))
    with pytest.raises(Invalid):
        verify_ended(kit.abort(other), WARRANT, LIVE, REHEARSAL, digest(ORDER))


def test_pinned_is_what_a_device_believes():
    assert Pinned(kit.CEREMONY, LIVE, REHEARSAL) == kit.PINNED
    assert verify_order(ORDER, LIVE, REHEARSAL).body == msgspec.json.decode(BODY, type=Order)


def test_an_order_that_held_is_checked_once_and_stays_refused_under_other_keys_or_another_ceremony():
    held = verify_order(ORDER, LIVE, REHEARSAL, kit.CEREMONY)
    assert verify_order(msgspec.structs.replace(ORDER), LIVE, REHEARSAL, kit.CEREMONY) is held
    for keys in ((REHEARSAL, LIVE), (kit.commit_key().public, REHEARSAL)):
        with pytest.raises(Invalid):
            verify_order(ORDER, *keys, kit.CEREMONY)
    with pytest.raises(Invalid):
        verify_order(ORDER, LIVE, REHEARSAL, CeremonyId("le-khac"))
