"""The shared vectors hold in Python; `tests/js` holds JavaScript to the same files."""

import pytest

from site_agent.link.codec import FROM_DEVICE_TYPES, FROM_SERVER_TYPES
from tests.support.link_vectors import load, play_clock, play_codec, play_session, play_udp


@pytest.mark.parametrize("case", load("codec"), ids=lambda case: case["name"])
def test_codec(case):
    assert play_codec(case) == case["then"]


@pytest.mark.parametrize("case", load("udp"), ids=lambda case: case["name"])
def test_udp(case):
    assert play_udp(case) == case["then"]


@pytest.mark.parametrize("case", load("clock"), ids=lambda case: case["name"])
def test_clock(case):
    assert play_clock(case) == [step["then"] for step in case["steps"]]


@pytest.mark.parametrize("case", load("session"), ids=lambda case: case["name"])
def test_session(case):
    assert play_session(case) == [step["then"] for step in case["steps"]]


def test_the_two_directions_know_different_messages():
    assert not FROM_DEVICE_TYPES & FROM_SERVER_TYPES
