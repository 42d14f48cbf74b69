import pytest

from server.ceremony.chasing import AssignChase, NoteChase
from server.ceremony.messages import AskForHelp, FinishTicket, ReadMessages, SendMessage, TakeTicket, Topic
from server.ceremony.notices import ReadNotice, Selection, SendNotice, WithdrawNotice
from server.ceremony.rehearsal import BeginRehearsal, EndRehearsal, UndoPhase
from server.ceremony.rules import Role
from server.engine.ids import new_id
from server.feeds.help import DONE_TICKETS
from server.feeds.hub import FeedHub
from server.sites.registry import SiteRegistry
from server.sites.telemetry import Telemetry
from site_agent.units import MINUTE
from tests.support.houses import HouseClock, code, host, person, small_engine


@pytest.fixture
def clock():
    return HouseClock()


@pytest.fixture
def house(clock):
    engine = small_engine(clock, 3)
    return engine, FeedHub(engine, clock, Telemetry(engine, clock, SiteRegistry(engine)))


def say(engine, text, site=1, by=None):
    engine.give(SendMessage(id=new_id(), site=code(site), text=text), by=by or host(code(site)))


def test_the_centre_sees_threads_with_what_nobody_has_read(house):
    engine, hub = house
    say(engine, "Mất tiếng")
    say(engine, "Mất cả hình")
    row = hub.read("help")[f"thread:{code(1)}"]
    assert (row.last, row.unread, row.from_site) == ("Mất cả hình", 2, True)
    engine.give(ReadMessages(id=new_id(), site=code(1), upto=2), by=person(Role.TECH))
    assert hub.read("help")[f"thread:{code(1)}"].unread == 0


def test_a_site_sees_its_own_thread_and_no_other(house):
    engine, hub = house
    say(engine, "Mất tiếng")
    say(engine, "Đang kiểm tra", by=person(Role.TECH))
    own = hub.read(f"site:{code(1)}")["messages"]
    assert [(line.number, line.text, line.from_site) for line in own.lines] == [
        (1, "Mất tiếng", True),
        (2, "Đang kiểm tra", False),
    ]
    assert hub.read(f"site:{code(2)}")["messages"].lines == ()


def test_a_call_for_help_moves_on_both_sides(house):
    engine, hub = house
    ask = AskForHelp(id=new_id(), site=code(1), topic=Topic.SOUND)
    engine.give(ask, by=host(code(1)))
    engine.give(TakeTicket(id=new_id(), ticket=ask.id), by=person(Role.TECH, "kỹ thuật 1"))
    assert hub.read("help")[f"ticket:{ask.id}"].owner == "kỹ thuật 1"
    assert hub.read(f"site:{code(1)}")["messages"].tickets[0].state == "taken"


def test_finished_tickets_leave_the_feed_oldest_first(house):
    engine, hub = house
    asked = []
    for number in range(DONE_TICKETS + 1):
        ask = AskForHelp(id=new_id(), site=code(1), topic=Topic.OTHER, text=f"lần {number}")
        engine.give(ask, by=host(code(1)))
        engine.give(FinishTicket(id=new_id(), ticket=ask.id), by=person(Role.TECH))
        asked.append(f"ticket:{ask.id}")
    kept = [key for key in hub.read("help") if key.startswith("ticket:")]
    assert kept == asked[1:]


def test_a_notice_is_counted_as_it_is_read_and_leaves_the_sites_when_withdrawn(house):
    engine, hub = house
    notice = SendNotice(id=new_id(), text="Kiểm tra micro", to=Selection(all=True))
    engine.give(notice, by=person(Role.DESK))
    engine.give(ReadNotice(id=new_id(), site=code(1), notice=notice.id), by=host(code(1)))
    row = hub.read("help")[f"notice:{notice.id}"]
    assert (row.of, row.read) == (4, 1)
    assert [each.read for each in hub.read(f"site:{code(1)}")["notices"].notices] == [True]
    assert [each.read for each in hub.read(f"site:{code(2)}")["notices"].notices] == [False]
    engine.give(WithdrawNotice(id=new_id(), notice=notice.id), by=person(Role.DESK))
    assert hub.read(f"site:{code(2)}")["notices"].notices == ()


def test_who_chases_a_site_and_what_came_of_it_is_told(house):
    engine, hub = house
    engine.give(AssignChase(id=new_id(), sites=(code(1),), owner="bàn 1"))
    engine.give(NoteChase(id=new_id(), site=code(1), text="không nghe máy"), by=person(Role.DESK, "bàn 1"))
    row = hub.read("help")[f"chase:{code(1)}"]
    assert (row.owner, row.noted, row.notes[0].text) == ("bàn 1", 1, "không nghe máy")
    engine.give(AssignChase(id=new_id(), sites=(code(2),), owner="bàn 1"))
    engine.give(AssignChase(id=new_id(), sites=(code(2),), owner=""))
    assert f"chase:{code(2)}" not in hub.read("help")


def test_the_day_begins_without_the_calls_of_the_rehearsal_and_taking_its_end_back_brings_them_back(house, clock):
    engine, hub = house
    before, during = (AskForHelp(id=new_id(), site=code(site), topic=Topic.SOUND) for site in (1, 2))
    engine.give(before, by=host(code(1)))
    clock.move(MINUTE)
    engine.give(BeginRehearsal(id=new_id()), by=person(Role.DESK))
    engine.give(during, by=host(code(2)))
    engine.give(TakeTicket(id=new_id(), ticket=during.id), by=person(Role.TECH, "kỹ thuật 1"))
    engine.give(EndRehearsal(id=new_id(), rehearsal=1), by=person(Role.DESK))
    rows = hub.read("help")
    assert (rows[f"ticket:{before.id}"].state, rows[f"ticket:{during.id}"].state) == ("open", "done")
    assert hub.read(f"site:{code(2)}")["messages"].tickets[0].state == "done"
    engine.give(UndoPhase(id=new_id(), number=2), by=person(Role.DESK))
    row = hub.read("help")[f"ticket:{during.id}"]
    assert (row.state, row.owner) == ("taken", "kỹ thuật 1")


def test_a_notice_of_a_rehearsal_stays_and_is_marked_until_the_rehearsal_is_taken_back(house, clock):
    engine, hub = house
    engine.give(BeginRehearsal(id=new_id()), by=person(Role.DESK))
    notice = SendNotice(id=new_id(), text="Mai mở máy lúc 6 giờ 30.", to=Selection(all=True))
    engine.give(notice, by=person(Role.DESK))
    clock.move(MINUTE)
    assert hub.read("help")[f"notice:{notice.id}"].rehearsal
    assert hub.read(f"site:{code(1)}")["notices"].notices[0].rehearsal
    engine.give(UndoPhase(id=new_id(), number=1), by=person(Role.DESK))
    assert not hub.read("help")[f"notice:{notice.id}"].rehearsal
    assert not hub.read(f"site:{code(1)}")["notices"].notices[0].rehearsal
