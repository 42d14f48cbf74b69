import pytest

from server.ceremony.roster import Picture
from server.feeds.audience import LEAST_SECONDS, Audience
from server.feeds.playback import PlaybackModel, Seeing
from server.feeds.playback_rows import AudienceRow, PlaybackRow
from server.feeds.store import FeedStore
from site_agent.units import SECOND, Instant
from tests.support.houses import HouseClock, code, roster_command, small_engine

NOW = Instant(1_749_614_400 * SECOND)


def page(number: int) -> str:
    return f"{number:024x}"


@pytest.fixture
def store() -> FeedStore:
    return FeedStore("watch", woken=lambda _: None)


def test_pages_are_counted_once_each_and_forgotten_when_they_close_or_fall_silent(store):
    audience = Audience(store)
    audience.heard(page(1), NOW, playing=True, sound=False, stalled=False)
    audience.heard(page(1), NOW, playing=True, sound=True, stalled=True)
    audience.heard(page(2), NOW, playing=False, sound=False, stalled=False)
    audience.settle(NOW)
    assert store.rows["audience"] == AudienceRow(playing=1, with_sound=1, waiting=1, stalled=1)
    audience.left(page(2))
    audience.heard(page(3), Instant(NOW + 60 * SECOND), playing=True, sound=False, stalled=False)
    audience.settle(Instant(NOW + 100 * SECOND))
    assert store.rows["audience"] == AudienceRow(playing=1, with_sound=0, waiting=0, stalled=0)
    audience.settle(Instant(NOW + 300 * SECOND))
    assert "audience" not in store.rows


def test_the_more_watch_the_more_seldom_each_is_asked_to_come(store):
    audience = Audience(store)
    asked = [audience.heard(page(n), NOW, playing=True, sound=True, stalled=False) for n in range(4_000)]
    assert asked[0] == LEAST_SECONDS
    assert asked[-1] == 4_000 // 20 - 1


async def test_each_site_that_should_see_stands_in_exactly_one_count(store):
    engine = small_engine(HouseClock())
    engine.give(roster_command(5, picture=Picture.HLS))
    model = PlaybackModel(store)
    model.settle(engine.state)
    model.site_changed(code(1), Seeing.SEES_AND_HEARS)
    model.site_changed(code(2), Seeing.SILENT)
    model.site_changed(code(3), Seeing.WAITING)
    row = store.rows["playback"]
    assert isinstance(row, PlaybackRow)
    assert (row.see_and_hear, row.silent, row.waiting) == (1, 1, 1)
    assert row.should == 5 == row.see_and_hear + row.silent + row.waiting + row.without
    assert code(1) not in row.lacking
    assert {code(2), code(3)} <= set(row.lacking)
    model.site_changed(code(1), Seeing.NOTHING)
    assert store.rows["playback"].see_and_hear == 0
