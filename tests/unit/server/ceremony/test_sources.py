"""Sources of the programme: set up, keys renewed, put on air by hand; and what the worker reported of it."""

import pytest

from server.ceremony.media_history import (
    KEPT,
    RecordingChange,
    RecordingNow,
    RecordMediaChanges,
    RelayChange,
    RelayNow,
    SwitchChange,
    WorkerChange,
)
from server.ceremony.rules import Refused, Role
from server.ceremony.sources import (
    CalibrateSource,
    ConfigureSource,
    PictureSize,
    RotateSourceKey,
    SetMediaProfile,
    SourceAddress,
    SourceKind,
    SourceName,
    SwitchRecording,
    SwitchSource,
)
from server.engine.ids import new_id
from site_agent.units import SECOND, Duration
from tests.support.houses import HouseClock, person, small_engine

CAMERA = SourceAddress("rtsp://quay:mat-khau@192.0.2.7/hoi-truong")


@pytest.fixture
def engine():
    return small_engine(HouseClock(), 1)


def pull(address=CAMERA, source=SourceName.BACKUP):
    return ConfigureSource(id=new_id(), source=source, source_kind=SourceKind.PULL, address=address)


def refusal(engine, command, by=None):
    with pytest.raises(Refused) as caught:
        engine.give(command, by=by)
    return caught.value.code


def test_both_sources_wait_for_srt_until_somebody_says_otherwise(engine):
    assert [source.kind for source in (engine.state.sources.primary, engine.state.sources.backup)] == [SourceKind.SRT] * 2
    assert engine.state.sources.recording


def test_a_source_that_is_pulled_has_an_address_and_no_other_does(engine):
    engine.give(pull())
    assert engine.state.sources.backup.address == CAMERA
    assert engine.give(pull()) == []
    engine.give(ConfigureSource(id=new_id(), source=SourceName.BACKUP, source_kind=SourceKind.WHIP))
    assert engine.state.sources.backup.address is None
    whip = ConfigureSource(id=new_id(), source=SourceName.PRIMARY, source_kind=SourceKind.WHIP, address=CAMERA)
    assert refusal(engine, whip) == "address_unwanted"


@pytest.mark.parametrize(
    "url",
    ["", "camera", "ftp://192.0.2.7/a", "rtsp://", "rtsp://a b", "rtsp://a\nb", "http://[::1", "rtsp://a:99999/b", "srt://a:1"],
)
def test_an_address_that_cannot_be_pulled_from_is_refused(engine, url):
    assert refusal(engine, pull(SourceAddress(url))) == "source_address"


def test_the_address_is_sealed_and_reaches_no_log(engine):
    [event] = engine.give(pull())
    assert event.address.personal == CAMERA
    assert "mat-khau" not in repr(event)
    assert "mat-khau" not in repr(engine.state.sources)


def test_a_key_is_renewed_by_the_next_generation(engine):
    engine.give(RotateSourceKey(id=new_id(), source=SourceName.PRIMARY), RotateSourceKey(id=new_id(), source=SourceName.PRIMARY))
    assert (engine.state.sources.primary.generation, engine.state.sources.backup.generation) == (2, 0)
    assert refusal(engine, RotateSourceKey(id=new_id(), source=SourceName.SLATE)) == "slate_is_fixed"


def test_a_source_is_put_on_air_by_hand_and_left_to_the_switcher_again(engine):
    engine.give(SwitchSource(id=new_id(), to=SourceName.SLATE), by=person(Role.CALLER))
    assert engine.state.sources.chosen is SourceName.SLATE
    assert engine.give(SwitchSource(id=new_id(), to=SourceName.SLATE)) == []
    engine.give(SwitchSource(id=new_id(), to=None))
    assert engine.state.sources.chosen is None
    assert refusal(engine, SwitchSource(id=new_id(), to=None), person(Role.MC)) == "forbidden"


def test_calibration_profile_and_recording_are_bounded_and_only_changes_are_told(engine):
    calibrate = CalibrateSource(id=new_id(), source=SourceName.PRIMARY, offset=Duration(-120_000))
    engine.give(calibrate)
    assert engine.state.sources.primary.offset == -120_000
    assert engine.give(calibrate) == []
    too_far = CalibrateSource(id=new_id(), source=SourceName.PRIMARY, offset=Duration(31 * SECOND))
    assert refusal(engine, too_far) == "offset_out_of_range"
    engine.give(SetMediaProfile(id=new_id(), size=PictureSize.FULL_HD, kbps=5_000))
    assert (engine.state.sources.size, engine.state.sources.kbps) == (PictureSize.FULL_HD, 5_000)
    assert refusal(engine, SetMediaProfile(id=new_id(), size=PictureSize.HD, kbps=90)) == "bitrate_out_of_range"
    engine.give(SwitchRecording(id=new_id(), on=False))
    assert engine.give(SwitchRecording(id=new_id(), on=False)) == []
    assert not engine.state.sources.recording


# ---- what the worker reported


def record(**changes):
    return RecordMediaChanges(id=new_id(), **changes)


def switch(to, why, at=1):
    return SwitchChange(to=to, why=why, at=at)


def test_switches_follow_each_other_and_the_same_word_again_is_nothing_new(engine):
    first = switch(SourceName.PRIMARY, "start")
    lost = switch(SourceName.SLATE, "primary_lost", 2)
    assert len(engine.give(record(switches=(first, first, lost)))) == 2
    assert engine.give(record(switches=(lost,))) == []
    media = engine.state.media
    assert (media.on_air, media.why, media.switches, media.interrupted) == (SourceName.SLATE, "primary_lost", 2, True)
    engine.give(record(switches=(switch(SourceName.PRIMARY, "primary_back", 3), switch(SourceName.SLATE, "by_hand", 4))))
    assert not media.interrupted
    assert [(note.before, note.to) for note in media.notes][-1] == (SourceName.PRIMARY, SourceName.SLATE)


def test_relays_recording_and_the_worker_are_told_when_they_change(engine):
    sending = RelayChange(relay="r", now=RelayNow.SENDING, words="", at=1)
    gone = RelayChange(relay="r", now=RelayNow.OFF, words="", at=2)
    full = RecordingChange(now=RecordingNow.FULL, words="Hết chỗ", at=3)
    engine.give(record(relays=(sending, sending), recording=(full, full)))
    assert engine.state.media.relay("r") is RelayNow.SENDING
    assert (engine.state.media.recording, engine.state.media.recording_words) == (RecordingNow.FULL, "Hết chỗ")
    engine.give(record(relays=(gone,), worker=(WorkerChange(up=True, words="", at=4), WorkerChange(up=False, words="9", at=5))))
    assert engine.state.media.relays == {}
    assert engine.state.media.worker_up is False
    assert len(engine.state.media.notes) == 5


def test_only_the_server_itself_reports_and_the_state_remembers_no_endless_history(engine):
    assert refusal(engine, record(), person(Role.ADMIN)) == "forbidden"
    flapping = [RelayChange("r", (RelayNow.SENDING, RelayNow.TRYING)[number % 2], "", number) for number in range(KEPT + 5)]
    engine.give(record(relays=tuple(flapping)))
    assert len(engine.state.media.notes) == KEPT
