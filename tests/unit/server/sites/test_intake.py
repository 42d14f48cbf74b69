import msgspec
import pytest

from server.ceremony.cue import CueCommitted, CueMoved, CueState
from server.engine.ids import new_id
from server.sites import intake
from server.sites.intake import Intake
from server.sites.registry import Session
from server.sockets import Socket
from site_agent.launch.objects import FireOutcome, Part, Receipt, SiteMode
from site_agent.launch.signed import digest, sign
from site_agent.link.messages import CueReceipt, Report, ReportItem
from site_agent.units import SECOND, Attempt, Duration, Instant
from tests.support import launch_kit
from tests.support.houses import CUE, HouseClock, Wire, code, enrol, host, planned, small_engine


class House:
    def __init__(self):
        self.clock = HouseClock(launch_kit.OPENS)
        self.engine = small_engine(self.clock)
        self.submitted = []
        self.intake = Intake(self)
        self.signers = {}

    @property
    def state(self):
        return self.engine.state

    async def submit_many(self, commands, principal):
        self.submitted.append(list(commands))
        return await self.engine.submit_many(commands, principal)

    def session(self, number):
        signer = enrol(self.engine, code(number), f"screen-{number}")
        self.signers[number] = signer
        wire = Wire()
        session = Session(
            id=new_id(),
            site=code(number),
            device=signer.id,
            part=Part.SCREEN,
            mode=SiteMode.STAGE,
            principal=msgspec.structs.replace(host(code(number)), device=signer.id),
            socket=Socket(wire, "site", 1_000_000),
        )
        return session, wire

    def commit(self):
        order = launch_kit.order(launch_kit.warrant())
        self.engine.publish(planned())
        self.move(CueState.PREPARED, CueState.POLLING)
        self.move(CueState.POLLING, CueState.ARMED)
        return order

    def journal_commit(self, order):
        t0 = launch_kit.order_body(launch_kit.warrant()).t0
        self.engine.publish(CueCommitted(cue=CUE, attempt=Attempt(1), order=order, t0=t0))
        self.move(CueState.ARMED, CueState.COMMITTED)
        self.move(CueState.COMMITTED, CueState.FIRED)

    def move(self, before, after):
        self.engine.publish(CueMoved(cue=CUE, attempt=Attempt(1), live=True, before=before, after=after, at=self.clock.now()))

    def receipt(self, number, order, device=None, site=None):
        body = Receipt(
            ceremony_id=launch_kit.CEREMONY,
            live=True,
            cue=CUE,
            attempt=Attempt(1),
            site=site or code(number),
            device=device or self.signers[number].id,
            order_hash=digest(order),
            outcome=FireOutcome.FIRED,
            target=Instant(launch_kit.OPENS + SECOND),
            actual=Instant(launch_kit.OPENS + SECOND),
            clock_bound=Duration(1000),
        )
        return CueReceipt(id=new_id(), receipt=sign(body, self.signers[number]))


@pytest.fixture
def house():
    return House()


def item(kind="check_in", **fields):
    return ReportItem(id=new_id(), kind=kind, occurred_at=launch_kit.OPENS, fields=fields)


def outcomes(wire):
    [ack] = wire.messages()
    assert ack["type"] == "ack"
    return [(outcome["id"], outcome["accepted"], outcome.get("code", "")) for outcome in ack["outcomes"]]


async def test_nothing_is_acknowledged_before_it_was_submitted(house):
    session, wire = house.session(1)
    house.intake.report(session, Report(items=(item(),)))
    assert wire.messages() == []
    await house.intake.settle()
    assert len(outcomes(wire)) == 1
    assert house.state.attendance.sites[code(1)].checked_in_at == launch_kit.OPENS


async def test_each_item_of_a_message_gets_its_own_outcome_in_one_ack(house):
    session, wire = house.session(1)
    good, unknown, refused = item(), item("close_figures"), item("report_head_count", counts={"officials": -1})
    house.intake.report(session, Report(items=(good, unknown, refused)))
    await house.intake.settle()
    assert sorted(outcomes(wire)) == sorted(
        [(good.id, True, ""), (unknown.id, False, "unknown_kind"), (refused.id, False, "counts_bad")]
    )


async def test_an_item_sent_twice_is_accepted_twice_and_counted_once(house):
    session, wire = house.session(1)
    again = item("report_head_count", counts={"officials": 33})
    for _ in range(2):
        house.intake.report(session, Report(items=(again,)))
    await house.intake.settle()
    assert [message["outcomes"][0]["accepted"] for message in wire.messages()] == [True, True]
    assert len(house.state.attendance.sites[code(1)].reports) == 1


async def test_while_the_journal_cannot_be_written_there_is_no_outcome_so_that_the_item_stays_in_the_outbox(house):
    session, wire = house.session(1)
    house.engine.unwritable = True
    kept, never = item(), item("nonsense")
    house.intake.report(session, Report(items=(kept, never)))
    await house.intake.settle()
    assert outcomes(wire) == [(never.id, False, "unknown_kind")]
    house.engine.unwritable = False
    house.intake.report(session, Report(items=(kept,)))
    await house.intake.settle()
    assert outcomes(wire) == [(kept.id, True, "")]


async def test_a_message_of_more_than_20_items_is_refused_and_changes_nothing(house):
    session, wire = house.session(1)
    house.intake.report(session, Report(items=tuple(item() for _ in range(21))))
    await house.intake.settle()
    assert [message["type"] for message in wire.messages()] == ["notice"]
    assert house.submitted == []


async def test_an_id_that_is_no_uuid_is_refused_without_being_echoed(house):
    session, wire = house.session(1)
    house.intake.report(session, Report(items=(ReportItem(id="x" * 60_000, kind="check_in", occurred_at=launch_kit.OPENS),)))
    assert [message["code"] for message in wire.messages()] == ["malformed"]
    assert house.submitted == []


async def test_what_was_sent_is_quoted_only_in_part(house):
    session, wire = house.session(1)
    house.intake.report(session, Report(items=tuple(item("check_in", **{"x" * 3000: n}) for n in range(20))))
    await house.intake.settle()
    [ack] = wire.messages()
    assert {len(outcome["detail"]) for outcome in ack["outcomes"]} == {500}


async def test_the_receipts_of_many_devices_are_submitted_together_and_each_is_acknowledged(house):
    order = house.commit()
    sessions = [house.session(n) for n in (1, 2, 3)]
    house.journal_commit(order)
    messages = [house.receipt(n, order) for n in (1, 2, 3)]
    for (session, _), message in zip(sessions, messages, strict=True):
        house.intake.receipt(session, message)
    await house.intake.settle()
    assert [len(commands) for commands in house.submitted] == [3]
    for (_, wire), message in zip(sessions, messages, strict=True):
        assert outcomes(wire) == [(message.id, True, "")]
    assert len(house.state.cues.cues[CUE].current.receipts) == 3


async def test_more_receipts_than_may_be_decided_in_one_go_are_submitted_in_parts(house, monkeypatch):
    monkeypatch.setattr(intake, "AT_ONCE", 2)
    order = house.commit()
    sessions = [house.session(n) for n in (1, 2, 3)]
    house.journal_commit(order)
    for number, (session, _) in enumerate(sessions, 1):
        house.intake.receipt(session, house.receipt(number, order))
    await house.intake.settle()
    assert [len(commands) for commands in house.submitted] == [2, 1]
    assert len(house.state.cues.cues[CUE].current.receipts) == 3


async def test_a_receipt_sent_again_while_its_answer_is_on_its_way_is_submitted_once(house):
    order = house.commit()
    session, wire = house.session(1)
    house.journal_commit(order)
    message = house.receipt(1, order)
    for _ in range(3):
        house.intake.receipt(session, message)
    await house.intake.settle()
    assert [len(commands) for commands in house.submitted] == [1]
    assert outcomes(wire) == [(message.id, True, "")]
    house.intake.receipt(session, message)
    await house.intake.settle()
    assert len(house.submitted) == 2


async def test_a_receipt_sent_again_under_another_id_is_the_same_receipt(house):
    order = house.commit()
    session, wire = house.session(1)
    house.journal_commit(order)
    first = house.receipt(1, order)
    again = CueReceipt(id=new_id(), receipt=first.receipt)
    for message in (first, again):
        house.intake.receipt(session, message)
        await house.intake.settle()
    assert [message["outcomes"][0]["id"] for message in wire.messages()] == [first.id, again.id]
    assert len(house.state.cues.cues[CUE].current.receipts) == 1


async def test_a_receipt_that_comes_before_the_commit_is_journalled_is_not_given_up(house):
    order = house.commit()
    session, wire = house.session(1)
    message = house.receipt(1, order)
    house.intake.receipt(session, message)
    await house.intake.settle()
    assert wire.messages() == []
    house.journal_commit(order)
    house.intake.receipt(session, message)
    await house.intake.settle()
    assert outcomes(wire) == [(message.id, True, "")]


async def test_a_receipt_of_another_device_or_site_is_refused_for_good_and_never_submitted(house):
    order = house.commit()
    session, wire = house.session(1)
    other, _ = house.session(2)
    house.journal_commit(order)
    for message in (house.receipt(1, order, device=other.device), house.receipt(1, order, site=code(2))):
        house.intake.receipt(session, message)
        assert outcomes(wire) == [(message.id, False, "bad_receipt")]
    await house.intake.settle()
    assert house.submitted == []


async def test_a_receipt_whose_signature_does_not_hold_is_refused_for_good(house):
    order = house.commit()
    session, wire = house.session(1)
    house.session(2)
    house.journal_commit(order)
    message = house.receipt(1, order)
    forged = CueReceipt(id=new_id(), receipt=msgspec.structs.replace(message.receipt, sig=house.receipt(2, order).receipt.sig))
    house.intake.receipt(session, forged)
    await house.intake.settle()
    assert outcomes(wire) == [(forged.id, False, "receipt_signature")]
    assert house.state.cues.cues[CUE].current.receipts == {}
