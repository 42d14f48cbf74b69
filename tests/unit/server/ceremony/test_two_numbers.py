"""Two devices, two numbers: which counts, who chooses, and what stays in the history."""

import pytest

from server.ceremony.attendance import ChooseHeadCount, ReportHeadCount, disagreeing, totals
from server.ceremony.rules import Principal, Role
from site_agent.units import DeviceId, SiteCode
from tests.support.mornings import Morning, at

C1 = SiteCode("C1")


def phone(name, site="C1"):
    return Principal(role=Role.HOST, site=SiteCode(site), device=DeviceId(name))


def report(morning, by, count, supersedes=(), now=None, **more):
    fields = {"occurred_at": now, **more}
    morning.give(ReportHeadCount, by=by, now=now, site=C1, counts={"officials": count}, supersedes=tuple(supersedes), **fields)
    return morning.last_id


def said(morning):
    return morning.state.attendance.sites[C1]


def test_two_phones_that_had_not_seen_each_other_disagree_and_the_number_typed_last_counts():
    morning = Morning()
    report(morning, phone("a"), 30, now=at(6, 50))
    report(morning, phone("b"), 28, now=at(6, 51))
    assert [each.total for _, each in said(morning).figures_in_play()] == [30, 28]
    assert (said(morning).present, totals(morning.state).present) == (28, 28)
    assert list(disagreeing(morning.state)) == ["C1"]


def test_a_number_that_was_typed_earlier_but_arrives_later_does_not_count_before_somebody_chooses():
    morning = Morning()
    report(morning, phone("a"), 30, now=at(6, 50))
    report(morning, phone("b"), 28, now=at(7, 0), occurred_at=at(6, 40))
    assert said(morning).disagrees
    assert totals(morning.state).present == 30


def test_a_number_that_names_the_one_before_corrects_it_and_both_stay_in_the_history():
    morning = Morning()
    first = report(morning, phone("a"), 30)
    report(morning, phone("b"), 28, [first], now=at(6, 55), reason="Hai đại biểu về")
    assert not said(morning).disagrees
    assert [(each.total, each.device, each.reason) for each in said(morning).reports] == [
        (30, "a", ""),
        (28, "b", "Hai đại biểu về"),
    ]
    assert said(morning).before.total == 30


def test_a_correction_without_a_reason_is_asked_for_one():
    morning = Morning()
    first = report(morning, phone("a"), 30)
    refused = morning.refused(ReportHeadCount, by=phone("b"), site=C1, counts={"officials": 28}, supersedes=(first,))
    assert refused.code == "reason_needed"


def test_a_correction_of_a_number_that_was_corrected_meanwhile_stands_beside_the_other_correction():
    morning = Morning()
    first = report(morning, phone("a"), 30)
    report(morning, phone("b"), 28, [first], now=at(6, 55), reason="Đếm lại")
    report(morning, phone("a"), 33, [first], now=at(6, 56), reason="Đến thêm")
    assert [each.total for _, each in said(morning).figures_in_play()] == [28, 33]


def test_a_phone_does_not_disagree_with_itself_even_if_its_page_forgot():
    morning = Morning()
    report(morning, phone("a"), 30)
    report(morning, phone("a"), 33, now=at(6, 55))
    assert not said(morning).disagrees
    assert totals(morning.state).present == 33


def test_two_phones_that_say_the_same_agree():
    morning = Morning()
    report(morning, phone("a"), 30)
    assert morning.give(ReportHeadCount, by=phone("b"), site=C1, counts={"officials": 30}, supersedes=()) == []
    morning.give(ReportHeadCount, by=phone("b"), site=C1, counts={"leaders": 10, "officials": 20}, supersedes=())
    assert not said(morning).disagrees
    assert morning.state.attendance.by_category == {"officials": 20, "leaders": 10}


@pytest.mark.parametrize("role", [Role.HOST, Role.DESK, Role.TECH, Role.ADMIN])
def test_whoever_may_report_chooses_and_the_choice_tells_who_and_when(role):
    morning = Morning()
    first = report(morning, phone("a"), 30)
    second = report(morning, phone("b"), 28, now=at(6, 51))
    [chosen] = morning.give(ChooseHeadCount, role, at(6, 58), site=C1, figure=first, over=(second,))
    assert (chosen.by, chosen.at, chosen.figure) == (role, at(6, 58), first)
    assert (said(morning).present, said(morning).disagrees) == (30, False)
    assert [each.total for each in said(morning).reports] == [30, 28]
    assert morning.give(ChooseHeadCount, role, site=C1, figure=first, over=(second,)) == []


def test_a_third_number_that_the_chooser_had_not_seen_stays_beside_the_chosen_one():
    morning = Morning()
    first = report(morning, phone("a"), 30)
    second = report(morning, phone("b"), 28, now=at(6, 51))
    report(morning, phone("c"), 29, now=at(6, 52))
    morning.give(ChooseHeadCount, site=C1, figure=first, over=(second,))
    assert [each.total for _, each in said(morning).figures_in_play()] == [30, 29]


def test_a_number_that_no_longer_stands_cannot_be_chosen():
    morning = Morning()
    first = report(morning, phone("a"), 30)
    report(morning, phone("b"), 28, [first], now=at(6, 55), reason="Đếm lại")
    assert morning.refused(ChooseHeadCount, site=C1, figure=first, over=()).code == "figure_gone"


def test_the_desk_that_gives_a_reason_settles_a_disagreement():
    morning = Morning()
    report(morning, phone("a"), 30)
    report(morning, phone("b"), 28, now=at(6, 51))
    assert morning.refused(ReportHeadCount, site=C1, counts={"unsorted": 29}).code == "reason_needed"
    morning.give(ReportHeadCount, now=at(6, 59), site=C1, counts={"unsorted": 29}, reason="Gọi lại điểm cầu")
    assert (said(morning).disagrees, totals(morning.state).present) == (False, 29)


def test_a_lead_and_the_desk_who_report_for_a_site_are_named():
    morning = Morning()
    lead = Principal(role=Role.HOST, site=SiteCode("D1"), device=DeviceId("lead"))
    morning.state.access.grants[SiteCode("D1")] = (C1,)
    report(morning, lead, 30)
    morning.give(ReportHeadCount, now=at(7, 0), site=C1, counts={"unsorted": 31}, reason="Báo lại qua điện thoại")
    assert [(each.by, each.by_site, each.seat) for each in said(morning).reports] == [
        (Role.HOST, "D1", ""),
        (Role.DESK, None, "desk-1"),
    ]


def test_the_devices_own_clock_is_kept_beside_the_corrected_time():
    morning = Morning()
    report(morning, phone("a"), 30, now=at(6, 50), device_at=at(9, 50))
    assert (said(morning).reports[0].occurred_at, said(morning).reports[0].device_at) == (at(6, 50), at(9, 50))
    report(morning, phone("b"), 30, now=at(6, 51), device_at=10**30)
    morning.check_in("C2", device_at=-5)
    assert morning.state.attendance.sites[SiteCode("C2")].words[0].device_at is None


def test_a_report_that_names_far_too_many_figures_is_refused():
    morning = Morning()
    refused = morning.refused(ReportHeadCount, site=C1, counts={"officials": 1}, supersedes=tuple(map(str, range(60))))
    assert refused.code == "too_many_figures"
