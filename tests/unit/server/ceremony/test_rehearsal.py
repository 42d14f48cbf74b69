"""The rehearsal's own attendance: kept apart, reportable, and never counted on the day."""

import pytest

from server.ceremony.attendance import CheckIn, CloseFigures, DeclareChair, ReportHeadCount, totals
from server.ceremony.attendance.phases import opened_links
from server.ceremony.figures import snapshot
from server.ceremony.link_health import Grade, GradeChange, GradesChanged
from server.ceremony.rehearsal import BeginRehearsal, EndRehearsal, UndoPhase, undoable
from server.ceremony.roster import LEVELS_BEFORE_JULY_2025, ImportRoster
from server.ceremony.rules import Refused, Role
from site_agent.units import SiteCode
from tests.support.mornings import SMALL, Morning, at, site

EVENING = at(-9, 0)
"""15:00 the day before."""
ENDED = at(-7, 0)


def rehearsed() -> Morning:
    """A rehearsal the day before, with two sites reporting, and the day begun."""
    morning = Morning()
    morning.give(BeginRehearsal, now=EVENING)
    morning.give(CheckIn, Role.HOST, at(-8.5, 0), site=SiteCode("C1"))
    morning.count("C1", now=at(-8.5, 0), officials=20)
    morning.count("C2", now=at(-8, 0), officials=5)
    morning.give(EndRehearsal, now=ENDED, rehearsal=1)
    return morning


def test_the_day_starts_with_nothing_said_and_the_rehearsal_keeps_its_figures():
    morning = rehearsed()
    assert totals(morning.state).sites == len(SMALL)
    assert (totals(morning.state).reported, totals(morning.state).checked_in, morning.state.attendance.sites) == (0, 0, {})
    kept = snapshot(morning.state, 0, None, ENDED, morning.state.phases.records[1].figures)
    assert (kept.rehearsal, sum(each.present or 0 for each in kept.sites)) == (1, 25)
    assert morning.replayed() == morning.state


def test_a_report_typed_in_the_rehearsal_and_arriving_on_the_day_is_the_rehearsals():
    morning = rehearsed()
    morning.count("C3", now=at(6, 40), officials=9, phase=1)
    morning.count("D1", now=at(6, 41), officials=8, occurred_at=at(-8, 0))
    assert totals(morning.state).reported == 0
    kept = morning.state.phases.records[1].figures
    assert kept.rollups["all"].present == 20 + 5 + 9 + 8
    morning.count("C3", now=at(6, 50), officials=11, phase=2)
    assert totals(morning.state).present == 11


def test_a_phone_whose_clock_still_says_yesterday_counts_for_the_phase_that_its_page_showed():
    morning = rehearsed()
    morning.count("C1", now=at(6, 50), officials=11, phase=2, occurred_at=at(-8, 0))
    assert totals(morning.state).present == 11


def test_what_a_page_showed_before_the_rehearsal_began_belongs_to_the_rehearsal():
    morning = rehearsed()
    morning.count("D2", now=at(6, 50), officials=7, phase=0)
    assert totals(morning.state).reported == 0


@pytest.mark.parametrize("phase", [-5, 99, 2])
def test_a_phase_that_never_was_is_the_present_one(phase):
    morning = rehearsed()
    morning.count("C1", now=at(6, 50), officials=11, phase=phase) if phase != -5 else morning.count(
        "C1", now=at(6, 50), officials=11
    )
    assert totals(morning.state).present == 11


def test_what_was_said_before_a_rehearsal_goes_into_it_only_with_agreement():
    morning = Morning()
    morning.count("C1", now=EVENING, officials=20)
    refused = morning.refused(BeginRehearsal)
    assert refused.code == "day_has_reports"
    assert "1 điểm cầu" in refused.detail
    morning.give(BeginRehearsal, now=at(-8, 0), take_over=True)
    assert totals(morning.state).present == 20
    morning.give(EndRehearsal, now=ENDED, rehearsal=1)
    assert totals(morning.state).present == 0


def test_a_rehearsal_begun_by_mistake_is_taken_back_and_its_reports_count():
    morning = Morning()
    morning.count("C1", officials=20)
    morning.give(BeginRehearsal, take_over=True)
    morning.count("C2", officials=5, phase=1)
    morning.give(UndoPhase, number=1)
    assert (morning.state.phases.rehearsal, totals(morning.state).present) == (0, 25)
    morning.count("C3", officials=1, phase=1)
    assert totals(morning.state).present == 26
    assert morning.replayed() == morning.state


def test_an_end_can_be_taken_back_until_the_first_report_of_the_day():
    morning = rehearsed()
    assert undoable(morning.state)
    morning.give(UndoPhase, number=2)
    assert (morning.state.phases.rehearsal, totals(morning.state).present) == (1, 25)
    morning.give(EndRehearsal, now=ENDED, rehearsal=1)
    morning.check_in("C1")
    assert not undoable(morning.state)
    assert morning.refused(UndoPhase, number=2).code == "day_begun"
    assert morning.replayed() == morning.state


def test_a_late_report_of_the_rehearsal_does_not_keep_its_end_from_being_taken_back():
    morning = rehearsed()
    morning.count("C3", now=at(6, 40), officials=9, phase=1)
    morning.give(UndoPhase, number=2)
    assert totals(morning.state).present == 34


def test_pressed_twice_or_from_an_old_page_nothing_happens_twice():
    morning = Morning()
    assert morning.refused(EndRehearsal, rehearsal=0).code == "rehearsal_over"
    assert morning.refused(UndoPhase, number=0).code == "phase_moved"
    morning.give(BeginRehearsal)
    assert morning.refused(BeginRehearsal).code == "rehearsal_on"
    morning.give(EndRehearsal, rehearsal=1)
    assert morning.refused(EndRehearsal, rehearsal=1).code == "rehearsal_over"
    assert morning.refused(UndoPhase, number=1).code == "phase_moved"


def test_after_the_figures_of_the_day_were_closed_no_rehearsal_begins():
    morning = Morning()
    morning.count("C1", officials=20)
    morning.close()
    assert morning.refused(BeginRehearsal, take_over=True).code == "day_closed"


def test_the_closing_can_be_rehearsed_and_the_day_closes_as_version_1():
    morning = Morning()
    morning.give(BeginRehearsal, now=EVENING)
    morning.count("C1", now=EVENING, officials=20)
    morning.close(at(-8, 0))
    morning.give(EndRehearsal, now=ENDED, rehearsal=1)
    assert morning.state.attendance.closings == []
    [closed] = morning.give(CloseFigures, now=at(7, 15), closed_by="Trưởng phòng")
    assert closed.version == 1


def test_who_connected_and_who_never_opened_the_link_is_known_of_each_rehearsal():
    morning = Morning()
    morning.connect("C2")
    morning.give(BeginRehearsal, now=EVENING)
    morning.apply(GradesChanged(changes=(GradeChange(SiteCode("C1"), Grade.UNSTABLE),), at=at(-8, 0)))
    morning.apply(GradesChanged(changes=(GradeChange(SiteCode("C1"), Grade.DOWN),), at=at(-8, 0)))
    morning.give(EndRehearsal, now=ENDED, rehearsal=1)
    morning.connect("C3")
    record = morning.state.phases.records[1]
    assert set(record.connected) == {"C1", "C2"}
    assert opened_links(morning.state, record) == {"C1", "C2"}


def test_a_new_roster_moves_the_sums_of_the_rehearsal_too():
    morning = rehearsed()
    moved = tuple(site(each.code, each.parent, name=each.name, level=each.level, group="Cụm 1") for each in SMALL)
    morning.give(ImportRoster, Role.ADMIN, levels=LEVELS_BEFORE_JULY_2025, sites=moved)
    assert morning.state.phases.records[1].figures.rollups["group:Cụm 1"].present == 25


def test_a_second_rehearsal_has_its_own_figures():
    morning = rehearsed()
    morning.give(BeginRehearsal, now=at(-6, 0))
    morning.give(DeclareChair, Role.HOST, at(-5, 0), site=SiteCode("C1"), as_planned=True)
    morning.give(EndRehearsal, now=at(-4, 0), rehearsal=3)
    morning.give(ReportHeadCount, Role.HOST, at(6, 0), site=SiteCode("C1"), counts={"officials": 3}, occurred_at=at(-5, 0))
    assert list(morning.state.phases.records) == [1, 3]
    assert morning.state.phases.records[3].figures.rollups["all"].present == 3
    assert totals(morning.state).present == 0


@pytest.mark.parametrize("kind", [BeginRehearsal, EndRehearsal, UndoPhase])
def test_a_host_does_not_lead_a_rehearsal(kind):
    fields = {EndRehearsal: {"rehearsal": 1}, UndoPhase: {"number": 1}}.get(kind, {})
    with pytest.raises(Refused, match="forbidden"):
        Morning().give(kind, Role.HOST, **fields)
