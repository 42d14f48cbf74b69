"""Whom the door lets in, where what it remembers and what the worker reports differ."""

import pytest

from server.ceremony.sources import ConfigureSource, RotateSourceKey, SourceKind, SourceName
from server.engine.ids import new_id
from server.media.messages import OutputStatus, Publishing, PublishRefused, RecordingStatus, SourceStatus, Status
from server.media.rtmp import FRESH_SECONDS, GONE_SECONDS, OLD_KEYS, RtmpDoor, Stream
from site_agent.units import Instant
from tests.support.houses import HouseClock, small_engine

KEY = "khoa-primary-0"


class House:
    """The rules, a door, and a worker that reports what a test wants."""

    def __init__(self):
        self.engine = small_engine(HouseClock(), 1)
        self.now = 1_000.0
        self.state = None
        self.told = []
        self.configure(SourceName.PRIMARY, SourceKind.RTMP)
        self.door = self.new_door()

    def new_door(self, url="rtmp://127.0.0.1/live"):
        return RtmpDoor(
            url,
            lambda: self.engine.state.sources,
            lambda source, generation: f"khoa-{source}-{generation}",
            self,
            lambda message: self.told.append(message) is None,
            lambda: self.now,
        )

    def configure(self, source, kind):
        self.engine.give(ConfigureSource(id=new_id(), source=source, source_kind=kind))

    def status(self):
        if self.state is None:
            return None
        begun = Instant(0)
        source = SourceStatus("primary", self.state, begun)
        return Status(begun, 1, (source,), OutputStatus(None, begun), (), RecordingStatus("off", begun))


@pytest.fixture
def house():
    return House()


def stream(key=KEY, session="1", peer="203.0.113.5", app="live"):
    return Stream(app, key, peer, session)


def test_after_a_restart_of_the_server_the_worker_knows_that_somebody_is_there(house):
    house.state = "receiving"
    assert house.new_door().publish(stream()) == "busy"
    house.state = "waiting"
    assert house.new_door().publish(stream()) is None


def test_a_publisher_whose_rtmp_server_died_without_a_word_gives_way_once_nothing_comes(house):
    assert house.door.publish(stream(session="1")) is None
    house.state = "failed"
    assert house.door.publish(stream(session="2")) == "busy"
    house.now += FRESH_SECONDS
    assert house.door.publish(stream(session="2")) is None


def test_one_who_stalls_gives_way_and_one_who_sends_does_not(house):
    assert house.door.publish(stream(session="1")) is None
    house.now += FRESH_SECONDS
    house.state = "receiving"
    assert house.door.publish(stream(session="2")) == "busy"
    house.state = "stalled"
    assert house.door.publish(stream(session="2")) is None
    house.door.done(stream(session="1"))
    house.state = "receiving"
    assert house.door.publish(stream(session="3")) == "busy"


def test_one_who_left_may_come_back_before_the_worker_has_seen_the_end(house):
    assert house.door.publish(stream(session="1")) is None
    house.state = "receiving"
    house.door.done(stream(session="1"))
    assert house.door.publish(stream(session="2")) is None
    house.door.done(stream(session="2"))
    house.now += GONE_SECONDS
    assert house.door.publish(stream(session="3")) == "busy"


def test_a_worker_that_comes_is_told_who_was_let_in_under_a_key_that_still_holds(house):
    assert house.door.publish(stream()) is None
    assert house.door.standing() == [Publishing("primary", "203.0.113.5")]
    house.engine.give(RotateSourceKey(id=new_id(), source=SourceName.PRIMARY))
    assert house.door.standing() == []
    assert house.door.publish(stream()) == "old_key"
    assert house.door.publish(stream("khoa-primary-1")) is None


def test_the_reason_is_told_on_the_source_that_it_is_about(house):
    for asked, why in (
        (stream(app="khac"), "app"),
        (stream("khoa-backup-0"), "kind"),
        (stream("falsch"), "key"),
    ):
        house.now += 10
        assert house.door.publish(asked) == why
    assert [(told.source, told.why) for told in house.told] == [("primary", "app"), ("backup", "kind"), ("primary", "key")]
    house.configure(SourceName.BACKUP, SourceKind.RTMP)
    house.now += 10
    house.door.publish(stream("falsch"))
    assert [told.source for told in house.told[3:]] == ["primary", "backup"]  # nobody knows which was meant


def test_a_flood_of_guesses_is_told_once_a_second(house):
    for number in range(50):
        house.door.publish(stream(f"falsch-{number}"))
    assert len(house.told) == 1
    house.door.publish(stream(app="khac"))
    assert house.told[-1].why == "app"  # which another's guessing must not hide
    house.now += 1
    house.door.publish(stream("falsch"))
    assert house.told[-1] == PublishRefused("primary", "203.0.113.5", "key")


def test_a_key_of_long_ago_is_a_wrong_one(house):
    for _ in range(OLD_KEYS + 1):
        house.engine.give(RotateSourceKey(id=new_id(), source=SourceName.PRIMARY))
    assert house.door.publish(stream()) == "key"
    assert house.door.publish(stream("khoa-primary-1")) == "old_key"


def test_only_the_key_of_now_may_be_taken_back(house):
    assert house.door.may_read(stream())
    assert not house.door.may_read(stream(app="khac"))
    assert not house.door.may_read(stream("khoa-backup-0"))
    house.engine.give(RotateSourceKey(id=new_id(), source=SourceName.PRIMARY))
    assert not house.door.may_read(stream())
