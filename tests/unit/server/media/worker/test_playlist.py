"""Playlists held to RFC 8216 by a small reader of their text."""

import base64
import re
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.media.messages import LaunchMark, Profile
from server.media.worker.playlist import Entry, MediaPlaylist, date_time, low_size, master_playlist, target_seconds
from site_agent.units import Duration, Instant, seconds

TWO = seconds(2)
BEGIN = Instant(1_795_337_000_000_000)


@dataclass(frozen=True)
class Listed:
    number: int
    turn: int
    duration: float
    begin: str
    name: str


def read(text: str) -> tuple[int, list[Listed]]:
    """Target duration and segments; asserts what §4.3 asks of tags and their order."""
    lines = text.split("\n")
    assert lines[0] == "#EXTM3U"
    assert lines[-1] == ""
    head = dict(line.split(":", 1) for line in lines[1:6] if ":" in line)
    assert len([line for line in lines if line.startswith("#EXT-X-TARGETDURATION:")]) == 1
    first_segment = next(n for n, line in enumerate(lines) if line.startswith("#EXTINF"))
    for tag in ("#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE"):
        assert next(n for n, line in enumerate(lines) if line.startswith(tag)) < first_segment
    target, number = int(head["#EXT-X-TARGETDURATION"]), int(head["#EXT-X-MEDIA-SEQUENCE"])
    turn = int(next(line for line in lines if line.startswith("#EXT-X-DISCONTINUITY-SEQUENCE:")).split(":")[1])
    listed, begin, duration = [], "", None
    for line in lines:
        if line == "#EXT-X-DISCONTINUITY":
            turn += 1
        elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            begin = line.split(":", 1)[1]
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", begin)
        elif line.startswith("#EXTINF:"):
            duration = float(line[8:].rstrip(","))
            assert int(duration + 0.5) <= target
        elif line and not line.startswith("#"):
            assert duration is not None
            listed.append(Listed(number, turn, duration, begin, line))
            number, duration = number + 1, None
    return target, listed


def entry(number: int, turn: int = 0, *, discontinuity: bool = False, duration: Duration = TWO) -> Entry:
    return Entry(
        "source",
        number,
        Instant(BEGIN + number * 2_000_000),
        duration,
        discontinuity,
        turn,
        f"source-{number}.ts",
        1,
    )


@given(
    st.integers(0, 10**6), st.lists(st.tuples(st.booleans(), st.integers(1, 3_400_000), st.booleans()), min_size=1, max_size=60)
)
def test_a_segment_keeps_its_number_and_turn_in_every_playlist_that_names_it(first, steps) -> None:
    playlist = MediaPlaylist(3)
    seen: dict[str, Listed] = {}
    turn, number = 0, first
    for discontinuity, duration, drop in steps:
        turn += discontinuity
        playlist.add(entry(number, turn, discontinuity=discontinuity, duration=Duration(duration)))
        if drop and len(playlist) > 1:
            playlist.drop_first()
        target, listed = read(playlist.text())
        assert target == 3
        for item in listed:
            assert seen.setdefault(item.name, item) == item
        assert [item.number for item in listed] == list(range(listed[0].number, number + 1))
        number += 1


def test_a_number_that_does_not_follow_is_refused() -> None:
    playlist = MediaPlaylist(3)
    playlist.add(entry(4))
    with pytest.raises(ValueError, match="segment 6 after 4"):
        playlist.add(entry(6))


def test_a_segment_longer_than_the_target_allows_is_refused() -> None:
    playlist = MediaPlaylist(3)
    playlist.add(entry(0, duration=Duration(3_499_999)))
    with pytest.raises(ValueError, match="target duration"):
        playlist.add(entry(1, duration=Duration(3_500_000)))


def test_an_empty_playlist_has_no_text() -> None:
    with pytest.raises(IndexError):
        MediaPlaylist(3).text()


def test_each_segment_tells_the_capture_time_of_its_first_picture() -> None:
    playlist = MediaPlaylist(3)
    playlist.add(entry(0))
    playlist.add(entry(1))
    _, listed = read(playlist.text())
    assert [item.begin for item in listed] == [date_time(BEGIN), date_time(Instant(BEGIN + 2_000_000))]


def test_milliseconds_are_rounded_to_the_nearest_across_the_second() -> None:
    assert date_time(Instant(1_000_000_999_500)) == "1970-01-12T13:46:41.000Z"
    assert date_time(Instant(1_000_000_999_499)) == "1970-01-12T13:46:40.999Z"


def test_a_launch_stands_in_the_playlist_with_its_signed_object_word_for_word() -> None:
    signed = '{"body":"…","key":"k","sig":"s"}'
    playlist = MediaPlaylist(3)
    playlist.add(entry(0))
    text = playlist.text((LaunchMark("launch.1.order", Instant(BEGIN + 5_250_000), seconds(20), signed),))
    line = next(line for line in text.split("\n") if line.startswith("#EXT-X-DATERANGE:"))
    attributes = dict(re.findall(r'([A-Z-]+)=("[^"]*"|[0-9.]+)', line))
    assert attributes["ID"] == '"launch.1.order"'
    assert attributes["START-DATE"] == f'"{date_time(Instant(BEGIN + 5_250_000))}"'
    assert attributes["DURATION"] == "20.000"
    value = attributes["X-DIEMCAU-SIGNED"].strip('"')
    assert base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode() == signed


def test_a_launch_that_was_over_before_the_window_is_no_longer_told() -> None:
    playlist = MediaPlaylist(3)
    playlist.add(entry(10))
    assert "DATERANGE" not in playlist.text((LaunchMark("launch.1.order", BEGIN, seconds(19), "{}"),))
    assert "DATERANGE" in playlist.text((LaunchMark("launch.1.order", BEGIN, seconds(20), "{}"),))


def test_an_id_cannot_break_out_of_its_quotes() -> None:
    playlist = MediaPlaylist(3)
    playlist.add(entry(0))
    text = playlist.text((LaunchMark('a"\n#EXT-X-ENDLIST', BEGIN, seconds(1), "{}"),))
    assert 'ID="a#EXT-X-ENDLIST"' in text
    assert "\n#EXT-X-ENDLIST" not in text


def test_the_master_playlist_names_the_light_rendition_first_with_size_rate_and_codecs() -> None:
    lines = master_playlist(Profile()).split("\n")
    assert lines[0] == "#EXTM3U"
    streams = [(dict(re.findall(r'([A-Z-]+)=("[^"]*"|[^,]+)', line)), name) for line, name in pairwise(lines) if "STREAM" in line]
    assert [name for _, name in streams] == ["360p.m3u8", "source.m3u8"]
    light, full = (attributes for attributes, _ in streams)
    assert light["RESOLUTION"] == "640x360"
    assert full["RESOLUTION"] == "1280x720"
    assert full["CODECS"] == '"avc1.4d401f,mp4a.40.2"'
    assert 500_000 <= int(light["AVERAGE-BANDWIDTH"]) <= 600_000
    assert int(light["BANDWIDTH"]) < int(full["BANDWIDTH"])


def test_the_light_size_is_even_and_never_larger_than_the_programme() -> None:
    assert low_size(Profile(width=1920, height=1080)) == (640, 360)
    assert low_size(Profile(width=320, height=180)) == (320, 180)
    assert low_size(Profile(width=1366, height=768)) == (640, 360)


def test_the_target_duration_follows_from_the_distance_of_key_pictures() -> None:
    assert target_seconds(Profile()) == 3
    assert target_seconds(Profile(keyframe_seconds=1.0)) == 2


@given(st.integers(1, 200), st.integers(0, 10**6))
def test_an_update_counts_what_it_leaves_out_and_says_the_rest_as_the_whole_does(length, first) -> None:
    playlist = MediaPlaylist(3)
    for number in range(first, first + length):
        playlist.add(entry(number))
    whole, update = playlist.text(), playlist.text(update=True)
    assert "#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=60.0" in whole
    told = re.search(r"#EXT-X-SKIP:SKIPPED-SEGMENTS=(\d+)\n", update)
    skipped = int(told[1]) if told else 0
    assert skipped == max(0, length - 30), "two seconds each: the last minute stays"
    assert (told is None) == (update == whole)
    assert update.split("#EXTINF", 1)[1] in whole
    assert ("#EXT-X-VERSION:9" in update) == bool(told)
    _, all_segments = read(whole)
    _, newest = read(update)
    assert [segment.name for segment in newest] == [segment.name for segment in all_segments[skipped:]]
    assert [segment.begin for segment in newest] == [segment.begin for segment in all_segments[skipped:]]


def test_an_update_never_leaves_out_a_launch() -> None:
    playlist = MediaPlaylist(3)
    for number in range(500):
        playlist.add(entry(number))
    mark = LaunchMark("c.1.order", Instant(BEGIN + 5_000_000), TWO, "{}")
    assert '#EXT-X-DATERANGE:ID="c.1.order"' in playlist.text([mark], update=True)
