from server.media.worker.flow import Ticks
from server.media.worker.lag import Lag

SECOND = 90_000


def after(seconds: int, made_a_second: float, lag: Lag | None = None, late: int = 0) -> Lag:
    """A second is given at a time, so much of a second is made of each, beginning so many seconds `late`."""
    lag = lag or Lag()
    begin = lag.newest
    lag.begin()
    for second in range(1, seconds + 1):
        lag.given(Ticks(begin + second * SECOND))
        if second > late:
            lag.made(Ticks(begin + min(second, round((second - late) * made_a_second)) * SECOND))
    return lag


def test_an_encoder_that_keeps_up_is_never_too_far_behind():
    assert not after(600, 1.0).too_far


def test_one_that_makes_half_of_what_comes_will_not_catch_up_and_the_next_begins_anew():
    assert not after(20, 0.5).too_far
    slow = after(30, 0.5)
    assert slow.too_far
    slow.begin()
    assert not slow.too_far
    assert after(30, 0.5, slow).too_far


def test_one_that_starts_late_and_catches_up_is_left_alone():
    assert not after(60, 1.5, late=15).too_far


def test_a_source_that_paused_for_a_minute_left_its_encoder_nothing_to_do():
    lag = after(10, 1.0)
    lag.given(Ticks(lag.newest + 60 * SECOND))
    assert not lag.too_far
    assert not after(30, 1.0, lag).too_far
