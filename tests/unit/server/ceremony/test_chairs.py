"""A person counts at one site: chairs who were invited elsewhere are not at home."""

from server.ceremony.attendance import DeclareChair, totals
from server.ceremony.chairs import SeatChair, chair_at, guests
from server.ceremony.figures import Rollup
from server.ceremony.roster import LEVELS_BEFORE_JULY_2025, ImportRoster
from server.ceremony.rules import PersonalFields, Role
from server.reports.morning import build_morning
from site_agent.units import SiteCode
from tests.support.mornings import SMALL, Morning, site

C1, HALL = SiteCode("C1"), SiteCode("HALL")
DEPUTY = PersonalFields(name="Họ và tên", title="Phó Chủ tịch UBND xã")


def chairs(rollup: Rollup):
    return rollup.chairs_planned, rollup.chairs_substitute, rollup.chairs_elsewhere


def test_a_chair_who_sits_in_the_hall_counts_there_and_not_at_home():
    morning = Morning()
    morning.chair("C1")
    morning.chair("C2")
    morning.give(SeatChair, site=C1, elsewhere=HALL)
    assert chairs(totals(morning.state)) == (1, 0, 1)
    assert list(guests(morning.state, HALL)) == ["C1"]
    morning.close()
    report = build_morning(morning.state)
    assert (report.chairs_planned, report.chairs_substitute, report.chairs_elsewhere) == (1, 0, 1)
    assert next(line for line in report.sites if line.code == "C1").chair_at == "Hội trường"


def test_the_host_is_told_and_names_who_chairs_instead():
    morning = Morning()
    morning.give(SeatChair, site=C1, elsewhere=HALL)
    refused = morning.refused(DeclareChair, Role.HOST, site=C1, as_planned=True)
    assert refused.code == "chair_elsewhere"
    assert "Hội trường" in refused.detail
    morning.chair("C1", DEPUTY)
    assert chairs(totals(morning.state)) == (0, 1, 0)


def test_the_roster_names_them_and_the_desk_goes_over_it():
    listed = tuple(site(s.code, s.parent, level=s.level, chair_at=HALL if s.code == "C2" else None) for s in SMALL)
    morning = Morning(listed)
    assert chairs(totals(morning.state)) == (0, 0, 1)
    morning.give(SeatChair, site=SiteCode("C2"), elsewhere=None)
    assert chair_at(morning.state, SiteCode("C2")) is None
    assert chairs(totals(morning.state)) == (0, 0, 0)
    assert morning.replayed() == morning.state


def test_a_seat_nowhere_or_at_home_is_refused():
    morning = Morning()
    assert morning.refused(SeatChair, site=C1, elsewhere=C1).code == "chair_at_home"
    assert morning.refused(SeatChair, site=C1, elsewhere=SiteCode("X")).code == "site_unknown"
    listed = (SMALL[0], site("C1", chair_at=SiteCode("X")))
    refused = morning.refused(ImportRoster, Role.ADMIN, levels=LEVELS_BEFORE_JULY_2025, sites=listed)
    assert list(refused.fields) == ["2.chair_at"]


def test_a_chair_whose_other_site_left_the_roster_is_at_home_again():
    morning = Morning()
    morning.give(SeatChair, site=C1, elsewhere=SiteCode("C3"))
    morning.give(ImportRoster, Role.ADMIN, levels=LEVELS_BEFORE_JULY_2025, sites=SMALL[:5])
    assert chair_at(morning.state, C1) is None
    assert chairs(totals(morning.state)) == (0, 0, 0)
