"""A whole morning in Thanh Hóa, from 06:30 to 07:35, on its real 594 sites: one group is without a line from 07:00 to 07:20.

06:30  links are opened, one site after another until 06:50; each checks in, and reports five minutes after opening
06:40  ten sites open and say nothing more until 07:03
06:50  one site is lost alone, until 06:53
06:55  one site comes and goes six times in seven minutes
07:00  the line of Thành phố Thanh Hóa is cut; half of its sites count their delegates only now
07:05  a site corrects its number; two devices of another give two numbers, of which the desk chooses one at 07:12
07:10  the desk enters five sites by phone
07:20  the line is back, and everything typed is sent, twice: the first answers are lost
07:30  the figures are closed by a named person
07:33  a late report by phone; closed again at 07:34
"""

import asyncio
from collections import Counter

import pytest

from server.alerts.gateways import FILE
from server.ceremony.attendance import ChooseHeadCount, CloseFigures, ReportHeadCount
from server.ceremony.details import InitCeremony
from server.ceremony.link_health import Grade
from server.ceremony.roster import ImportRoster
from server.ceremony.rules import SYSTEM, Principal, Role
from server.engine.engine import Engine
from server.engine.ids import new_id
from server.feeds.hub import FeedHub
from server.journal.people import SqliteKeys
from server.journal.sqlite import SqliteJournal
from server.reports.morning import build_morning
from site_agent.launch.objects import Part
from site_agent.units import MINUTE, SECOND, CeremonyId, Duration, Instant, PublicKey, SiteCode
from tests.support.engines import FakeClock, FakeTimer, running
from tests.support.mornings import THANH_HOA, at, roster_of
from tests.support.whole_mornings import WholeMorning, times

pytestmark = pytest.mark.timeout(180)

SITES = {each.code: each for each in roster_of(THANH_HOA).sites}


def communes(group):
    return [each.code for each in SITES.values() if each.group == group and each.level == "commune"]


CITY = "Thành phố Thanh Hóa"
CUT_OFF = [code for code, each in SITES.items() if each.group == CITY]
PHONED = communes("Huyện Triệu Sơn")[:5]
SLOW = communes("Huyện Hoằng Hóa")[:10]
ALONE, FLAPPING, CORRECTING, TWO_DEVICES, SILENT, LATE = communes("Huyện Thọ Xuân")[:6]
UNOPENED = {*PHONED, SILENT, LATE}
OPENING = {
    code: Instant(at(6, 30, 10) + number % 120 * 10 * SECOND) for number, code in enumerate(SITES) if code not in UNOPENED
} | dict.fromkeys(SLOW, at(6, 40))
TYPING = {code: Instant(opened + 5 * MINUTE) for code, opened in OPENING.items()}
TYPING |= dict.fromkeys(SLOW, at(7, 6)) | dict.fromkeys((CORRECTING, TWO_DEVICES), at(6, 52))
TYPING |= dict(zip(CUT_OFF[::2], times(at(7, 3), 20, len(CUT_OFF[::2])), strict=True))
NUMBER = {code: 15 + number % 30 for number, code in enumerate(SITES)}
FALLS = list(times(at(6, 55), 70, 6))


def script(day):
    """The whole morning, as the table above tells it."""
    count = "report_head_count"
    first = {}

    def counts(code, name=None, **more):
        first[name or code] = day.types(name or code, count, counts={"unsorted": NUMBER[code]}, supersedes=(), **more)

    def by_phone(code):
        day.asks(ReportHeadCount(id=new_id(), site=code, counts={"unsorted": NUMBER[code]}, occurred_at=day.now))

    def corrects():
        day.types(CORRECTING, count, counts={"unsorted": 27}, supersedes=(first[CORRECTING],), reason="Đếm lại")

    def second_number():
        first["phone"] = day.types("phone", count, counts={"unsorted": 71}, supersedes=())

    def chooses():
        day.asks(ChooseHeadCount(id=new_id(), site=TWO_DEVICES, figure=first["phone"], over=(first[TWO_DEVICES],)))

    def closes():
        day.asks(CloseFigures(id=new_id(), closed_by="Chánh Văn phòng Sở KH&CN"))

    rows = []
    for code, opened in OPENING.items():
        checked_in = at(7, 3) if code in SLOW else Instant(opened + 30 * SECOND)
        rows += [
            (opened, lambda code=code: day.opens(code)),
            (checked_in, lambda code=code: day.types(code, "check_in")),
            (TYPING[code], lambda code=code: counts(code)),
        ]
    for cut in FALLS:
        rows += [
            (cut, lambda: day.loses_line(FLAPPING)),
            (Instant(cut + 30 * SECOND), lambda: day.has_line(FLAPPING)),
        ]
    rows += [(at(7, 10), lambda code=code: by_phone(code)) for code in PHONED]
    looks = [
        at(6, 30, 5),
        at(6, 44, 59),
        at(6, 45, 1),
        at(6, 52),
        at(7, 0, 1),
        at(7, 4),
        at(7, 11),
        at(7, 19),
        at(7, 30),
        at(7, 34),
    ]
    rows += [(when, day.look_at_chase) for when in looks]
    return [
        *rows,
        (at(6, 50), lambda: day.loses_line(ALONE)),
        (at(6, 53), lambda: day.has_line(ALONE)),
        (at(7, 0), lambda: day.loses_line(*CUT_OFF)),
        (at(7, 4), lambda: day.opens(TWO_DEVICES, "phone", Part.COMPANION)),
        (at(7, 5), corrects),
        (at(7, 5), second_number),
        (at(7, 12), chooses),
        (at(7, 20), lambda: day.has_line(*CUT_OFF, hears=False)),
        (at(7, 20, 3), lambda: day.has_line(*CUT_OFF)),
        (at(7, 30), closes),
        (at(7, 33), lambda: by_phone(LATE)),
        (at(7, 34), closes),
    ]


async def whole_morning(folder):
    """The morning when it is over, and an engine that begins from its journal."""
    (folder / FILE).write_text('[[gateway]]\nname = "Thư"\nurl = "json://thu.example.vn"\n')
    (folder / FILE).chmod(0o600)
    clock = FakeClock(at(6, 30))
    timer = FakeTimer(clock)
    journal = await SqliteJournal.open(folder / "journal.sqlite3")
    keys = await SqliteKeys.open(folder / "people.sqlite3")
    engine = await Engine.opened(journal, keys, clock, timer)
    async with running(engine):
        init = InitCeremony(
            id=new_id(),
            ceremony_id=CeremonyId("thanh-hoa"),
            title="Lễ phát động",
            authority="UBND tỉnh Thanh Hóa",
            starts_at=at(8, 0),
            close_before=Duration(30 * MINUTE),
            live_key=PublicKey("live"),
            rehearsal_key=PublicKey("rehearsal"),
        )
        await engine.submit(init, SYSTEM)
        roster = roster_of(THANH_HOA)
        admin = Principal(role=Role.ADMIN, seat="admin-1")
        answer = await engine.submit(ImportRoster(id=new_id(), levels=roster.levels, sites=roster.sites), admin)
        assert answer.outcome == "accepted", answer.problem
        day = WholeMorning(engine, clock, timer, folder)
        await day.play(script(day), at(7, 35))
    again = await Engine.opened(journal, keys, clock, timer)
    await keys.close()
    await journal.close()
    return day, again


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    return asyncio.run(whole_morning(tmp_path_factory.mktemp("morning")))


@pytest.fixture
def day(played):
    return played[0]


@pytest.fixture
def state(day):
    return day.engine.state


def within(moment, start, seconds):
    return start <= moment <= start + seconds * SECOND


def test_each_site_of_the_group_is_stale_then_down_then_up_within_the_bounds(state):
    for code in CUT_OFF:
        *_, (stale_at, stale), (down_at, down), (up_at, up) = state.links.history[code]
        assert [stale.grade, down.grade, up.grade] == [Grade.STALE, Grade.DOWN, Grade.UP]
        # The last heartbeat came in the ten seconds before 07:00; silence is judged after 25 and 45 seconds of it.
        assert within(stale_at, at(7, 0, 15), 11)
        assert within(down_at, at(7, 0, 35), 11)
        assert down_at - stale_at == 20 * SECOND
        # Three good heartbeats after the line is back.
        assert within(up_at, at(7, 20, 20), 10)


def test_no_site_is_told_to_have_fallen_that_did_not(state):
    fallen = {code for code, past in state.links.history.items() for _, change in past if change.grade is not Grade.UP}
    assert fallen == {*CUT_OFF, ALONE, FLAPPING}
    assert state.links.suspected is None


def test_a_line_that_comes_and_goes_is_told_once_and_calms_down(state):
    told = [(change.grade, change.flapping) for _, change in state.links.history[FLAPPING]]
    assert Counter(grade for grade, _ in told)[Grade.STALE] < len(FALLS) - 1
    assert [grade for grade, flapping in told if flapping] == [Grade.UNSTABLE]
    assert told[-1] == (Grade.UP, False)


def test_the_group_is_one_incident_from_its_fall_to_its_return(day, state):
    [incident] = state.incidents.all.values()
    assert incident.name == CITY
    assert set(incident.sites) == set(CUT_OFF)
    assert within(incident.since, at(7, 0, 35), 11)
    assert within(incident.opened_at, at(7, 0, 47), 25)
    assert incident.closed_at is not None
    assert within(incident.closed_at, at(7, 20, 20), 12)
    assert day.hub.read("watch")["incident:1"].closed_at == incident.closed_at


def test_alerts_tell_the_incident_and_not_its_sites_and_every_recovery(day):
    told = [(job.kind, job.title) for _, job in day.alerts]
    alone = SITES[ALONE].name
    assert [kind for kind, _ in told] == ["failure", "success", "failure", "warning", "success"]
    assert [alone in title for _, title in told] == [True, True, False, False, False]
    assert [CITY in title for _, title in told] == [False, False, True, True, True]
    lost, back, incident, again, over = (when for when, _ in day.alerts)
    assert within(lost, at(6, 51, 35), 30)
    assert within(back, at(6, 53, 30), 45)
    assert within(incident, at(7, 0, 50), 30)
    assert again - incident == 10 * MINUTE
    assert within(over, at(7, 20, 50), 20)
    assert not any(SITES[code].name in job.body for _, job in day.alerts for code in CUT_OFF if SITES[code].name != CITY)


def test_the_chase_list_grows_with_what_comes_due_and_shrinks_by_itself(day):
    chase = day.chase()
    late = {when: counts["late"] for when, counts in chase.items()}
    not_open = sum(opened > at(6, 45, 1) for opened in OPENING.values())
    assert late == {
        at(6, 30, 5): 0,
        at(6, 44, 59): 0,
        at(6, 45, 1): not_open + len(UNOPENED),
        at(6, 52): len(UNOPENED),
        at(7, 0, 1): len(UNOPENED) + len(SLOW),
        at(7, 4): len(UNOPENED),
        at(7, 11): 2,
        at(7, 19): 2,
        at(7, 30): 2,
        at(7, 34): 1,
    }
    everyone = [counts["all"] for counts in chase.values()]
    assert everyone[0] == len(SITES)
    assert everyone == sorted(everyone, reverse=True)
    assert everyone[7] == 2 + len(CUT_OFF[::2])
    assert everyone[8] == 2


def test_every_report_counts_once_with_the_time_it_was_typed(day, state):
    expected = {code: [typed] for code, typed in TYPING.items()} | {code: [at(7, 10)] for code in PHONED}
    expected[CORRECTING].append(at(7, 5))
    expected[TWO_DEVICES].append(at(7, 5))
    expected[LATE] = [at(7, 33)]
    told = {code: [report.occurred_at for report in said.reports] for code, said in state.attendance.sites.items()}
    assert told == expected
    waited = [state.attendance.sites[code].reports[0] for code in CUT_OFF[::2]]
    assert {report.at for report in waited} == {at(7, 20)}
    assert day.waiting == []
    assert Counter(Counter(day.sent).values())[2] == len(waited), "sent twice, because the first answers were lost"


def expected_at_half_past_seven():
    numbers = {code: NUMBER[code] for code in (*TYPING, *PHONED)}
    return numbers | {CORRECTING: 27, TWO_DEVICES: 71}


def test_the_report_of_half_past_seven_says_what_the_script_adds_up_to(state):
    report = build_morning(state, 1)
    numbers = expected_at_half_past_seven()
    assert (report.closed_by, report.closed_at) == ("Chánh Văn phòng Sở KH&CN", at(7, 30))
    total = report.total
    assert (total.sites, total.reported, total.missing) == (len(SITES), len(SITES) - 2, 2)
    assert (total.present, total.connected, total.checked_in) == (sum(numbers.values()), len(OPENING), len(OPENING))
    for lines, names in ((report.levels, level_names()), (report.groups, {code: each.group for code, each in SITES.items()})):
        recount = Counter()
        for code, number in numbers.items():
            recount[names[code]] += number
        assert {line.name: line.present for line in lines} == dict(recount)
    assert {line.code: line.present for line in report.sites if line.present is not None} == numbers
    assert {line.code for line in report.missing} == {SILENT, LATE}
    assert [(line.code, line.present_before, line.correction) for line in report.corrected] == [
        (CORRECTING, NUMBER[CORRECTING], "Đếm lại")
    ]
    assert report.disagreeing == ()
    assert {line.code for line in report.sites if line.reported_by_desk and line.present is not None} == set(PHONED)


def level_names():
    names = {level.id: level.name for level in roster_of(THANH_HOA).levels}
    return {code: names[each.level] for code, each in SITES.items()}


def test_the_late_report_makes_version_two_and_is_its_only_difference(state):
    report = build_morning(state)
    assert (report.version, report.closed_at, report.previous_present) == (
        2,
        at(7, 34),
        sum(expected_at_half_past_seven().values()),
    )
    assert [(change.site.code, change.before, change.after) for change in report.changes] == [
        (SiteCode(LATE), None, NUMBER[LATE])
    ]
    assert report.total.present == report.previous_present + NUMBER[LATE]


def test_the_journal_leads_to_the_same_morning_again(played, day, state):
    again = played[1]
    assert again.state == state
    assert again.head == day.engine.head
    assert FeedHub(again, day.clock, day.telemetry).read("sites") == day.hub.read("sites")
