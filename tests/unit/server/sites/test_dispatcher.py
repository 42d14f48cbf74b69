import msgspec
import pytest

from server.ceremony.cue import CueCommitted, CueMoved, CueState, RecordReadiness
from server.ceremony.roster import Picture, site_mode
from server.engine.ids import new_id
from server.feeds.telemetry_port import ReadyCount
from server.sites import metrics
from server.sites.dispatcher import Dispatcher
from server.sites.registry import Session, SiteRegistry
from server.sockets import Socket
from site_agent.launch.objects import Order, Part, SiteMode
from site_agent.launch.signed import digest, read
from site_agent.link.codec import encode
from site_agent.link.messages import CueLoaded, CueReady
from site_agent.units import MILLISECOND, MINUTE, Attempt
from tests.support import launch_kit
from tests.support.houses import CUE, ROOT, HouseClock, Wire, code, enrol, host, planned, roster_command, small_engine


class Counts:
    """The readiness half of telemetry."""

    def __init__(self):
        self.told = []

    def set_readiness(self, cue, attempt, count):
        self.told.append((cue, attempt, count))


class House:
    def __init__(self, sites=5):
        self.clock = HouseClock(launch_kit.OPENS)
        self.engine = small_engine(self.clock, sites)
        self.registry = SiteRegistry(self.engine)
        self.counts = Counts()
        self.encoded = []
        self.dispatcher = self.new_dispatcher()

    def new_dispatcher(self, **more):
        def counting(message):
            self.encoded.append(message)
            return encode(message)

        return Dispatcher(self.engine, self.clock, self.registry, self.counts, encode=counting, **more)

    def connect(self, site, name, part=Part.SCREEN, mode=None):
        signer = enrol(self.engine, site, name, part)
        wire = Wire()
        session = Session(
            id=new_id(),
            site=site,
            device=signer.id,
            part=self.engine.state.access.devices[signer.id].part,
            mode=mode or site_mode(self.engine.state.roster.sites[site].picture),
            principal=host(site),
            socket=Socket(wire, "site", 1_000_000),
        )
        self.registry.open(session)
        return session, wire

    def move(self, before, after, attempt=1, live=True):
        moved = CueMoved(cue=CUE, attempt=Attempt(attempt), live=live, before=before, after=after, at=self.clock.now())
        self.engine.publish(moved)

    def polling(self, attempt=1, live=True):
        if CUE not in self.engine.state.cues.cues:
            self.engine.publish(planned())
            self.move(CueState.DRAFT, CueState.PREPARED, attempt=0)
        self.move(CueState.PREPARED, CueState.POLLING, attempt, live)


@pytest.fixture
def house():
    return House()


def ready(house, session, value=True, reasons=(), attempt=1):
    record = house.engine.state.cues.cues[CUE]
    message = CueReady(live=True, cue=CUE, attempt=Attempt(attempt), plan_hash=record.plan_hash, ready=value, reasons=reasons)
    house.dispatcher.ready(session, message)


# ---- what goes out


async def test_an_order_is_encoded_once_and_given_to_every_device_that_takes_cues(house):
    wires = [house.connect(code(n), f"screen-{n}")[1] for n in range(1, 6)]
    wires.append(house.connect(code(1), "effector", Part.EFFECTOR)[1])
    _, phone = house.connect(code(1), "phone", Part.COMPANION)
    order = launch_kit.order(launch_kit.warrant())
    assert house.dispatcher.send_order(order) == 6
    assert len(house.encoded) == 1
    assert len({id(wire.frames[0]) for wire in wires}) == 1
    assert phone.frames == []
    [message] = wires[0].messages()
    assert message == {"type": "cue_order", "order": msgspec.to_builtins(order)}


async def test_a_prepare_is_encoded_once_for_each_mode_that_somebody_has(house):
    stage = [house.connect(code(n), f"screen-{n}")[1] for n in (1, 2, 3)]
    programme = [house.connect(code(n), f"screen-{n}", mode=SiteMode.PROGRAMME)[1] for n in (4, 5)]
    house.engine.publish(planned())
    house.encoded.clear()
    house.polling()
    assert [message.mode for message in house.encoded] == [SiteMode.STAGE, SiteMode.PROGRAMME]
    assert {wire.messages()[-1]["mode"] for wire in stage} == {"stage"}
    assert {wire.messages()[-1]["mode"] for wire in programme} == {"programme"}


async def test_where_the_server_carries_no_programme_every_site_goes_by_the_clock(house):
    house.dispatcher = house.new_dispatcher(programme=False)
    session, _ = house.connect(code(4), "screen-4", mode=SiteMode.PROGRAMME)
    house.engine.publish(planned())
    house.polling()
    assert house.dispatcher.prepare_for(session).mode is SiteMode.STAGE


async def test_devices_prepare_when_prepared_measure_while_polled_and_stop_when_it_is_over(house):
    _, wire = house.connect(code(1), "screen")
    house.engine.publish(planned())
    house.move(CueState.DRAFT, CueState.PREPARED, attempt=0)
    house.move(CueState.PREPARED, CueState.POLLING)
    for before, after in (
        (CueState.POLLING, CueState.HOLD),
        (CueState.HOLD, CueState.POLLING),
        (CueState.POLLING, CueState.ARMED),
        (CueState.ARMED, CueState.COMMITTED),
        (CueState.COMMITTED, CueState.FIRED),
    ):
        house.move(before, after)
    house.move(CueState.FIRED, CueState.VERIFIED)
    told = [(m["type"], m.get("polling"), m["attempt"]) for m in wire.messages()]
    assert told == [("cue_prepare", False, 0), ("cue_prepare", True, 1), ("cue_cleared", None, 1)]


async def test_loudspeaker_sites_are_told_nothing():
    house = House()
    house.engine.give(roster_command(5, picture=Picture.AUDIO))
    _, wire = house.connect(code(1), "screen")
    house.polling()
    house.dispatcher.send_order(launch_kit.order(launch_kit.warrant()))
    assert wire.frames == []


# ---- what a late device finds


async def test_a_device_that_comes_late_finds_prepare_order_and_abort_in_its_welcome(house):
    house.polling()
    order = launch_kit.order(launch_kit.warrant())
    house.dispatcher.send_order(order)
    session, _ = house.connect(code(1), "screen")
    assert house.dispatcher.prepare_for(session).attempt == 1
    assert house.dispatcher.orders_for(session) == (order,)
    abort = launch_kit.abort(order)
    house.dispatcher.send_abort(abort)
    assert house.dispatcher.aborts_for(session) == (abort,)


async def test_a_companion_finds_nothing_of_it(house):
    house.polling()
    house.dispatcher.send_order(launch_kit.order(launch_kit.warrant()))
    phone, _ = house.connect(code(1), "phone", Part.COMPANION)
    assert house.dispatcher.prepare_for(phone) is None
    assert house.dispatcher.orders_for(phone) == house.dispatcher.aborts_for(phone) == ()


async def test_an_order_is_not_told_after_its_time_nor_in_the_next_attempt(house):
    session, _ = house.connect(code(1), "screen")
    house.polling()
    order = launch_kit.order(launch_kit.warrant())
    house.dispatcher.send_order(order)
    house.dispatcher.send_abort(launch_kit.abort(order))
    house.polling(attempt=2)
    assert house.dispatcher.orders_for(session) == house.dispatcher.aborts_for(session) == ()
    house.dispatcher.send_order(order)
    assert house.dispatcher.orders_for(session) == ()
    second = launch_kit.order(launch_kit.warrant(attempt=2))
    house.dispatcher.send_order(second)
    assert house.dispatcher.orders_for(session) == (second,)
    house.clock.move(30 * MINUTE)
    assert house.dispatcher.orders_for(session) == ()


async def test_after_a_restart_the_journal_says_what_is_current(house):
    order = launch_kit.order(launch_kit.warrant())
    house.polling()
    house.engine.publish(
        CueCommitted(cue=CUE, attempt=Attempt(1), order=order, t0=launch_kit.order_body(launch_kit.warrant()).t0)
    )
    house.move(CueState.ARMED, CueState.COMMITTED)
    house.dispatcher = house.new_dispatcher()
    session, _ = house.connect(code(1), "screen")
    assert house.dispatcher.orders_for(session) == (order,)
    assert house.dispatcher.prepare_for(session).polling


# ---- readiness


async def test_only_screens_count_as_ready_and_only_required_sites_are_journalled(house):
    root, _ = house.connect(ROOT, "root screen")
    one, _ = house.connect(code(1), "screen-1")
    phone, _ = house.connect(code(1), "phone", Part.COMPANION)
    house.connect(code(2), "screen-2")
    house.polling()
    for session in (root, one, phone):
        ready(house, session)
    await house.dispatcher.flush()
    assert house.counts.told[-1] == (CUE, 1, ReadyCount(ready=2, of=3))
    commands = [command for command in house.engine.given if isinstance(command, RecordReadiness)]
    assert [(command.ready, command.reasons) for command in commands] == [({ROOT: True}, {ROOT: ""})]
    await house.dispatcher.flush()
    assert len([c for c in house.engine.given if isinstance(c, RecordReadiness)]) == 1


async def test_what_a_required_screen_misses_is_told_in_words(house):
    root, _ = house.connect(ROOT, "root screen")
    house.polling()
    ready(house, root, False, ("clock", "asset:hieu-ung.mp4", "something_new"))
    await house.dispatcher.flush()
    attempt = house.engine.state.cues.cues[CUE].current
    assert attempt.ready[ROOT] is False
    assert attempt.reasons[ROOT] == "đồng hồ chưa khớp, chưa tải xong hieu-ung.mp4, something_new"


async def test_a_required_site_without_a_screen_is_not_ready_and_says_so_at_once(house):
    house.polling()
    await house.dispatcher.flush()
    assert house.engine.state.cues.cues[CUE].current.reasons[ROOT] == "màn hình hội trường chưa kết nối"
    session, _ = house.connect(ROOT, "root screen")
    ready(house, session)
    await house.dispatcher.flush()
    assert house.engine.state.cues.cues[CUE].current.ready[ROOT] is True
    house.registry.close(session)
    await house.dispatcher.flush()
    assert house.engine.state.cues.cues[CUE].current.ready[ROOT] is False


async def test_a_word_on_another_attempt_is_not_counted_and_a_new_attempt_begins_at_zero(house):
    one, _ = house.connect(code(1), "screen-1")
    house.polling()
    ready(house, one, attempt=7)
    await house.dispatcher.flush()
    assert house.counts.told[-1][2].ready == 0
    ready(house, one)
    house.move(CueState.ABORTED, CueState.POLLING, attempt=2)
    await house.dispatcher.flush()
    assert house.counts.told[-1] == (CUE, 2, ReadyCount(ready=0, of=1))


async def test_readiness_is_asked_again_while_the_journal_cannot_be_written(house):
    root, _ = house.connect(ROOT, "root screen")
    house.polling()
    ready(house, root)
    house.engine.unwritable = True
    await house.dispatcher.flush()
    house.engine.unwritable = False
    await house.dispatcher.flush()
    assert house.engine.state.cues.cues[CUE].current.ready[ROOT] is True


async def test_devices_that_have_the_order_on_disk_are_counted_once(house):
    one, _ = house.connect(code(1), "screen-1")
    house.polling()
    order = launch_kit.order(launch_kit.warrant())
    house.dispatcher.send_order(order)
    for _ in range(2):
        house.dispatcher.loaded(one, CueLoaded(order_hash=digest(order)))
    house.dispatcher.loaded(one, CueLoaded(order_hash=digest(launch_kit.warrant())))
    await house.dispatcher.flush()
    assert house.counts.told[-1][2].loaded == 1


async def test_while_an_order_runs_it_is_told_how_long_an_abort_takes_to_the_screens(house):
    screens = [house.connect(code(n), f"screen-{n}")[0] for n in (1, 2)]
    house.polling()
    for screen in screens:
        ready(house, screen)
    order = launch_kit.order(launch_kit.warrant())
    house.dispatcher.send_order(order)
    house.clock.move(700 * MILLISECOND)
    for screen in screens:
        house.dispatcher.loaded(screen, CueLoaded(order_hash=digest(order)))
    await house.dispatcher.flush()
    assert house.counts.told[-1][2].reach == 0
    house.move(CueState.ARMED, CueState.COMMITTED)
    await house.dispatcher.flush()
    assert house.counts.told[-1][2].reach == 700 * MILLISECOND


async def test_a_refused_order_is_not_counted_as_loaded(house):
    one, _ = house.connect(code(1), "screen-1")
    house.polling()
    order = launch_kit.order(launch_kit.warrant())
    house.dispatcher.send_order(order)
    house.dispatcher.loaded(one, CueLoaded(order_hash=digest(order), refused="lower attempt"))
    await house.dispatcher.flush()
    assert house.counts.told[-1][2].loaded == 0


async def test_the_time_from_the_commit_to_a_devices_answer_is_counted(house):
    one, _ = house.connect(code(1), "screen-1")
    house.polling()
    order = launch_kit.order(launch_kit.warrant())
    house.dispatcher.send_order(order)
    before = metrics.LOADED_SECONDS._sum.get()
    committed_at = read(order, Order).t0 - launch_kit.LEAD
    house.clock.move(committed_at - house.clock.now() + 250 * MILLISECOND)
    house.dispatcher.loaded(one, CueLoaded(order_hash=digest(order)))
    assert metrics.LOADED_SECONDS._sum.get() - before == pytest.approx(0.25)
