from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.ceremony.attendance import (
    MAX_ACCEPTED,
    CheckIn,
    CloseFigures,
    DeclareChair,
    ReportHeadCount,
    not_reported,
    rollup,
    totals,
)
from server.ceremony.figures import ALL, Rollup, group_key, level_key, parent_key
from server.ceremony.head_count import MAX_HEAD_COUNT, UNSORTED
from server.ceremony.roster import LEVELS_BEFORE_JULY_2025, ImportRoster, ancestors
from server.ceremony.rules import PersonalFields, Refused, Role
from server.reports.morning import build_morning
from server.reports.xlsx import render_xlsx
from site_agent.units import HOUR, SiteCode
from tests.support.mornings import SMALL, Morning, at, site

DEPUTY = PersonalFields(name="Họ và tên", title="Phó Chủ tịch UBND xã")


def test_a_site_checks_in_once_and_again_only_with_another_contact():
    morning = Morning()
    assert len(morning.check_in("C1", occurred_at=at(6, 20))) == 1
    assert morning.check_in("C1") == []
    assert len(morning.check_in("C1", contact=DEPUTY)) == 1
    assert morning.check_in("C1", contact=DEPUTY) == []
    said = morning.state.attendance.sites[SiteCode("C1")]
    assert (said.checked_in_at, said.contact.personal) == (at(6, 20), DEPUTY)
    assert totals(morning.state).checked_in == 1


def test_a_device_that_believes_to_be_in_the_future_is_not_believed():
    morning = Morning()
    morning.check_in("C1", occurred_at=at(9, 0))
    assert morning.state.attendance.sites[SiteCode("C1")].checked_in_at == at(6, 30)


@pytest.mark.parametrize("long_ago", [-(10**30), 0, at(6, 30) - 8 * 24 * HOUR])
def test_a_device_that_believes_to_be_long_ago_is_not_believed_and_breaks_no_report(long_ago):
    morning = Morning()
    morning.give(ReportHeadCount, site=SiteCode("C1"), counts={"leaders": 1}, occurred_at=long_ago)
    morning.check_in("C1", occurred_at=long_ago)
    morning.give(CloseFigures, closed_by="Chánh Văn phòng")
    assert morning.state.attendance.sites[SiteCode("C1")].checked_in_at == at(6, 30)
    assert render_xlsx(build_morning(morning.state, 1))


def test_the_chair_is_as_planned_or_a_named_substitute():
    morning = Morning()
    assert morning.refused(DeclareChair, site="C1", as_planned=False).code == "chair_unnamed"
    assert (
        morning.refused(DeclareChair, site="C1", as_planned=False, substitute=PersonalFields(name="  ")).code == "chair_unnamed"
    )
    assert morning.refused(DeclareChair, site="C1", as_planned=True, substitute=DEPUTY).code == "chair_contradiction"
    assert len(morning.chair("C1", DEPUTY)) == 1
    assert morning.chair("C1", DEPUTY) == []
    assert totals(morning.state).chairs_substitute == 1
    morning.chair("C1")
    assert (totals(morning.state).chairs_planned, totals(morning.state).chairs_substitute) == (1, 0)


def test_an_unknown_site_is_refused():
    morning = Morning()
    for kind, fields in ((CheckIn, {}), (DeclareChair, {"as_planned": True}), (ReportHeadCount, {"counts": {"leaders": 1}})):
        assert morning.refused(kind, site=SiteCode("X"), **fields).code == "site_unknown"


@pytest.mark.parametrize(
    ("counts", "field"),
    [
        ({"leaders": -1}, "counts.leaders"),
        ({"guests": 3}, "counts.guests"),
        ({"officials": MAX_HEAD_COUNT + 1}, "counts.officials"),
    ],
)
def test_bad_counts_are_refused_with_the_field_that_is_wrong(counts, field):
    refused = Morning().refused(ReportHeadCount, site="C1", counts=counts, confirmed_unusual=True)
    assert refused.code == "counts_bad"
    assert list(refused.fields) == [field]


def test_no_number_at_all_is_refused_but_nobody_is_a_number():
    morning = Morning()
    assert morning.refused(ReportHeadCount, site="C1", counts={}).code == "counts_missing"
    morning.count("C1", officials=0)
    assert (totals(morning.state).reported, totals(morning.state).present) == (1, 0)


def test_a_number_by_phone_needs_no_category():
    morning = Morning()
    morning.count("C1", Role.DESK, counts={UNSORTED: 33})
    report = morning.state.attendance.sites[SiteCode("C1")].reports[-1]
    assert (report.by, report.counts) == (Role.DESK, {UNSORTED: 33})


def test_over_twenty_times_the_expected_number_must_be_confirmed():
    morning = Morning()
    refused = morning.refused(ReportHeadCount, site="C1", counts={"residents": 3_000})
    assert refused.code == "head_count_unusual"
    assert refused.detail == "Số 3.000 lớn hơn 20 lần dự kiến (30). Kiểm tra lại, hoặc bấm Vẫn báo."
    morning.count("C1", counts={"residents": 3_000}, confirmed_unusual=True)
    morning.count("C2", counts={"residents": 600})
    assert totals(morning.state).present == 3_600


def test_where_nothing_was_expected_only_a_very_large_number_is_unusual():
    morning = Morning()
    morning.count("C3", officials=1_000)
    assert Morning().refused(ReportHeadCount, site="C3", counts={"officials": 1_001}).code == "head_count_unusual"


def test_a_second_number_needs_a_reason_and_the_same_number_again_adds_nothing():
    morning = Morning()
    morning.count("C1", officials=20, reason="không cần")
    assert morning.count("C1", Role.DESK, officials=20) == []
    refused = morning.refused(ReportHeadCount, site="C1", counts={"officials": 25}, reason=" ")
    assert refused.code == "reason_needed"
    assert "20 đại biểu" in refused.detail
    morning.count("C1", officials=25, reason="  Đến  muộn ")
    reports = morning.state.attendance.sites[SiteCode("C1")].reports
    assert [(sum(report.counts.values()), report.reason) for report in reports] == [(20, ""), (25, "Đến muộn")]
    assert totals(morning.state).present == 25


def test_a_host_reports_for_its_own_site_only():
    morning = Morning()
    morning.count("C1", Role.HOST, officials=20)
    with pytest.raises(Refused, match="forbidden"):
        morning.give(ReportHeadCount, Role.VIEWER, site=SiteCode("C1"), counts={"officials": 1})


def test_a_link_in_wrong_hands_does_not_fill_the_journal_and_the_desk_goes_on():
    morning = Morning()
    for number in range(MAX_ACCEPTED):
        morning.give(ReportHeadCount, Role.HOST, site=SiteCode("C1"), counts={"leaders": number % 20}, reason="sửa")
    again = {"site": SiteCode("C1"), "counts": {"leaders": 25}, "reason": "sửa"}
    assert morning.refused(ReportHeadCount, Role.HOST, **again).code == "too_many_reports"
    assert morning.give(ReportHeadCount, **again)


def test_over_long_words_are_refused():
    morning = Morning()
    assert morning.refused(ReportHeadCount, site="C1", counts={"officials": 1}, reason="x" * 300).code == "text_too_long"
    assert morning.refused(CheckIn, site="C1", contact=PersonalFields(name="x" * 300)).code == "text_too_long"


def test_sums_stand_under_all_group_level_and_every_parent():
    morning = Morning()
    morning.count("C1", officials=20)
    morning.count("D1", officials=50)
    morning.count("HALL", officials=250)
    state = morning.state
    assert totals(state) == Rollup(sites=6, expected=480, reported=3, present=320)
    assert rollup(state, group_key("Huyện Nam Đàn")).present == 20
    assert rollup(state, group_key("Hội trường")).present == 300
    assert rollup(state, level_key("commune")).missing == 2
    assert rollup(state, parent_key(SiteCode("D1"))).sites == 2
    assert rollup(state, parent_key(SiteCode("HALL"))).present == 70
    assert rollup(state, "group:nowhere") == Rollup()
    assert list(not_reported(state)) == ["C2", "D2", "C3"]


def test_figures_are_closed_by_a_named_person_and_not_again_without_news():
    morning = Morning()
    assert morning.refused(CloseFigures, closed_by=" ").code == "name_missing"
    [closed] = morning.close()
    assert (closed.version, closed.closed_by.personal) == (1, PersonalFields(name="Trưởng phòng"))
    refused = morning.refused(CloseFigures, closed_by="Trưởng phòng")
    assert refused.code == "nothing_new"
    assert "lần chốt 1" in refused.detail
    morning.count("C1", officials=20, now=at(7, 20))
    assert list(morning.state.attendance.after_close) == ["C1"]
    [again] = morning.close(at(7, 25))
    assert (again.version, again.closed_by) == (2, closed.closed_by)
    assert list(morning.state.attendance.after_close) == []


def test_nothing_can_be_closed_without_a_roster():
    assert Morning(()).refused(CloseFigures, closed_by="Trưởng phòng").code == "roster_missing"


def test_a_closing_keeps_its_figures_whatever_comes_later_and_a_replay_keeps_the_same():
    morning = Morning()
    morning.connect("C1")
    morning.count("C1", officials=20)
    morning.close()
    first = morning.state.attendance.snapshots[0]
    morning.count("C1", officials=25, reason="Đến muộn")
    morning.give(ImportRoster, Role.ADMIN, levels=LEVELS_BEFORE_JULY_2025, sites=SMALL[:3])
    morning.close(at(7, 25))
    assert [len(snapshot.sites) for snapshot in morning.state.attendance.snapshots] == [6, 3]
    kept = next(figures for figures in first.sites if figures.code == "C1")
    assert (kept.present, kept.connected, kept.present_before) == (20, True, None)
    assert morning.replayed().attendance == morning.state.attendance


def test_a_new_roster_moves_the_sums_to_its_groups_and_expected_numbers():
    morning = Morning()
    morning.count("C1", officials=20)
    moved = tuple(site(each.code, each.parent, name=each.name, level=each.level, expected=1, group="Cụm 1") for each in SMALL)
    morning.give(ImportRoster, Role.ADMIN, levels=LEVELS_BEFORE_JULY_2025, sites=moved)
    assert rollup(morning.state, group_key("Cụm 1")) == Rollup(sites=6, expected=6, reported=1, present=20)
    assert rollup(morning.state, group_key("Huyện Nam Đàn")) == Rollup()


CODES = st.sampled_from([each.code for each in SMALL])
ACTIONS = st.one_of(
    st.tuples(st.just(CheckIn), CODES, st.just({})),
    st.tuples(st.just(DeclareChair), CODES, st.sampled_from([{"as_planned": True}, {"as_planned": False, "substitute": DEPUTY}])),
    st.tuples(
        st.just(ReportHeadCount),
        CODES,
        st.dictionaries(st.sampled_from(["leaders", "officials", UNSORTED]), st.integers(-1, 900), min_size=1).map(
            lambda counts: {"counts": counts, "reason": "Đếm lại", "confirmed_unusual": True}
        ),
    ),
    st.tuples(st.just(CloseFigures), st.none(), st.just({"closed_by": "Trưởng phòng"})),
    st.tuples(
        st.just(ImportRoster),
        st.none(),
        st.integers(1, len(SMALL)).map(
            lambda kept: {
                "levels": LEVELS_BEFORE_JULY_2025,
                "sites": tuple(site(s.code, s.parent, level=s.level, expected=kept) for s in SMALL[:kept]),
            }
        ),
    ),
)


def recount(state):
    """The sums as anybody would count them, one site after the other."""
    sums, categories = {}, Counter()
    for code, listed in state.roster.sites.items():
        said = state.attendance.sites.get(code)
        keys = [ALL, group_key(listed.group), level_key(listed.level), *map(parent_key, ancestors(state.roster, code))]
        for key in keys:
            line = sums.setdefault(key, Rollup())
            line.sites += 1
            line.expected += listed.expected
            if said is None:
                continue
            line.checked_in += said.checked_in_at is not None
            line.chairs_planned += said.chair_as_planned is True
            line.chairs_substitute += said.chair_as_planned is False
            if said.reports:
                line.reported += 1
                line.present += sum(said.reports[-1].counts.values())
        if said is not None and said.reports:
            categories.update(said.reports[-1].counts)
    return sums, +categories


@settings(max_examples=150, deadline=None)
@given(st.lists(ACTIONS, max_size=25))
def test_running_sums_equal_a_recount_after_any_sequence_of_commands(actions):
    morning = Morning()
    for kind, code, fields in actions:
        try:
            morning.give(kind, Role.ADMIN, **({"site": code} if code else {}), **fields)
        except Refused:
            pass
        sums, categories = recount(morning.state)
        assert morning.state.attendance.rollups == sums
        assert +Counter(morning.state.attendance.by_category) == categories
    assert morning.replayed() == morning.state
