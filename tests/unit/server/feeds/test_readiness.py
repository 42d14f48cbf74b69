"""What pages are told of the checklist, of links never opened and of the conference room."""

import msgspec
import pytest

from server.ceremony.conference import ConferenceAccess, SetConference
from server.ceremony.link_health import Grade, GradeChange, GradesChanged
from server.ceremony.readiness import ChecklistItem, ItemAnswer, ReportReadiness, SetChecklist
from server.ceremony.rehearsal import BeginRehearsal, EndRehearsal
from server.ceremony.roster import ImportRoster, Picture
from server.engine.ids import new_id
from server.feeds.hub import FeedHub
from server.sites.registry import SiteRegistry
from server.sites.telemetry import Telemetry
from tests.support.houses import HouseClock, code, enrol, host, small_engine

GOOD = ItemAnswer(good=True)


@pytest.fixture
def clock():
    return HouseClock()


@pytest.fixture
def engine(clock):
    return small_engine(clock, 3)


@pytest.fixture
def hub(engine, clock):
    return FeedHub(engine, clock, Telemetry(engine, clock, SiteRegistry(engine)))


def report(engine, site=None, **answers):
    site = site or code(1)
    engine.give(ReportReadiness(id=new_id(), site=site, answers=answers), by=host(site))


def totals(hub):
    return hub.read("ceremony")["readiness"]


def test_every_change_is_counted_once_by_item_and_as_a_whole(hub, engine, clock):
    assert (totals(hub).sites, totals(hub).ready) == (4, 0)
    report(engine, sound=GOOD, screen=GOOD, power=GOOD, room=GOOD, muted=GOOD)
    assert totals(hub).items["sound"].good == 1
    assert totals(hub).ready == 0, "the link was not seen yet"
    engine.publish(GradesChanged(changes=(GradeChange(site=code(1), grade=Grade.UP, reason=""),), at=clock.now()))
    assert totals(hub).ready == 1
    assert hub.read(f"site:{code(1)}")["readiness"].ready
    report(engine, muted=ItemAnswer(good=False))
    assert (totals(hub).ready, totals(hub).items["muted"].good) == (0, 0)


def test_counts_made_step_by_step_are_those_of_a_fresh_start(hub, engine, clock):
    report(engine, sound=GOOD, generator=GOOD)
    report(engine, code(2), sound=GOOD, muted=ItemAnswer(good=False))
    engine.give(SetChecklist(id=new_id(), items=(ChecklistItem("sound", "Nghe rõ"), ChecklistItem("flag", "Đã treo cờ"))))
    report(engine, code(3), flag=GOOD)
    fresh = FeedHub(engine, clock, Telemetry(engine, clock, SiteRegistry(engine)))
    assert totals(hub) == totals(fresh)
    assert hub.read("sites") == fresh.read("sites")
    assert [item.id for item in hub.read("ceremony")["checklist"].items] == ["sound", "flag"]


def test_the_day_starts_clean_after_a_rehearsal(hub, engine):
    engine.give(BeginRehearsal(id=new_id()))
    report(engine, sound=GOOD)
    assert totals(hub).items["sound"].good == 1
    engine.give(EndRehearsal(id=new_id(), rehearsal=1))
    assert totals(hub).items["sound"].good == 0
    assert hub.read(f"site:{code(1)}")["readiness"].found == {}


def test_a_link_is_unopened_until_a_device_came_by_it_and_is_never_so_again(hub, engine, clock):
    assert hub.read("sites")[code(1)].unopened
    enrol(engine, code(1), "máy 1")
    assert not hub.read("sites")[code(1)].unopened
    engine.publish(GradesChanged(changes=(GradeChange(site=code(1), grade=Grade.DOWN, reason=""),), at=clock.now()))
    assert not hub.read("sites")[code(1)].unopened
    assert hub.read("sites")[code(2)].unopened


def test_the_room_is_told_to_sites_that_join_it_and_to_no_other(hub, engine):
    engine.give(SetConference(id=new_id(), access=ConferenceAccess("https://hop.test/1", "mk")))
    row = hub.read(f"site:{code(1)}")["conference"]
    assert (row.url, row.password) == ("https://hop.test/1", "mk")
    sites = tuple(
        msgspec.structs.replace(site, picture=Picture.TV) if site.code == code(1) else site
        for site in engine.state.roster.sites.values()
    )
    engine.give(ImportRoster(id=new_id(), levels=engine.state.roster.levels, sites=sites))
    assert "conference" not in hub.read(f"site:{code(1)}")
    assert "conference" in hub.read(f"site:{code(2)}")
    for feed in ("ceremony", "public", "sites", "rollups"):
        assert b"hop.test" not in msgspec.json.encode(list(hub.read(feed).values()))
