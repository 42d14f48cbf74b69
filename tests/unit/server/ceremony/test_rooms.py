import pytest

from server.ceremony.rooms import AllowRoomPictures, ChooseRoom, DropRoomPicture, KeepRoomPicture, ShareRoom
from server.ceremony.rules import Refused, Role
from server.engine.ids import new_id
from site_agent.units import Sha256
from tests.support.houses import HouseClock, code, host, person, roster_command, small_engine

HASH = Sha256("a" * 64)


@pytest.fixture
def engine():
    return small_engine(HouseClock(), 3)


def allow(allowed=True):
    return AllowRoomPictures(id=new_id(), allowed=allowed)


def share(number=1, *, on=True, notice=True):
    return ShareRoom(id=new_id(), site=code(number), on=on, notice_posted=notice)


def refusal(engine, command, by):
    with pytest.raises(Refused) as caught:
        engine.give(command, by=by)
    return caught.value.code


def test_no_room_sends_before_the_technical_team_allows_it(engine):
    assert refusal(engine, share(), host(code(1))) == "room_pictures_off"
    assert not engine.state.rooms.may_send(code(1))


def test_a_room_sends_once_its_host_says_that_a_notice_hangs_there(engine):
    engine.give(allow())
    assert refusal(engine, share(notice=False), host(code(1))) == "notice_missing"
    engine.give(share(), by=host(code(1)))
    assert engine.state.rooms.may_send(code(1))
    assert not engine.state.rooms.may_send(code(2))


def test_nobody_switches_a_room_on_for_its_host_but_staff_may_switch_it_off(engine):
    engine.give(allow())
    assert refusal(engine, share(), person(Role.TECH)) == "host_must_share"
    assert refusal(engine, share(2), host(code(1))) == "forbidden_site"
    engine.give(share(), by=host(code(1)))
    engine.give(share(on=False), by=person(Role.TECH))
    assert not engine.state.rooms.may_send(code(1))


def test_ending_it_for_all_switches_every_room_off_and_allowing_again_switches_none_on(engine):
    engine.give(allow())
    engine.give(share(), by=host(code(1)))
    engine.give(ChooseRoom(id=new_id(), site=code(1)), by=person(Role.CALLER))
    engine.give(allow(False), allow())
    assert not engine.state.rooms.may_send(code(1))
    assert engine.state.rooms.chosen is None


def test_only_a_room_that_sends_comes_to_the_stage_and_leaves_it_with_its_switch(engine):
    engine.give(allow())
    choose = ChooseRoom(id=new_id(), site=code(1))
    assert refusal(engine, choose, person(Role.CALLER)) == "room_not_sharing"
    assert refusal(engine, choose, person(Role.TECH)) == "forbidden"
    engine.give(share(), by=host(code(1)))
    engine.give(choose, by=person(Role.CALLER))
    assert engine.state.rooms.chosen == code(1)
    engine.give(share(on=False), by=host(code(1)))
    assert engine.state.rooms.chosen is None


def test_a_picture_is_kept_with_a_reason_and_dropped_again(engine):
    keep = KeepRoomPicture(id=new_id(), site=code(1), sha256=HASH, taken_at=HouseClock().now(), reason=" ")
    assert refusal(engine, keep, person(Role.TECH)) == "reason_needed"
    engine.give(KeepRoomPicture(id=new_id(), site=code(1), sha256=HASH, taken_at=keep.taken_at, reason="Ảnh cho báo cáo"))
    assert engine.state.rooms.kept[HASH].reason == "Ảnh cho báo cáo"
    engine.give(DropRoomPicture(id=new_id(), sha256=HASH))
    assert engine.state.rooms.kept == {}
    assert engine.give(DropRoomPicture(id=new_id(), sha256=HASH)) == []


def test_a_site_that_leaves_the_roster_sends_no_more(engine):
    engine.give(allow())
    engine.give(share(3), by=host(code(3)))
    engine.give(roster_command(2))
    assert engine.state.rooms.sharing == {}
