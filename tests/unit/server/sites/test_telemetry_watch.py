"""Flaps, power and incidents as telemetry finds them; grades and silences are in test_telemetry."""

import pytest

from server.ceremony.incidents import LookForIncidents
from server.ceremony.link_health import Grade, Power, RecordGrades
from server.ceremony.readiness import ItemAnswer, ReportReadiness
from server.engine.ids import new_id
from server.feeds.telemetry_port import PowerNow
from server.sites.registry import SiteRegistry
from server.sites.telemetry import Telemetry
from site_agent.launch.objects import Part
from site_agent.link.messages import Health, ProbeCount
from site_agent.units import milliseconds
from tests.support.houses import code, host
from tests.unit.server.sites.test_telemetry import House


@pytest.fixture
def house():
    return House()


def flap(house, session, begin, times):
    """Silent for 30 s, heard for 40 s, again and again; returns the end."""
    seconds = begin
    for _ in range(times):
        for _ in range(30):
            seconds += 1
            house.tick(seconds)
        for _ in range(4):
            seconds += 10
            house.beat(session, seconds)
            house.tick(seconds)
    return seconds


def recorded(house):
    return [change for command in house.engine.given if isinstance(command, RecordGrades) for change in command.changes]


async def test_a_site_that_comes_and_goes_is_told_once_and_then_costs_nothing(house):
    session = house.connect(1)
    house.tick(0)
    end = flap(house, session, 0, 3)
    known = house.engine.state.links.grades[code(1)]
    assert (known.grade, known.flapping) == (Grade.UNSTABLE, True)
    before = len(recorded(house))
    flap(house, session, end, 10)
    assert len(recorded(house)) == before
    assert house.engine.state.links.grades[code(1)].reason.startswith("chập chờn")


async def test_a_flapping_site_that_stays_away_is_told_lost_after_three_minutes(house):
    session = house.connect(1)
    house.tick(0)
    end = flap(house, session, 0, 4)
    for seconds in range(end, end + 179):
        house.tick(seconds)
    assert house.grade(1) is Grade.UNSTABLE
    for seconds in range(end + 179, end + 210):
        house.tick(seconds)
    assert house.grade(1) is Grade.DOWN
    assert not house.engine.state.links.grades[code(1)].flapping


async def test_a_restart_leaves_a_flapping_site_held(house):
    session = house.connect(1)
    house.tick(0)
    end = flap(house, session, 0, 4)
    house.telemetry = Telemetry(house.engine, house.clock, SiteRegistry(house.engine))
    house.beat(session, end + 1)
    assert house.tick(end + 2) == []


async def test_the_way_that_loses_is_in_the_reason(house):
    session = house.connect(1)
    house.tick(1)
    house.beat(session, 10, loss=0.06, loss_up=0.06)
    house.tick(11)
    assert house.engine.state.links.grades[code(1)].reason == "mất gói 6%, chiều gửi"


async def test_udp_probes_that_did_not_arrive_are_the_way_up(house):
    session = house.connect(1)
    house.tick(1)
    beat = house.telemetry.beat
    house.telemetry.beat = lambda session, heartbeat, missed, now: beat(session, heartbeat, missed, now, 30)
    house.beat(session, 10, loss=0.25, probes=ProbeCount(first=0, last=39, sent=40, answered=30))
    house.tick(11)
    assert house.engine.state.links.grades[code(1)].reason == "mất gói 25%, chiều gửi"


async def test_sites_lost_together_are_one_incident_that_closes_when_they_are_back(house):
    sessions = [house.connect(number) for number in range(1, 9)]
    others = [house.connect(number) for number in (9, 10)]
    # A server that hears most of what it heard does not suspect itself.
    house.telemetry._suspicion.judge = lambda alive, now: None
    for seconds in range(1, 70):
        if seconds % 10 == 0:
            for other in others:
                house.beat(other, seconds)
        house.tick(seconds)
    assert any(isinstance(command, LookForIncidents) for command in house.engine.given)
    [incident] = house.engine.state.incidents.open
    assert len(incident.lost) == 8
    for seconds in (80, 90, 100):
        for session in sessions:
            house.beat(session, seconds)
        house.tick(seconds)
    assert list(house.engine.state.incidents.open) == []


async def test_a_screen_on_its_battery_is_told_and_a_phone_on_its_own_is_not(house):
    told = []
    house.telemetry.on_power(told.append)
    screen = house.connect(1)
    phone = house.connect(1, name="phone", part=Part.COMPANION)
    house.beat(phone, 5, health=Health(charging=False, battery=0.3))
    assert house.telemetry.power(code(1)).power is Power.UNKNOWN
    house.beat(screen, 6, health=Health(charging=False, battery=0.8))
    house.clock.move(6_000_000)
    assert house.telemetry.power(code(1)) == PowerNow(power=Power.BATTERY, battery=0.8)
    house.beat(screen, 16, health=Health(charging=True, battery=0.8))
    assert told == [code(1), code(1)]


async def test_a_hosts_word_of_a_generator_goes_before_what_is_measured(house):
    screen = house.connect(1)
    house.beat(screen, 6, health=Health(charging=True))
    answers = {"generator": ItemAnswer(good=True)}
    house.engine.give(ReportReadiness(id=new_id(), site=code(1), answers=answers), by=host(code(1)))
    assert house.telemetry.power(code(1)).power is Power.GENERATOR
    house.beat(screen, 16, round_trip=milliseconds(900), health=Health(charging=True))
    house.tick(17)
    assert house.engine.state.links.grades[code(1)].power is Power.GENERATOR


async def test_the_figures_of_a_site_are_those_of_its_screen(house):
    screen = house.connect(1)
    phone = house.connect(1, name="phone", part=Part.COMPANION)
    house.beat(screen, 10, round_trip=milliseconds(30))
    house.beat(phone, 12, round_trip=milliseconds(500))
    assert [figure.round_trip for figure in house.telemetry.figures(code(1))] == [milliseconds(30)]
    assert house.telemetry.figures(code(2)) == []
