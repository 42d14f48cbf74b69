"""The rules of the cue, one by one: plans, go/no-go, confirmations, objects that lie, receipts."""

from pathlib import Path

import msgspec
import pytest

from server.ceremony.cue import (
    ConfirmArming,
    CueState,
    OpenPolling,
    PlanCue,
    PrepareCue,
    RecordAbort,
    RecordHeld,
    RecordPress,
    RecordReadiness,
    RecordReceipt,
    RecordReturn,
    RecordWarrant,
    WaiveSite,
    canonical,
    plan_hash,
)
from server.ceremony.link_health import Grade, GradeChange, RecordGrades, SuspectSelf
from server.ceremony.rules import SYSTEM, Command, Principal, Role
from server.engine.answers import Answer
from server.engine.ids import new_id
from site_agent.launch.objects import Asset, Confirmation, FireOutcome, LatePolicy, Receipt, Trigger, Warrant
from site_agent.launch.signed import Signed, read, sign
from site_agent.units import MINUTE, SECOND, Attempt, CueId, DeviceId, Duration, SeatName
from tests.support import launch_kit as kit
from tests.support.houses import CUE, ROOT, plan
from tests.support.launch_house import CALLER, LEAD, MC, TECH, LaunchHouse, fast_folder
from tests.support.launch_kit import confirmation, key


@pytest.fixture
def house():
    with fast_folder() as folder, LaunchHouse(Path(folder)) as made:
        yield made


def code(answer: Answer) -> str:
    assert answer.problem is not None, "accepted"
    assert answer.problem.detail
    return answer.problem.code


# ---- plans


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("trigger_seats", ()),
        ("trigger_seats", (SeatName("Ghế 1"), SeatName(" "))),
        ("k", 0),
        ("k", 3),
        ("hold", Duration(11 * SECOND)),
        ("pad_seats", (SeatName("Ghế 1"),)),
        ("substitutes", (Role.TECH,)),
        ("lead", Duration(3 * SECOND)),
        ("lead", Duration(61 * SECOND)),
        ("window", Duration(30 * SECOND)),
        ("window", Duration(3 * 60 * MINUTE)),
        ("late_policy", LatePolicy(fire_within=Duration(-1))),
        ("not_after", Duration(SECOND)),
        ("assets", (Asset(name="clip", sha256="abc", bytes=3),)),
    ],
)
def test_an_incomplete_plan_is_not_prepared_and_says_what_is_missing(house: LaunchHouse, field: str, value: object):
    house.give(PlanCue(id=new_id(), plan=plan(**{field: value})))
    answer = house.give(PrepareCue(id=new_id(), cue=CUE))
    assert code(answer) == "plan_incomplete"


def test_a_countdown_has_one_trigger_seat(house: LaunchHouse):
    house.give(PlanCue(id=new_id(), plan=plan(trigger=Trigger.COUNTDOWN)))
    assert code(house.give(PrepareCue(id=new_id(), cue=CUE))) == "plan_incomplete"


@pytest.mark.parametrize("cue", ["", "phát-động", "a/b", "a\r\nX: y", "a\0b", "-a", "a" * 61])
def test_a_cue_is_named_so_that_every_output_can_be_told_of_it(house: LaunchHouse, cue: str):
    assert code(house.give(PlanCue(id=new_id(), plan=plan(cue=CueId(cue))))) == "bad_plan"


def test_the_hash_of_a_plan_is_of_its_canonical_json():
    made = plan()
    assert canonical(made).startswith(b'{"assets":[],"ceremony_id":')
    assert "Phát động".encode() in canonical(made)
    assert plan_hash(made) == plan_hash(plan())
    assert plan_hash(made) != plan_hash(plan(k=2))


def test_the_same_plan_again_changes_nothing_and_another_has_to_be_prepared_again(house: LaunchHouse):
    house.give(PlanCue(id=new_id(), plan=house.record.plan))
    assert house.state is CueState.PREPARED
    house.give(PlanCue(id=new_id(), plan=plan(title="Khác")))
    assert house.state is CueState.DRAFT


def test_a_plan_of_another_ceremony_is_refused(house: LaunchHouse):
    assert code(house.give(PlanCue(id=new_id(), plan=plan(ceremony_id="thanh-hoa-2025")))) == "bad_plan"


def test_a_plan_cannot_be_changed_while_armed(house: LaunchHouse):
    house.arm()
    assert code(house.give(PlanCue(id=new_id(), plan=plan(k=2)))) == "wrong_state"


def test_the_mc_cannot_open_the_go_no_go(house: LaunchHouse):
    assert code(house.give(OpenPolling(id=new_id(), cue=CUE, live=True), by=MC)) == "forbidden"


# ---- go/no-go


def test_a_required_site_that_is_not_ready_gates_and_a_named_person_may_waive_it(house: LaunchHouse):
    house.give(OpenPolling(id=new_id(), cue=CUE, live=True))
    answer = house.confirm(CALLER)
    assert code(answer) == "no_go"
    for named, reason in (("", "vì"), ("Trưởng ban", " ")):
        waive = WaiveSite(id=new_id(), cue=CUE, attempt=Attempt(1), site=ROOT, named=named, reason=reason)
        assert code(house.give(waive)) == "waiver_unnamed"
    waive = WaiveSite(id=new_id(), cue=CUE, attempt=Attempt(1), site=ROOT, named="Trưởng ban tổ chức", reason="Đã gọi")
    assert house.give(waive, by=TECH).outcome == "accepted"
    assert house.confirm(CALLER).outcome == "accepted"


def test_a_site_that_is_not_required_cannot_be_waived_and_never_gates(house: LaunchHouse):
    house.open()
    other = next(code for code in house.engine.state.roster.sites if code != ROOT)
    waive = WaiveSite(id=new_id(), cue=CUE, attempt=Attempt(1), site=other, named="Trưởng ban", reason="vì")
    assert code(house.give(waive)) == "not_required"
    readiness = RecordReadiness(id=new_id(), cue=CUE, attempt=Attempt(1), ready={other: False}, reasons={})
    house.give(readiness, SYSTEM)
    assert house.attempt.ready == {ROOT: True}


def test_while_the_centre_suspects_itself_arming_waits_for_a_named_person(house: LaunchHouse):
    house.open()
    house.give(SuspectSelf(id=new_id(), suspect=True, stale=3, connected_before=4), SYSTEM)
    assert code(house.confirm(CALLER)) == "no_go"
    house.give(WaiveSite(id=new_id(), cue=CUE, attempt=Attempt(1), site=None, named="Trưởng ban", reason="đã kiểm tra"))
    assert house.confirm(CALLER).outcome == "accepted"


def test_a_waiver_is_of_one_attempt(house: LaunchHouse):
    house.give(OpenPolling(id=new_id(), cue=CUE, live=True))
    house.give(WaiveSite(id=new_id(), cue=CUE, attempt=Attempt(1), site=ROOT, named="Trưởng ban", reason="vì"))
    house.confirm(CALLER)
    house.hold()
    house.give(OpenPolling(id=new_id(), cue=CUE, live=True))
    assert house.attempt.attempt == 2
    assert code(house.confirm(CALLER)) == "no_go"


# ---- confirmations


def word(house: LaunchHouse, role: str, name: str, **changes: object) -> Command:
    fields = {"plan_hash": house.record.plan_hash, "cue": CUE, "attempt": house.attempt.attempt, "live": house.attempt.live}
    signed = confirmation(role, name, **{**fields, **changes})
    return ConfirmArming(id=new_id(), cue=CUE, attempt=house.attempt.attempt, confirmation=signed)


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("stranger", {}, "not_your_device"),
        ("tech-1", {}, "not_your_device"),
        ("caller-1", {"plan_hash": "ab" * 32}, "bad_object"),
        ("caller-1", {"live": False}, "bad_object"),
        ("caller-1", {"attempt": 2}, "bad_object"),
        ("caller-1", {"role": "tech"}, "bad_object"),
    ],
)
def test_a_word_that_is_not_the_callers_own_for_this_very_plan_is_refused(house: LaunchHouse, name, changes, expected):
    house.open()
    assert code(house.give(word(house, changes.pop("role", "caller"), name, **changes), by=CALLER)) == expected


def test_a_forged_signature_is_refused(house: LaunchHouse):
    house.open()
    good = word(house, "caller", "caller-1")
    forged = sign(read(good.confirmation, Confirmation), key("stranger"))
    lied = msgspec.structs.replace(good, confirmation=Signed(forged.body, key("caller-1").id, forged.sig))
    assert code(house.give(lied, by=CALLER)) == "bad_object"


def test_a_session_of_one_device_cannot_bring_the_word_of_another(house: LaunchHouse):
    house.open()
    by = msgspec.structs.replace(CALLER, device=DeviceId("another"))
    assert code(house.give(word(house, "caller", "caller-1"), by=by)) == "not_your_device"


def test_one_person_cannot_confirm_twice(house: LaunchHouse):
    house.open()
    house.confirm(CALLER)
    assert code(house.confirm(CALLER)) == "already_confirmed"
    assert house.state is CueState.POLLING


def test_a_seat_without_a_device_stops_the_arming(house: LaunchHouse):
    house.give(PlanCue(id=new_id(), plan=plan(trigger_seats=(SeatName("Ghế 7"),))))
    house.give(PrepareCue(id=new_id(), cue=CUE))
    house.open()
    assert code(house.confirm(CALLER)) == "seat_without_device"


def test_a_hold_after_a_word_begins_a_new_attempt_so_that_no_word_serves_twice(house: LaunchHouse):
    house.open()
    house.hold()
    house.open()
    assert house.attempt.attempt == 1
    house.confirm(CALLER)
    house.hold()
    house.open()
    assert house.attempt.attempt == 2
    assert house.attempt.confirmations == {}


def test_going_on_with_a_rehearsal_as_the_real_one_begins_a_new_attempt(house: LaunchHouse):
    house.open(live=False)
    house.hold()
    house.open(live=True)
    assert (house.attempt.attempt, house.attempt.live) == (2, True)


# ---- objects that lie


def test_a_warrant_for_other_devices_than_the_enrolled_ones_is_refused(house: LaunchHouse):
    house.arm()
    assert house.attempt.warrant is not None
    good = read(house.attempt.warrant, Warrant)
    house.hold()
    house.open()
    house.run(house.engine.submit(word(house, "caller", "caller-1"), CALLER))
    house.run(house.engine.submit(word(house, "tech", "tech-1"), TECH))
    stranger = msgspec.structs.replace(good.trigger_seats[0], key=key("stranger").public)
    base = msgspec.structs.replace(good, attempt=Attempt(2), term=2)
    lies = {
        "unknown_seat_device": msgspec.structs.replace(base, trigger_seats=(stranger, *good.trigger_seats[1:])),
        "old_term": msgspec.structs.replace(base, term=1),
        "other_plan": msgspec.structs.replace(base, k=2),
        "other_attempt": msgspec.structs.replace(base, attempt=Attempt(3)),
    }
    for expected, lie in lies.items():
        signed = sign(lie, house.signer._live)
        answer = house.run(house.engine.submit(RecordWarrant(id=new_id(), warrant=signed), SYSTEM))
        assert code(answer) == expected
    forged = sign(base, key("stranger"))
    assert code(house.run(house.engine.submit(RecordWarrant(id=new_id(), warrant=forged), SYSTEM))) == "bad_object"


def test_held_return_press_and_abort_by_a_stranger_are_refused(house: LaunchHouse):
    house.arm()
    warrant = house.attempt.warrant
    assert warrant is not None
    stranger = key("stranger")
    assert code(house.give(RecordReturn(id=new_id(), returned=kit.returned(warrant, signer=stranger)), SYSTEM)) == "bad_object"
    assert code(house.give(RecordHeld(id=new_id(), held=kit.held(warrant, signer=stranger)), SYSTEM)) == "wrong_state"
    forged = sign(read(house.signed_press("Ghế 1"), kit.Press), stranger)
    assert code(house.give(RecordPress(id=new_id(), press=forged, counted=True), SYSTEM)) == "bad_object"
    house.press("Ghế 1")
    assert house.attempt.order is not None
    abort = kit.abort(house.attempt.order, signer=stranger)
    assert code(house.give(RecordAbort(id=new_id(), cue=CUE, attempt=Attempt(1), abort=abort), SYSTEM)) == "bad_object"
    assert house.state is CueState.COMMITTED


def test_a_press_of_a_pad_is_never_recorded_as_counted(house: LaunchHouse):
    with fast_folder() as folder:
        changes = {"trigger_seats": (SeatName("Ghế 1"),), "pad_seats": (SeatName("Ghế 2"),)}
        with LaunchHouse(Path(folder), **changes) as other:
            other.arm()
            other.give(RecordPress(id=new_id(), press=other.signed_press("Ghế 2"), counted=True), SYSTEM)
            assert other.attempt.presses["Ghế 2"].counted is False


# ---- receipts


def fired(house: LaunchHouse) -> None:
    house.arm()
    house.press("Ghế 1")
    house.line.deliver_all()
    house.move(LEAD)
    assert house.state is CueState.FIRED


def give_receipt(house: LaunchHouse, receipt: Signed) -> Answer:
    return house.give(RecordReceipt(id=new_id(), receipt=receipt), SYSTEM)


def test_a_receipt_counts_once(house: LaunchHouse):
    fired(house)
    receipt = house.line.devices[0].receipt(house.key)
    assert receipt is not None
    assert give_receipt(house, receipt).outcome == "accepted"
    assert code(give_receipt(house, receipt)) == "receipt_known"
    assert [recorded.outcome for recorded in house.attempt.receipts.values()] == ["fired"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"device": DeviceId("unknown")}, "unknown_device"),
        ({"site": "17001"}, "unknown_device"),
        ({"order_hash": "ab" * 32}, "other_order"),
        ({"attempt": 2}, "other_attempt"),
        ({"live": False}, "other_attempt"),
        ({"cue": "other"}, "unknown_cue"),
        ({"ceremony_id": "thanh-hoa-2025"}, "other_attempt"),
        ({"actual": 2**53 - 1}, "receipt_absurd"),
        ({"actual": 10**30}, "malformed"),
        ({"target": -(2**53) + 1}, "receipt_absurd"),
        ({"clock_bound": 2**53 - 1}, "receipt_absurd"),
        ({"clock_bound": -1}, "receipt_absurd"),
    ],
)
def test_a_receipt_for_something_else_is_refused(house: LaunchHouse, changes, expected):
    fired(house)
    device = house.line.devices[0]
    good = device.receipt(house.key)
    assert good is not None
    lie = sign(msgspec.structs.replace(read(good, Receipt), **changes), device.key)
    assert code(give_receipt(house, lie)) == expected


def test_a_receipt_signed_by_another_device_is_refused(house: LaunchHouse):
    fired(house)
    good = house.line.devices[0].receipt(house.key)
    assert good is not None
    assert code(give_receipt(house, sign(read(good, Receipt), house.line.devices[1].key))) == "receipt_signature"


def test_with_the_last_expected_receipt_the_launch_is_verified_before_its_120_s(house: LaunchHouse):
    house.give(RecordGrades(id=new_id(), changes=(GradeChange(ROOT, Grade.UP),)), SYSTEM)
    fired(house)
    screen = house.engine.state.access.screens[ROOT]
    assert house.attempt.expected == {screen}
    device = next(device for device in house.line.devices if device.key.id == screen)
    other = next(device for device in house.line.devices if device.key.id != screen)
    give_receipt(house, other.receipt(house.key))
    assert house.state is CueState.FIRED
    give_receipt(house, device.receipt(house.key))
    assert house.state is CueState.VERIFIED


def test_without_all_receipts_the_launch_is_verified_120_s_after_t0(house: LaunchHouse):
    fired(house)
    house.move(119 * SECOND)
    assert house.state is CueState.FIRED
    house.move(SECOND)
    assert house.state is CueState.VERIFIED


def test_a_late_receipt_is_kept_after_the_end_and_for_an_attempt_of_before(house: LaunchHouse):
    house.arm(live=False)
    house.press("Ghế 1")
    house.line.deliver_all()
    house.move(LEAD + 121 * SECOND)
    late = house.line.devices[0].receipt(house.key)
    later = house.line.devices[1].receipt(house.key)
    assert late is not None
    assert later is not None
    assert give_receipt(house, late).outcome == "accepted"
    house.open(live=True)
    assert give_receipt(house, later).outcome == "accepted"
    assert len(house.record.attempts[0].receipts) == 2
    assert house.state is CueState.POLLING


def test_the_receipts_of_an_abort_end_it_before_t0(house: LaunchHouse):
    house.give(RecordGrades(id=new_id(), changes=(GradeChange(ROOT, Grade.UP),)), SYSTEM)
    house.arm()
    house.press("Ghế 1")
    house.line.deliver_all()
    house.abort()
    house.line.deliver_all()
    assert house.state is CueState.ABORTING
    for device in house.line.devices:
        receipt = device.receipt(house.key)
        assert receipt is not None
        assert read(receipt, Receipt).outcome is FireOutcome.ABORTED
        give_receipt(house, receipt)
    assert house.state is CueState.ABORTED


def test_an_abort_signed_in_time_and_learned_of_after_t0_is_the_truth(house: LaunchHouse):
    house.arm()
    house.press("Ghế 1")
    order = house.attempt.order
    house.move(SECOND)
    abort = house.holder.abort(house.key, house.clock.now())
    house.engine.unwritable = True
    house.settle()
    house.engine.unwritable = False
    assert abort is not None
    assert order is not None
    house.move(LEAD + 121 * SECOND)
    assert house.state is CueState.ABORTED
    assert house.attempt.abort == abort


def test_a_person_without_a_say_is_refused_everywhere(house: LaunchHouse):
    for role in (Role.VIEWER, Role.DESK, Role.PRESSER):
        by = Principal(role=role, seat="x")
        assert code(house.give(OpenPolling(id=new_id(), cue=CUE, live=True), by=by)) == "forbidden"
