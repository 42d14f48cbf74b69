import pytest

from server.endpoints import command_rate
from server.endpoints.command_rate import CommandRate
from server.endpoints.problems import HttpProblem
from site_agent.units import SECOND, Instant


def held_up(rate, subject="desk:1", now=0):
    with pytest.raises(HttpProblem) as raised:
        rate.take(subject, 1, Instant(now))
    assert raised.value.status == 429
    return int(raised.value.headers["Retry-After"])


def test_twenty_a_second_pass_for_ever():
    rate = CommandRate()
    for second in range(1_000):
        rate.take("desk:1", 20, Instant(second * SECOND))


def test_one_link_does_not_slow_another():
    rate = CommandRate(per_second=1, at_once=2)
    rate.take("desk:1", 2, Instant(0))
    held_up(rate)
    rate.take("desk:2", 2, Instant(0))


def test_a_long_list_goes_through_whole_and_the_next_waits_until_it_is_paid_for():
    rate = CommandRate()
    rate.take("desk:1", 500, Instant(0))
    wait = held_up(rate)
    assert wait == 16
    assert held_up(rate, now=(wait - 2) * SECOND) >= 1
    rate.take("desk:1", 500, Instant(wait * SECOND))


def test_asking_too_early_does_not_make_the_wait_longer():
    rate = CommandRate(per_second=1, at_once=1)
    rate.take("desk:1", 1, Instant(0))
    for _ in range(50):
        held_up(rate)
    rate.take("desk:1", 1, Instant(SECOND))


def test_it_remembers_no_more_links_than_it_may(monkeypatch):
    monkeypatch.setattr(command_rate, "MAX_LINKS", 3)
    rate = CommandRate(per_second=1, at_once=1)
    for number in range(10):
        rate.take(f"host:{number}", 1, Instant(0))
    assert len(rate._links) == 3
