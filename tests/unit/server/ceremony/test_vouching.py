"""A lost holder: two people's word frees the cue, one's does not, and nothing that speaks against it is forgotten."""

from pathlib import Path

import pytest

from server.ceremony.cue import CueState, RecordHolderLost, RecordReceipt, RecordVouch, VouchForWarrant, in_doubt
from server.ceremony.rules import SYSTEM, Role
from server.engine.answers import Answer
from server.engine.ids import new_id
from site_agent.launch.objects import Press, Vouch, Warrant
from site_agent.launch.signed import digest, read, sign
from site_agent.units import MINUTE, SECOND
from tests.support import launch_kit as kit
from tests.support.launch_house import CALLER, LEAD, MC, TECH, LaunchHouse, fast_folder
from tests.support.launch_kit import key


@pytest.fixture
def house():
    with fast_folder() as folder, LaunchHouse(Path(folder)) as made:
        yield made


def code(answer: Answer) -> str:
    return answer.problem.code if answer.problem else ""


def test_two_people_vouch_for_a_lost_holder_and_the_next_attempt_can_be_armed(house: LaunchHouse):
    house.arm()
    house.lose_the_holder()
    assert house.attempt.lost is not None
    assert house.vouch(CALLER).outcome == "accepted"
    assert house.state is CueState.ARMED
    assert house.vouch(TECH).outcome == "accepted"
    assert house.state is CueState.EXPIRED
    house.arm()
    warrant = read(house.attempt.warrant, Warrant)
    assert warrant.attempt == 2
    assert warrant.ended is not None
    assert read(warrant.ended, Vouch).warrant_hash == digest(house.record.attempts[0].warrant)
    house.press("Ghế 1")
    house.line.deliver_all()
    house.move(LEAD)
    assert [len(device.fired) for device in house.line.devices] == [1, 1]


def test_nothing_is_vouched_for_while_the_holder_answers(house: LaunchHouse):
    house.arm()
    assert code(house.vouch(CALLER)) == "nothing_to_vouch"
    house.move(31 * MINUTE)
    assert house.state is CueState.EXPIRED
    assert code(house.vouch(CALLER)) == "wrong_state"


def test_one_person_alone_frees_nothing(house: LaunchHouse):
    house.arm()
    house.lose_the_holder()
    house.vouch(TECH)
    assert code(house.vouch(TECH)) == "already_vouched"
    house.move(31 * MINUTE)
    assert house.state is CueState.ARMED
    assert house.attempt.vouch is None


def test_those_who_do_not_arm_cannot_vouch(house: LaunchHouse):
    house.arm()
    house.lose_the_holder()
    assert code(house.vouch(MC)) == "forbidden"


def test_a_word_signed_by_somebody_elses_device_is_refused(house: LaunchHouse):
    house.arm()
    house.lose_the_holder()
    word = kit.vouch_word("caller", "tech-1", house.attempt.warrant)
    given = VouchForWarrant(id=new_id(), cue=house.key.cue, attempt=house.key.attempt, word=word)
    assert code(house.give(given, CALLER)) == "not_your_device"


def test_a_confirmation_of_arming_is_no_word_on_a_holder(house: LaunchHouse):
    house.arm()
    house.lose_the_holder()
    confirmation = house.attempt.confirmations[Role.CALLER].confirmation
    given = VouchForWarrant(id=new_id(), cue=house.key.cue, attempt=house.key.attempt, word=confirmation)
    assert code(house.give(given, CALLER)) == "bad_object"


def test_a_word_on_another_warrant_is_refused(house: LaunchHouse):
    house.arm()
    house.lose_the_holder()
    other = kit.warrant(cue=house.key.cue)
    assert code(house.vouch(CALLER, warrant=other)) == "bad_object"


def test_a_vouch_the_signer_did_not_sign_is_refused(house: LaunchHouse):
    house.arm()
    house.lose_the_holder()
    house.vouch(CALLER)
    forged = kit.vouch(house.attempt.warrant, signer=key("tech-1"))
    assert code(house.give(RecordVouch(id=new_id(), vouch=forged), SYSTEM)) == "not_vouched"


def test_a_warrant_that_was_issued_and_never_held_can_be_vouched_for(house: LaunchHouse):
    """The server died between journalling the warrant and the hold; its holder's folder did not come back."""
    house.open()
    house.confirm(CALLER)

    def dies(name: str) -> None:
        if name == "offer.begin":
            raise RuntimeError(name)

    house.failpoint = dies
    with pytest.raises(RuntimeError):
        house.confirm(TECH)
    house.lose_the_holder()
    assert house.state is CueState.POLLING
    assert house.attempt.lost is not None
    house.vouch(CALLER)
    house.vouch(TECH)
    assert house.state is CueState.EXPIRED
    house.arm()


def test_a_warrant_the_journal_never_heard_of_can_be_vouched_for(house: LaunchHouse):
    """The signer issued it, the server died before it was journalled, and the commit key went with the holder's folder."""
    house.open()
    house.confirm(CALLER)

    def dies(name: str) -> None:
        if name == "issue.issued":
            raise RuntimeError(name)

    house.failpoint = dies
    with pytest.raises(RuntimeError):
        house.confirm(TECH)
    assert house.attempt.warrant is None
    house.lose_the_holder()
    assert house.attempt.lost is not None
    assert house.attempt.refused_detail
    house.vouch(CALLER)
    house.vouch(TECH)
    assert house.state is CueState.EXPIRED
    house.arm()
    assert read(house.attempt.warrant, Warrant).term == 2


def test_a_rehearsal_that_fired_needs_no_word_though_the_holder_was_lost_afterwards(house: LaunchHouse):
    """The journal remembers the order that ended it."""
    house.arm(live=False)
    house.press("Ghế 1")
    house.move(LEAD + 121 * SECOND)
    assert house.state is CueState.VERIFIED
    house.lose_the_holder()
    house.arm(live=True)
    assert in_doubt(house.record) is None


def test_a_holder_that_comes_back_before_the_second_word_takes_presses_again(house: LaunchHouse):
    house.arm()
    gone = house.lose_the_holder()
    house.vouch(CALLER)
    house.bring_the_holder_back(gone)
    assert house.attempt.lost is None
    assert house.attempt.vouching == {}
    assert code(house.vouch(TECH)) == "nothing_to_vouch"
    assert house.press("Ghế 1").outcome == "accepted"
    assert house.state is CueState.COMMITTED


def test_a_holder_that_comes_back_after_the_word_is_barred(house: LaunchHouse):
    house.arm()
    gone = house.lose_the_holder()
    old = house.signed_press("Ghế 1")
    house.vouch(CALLER)
    house.vouch(TECH)
    house.bring_the_holder_back(gone)
    body = read(old, Press)
    fresh = sign(Press(body.warrant_hash, body.seat, body.substitute_for, house.clock.now()), key("Ghế 1"))
    assert code(house.press("Ghế 1", signed=fresh)) == "returned"
    assert house.line.orders == []


def test_a_false_word_is_recorded_when_the_holder_comes_back_with_an_order(house: LaunchHouse):
    """It was pressed; the server died before anyone heard, and people said it had not fired."""
    house.arm()
    house.failpoint = lambda name: (_ for _ in ()).throw(RuntimeError(name)) if name == "press.committed" else None
    with pytest.raises(RuntimeError):
        house.press("Ghế 1")
    gone = house.lose_the_holder()
    house.vouch(CALLER)
    house.vouch(TECH)
    house.bring_the_holder_back(gone)
    assert house.line.orders == [], "an order people vouched away must not be sent by a start"
    (surfaced,) = house.record.attempts[0].surfaced
    assert surfaced.device is None
    house.settle()
    assert len(house.record.attempts[0].surfaced) == 1


def test_a_false_word_is_recorded_when_a_site_tells_of_the_order(house: LaunchHouse):
    """The order had left; then server and holder were lost before the journal knew."""
    house.arm()
    house.engine.unwritable = True
    house.press("Ghế 1")
    house.line.deliver_all()
    house.move(LEAD)
    lost_key = house.key
    house.lose_the_holder()
    house.engine.unwritable = False
    house.settle()
    house.vouch(CALLER)
    house.vouch(TECH)
    assert house.state is CueState.EXPIRED
    receipt = house.line.devices[0].receipt(lost_key)
    told = RecordReceipt(id=new_id(), receipt=receipt)
    assert house.give(told, SYSTEM).outcome == "accepted"
    (surfaced,) = house.record.attempts[0].surfaced
    assert surfaced.outcome == "fired"
    assert code(house.give(RecordReceipt(id=new_id(), receipt=receipt), SYSTEM)) == "receipt_known"
    house.arm()
    house.press("Ghế 1")
    house.line.deliver_all()
    house.move(LEAD)
    assert [len(device.fired) for device in house.line.devices] == [1, 1], "who fired live does not fire again"


def test_a_holder_whose_disk_fails_is_vouched_for_once_its_window_is_over(house: LaunchHouse):
    house.arm()

    def broken(signed):
        raise OSError("disk")

    house.holder.give_back = broken
    house.move(31 * MINUTE)
    assert house.state is CueState.ARMED
    doubted = in_doubt(house.record)
    assert doubted is not None
    assert doubted.lost is None
    house.vouch(CALLER)
    house.vouch(TECH)
    assert house.state is CueState.EXPIRED


def test_words_the_signer_refuses_are_void_and_can_be_given_again(house: LaunchHouse):
    house.arm()
    house.lose_the_holder()
    house.signer.trusted.distrust(key("tech-1").id)
    house.vouch(CALLER)
    house.vouch(TECH)
    assert house.state is CueState.ARMED
    assert house.attempt.vouching == {}
    assert "tin cậy" in house.attempt.vouch_refused
    house.signer.trusted.trust(key("tech-1").id, key("tech-1").public, "tech", "tech-1", house.clock.now())
    house.vouch(CALLER)
    house.vouch(TECH)
    assert house.state is CueState.EXPIRED


def test_nobody_can_say_that_a_holder_is_lost_twice(house: LaunchHouse):
    house.arm()
    house.lose_the_holder()
    again = RecordHolderLost(id=new_id(), warrant=house.attempt.warrant)
    assert code(house.give(again, SYSTEM)) == "nothing_new"
