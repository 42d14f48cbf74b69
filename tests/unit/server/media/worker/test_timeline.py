from hypothesis import given
from hypothesis import strategies as st

from server.media.worker.timeline import Timeline
from site_agent.units import Monotonic

WRAP = 1 << 33
PICTURE = 3_000


def at(index: int) -> Monotonic:
    return Monotonic(1_000_000 + index * 33_333)


def test_timestamps_go_on_over_the_33_bit_wrap():
    timeline = Timeline()
    placed = [
        timeline.place("video", raw, raw, at(index))[1] for index in range(5) for raw in [(WRAP - 6_000 + index * PICTURE) % WRAP]
    ]
    assert [after - placed[0] for after in placed] == [0, 3_000, 6_000, 9_000, 12_000]
    assert timeline.jumps == 0


def test_the_second_wrap_is_passed_like_the_first():
    timeline = Timeline()
    step = 90_000
    last = 0
    for index in range(2 * WRAP // step + 10):
        raw = index * step % WRAP
        last = timeline.place("video", raw, raw, Monotonic(index * 1_000_000))[1]
    assert last == (2 * WRAP // step + 9) * step
    assert timeline.jumps == 0


def test_a_jump_is_laid_flat_as_far_as_the_clock_went_on_and_is_counted_once_for_both_tracks():
    timeline = Timeline()
    timeline.place("video", 90_000, 90_000, at(0))
    timeline.place("audio", 89_000, 89_000, at(0))
    jumped = 90_000 + 3_600 * 90_000
    placed = timeline.place("video", jumped, jumped, at(1))[1]
    assert abs(placed - 93_000) <= 1
    sound = timeline.place("audio", jumped - 1_000, jumped - 1_000, at(1))[1]
    assert abs(sound - 92_000) <= 1
    assert timeline.jumps == 1
    assert timeline.last_jump is not None
    assert abs(timeline.last_jump - 3_600_000_000) < 1_000_000


def test_a_track_that_has_not_jumped_yet_keeps_its_place():
    timeline = Timeline()
    timeline.place("video", 90_000, 90_000, at(0))
    timeline.place("audio", 90_000, 90_000, at(0))
    timeline.place("video", 5_000, 5_000, at(1))
    assert timeline.place("audio", 91_920, 91_920, at(1))[1] == 91_920
    assert timeline.jumps == 1


def test_a_pause_that_took_as_long_as_it_says_is_no_jump():
    timeline = Timeline()
    timeline.place("video", 0, 0, Monotonic(0))
    assert timeline.place("video", 900_000, 900_000, Monotonic(10_000_000))[1] == 900_000
    assert timeline.jumps == 0


def test_another_stream_is_laid_after_what_was_and_that_is_no_jump():
    timeline = Timeline()
    timeline.place("video", 500_000, 500_000, Monotonic(0))
    timeline.resume()
    assert timeline.place("video", 7, 7, Monotonic(2_000_000))[1] == 680_000
    assert timeline.place("audio", 7, 7, Monotonic(2_000_000))[1] == 680_000
    assert timeline.jumps == 0


@given(st.lists(st.tuples(st.sampled_from(["video", "audio"]), st.integers(0, WRAP - 1), st.integers(0, 200_000)), max_size=60))
def test_whatever_comes_decoding_times_rise_and_nothing_is_shown_before_it_is_decoded(units):
    timeline = Timeline()
    last = {}
    for index, (track, dts, delay) in enumerate(units):
        pts, placed = timeline.place(track, (dts + delay) % WRAP, dts, at(index))
        assert pts >= placed
        assert track not in last or placed > last[track]
        last[track] = placed
