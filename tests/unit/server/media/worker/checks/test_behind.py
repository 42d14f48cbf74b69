"""A sender too slow for its own pictures is named."""

from server.media.worker.capture_clock import CaptureClock
from server.media.worker.checks.behind import behind
from server.media.worker.flow import Ticks
from site_agent.units import SECOND, Monotonic


def test_a_slow_sender_is_told_with_what_to_change_for_half_a_minute():
    capture, now = CaptureClock(), Monotonic(0)
    assert behind(capture, now) == ()
    for number in range(60):  # a second of pictures every two seconds
        now = Monotonic((1_000 + 2 * number) * SECOND)
        capture.see(Ticks(number * 90_000), now)
    [fault] = behind(capture, now)
    assert fault.code == "sender_slow"
    assert "giây so với giờ thật" in fault.words
    assert behind(capture, Monotonic(now + 60 * SECOND)) == ()
