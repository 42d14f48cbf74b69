"""Sites that leave the ceremony after they reported: out of the totals, in the record."""

from server.ceremony.attendance import ReportHeadCount, rollup, totals
from server.ceremony.figures import parent_key
from server.ceremony.retiring import RestoreSite, RetireSite
from server.ceremony.roster import LEVELS_BEFORE_JULY_2025, ImportRoster
from server.ceremony.rules import Role
from server.reports.morning import build_morning
from site_agent.units import SiteCode
from tests.support.mornings import SMALL, Morning, at


def test_a_retired_site_is_out_of_every_total_and_in_the_record():
    morning = Morning()
    morning.count("C1", officials=20)
    morning.count("C2", officials=5)
    morning.give(RetireSite, site=SiteCode("C1"), reason="Sáp nhập về xã Nam Giang")
    assert (totals(morning.state).sites, totals(morning.state).present) == (5, 5)
    assert morning.state.attendance.sites[SiteCode("C1")].present == 20
    morning.close()
    assert [(each.code, each.present) for each in morning.state.attendance.snapshots[0].retired] == [("C1", 20)]
    report = build_morning(morning.state)
    assert [(line.name, line.present) for line in report.retired] == [("Xã Kim Liên", 20)]
    assert report.total.present == 5
    assert morning.replayed() == morning.state


def test_a_report_of_a_retired_site_is_refused_with_its_name_and_what_to_do():
    morning = Morning()
    morning.count("C1", officials=20)
    morning.give(RetireSite, site=SiteCode("C1"), reason="Sáp nhập")
    refused = morning.refused(ReportHeadCount, site=SiteCode("C1"), counts={"officials": 21}, reason="thêm")
    assert refused.code == "site_retired"
    assert "Xã Kim Liên" in refused.detail
    assert "gọi bàn trực" in refused.detail


def test_a_site_brought_back_stands_where_it_stood_with_everything_it_had_said():
    morning = Morning()
    morning.count("C1", officials=20)
    before = morning.state.roster
    morning.give(RetireSite, site=SiteCode("C1"), reason="Nhầm")
    morning.give(RestoreSite, site=SiteCode("C1"))
    assert morning.state.roster == before
    assert (totals(morning.state).present, morning.state.retired.sites) == (20, {})
    assert morning.give(RestoreSite, site=SiteCode("C1")) == []


def test_the_children_of_a_retired_site_go_to_its_parent_and_come_back_with_it():
    morning = Morning()
    morning.count("C1", officials=20)
    before = morning.state.roster
    morning.give(RetireSite, site=SiteCode("D1"), reason="Bỏ cấp huyện")
    assert morning.state.roster.sites[SiteCode("C1")].parent == "HALL"
    assert rollup(morning.state, parent_key(SiteCode("HALL"))).present == 20
    morning.give(RestoreSite, site=SiteCode("D1"))
    assert morning.state.roster == before


def test_the_main_hall_stays_and_a_reason_is_asked_for():
    morning = Morning()
    assert morning.refused(RetireSite, site=SiteCode("HALL"), reason="x").code == "root_stays"
    assert morning.refused(RetireSite, site=SiteCode("C1"), reason=" ").code == "reason_needed"
    assert morning.refused(RetireSite, site=SiteCode("X"), reason="x").code == "site_unknown"
    assert morning.refused(RestoreSite, site=SiteCode("X")).code == "site_unknown"


def test_a_new_roster_without_a_site_that_reported_needs_a_confirmation_and_then_retires_it():
    morning = Morning()
    morning.count("C3", officials=9)
    rest = {"levels": LEVELS_BEFORE_JULY_2025, "sites": SMALL[:5]}
    refused = morning.refused(ImportRoster, Role.ADMIN, **rest)
    assert (refused.code, list(refused.fields)) == ("roster_drops_reported", ["C3"])
    morning.give(ImportRoster, Role.ADMIN, now=at(7, 0), retire_missing=True, **rest)
    assert (totals(morning.state).sites, totals(morning.state).present) == (5, 0)
    assert morning.state.retired.sites[SiteCode("C3")].site.name == "Phường Đông Vĩnh"
    morning.give(ImportRoster, Role.ADMIN, levels=LEVELS_BEFORE_JULY_2025, sites=SMALL)
    assert (morning.state.retired.sites, totals(morning.state).present) == ({}, 9)
    assert morning.replayed() == morning.state
