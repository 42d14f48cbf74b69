import json

import pytest

from server.ceremony.rules import Person, PersonalFields, Role
from server.reports.as_json import render_json
from server.reports.morning import ReportUnavailable, build_draft, build_morning
from site_agent.units import PersonId, SiteCode
from tests.support.mornings import NGHE_AN, SMALL, Morning, at, roster_of, site


@pytest.fixture
def morning():
    """Half of a small province has reported, one corrected, one has a substitute; the figures are closed twice."""
    morning = Morning()
    morning.connect("HALL", "C1")
    morning.check_in("C1")
    morning.chair("C1")
    morning.chair("C2", PersonalFields(name="Họ và tên", title="Phó Chủ tịch UBND xã"))
    morning.count("C1", Role.HOST, counts={"leaders": 2, "residents": 20}, now=at(6, 50))
    morning.count("HALL", Role.DESK, counts={"unsorted": 280})
    morning.count("HALL", Role.DESK, counts={"unsorted": 290}, reason="Đếm lại.")
    morning.close()
    morning.count("C2", Role.DESK, officials=31, now=at(7, 21))
    morning.close(at(7, 25))
    return morning


def test_version_one_says_what_was_closed_whatever_came_later(morning):
    report = build_morning(morning.state, 1)
    assert (report.total.present, report.total.reported, report.total.missing) == (312, 2, 4)
    assert (report.total.sites, report.total.expected, report.total.connected, report.total.checked_in) == (6, 480, 2, 1)
    assert (report.chairs_planned, report.chairs_substitute) == (1, 1)
    assert [(line.name, line.present) for line in report.categories] == [
        ("Lãnh đạo", 2),
        ("Người dân", 20),
        ("Chưa phân loại", 290),
    ]
    assert (report.previous_version, report.changes) == (None, ())


def test_the_last_version_tells_what_differs_from_the_one_before(morning):
    report = build_morning(morning.state)
    assert (report.version, report.previous_version, report.previous_present) == (2, 1, 312)
    assert [(change.site.code, change.before, change.after) for change in report.changes] == [("C2", None, 31)]


def test_levels_come_by_rank_and_groups_and_sites_as_vietnamese_sorts(morning):
    report = build_morning(morning.state)
    assert [line.name for line in report.levels] == ["Cấp tỉnh", "Cấp huyện", "Cấp xã"]
    assert [line.name for line in report.groups] == ["Hội trường", "Huyện Nam Đàn", "Thành phố Vinh"]
    assert [line.code for line in report.sites] == ["HALL", "D1", "D2", "C1", "C2", "C3"]
    assert sum(line.present for line in report.levels) == sum(line.present for line in report.groups) == report.total.present


def test_missing_substitutes_and_corrections_are_listed(morning):
    report = build_morning(morning.state)
    assert [line.code for line in report.missing] == ["D1", "D2", "C3"]
    assert [(line.code, line.substitute) for line in report.substitutes] == [("C2", "Phó Chủ tịch UBND xã, Họ và tên")]
    assert [(line.code, line.present_before, line.present, line.correction) for line in report.corrected] == [
        ("HALL", 280, 290, "Đếm lại.")
    ]


def test_who_reported_is_the_site_or_the_desk(morning):
    by_desk = {line.code: line.reported_by_desk for line in build_morning(morning.state).sites if line.present is not None}
    assert by_desk == {"HALL": True, "C1": False, "C2": True}


def test_the_contact_is_who_checked_in_else_whom_the_roster_names():
    contact = Person(PersonId(""), PersonalFields(name="Đầu mối cũ", phone="0912000000"))
    morning = Morning((*SMALL[:2], site("C9", "D1", contact=contact), site("C8", "D1", contact=contact)))
    morning.check_in("C9", contact=PersonalFields(name="Đầu mối mới"))
    lines = {line.code: (line.contact, line.phone) for line in build_draft(morning.state, at(7, 0)).sites}
    assert (lines[SiteCode("C9")], lines[SiteCode("C8")]) == (("Đầu mối mới", ""), ("Đầu mối cũ", "0912000000"))


def test_before_any_closing_there_is_only_a_draft():
    morning = Morning()
    with pytest.raises(ReportUnavailable) as caught:
        build_morning(morning.state)
    assert caught.value.code == "not_closed"
    draft = build_draft(morning.state, at(7, 0))
    assert (draft.version, draft.closed_at, draft.total.missing) == (0, at(7, 0), 6)


@pytest.mark.parametrize("version", [0, 3, -1])
def test_an_unknown_version_is_refused(morning, version):
    with pytest.raises(ReportUnavailable) as caught:
        build_morning(morning.state, version)
    assert caught.value.code == "version_unknown"


def test_the_same_version_has_the_same_bytes_after_a_replay(morning):
    first = render_json(build_morning(morning.state, 1))
    morning.count("D1", officials=50)
    assert render_json(build_morning(morning.replayed(), 1)) == first


def test_the_json_says_instants_twice_and_figures_once(morning):
    content = json.loads(render_json(build_morning(morning.state, 1)))
    assert (content["closed_at"], content["closed_at_local"]) == (at(7, 15), "2025-06-11T07:15:00+07:00")
    assert (content["format"], content["total"]["present"], len(content["sites"])) == ("diemcau.report.morning.v1", 312, 6)


def test_the_real_roster_counts_every_site_once():
    morning = Morning(roster_of(NGHE_AN).sites)
    for code in list(morning.state.roster.sites)[::2]:
        morning.count(code, officials=25)
    morning.close()
    report = build_morning(morning.state)
    assert (report.total.sites, report.total.reported, report.total.present) == (433, 217, 217 * 25)
    assert report.total.present == morning.state.attendance.rollups["all"].present
