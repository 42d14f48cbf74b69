import pytest

from server.ceremony.chasing import MAX_NOTES, MAX_SNOOZE, AssignChase, NoteChase, SnoozeChase
from server.ceremony.messages import shown_text
from server.ceremony.rules import Refused, Role
from server.engine.ids import new_id
from site_agent.units import MINUTE, Instant
from tests.support.houses import HouseClock, code, host, person, small_engine


@pytest.fixture
def clock():
    return HouseClock()


@pytest.fixture
def engine(clock):
    return small_engine(clock, 3)


def test_sites_are_assigned_to_one_caller_and_only_what_changes_is_kept(engine):
    engine.give(AssignChase(id=new_id(), sites=(code(1), code(2)), owner="bàn 1"))
    events = engine.give(AssignChase(id=new_id(), sites=(code(1), code(3), code(3)), owner="bàn 1"))
    assert [event.sites for event in events] == [(code(3),)]
    engine.give(AssignChase(id=new_id(), sites=(code(1),), owner=""))
    assert {site: chase.owner for site, chase in engine.state.chasing.sites.items()} == {
        code(1): "",
        code(2): "bàn 1",
        code(3): "bàn 1",
    }


def test_notes_tell_what_came_of_each_call_and_the_oldest_go_first(engine):
    for number in range(MAX_NOTES + 2):
        engine.give(NoteChase(id=new_id(), site=code(1), text=f"lần {number}"), by=person(Role.DESK))
    notes = engine.state.chasing.sites[code(1)].notes
    assert (len(notes), shown_text(notes[0].words)) == (MAX_NOTES, "lần 2")


def test_a_site_is_left_in_peace_until_an_instant_and_can_be_woken(engine, clock):
    until = Instant(clock.now() + 10 * MINUTE)
    engine.give(SnoozeChase(id=new_id(), site=code(1), until=until))
    assert engine.state.chasing.sites[code(1)].snoozed_until == until
    engine.give(SnoozeChase(id=new_id(), site=code(1), until=None))
    assert engine.state.chasing.sites[code(1)].snoozed_until is None


@pytest.mark.parametrize("late", [0, MAX_SNOOZE + 1])
def test_a_snooze_into_the_past_or_beyond_half_a_day_is_refused(engine, clock, late):
    with pytest.raises(Refused, match="snooze_when"):
        engine.give(SnoozeChase(id=new_id(), site=code(1), until=Instant(clock.now() + late)))


def test_unknown_sites_are_named_and_nothing_is_assigned(engine):
    with pytest.raises(Refused) as caught:
        engine.give(AssignChase(id=new_id(), sites=(code(1), code(99)), owner="bàn 1"))
    assert caught.value.fields == {code(99): "không có trong danh sách"}
    assert engine.state.chasing.sites == {}


def test_hosts_chase_nobody(engine):
    with pytest.raises(Refused, match="forbidden"):
        engine.give(NoteChase(id=new_id(), site=code(1), text="a"), by=host(code(1)))
