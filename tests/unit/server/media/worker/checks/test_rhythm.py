import pytest

from server.media.worker.checks.rhythm import Rhythm
from server.media.worker.flow import Ticks, Unit
from site_agent.units import Monotonic

PICTURE = 3_000
"""Ticks of one picture at 30 a second."""


def unit(number, *, pts=None, key=False, size=1_000, ticks=PICTURE, late=0):
    dts = number * ticks
    arrived = Monotonic(dts * 1_000_000 // 90_000 + late)
    return Unit("video", Ticks(dts if pts is None else pts), Ticks(dts), key, bytes(size), arrived)


def fed(units):
    rhythm = Rhythm()
    for each in units:
        rhythm.see(each)
    return rhythm


def test_rate_key_pictures_and_bit_rate_of_a_steady_source():
    rhythm = fed(unit(number, key=number % 60 == 0) for number in range(400))
    assert rhythm.rate == pytest.approx(30)
    assert rhythm.keyframe_seconds == pytest.approx(2)
    assert rhythm.kbps == pytest.approx(240, rel=0.05)
    assert not rhythm.reordered
    assert rhythm.uneven == 0


def test_a_key_picture_that_is_overdue_counts_before_it_comes():
    assert fed(unit(number, key=number == 0) for number in range(200)).keyframe_seconds == pytest.approx(199 / 30)


def test_pictures_left_out_make_it_uneven_and_do_not_lower_the_rate():
    rhythm = fed(unit(number, key=number % 60 == 0) for number in range(300) if number % 7)
    assert rhythm.rate == pytest.approx(30)
    assert rhythm.uneven > 0.1


def test_timestamps_in_whole_milliseconds_are_still_thirty():
    rhythm = fed(unit(number, pts=round(number * 1000 / 30) * 90) for number in range(300))
    assert rhythm.rate == pytest.approx(30, rel=0.01)
    assert rhythm.uneven == 0


def test_pictures_shown_in_another_order_than_they_come_are_b_frames():
    order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]
    assert fed(unit(number, pts=(shown + 2) * PICTURE) for number, shown in enumerate(order)).reordered


@pytest.mark.parametrize("by", [90_000 * 100, -90_000 * 100])
def test_a_jump_is_counted_by_its_length_and_forgotten_after_half_a_minute(by):
    far = by // PICTURE
    after = [unit(number + far, late=-far * 1_000_000 // 30) for number in range(100, 200)]
    rhythm = fed([*(unit(number) for number in range(100)), *after])
    assert rhythm.jumps(after[-1].arrived) == 1
    assert rhythm.jumped_by == pytest.approx(by * 1_000_000 / 90_000, rel=0.01)
    assert rhythm.rate == pytest.approx(30)
    assert rhythm.jumps(Monotonic(after[-1].arrived + 40_000_000)) == 0


def test_a_pause_that_lasted_as_long_as_the_timestamps_say_is_no_jump():
    rhythm = fed([*(unit(number) for number in range(100)), *(unit(number) for number in range(400, 500))])
    assert rhythm.jumps(Monotonic(0)) == 0


def test_a_bit_rate_that_swings_is_unsteady_and_a_constant_one_is_not():
    steady = fed(unit(number) for number in range(30 * 32))
    swinging = fed(unit(number, size=3_000 if number // 120 % 2 else 100) for number in range(30 * 32))
    assert steady.unsteady == pytest.approx(0, abs=0.01)
    assert swinging.unsteady > 0.8
