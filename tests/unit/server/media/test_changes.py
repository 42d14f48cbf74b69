"""Which of the worker's reports become history."""

from msgspec import structs

from server.ceremony.media_history import RecordingNow, RelayNow, WorkerChange
from server.ceremony.sources import SourceName
from server.engine.ids import new_id
from server.media.changes import HELD, changes
from server.media.messages import OutputStatus, RecordingStatus, RelayStatus, Status
from server.media.recorder import Recorder
from site_agent.units import SECOND
from tests.support.houses import HouseClock, small_engine

AT = 1_000 * SECOND
CALM = Status(
    at=AT,
    revision=1,
    sources=(),
    output=OutputStatus(source=None, since=AT),
    relays=(),
    recording=RecordingStatus(state="off", since=AT),
)


def relay(state, since=AT - HELD, **more):
    return RelayStatus(id="r", state=state, since=since, **more)


def report(**more):
    return structs.replace(CALM, **more)


def told(engine, status):
    command = changes(engine.state.media, status, new_id())
    return [] if command is None else engine.give(command)


def test_a_report_that_says_what_is_known_is_no_history():
    engine = small_engine(HouseClock(), 1)
    assert told(engine, CALM) == []
    on_air = report(output=OutputStatus(source="primary", since=AT, why="start"))
    assert [(each.to, each.why) for each in told(engine, on_air)] == [(SourceName.PRIMARY, "start")]
    assert told(engine, on_air) == []


def test_a_relay_has_arrived_once_it_sent_for_some_seconds():
    engine = small_engine(HouseClock(), 1)
    assert told(engine, report(relays=(relay("sending", since=AT),))) == []
    assert [each.to for each in told(engine, report(relays=(relay("sending"),)))] == [RelayNow.SENDING]
    assert told(engine, report(relays=(relay("on_slate"),))) == []


def test_retries_of_a_dead_destination_are_one_trouble():
    engine = small_engine(HouseClock(), 1)
    told(engine, report(relays=(relay("sending"),)))
    lost = told(engine, report(relays=(relay("waiting", since=AT, last_error="Không có mạng"),)))
    assert [(each.before, each.to, each.words) for each in lost] == [(RelayNow.SENDING, RelayNow.TRYING, "Không có mạng")]
    for state in ("connecting", "failed_network", "waiting"):
        assert told(engine, report(relays=(relay(state),))) == []
    assert [each.to for each in told(engine, report(relays=(relay("failed_auth"),)))] == [RelayNow.FAILED_AUTH]


def test_a_relay_that_is_no_more_is_off():
    engine = small_engine(HouseClock(), 1)
    told(engine, report(relays=(relay("sending"),)))
    assert [each.to for each in told(engine, CALM)] == [RelayNow.OFF]


def test_trouble_with_the_recording_is_told_once():
    engine = small_engine(HouseClock(), 1)
    full = report(recording=RecordingStatus(state="full", since=AT, words="Đĩa còn 0,4 GB"))
    assert [(each.to, each.words) for each in told(engine, full)] == [(RecordingNow.FULL, "Đĩa còn 0,4 GB")]
    assert told(engine, full) == []


async def test_what_a_full_journal_refused_of_the_worker_is_told_later():
    engine = small_engine(HouseClock(), 1)
    status = []
    recorder = Recorder(engine, lambda: status[-1] if status else None)
    engine.unwritable = True
    recorder.worker_moved(WorkerChange(up=True, words="", at=AT))
    recorder.worker_moved(WorkerChange(up=False, words="đã kết thúc với mã 1", at=AT + 1))
    await recorder.record()
    assert engine.state.media.worker_up is None
    engine.unwritable = False
    status.append(report(output=OutputStatus(source="slate", since=AT, why="start")))
    await recorder.record()
    assert (engine.state.media.worker_up, engine.state.media.on_air) == (False, SourceName.SLATE)
    count = len(engine.state.media.notes)
    await recorder.record()
    assert len(engine.state.media.notes) == count == 3
