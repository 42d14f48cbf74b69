"""The conference room: set, replaced, cleared; refused where it makes no sense."""

import pytest

from server.ceremony.conference import ConferenceAccess, SetConference
from server.ceremony.rules import Refused
from server.engine.ids import new_id
from tests.support.houses import HouseClock, small_engine

ROOM = ConferenceAccess("https://hop.test/j/12345", "mat-khau-1")


@pytest.fixture
def engine():
    return small_engine(HouseClock(), 2)


def set_room(engine, access):
    return engine.give(SetConference(id=new_id(), access=access))


def test_a_room_is_set_replaced_and_cleared(engine):
    set_room(engine, ConferenceAccess("  https://hop.test/j/12345 ", " mat-khau-1 "))
    assert engine.state.conference.access == ROOM
    set_room(engine, ConferenceAccess("12345@hop.test"))
    assert engine.state.conference.access == ConferenceAccess("12345@hop.test")
    set_room(engine, ConferenceAccess())
    assert engine.state.conference.access is None
    assert set_room(engine, ConferenceAccess()) == []


def test_the_same_room_again_adds_nothing(engine):
    set_room(engine, ROOM)
    assert set_room(engine, ROOM) == []


@pytest.mark.parametrize(
    "access", [ConferenceAccess("", "mat-khau"), ConferenceAccess("https://x" * 200), ConferenceAccess("https://x", "a\nb")]
)
def test_what_cannot_be_used_is_refused(engine, access):
    with pytest.raises(Refused, match="conference_"):
        set_room(engine, access)


def test_nothing_of_it_reaches_a_log_by_accident(engine):
    [event] = set_room(engine, ROOM)
    assert "mat-khau" not in repr(event)
    assert "hop.test" not in repr(SetConference(id=new_id(), access=ROOM))
