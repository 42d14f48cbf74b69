import pytest

from server.ceremony.attendance import CheckIn
from server.ceremony.cue import CueMoved, CueState
from server.ceremony.rules import PersonalFields, Role
from server.engine.ids import new_id
from server.feeds.calm import CALM_EVERY
from server.feeds.hub import FeedHub
from site_agent.units import Attempt
from tests.support.houses import CUE, ROOT, HouseClock, code, host, person, planned, small_engine
from tests.unit.server.feeds.test_hub import Page, Telemetry


@pytest.fixture
def clock():
    return HouseClock()


@pytest.fixture
def engine(clock):
    return small_engine(clock)


@pytest.fixture
def hub(engine, clock):
    return FeedHub(engine, clock, Telemetry())


def check_in(engine, site) -> None:
    engine.give(CheckIn(id=new_id(), site=site, contact=PersonalFields(name="Họ và tên")), by=host(site))


def told(page) -> list[str]:
    """Keys that changed, in order of their telling."""
    return [key for message in page.read() if "changes" in message for key, _ in message["changes"]]


def signs(hub, number) -> None:
    for _ in range(number):
        hub.say_life()
    hub.flush()


def test_a_host_hears_sums_only_now_and_then_and_then_the_newest(hub, engine):
    page, staff = Page(hub, host(code(1)), "ceremony", "public"), Page(hub, person(Role.TECH), "ceremony")
    for number in (2, 3):
        check_in(engine, code(number))
        hub.flush()
    assert told(page) == []
    assert told(staff) == ["totals", "totals"]
    signs(hub, CALM_EVERY)
    assert told(page) == ["totals"]
    assert page.rows["ceremony"]["totals"]["checked_in"] == 2
    signs(hub, CALM_EVERY)
    assert told(page) == []


@pytest.mark.parametrize("principal", [host(ROOT), person(Role.MC), person(Role.PRESSER)])
def test_the_main_hall_and_those_who_lead_hear_every_change(hub, engine, principal):
    page = Page(hub, principal, "ceremony")
    check_in(engine, code(2))
    hub.flush()
    assert told(page) == ["totals"]


def test_what_a_launch_changes_reaches_every_host_at_once(hub, engine):
    engine.publish(planned())
    hub.flush()
    page = Page(hub, host(code(1)), "ceremony", "public")
    moved = CueMoved(cue=CUE, attempt=Attempt(1), before=CueState.DRAFT, after=CueState.POLLING, live=True, at=1, reason="")
    engine.publish(moved)
    assert told(page) == [f"cue:{CUE}", "launch"]


def test_a_host_that_comes_back_goes_on_where_it_was(hub, engine):
    page = Page(hub, host(code(1)), "ceremony")
    feed_id, offset = page.at["ceremony"]
    hub.leave(page.socket)
    check_in(engine, code(2))
    signs(hub, CALM_EVERY)
    hub.subscribe("ceremony", host(code(1)), page.socket, feed_id, offset)
    assert told(page) == ["totals"]


def test_a_host_whose_site_became_the_main_hall_can_still_leave(hub, engine):
    page = Page(hub, host(ROOT), "ceremony")
    engine.state.roster.root = code(1)
    hub.leave(page.socket)
    check_in(engine, code(2))
    hub.flush()
    assert told(page) == []
