import pytest

from server.app import open_storage
from server.beginning import CUE, AlreadyBegun, Beginning, Launch, begin, launch_of
from server.ceremony.cue import CueState
from server.ceremony.roster import LEVELS_BEFORE_JULY_2025
from server.ceremony.rules import Refused
from server.demo_data import NGHE_AN_PROGRAMME, NGHE_AN_ROSTER, with_lines
from server.engine.clock_anchor import open_engine
from server.files.programme import read_programme
from server.files.roster_file import read_roster
from site_agent.launch.objects import Trigger
from site_agent.units import Instant
from tests.support.mornings import site

START = Instant(1_749_603_600_000_000)


def nghe_an(**more):
    roster, programme = read_roster(NGHE_AN_ROSTER.read_bytes()), read_programme(NGHE_AN_PROGRAMME.read_bytes())
    return Beginning(
        title="Lễ phát động", authority="UBND tỉnh Nghệ An", starts_at=START,
        levels=roster.levels, sites=roster.sites, items=programme.items, launch=launch_of(programme.items), **more,
    )  # fmt: skip


async def state_of(data):
    journal, people = await open_storage(data)
    try:
        return (await open_engine(journal, people))[0].state
    finally:
        await people.close()
        await journal.close()


async def test_a_ceremony_begins_with_its_keys_roster_programme_and_a_prepared_launch(tmp_path):
    name = await begin(tmp_path, nghe_an())
    state = await state_of(tmp_path)
    assert name.startswith("ubnd-tinh-nghe-an-20250611-")
    assert state.details.required.ceremony_id == name
    assert len(state.roster.sites) == 433
    assert len(state.programme.items) == 10
    assert state.cues.cues[CUE].state is CueState.PREPARED
    assert state.details.anchor is not None


async def test_it_begins_only_once(tmp_path):
    await begin(tmp_path, nghe_an())
    before = (await state_of(tmp_path)).details.required
    with pytest.raises(AlreadyBegun):
        await begin(tmp_path, nghe_an())
    assert (await state_of(tmp_path)).details.required == before


async def test_what_the_rules_refuse_leaves_no_half_ceremony(tmp_path):
    orphan = Beginning("Lễ", "UBND", START, LEVELS_BEFORE_JULY_2025, (site("1", "nowhere"),))
    with pytest.raises(Refused):
        await begin(tmp_path, orphan)
    assert (await state_of(tmp_path)).details.initiated is None
    await begin(tmp_path, nghe_an())


async def test_the_mc_triggers_a_countdown_and_the_leaders_seats_only_light_up(tmp_path):
    launch = Launch("Phát động", trigger=Trigger.COUNTDOWN, k=3)
    await begin(tmp_path, Beginning("Lễ", "UBND", START, LEVELS_BEFORE_JULY_2025, (site("1", None),), launch=launch))
    plan = (await state_of(tmp_path)).cues.cues[CUE].plan
    assert (plan.trigger_seats, plan.k) == (("mc-1",), 1)
    assert plan.pad_seats == ("Ghế 1", "Ghế 2", "Ghế 3")


def test_the_launch_is_named_as_the_programme_words_it():
    launch = launch_of(read_programme(NGHE_AN_PROGRAMME.read_bytes()).items)
    assert launch.title == "Phát động Phong trào “Bình dân học vụ số”"
    assert launch.subtitle.startswith("Khai trương Cổng Thông tin điện tử")
    assert launch_of(()) is None


def test_the_demo_has_carriers_and_chairs_in_the_hall_but_nobodys_name_or_phone():
    sites = with_lines(read_roster(NGHE_AN_ROSTER.read_bytes()).sites)
    assert {site.carrier for site in sites} == {"VNPT", "Viettel", "MobiFone"}
    assert [site.name for site in sites if site.chair_at == "NA-MAIN"] == ["Huyện Nghi Lộc", "Huyện Nam Đàn", "Huyện Hưng Nguyên"]
    assert not any(site.contact for site in sites)
