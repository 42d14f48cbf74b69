"""Capture times from arrivals: jitter, drift, and senders that fall behind their own pictures."""

import random

from server.media.worker.capture_clock import SLIP, CaptureClock
from server.media.worker.flow import Ticks
from site_agent.units import SECOND, Monotonic

FRAME = 3_000
FRAME_US = 1_000_000 / 30
START = 1_000 * SECOND


def fed(clock, delays, first=0):
    """One picture a frame from `first` on, each so many µs late; the last pts and its arrival."""
    pts, arrived = Ticks(0), Monotonic(0)
    for number, delay in enumerate(delays, first):
        pts = Ticks(number * FRAME)
        arrived = Monotonic(round(START + number * FRAME_US + delay))
        clock.see(pts, arrived)
    return pts, arrived


def test_jitter_of_the_way_does_not_show_in_capture_times():
    clock = CaptureClock()
    dice = random.Random(1)
    pts, _ = fed(clock, [dice.choice([20_000, 80_000, 900_000]) for _ in range(900)])
    assert abs(clock.captured(pts) - (START + pts * 100 // 9) - 20_000) < 50
    assert clock.slipped_at is None


def test_a_sender_half_as_fast_as_its_pictures_is_not_told_as_half_a_minute_old():
    clock = CaptureClock()
    pts, arrived = fed(clock, [number * FRAME_US for number in range(60 * 15)])
    assert arrived - clock.captured(pts) < 8 * SECOND
    assert clock.slipped_at is not None
    assert clock.slipped_by > SLIP


def test_after_one_break_of_the_sender_capture_times_are_true_again_within_seconds():
    clock = CaptureClock()
    slip = 5 * SECOND
    pts, arrived = fed(clock, [0] * 900 + [slip] * 90)
    assert abs(arrived - clock.captured(pts) - slip) < 50
    pts, arrived = fed(clock, [slip] * 300, first=900 + 90)
    assert abs(arrived - clock.captured(pts)) < 50


def test_a_network_that_held_all_back_for_seconds_and_let_go_changes_nothing():
    clock = CaptureClock()
    held = [4 * SECOND - number * FRAME_US for number in range(120)]
    pts, arrived = fed(clock, [0] * 900 + held + [0] * 900)
    assert abs(arrived - clock.captured(pts)) < 50
    assert clock.slipped_at is None


def test_an_outage_of_half_a_minute_changes_nothing():
    clock = CaptureClock()
    pts, arrived = fed(clock, [0] * 900)
    pts, arrived = fed(clock, [0] * 900, first=1_800)
    assert abs(arrived - clock.captured(pts)) < 50
    assert clock.slipped_at is None


def test_segments_of_ten_seconds_that_come_all_at_once_do_not_look_like_a_slip():
    clock = CaptureClock()
    pts = Ticks(0)
    arrived = Monotonic(0)
    for number in range(3_000):
        pts = Ticks(number * FRAME)
        arrived = Monotonic(round(START + (number // 300 + 1) * 10 * SECOND))
        clock.see(pts, arrived)
    assert clock.slipped_at is None
    assert abs(arrived - clock.captured(pts)) < 2 * FRAME_US
