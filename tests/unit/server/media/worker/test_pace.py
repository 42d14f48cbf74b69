"""Which sources run ahead of the clock."""

from server.media.worker.flow import Ticks
from server.media.worker.pace import Pace
from site_agent.units import Monotonic


def shown(pace: Pace, media: range, arrived) -> Pace:
    """A picture at each second of `media`; `arrived` tells its second of arrival."""
    for second in media:
        pace.see(Ticks(second * 90_000), Monotonic(round(arrived(second) * 1_000_000)))
    return pace


def test_a_source_at_the_pace_of_its_pictures_is_even_for_days_also_with_a_fast_quartz():
    assert not shown(Pace(), range(0, 200_000, 10), lambda second: second * 0.9999).too_fast


def test_what_was_held_up_and_comes_at_once_is_no_source_without_pace():
    pace = shown(Pace(), range(60), lambda second: second)
    assert not shown(pace, range(60, 120), lambda _: 120).too_fast


def test_what_a_server_sends_at_once_to_whoever_joins_is_even():
    assert not shown(Pace(), range(60), lambda second: max(0, second - 10)).too_fast


def test_a_file_without_pace_is_found_and_taken_again_once_it_comes_evenly():
    pace = shown(Pace(), range(40), lambda second: second / 10)
    assert pace.too_fast
    assert not shown(pace, range(40, 60), lambda second: 4 + second - 40).too_fast
