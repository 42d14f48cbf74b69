import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from server.ceremony import ceremony
from server.ceremony.incident_events import IncidentClosed, IncidentGrown, IncidentOpened, IncidentRecovered
from server.ceremony.incident_rule import Cause, CauseKind
from server.ceremony.incidents import LookForIncidents
from server.ceremony.link_health import CONNECTED, Grade, Power, SuspectSelf
from server.ceremony.roster import ImportRoster
from server.ceremony.rules import Refused, Role
from server.ceremony.watching import Acknowledge, PlanMaintenance, Scope
from server.engine.ids import new_id
from server.engine.twin import twin
from site_agent.units import MINUTE
from tests.support.houses import person
from tests.support.lines import Lines, commune, district, group, roster


@pytest.fixture
def lines():
    return Lines()


def of_carrier(lines, name):
    return [site.code for site in lines.state.roster.sites.values() if site.carrier == name]


def test_a_carrier_that_fails_is_one_incident_and_not_one_a_group(lines):
    lost = of_carrier(lines, "VNPT")
    for start in range(0, 50, 5):
        lines.down(*lost[start : start + 5])
        lines.wait(1)
    lines.wait(12)
    [incident] = lines.open
    assert incident.cause == Cause(CauseKind.CARRIER, "VNPT")
    assert set(incident.sites) == set(lost)
    assert incident.name == "VNPT"


def test_a_group_of_one_carrier_is_told_as_the_group_with_the_carrier_beside_it():
    lines = Lines(roster(carrier=lambda number, index: "Viettel"))
    lost = [commune(3, index) for index in range(14)]
    lines.down(*lost)
    lines.wait(13)
    [incident] = lines.open
    assert (incident.cause.kind, incident.name, incident.carrier) == (CauseKind.GROUP, group(3), "Viettel")
    assert incident.lost == lost


def test_two_sites_or_less_than_30_percent_are_no_incident(lines):
    lines.down(commune(1, 0), commune(1, 1))
    lines.wait(80)
    lines.down(*(commune(2, index) for index in range(6)))
    lines.wait(80)
    assert lines.open == []
    assert len(lines.state.incidents.loose) == 8


def test_sites_that_fall_minutes_apart_were_not_lost_together(lines):
    for index in range(12):
        lines.down(commune(1, index))
        lines.wait(61)
    assert lines.open == []


def test_the_first_three_seconds_of_a_fall_open_nothing_yet(lines):
    events = lines.down(*(commune(1, index) for index in range(8)))
    assert not any(isinstance(event, IncidentOpened) for event in events)
    lines.wait(11)
    assert lines.open == []
    lines.wait(1)
    assert len(lines.open) == 1


def test_asking_for_incidents_when_there_are_none_is_refused(lines):
    with pytest.raises(Refused) as refused:
        lines.engine.give(LookForIncidents(id=new_id()))
    assert refused.value.code == "no_incident"


def test_a_site_that_falls_soon_after_joins_and_one_that_falls_later_does_not(lines):
    lost = [commune(1, index) for index in range(10)]
    lines.down(*lost)
    lines.wait(60)
    [grown] = [event for event in lines.down(commune(1, 15)) if isinstance(event, IncidentGrown)]
    assert grown.sites == (commune(1, 15),)
    lines.wait(130)
    lines.down(commune(1, 16))
    assert lines.open[0].lost == [*lost, commune(1, 15)]
    assert commune(1, 16) in lines.state.incidents.loose


def test_recovery_is_told_and_the_incident_closes_with_its_last_site(lines):
    lost = [commune(1, index) for index in range(10)]
    lines.down(*lost)
    lines.wait(20)
    first = lines.up(*lost[:9])
    assert [type(event) for event in first[1:]] == [IncidentRecovered]
    assert [type(event) for event in lines.up(lost[9])[1:]] == [IncidentRecovered, IncidentClosed]
    assert lines.open == []
    assert lines.state.incidents.of_site == {}
    notes = lines.state.incidents.all[1].notes
    assert [(note.what, note.count) for note in notes] == [("opened", 10), ("recovered", 9), ("recovered", 1), ("closed", 10)]


def test_a_site_that_is_back_and_falls_again_is_lost_in_the_same_incident(lines):
    lost = [commune(1, index) for index in range(10)]
    lines.down(*lost)
    lines.wait(20)
    lines.up(lost[0])
    lines.wait(300)
    lines.down(lost[0])
    assert set(lines.open[0].lost) == set(lost)
    assert lines.state.incidents.loose == {}


def test_what_began_as_a_group_and_is_a_carrier_becomes_one_incident(lines):
    lost = of_carrier(lines, "VNPT")
    first = [site for site in lost if site.startswith("X1-")]
    lines.down(*first, *(commune(1, index) for index in (1, 2)))
    lines.wait(20)
    assert lines.open[0].cause.kind is CauseKind.GROUP
    lines.up(commune(1, 1), commune(1, 2))
    lines.down(*(site for site in lost if site not in first))
    lines.wait(15)
    [incident] = lines.open
    assert incident.name == "VNPT"
    assert set(incident.lost) == set(lost)
    assert lines.state.incidents.all[1].into == incident.number


def test_two_groups_lost_at_once_are_two_incidents(lines):
    lines.down(*(commune(number, index) for number in (2, 7) for index in range(12)))
    lines.wait(13)
    assert {incident.name for incident in lines.open} == {group(2), group(7)}


def test_a_whole_district_with_its_lead_is_the_group(lines):
    lines.down(district(4), *(commune(4, index) for index in range(20)))
    lines.wait(13)
    assert [incident.name for incident in lines.open] == [group(4)]


def test_sites_planned_off_open_nothing_until_it_is_over(lines):
    lines.engine.give(
        PlanMaintenance(id=new_id(), scope=Scope.GROUP, target=group(1), until=lines.now(10 * MINUTE), reason="thay thiết bị")
    )
    lines.down(*(commune(1, index) for index in range(20)))
    lines.wait(5 * 60)
    assert lines.open == []
    lines.wait(5 * 60 + 1)
    lines.engine.give(*(deadline.command for deadline in due(lines)))
    lines.wait(1)
    assert [incident.name for incident in lines.open] == [group(1)]


def due(lines):
    return [deadline for deadline in ceremony.deadlines(lines.state) if deadline.at <= lines.now()]


def test_while_the_server_suspects_itself_nothing_is_opened(lines):
    lines.engine.give(SuspectSelf(id=new_id(), suspect=True, stale=100, connected_before=211))
    lines.down(*(commune(1, index) for index in range(20)))
    lines.wait(60)
    assert lines.open == []


def test_sites_that_ran_on_batteries_hint_at_the_power(lines):
    lines.down(*(commune(1, index) for index in range(9)), power=Power.BATTERY)
    lines.down(commune(1, 9))
    lines.wait(13)
    assert lines.open[0].power_likely


def test_an_incident_whose_lost_sites_leave_the_roster_is_over(lines):
    lines.down(*(commune(1, index) for index in range(20)))
    lines.wait(13)
    command = roster(groups=1)
    lines.engine.give(ImportRoster(id=new_id(), levels=command.levels, sites=command.sites))
    assert lines.open == []
    assert lines.state.incidents.of_site == {}


def test_what_is_watched_comes_back_whole_from_a_kept_state(lines):
    lines.down(*(commune(1, index) for index in range(10)))
    lines.wait(13)
    tech = person(Role.TECH)
    lines.engine.give(Acknowledge(id=new_id(), incident=1, reason="đã báo"), by=tech)
    lines.engine.give(
        PlanMaintenance(id=new_id(), scope=Scope.GROUP, target=group(2), until=lines.now(MINUTE), reason="x"), by=tech
    )
    lines.up(commune(1, 0))
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(lines.state), type=ceremony.Ceremony)
    assert (again.incidents, again.watching, again.links) == (lines.state.incidents, lines.state.watching, lines.state.links)


class Mornings(RuleBasedStateMachine):
    """Any sequence of falls, returns, waits, maintenances and new rosters."""

    sites = st.lists(
        st.builds(commune, st.integers(0, 3), st.integers(0, 7)) | st.builds(district, st.integers(0, 3)), min_size=1, max_size=16
    )

    @initialize()
    def begin(self):
        self.lines = Lines(roster(groups=4, in_group=8))

    def rostered(self, sites):
        return [site for site in sites if site in self.lines.state.roster.sites]

    @rule(sites=sites)
    def fall(self, sites):
        self.lines.down(*self.rostered(sites))

    @rule(number=st.integers(0, 3))
    def group_falls(self, number):
        self.lines.down(*self.lines.state.roster.groups.get(group(number), ()))

    @rule(name=st.sampled_from(["VNPT", "Viettel"]))
    def carrier_falls(self, name):
        self.lines.down(*of_carrier(self.lines, name))

    @rule(sites=sites)
    def return_(self, sites):
        self.lines.up(*self.rostered(sites))

    @rule()
    def all_return(self):
        self.lines.up(*self.lines.state.roster.sites)
        assert self.lines.open == []

    @rule(seconds=st.sampled_from([1, 5, 13, 45, 130, 200]))
    def wait(self, seconds):
        self.lines.wait(seconds)

    @rule(number=st.integers(0, 3), minutes=st.integers(1, 10))
    def maintain(self, number, minutes):
        if group(number) in self.lines.state.roster.groups:
            until = self.lines.now(minutes * MINUTE)
            self.lines.engine.give(PlanMaintenance(id=new_id(), scope=Scope.GROUP, target=group(number), until=until, reason="x"))

    @rule(groups=st.integers(1, 4))
    def new_roster(self, groups):
        self.lines.engine.give(roster(groups=groups, in_group=8))

    @invariant()
    def every_lost_site_is_counted_once(self):
        if not hasattr(self, "lines"):
            return
        state = self.lines.state
        lost = [site for incident in state.incidents.open for site in incident.lost]
        assert len(lost) == len(set(lost))
        assert not set(lost) & state.incidents.loose.keys()
        down = {site for site, change in state.links.grades.items() if change.grade is Grade.DOWN}
        assert set(lost) | state.incidents.loose.keys() == down
        for site in lost:
            assert state.incidents.of_site[site] in {incident.number for incident in state.incidents.open}

    @invariant()
    def no_incident_stays_open_when_its_sites_are_back(self):
        if not hasattr(self, "lines"):
            return
        state = self.lines.state
        for incident in state.incidents.open:
            assert incident.lost
            assert all(state.links.grades[site].grade not in CONNECTED for site in incident.lost)
        assert twin(state).incidents == state.incidents


Mornings.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestMornings = Mornings.TestCase
