"""Rows of the programme: wanted beside true, rounded so that noise is no change, and no secret in any of them."""

import msgspec
import pytest
from msgspec import structs

from server.ceremony.relay_plan import Platform, RelayAccess
from server.ceremony.relays import AddRelay
from server.ceremony.sources import ConfigureSource, SourceAddress, SourceKind, SourceName
from server.engine.ids import new_id
from server.feeds.media import MediaModel, _plain, held, two_digits
from server.feeds.media_port import NoMedia
from server.feeds.store import FeedStore
from server.media.messages import (
    Measured,
    OutputStatus,
    RecordingStatus,
    RelayStatus,
    SourceStatus,
    Status,
)
from site_agent.units import SECOND
from tests.support.houses import HouseClock, small_engine

NOW = HouseClock().now()


class Reports(NoMedia):
    """A port whose status the test sets."""

    def __init__(self):
        self.now = None
        self.tell = lambda: None

    def status(self):
        return self.now

    def on_change(self, listener):
        self.tell = listener


class World:
    def __init__(self):
        self.engine = small_engine(HouseClock(), 1)
        self.reports = Reports()
        self.store, self.output = FeedStore("media"), FeedStore("media")
        self.model = MediaModel(self.store, self.output, self.reports, lambda: self.engine.state)
        self.engine.listen(self._heard)
        self.model.settle(self.engine.state)

    def _heard(self, batch):
        for event in (event for published in batch for event in published.events):
            self.model.note(event)
        self.model.settle(self.engine.state)

    def say(self, status):
        self.reports.now = status
        self.reports.tell()
        self.store.flush(NOW)
        return self.store.offset


@pytest.fixture
def world():
    return World()


def status(kbps=3_000.0, loudness=-23.0, **more):
    measured = Measured(video_codec="h264", video_kbps=kbps, loudness_lufs=loudness)
    fields = {
        "at": NOW,
        "revision": 1,
        "sources": (SourceStatus(name="primary", state="receiving", since=NOW, measured=measured),),
        "output": OutputStatus(source="primary", since=NOW, why="start", segment_started=NOW, video_kbps=kbps),
        "relays": (),
        "recording": RecordingStatus(state="recording", since=NOW, bytes=4_000_000, free_bytes=80_000_000_000),
    }
    return Status(**{**fields, **more})


def test_without_a_worker_nothing_is_claimed(world):
    rows = world.store.rows
    assert [rows[f"source:{name}"].state for name in SourceName] == ["unknown"] * 3
    assert (rows["recording"].state, rows["recording"].wanted, rows["worker"].state) == ("unknown", True, "off")


def test_figures_that_tremble_are_no_change(world):
    first = world.say(status())
    assert world.say(status(kbps=3_090.0, loudness=-23.4)) == first
    assert world.say(status(kbps=2_910.0, loudness=-22.6, at=NOW + SECOND)) == first
    assert world.say(status(kbps=3_250.0)) == first + 1
    assert world.store.rows["output"].video_kbps == 3_200


def test_a_programme_that_stands_still_is_said_to(world):
    world.say(status())
    assert world.store.rows["output"].flowing
    world.say(status(at=NOW + 9 * SECOND))
    assert not world.store.rows["output"].flowing


def test_a_relay_shows_what_is_wanted_and_true_and_never_its_key(world):
    access = RelayAccess("rtmp://user:mat-khau@phat.test/live/bi-mat", "khoa-luong-1234")
    world.engine.give(AddRelay(id=new_id(), name="Kênh tỉnh", platform=Platform.CUSTOM, access=access))
    [relay] = world.engine.state.relays.relays
    row = world.store.rows[f"relay:{relay}"]
    assert (row.state, row.has_key, row.key_characters, row.shown_url) == ("unknown", True, 15, "rtmp://phat.test/live")
    world.say(status(relays=(RelayStatus(id=relay, state="sending", since=NOW, kbps=3_010, sent_bytes=26_000_000, retries=2),)))
    row = world.store.rows[f"relay:{relay}"]
    assert (row.state, row.kbps, row.sent_megabytes, row.retries, row.wanted) == ("sending", 3_000, 30, 2, False)
    everything = msgspec.json.encode(list(world.store.rows.items())).decode()
    assert not any(secret in everything for secret in ("mat-khau", "bi-mat", "khoa-luong"))
    world.say(status())
    assert world.store.rows[f"relay:{relay}"].state == "off"


def test_an_address_to_pull_from_is_shown_without_its_password(world):
    address = SourceAddress("rtsp://quay:mat-khau@192.0.2.7:554/hoi-truong?token=abc")
    world.engine.give(ConfigureSource(id=new_id(), source=SourceName.BACKUP, source_kind=SourceKind.PULL, address=address))
    assert world.store.rows["source:backup"].shown_address == "rtsp://192.0.2.7:554/hoi-truong"


def test_the_mc_is_told_of_the_output_alone(world):
    world.say(status())
    assert list(world.output.rows) == ["output"]
    assert world.output.rows["output"] == world.store.rows["output"]


def test_a_figure_is_held_until_it_moved_by_its_step():
    assert [held(1_040, None, 100), held(1_090, 1_000, 100), held(1_110, 1_000, 100)] == [1_000, 1_000, 1_100]
    assert (held(None, 5, 1), held(-22.6, -23.0, 0.5), held(-22.4, -23.0, 0.5)) == (None, -23.0, -22.5)
    assert [two_digits(count) for count in (0, 7, 99, 101, 1_999)] == [0, 7, 99, 100, 1_900]


def test_rows_say_the_same_when_they_are_made_again(world):
    offset = world.say(status())
    world.model.mark_all()
    world.model.settle(world.engine.state)
    world.store.flush(NOW)
    assert world.store.offset == offset
    assert structs.asdict(world.store.rows["output"])["viewers"] == 0


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://quay:mat-khau@192.0.2.7:554/hoi-truong", "rtsp://192.0.2.7:554/hoi-truong"),
        ("rtsp://192.0.2.7/user=admin_password=bimat_channel=1.sdp", "rtsp://192.0.2.7/…"),
        ("rtmp://may.example/live/khoa-bi-mat?token=x", "rtmp://may.example/live/…"),
        ("https://cdn.example/khoa-bi-mat/live.m3u8?x=1", "https://cdn.example/…"),
        ("http://[2001:db8::1]:99999/live.m3u8", "http://2001:db8::1/…"),
        ("file:///srv/media/files/phim.mp4", "file:///srv/media/files/phim.mp4"),
    ],
)
def test_what_may_be_a_key_in_an_address_is_not_shown_and_an_odd_port_breaks_no_feed(url, shown):
    assert _plain(url) == shown
