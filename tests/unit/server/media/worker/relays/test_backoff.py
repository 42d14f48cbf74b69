from hypothesis import given
from hypothesis import strategies as st

from server.media.worker.relays.backoff import Backoff


def test_waits_double_from_a_quick_first_one_up_to_a_bound():
    backoff = Backoff(first=0.5, longest=4.0, dice=lambda: 0.5)
    assert [backoff.next() for _ in range(5)] == [0.5, 1.0, 2.0, 4.0, 4.0]


def test_after_a_success_the_next_wait_is_a_quick_one_again():
    backoff = Backoff(first=0.5, dice=lambda: 0.5)
    for _ in range(4):
        backoff.next()
    backoff.reset()
    assert backoff.next() == 0.5


@given(st.floats(0, 1))
def test_chance_moves_a_wait_by_no_more_than_a_quarter(dice):
    assert 0.375 <= Backoff(first=0.5, dice=lambda: dice).next() <= 0.625
