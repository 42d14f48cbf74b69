import pytest

from server.ceremony import ceremony
from server.ceremony.link_health import Grade
from server.ceremony.rules import Refused, Role
from server.ceremony.watching import (
    Acknowledge,
    EndMaintenance,
    MaintenanceEnded,
    PlanMaintenance,
    Scope,
    WithdrawAcknowledgement,
    planned_off,
)
from server.engine.ids import new_id
from site_agent.units import HOUR, MINUTE
from tests.support.houses import person
from tests.support.lines import Lines, commune, group, roster

TECH = person(Role.TECH)
SITE = commune(1, 1)


@pytest.fixture
def lines():
    return Lines()


def give(lines, kind, **fields):
    return lines.engine.give(kind(id=new_id(), **fields), by=TECH)


def code_of(lines, kind, **fields):
    with pytest.raises(Refused) as refused:
        give(lines, kind, **fields)
    return refused.value.code


def acknowledged(lines):
    return set(lines.state.watching.acks)


def test_a_site_that_is_not_well_is_acknowledged_with_who_and_why(lines):
    lines.down(SITE)
    [event] = give(lines, Acknowledge, site=SITE, reason="  đã gọi,   đang khởi động lại modem ")
    assert (event.reason, event.by, event.grade) == ("đã gọi, đang khởi động lại modem", "tech-1", Grade.DOWN)
    assert acknowledged(lines) == {f"site:{SITE}"}


def test_what_is_well_again_is_acknowledged_no_more(lines):
    lines.down(SITE)
    give(lines, Acknowledge, site=SITE, reason="đã gọi")
    lines.up(SITE)
    assert acknowledged(lines) == set()
    assert len(lines.state.watching.notes[f"site:{SITE}"]) == 1


def test_what_falls_further_needs_a_person_again(lines):
    lines.record({SITE: Grade.DEGRADED})
    give(lines, Acknowledge, site=SITE, reason="mạng 4G yếu")
    lines.down(SITE)
    assert acknowledged(lines) == set()


def test_a_site_that_never_connected_is_acknowledged_until_it_does(lines):
    lines.engine.give(roster(groups=11))
    give(lines, Acknowledge, site=commune(10, 1), reason="đầu mối đang trên đường")
    assert acknowledged(lines) == {f"site:{commune(10, 1)}"}
    lines.up(commune(10, 1))
    assert acknowledged(lines) == set()


def test_an_acknowledgement_can_be_withdrawn_once(lines):
    lines.down(SITE)
    give(lines, Acknowledge, site=SITE, reason="đã gọi")
    give(lines, WithdrawAcknowledgement, site=SITE)
    assert acknowledged(lines) == set()
    assert code_of(lines, WithdrawAcknowledgement, site=SITE) == "not_acknowledged"


def test_an_incident_is_acknowledged_until_it_closes(lines):
    lost = [commune(1, index) for index in range(10)]
    lines.down(*lost)
    lines.wait(13)
    give(lines, Acknowledge, incident=1, reason="đã báo VNPT")
    assert acknowledged(lines) == {"incident:1"}
    lines.up(*lost)
    assert acknowledged(lines) == set()
    assert code_of(lines, Acknowledge, incident=1, reason="đã báo VNPT") == "no_incident"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"site": SITE, "reason": "x"}, "not_ill"),
        ({"site": "nowhere", "reason": "x"}, "unknown_site"),
        ({"incident": 9, "reason": "x"}, "no_incident"),
        ({"reason": "x"}, "bad_subject"),
        ({"site": SITE, "incident": 1, "reason": "x"}, "bad_subject"),
    ],
)
def test_there_must_be_something_to_acknowledge(lines, fields, code):
    assert code_of(lines, Acknowledge, **fields) == code


@pytest.mark.parametrize("reason", ["", "   ", "a" * 201])
def test_an_acknowledgement_has_a_reason_of_a_line(lines, reason):
    lines.down(SITE)
    assert code_of(lines, Acknowledge, site=SITE, reason=reason) == "bad_reason"


@pytest.mark.parametrize("role", [Role.DESK, Role.CALLER, Role.HOST])
def test_only_the_technical_team_acknowledges(lines, role):
    lines.down(SITE)
    with pytest.raises(Refused):
        lines.engine.give(Acknowledge(id=new_id(), site=SITE, reason="x"), by=person(role))


@pytest.mark.parametrize(("scope", "target"), [(Scope.SITE, SITE), (Scope.GROUP, group(1)), (Scope.CARRIER, "Viettel")])
def test_a_maintenance_covers_its_sites_until_its_instant(lines, scope, target):
    give(lines, PlanMaintenance, scope=scope, target=target, until=lines.now(30 * MINUTE), reason="thay cáp")
    site = lines.state.roster.sites[SITE]
    assert planned_off(lines.state, site, lines.now())
    assert not planned_off(lines.state, lines.state.roster.sites[commune(2, 2)], lines.now())
    assert not planned_off(lines.state, site, lines.now(30 * MINUTE))


def test_a_maintenance_that_begins_later_masks_nothing_before(lines):
    give(
        lines,
        PlanMaintenance,
        scope=Scope.SITE,
        target=SITE,
        starts=lines.now(HOUR),
        until=lines.now(2 * HOUR),
        reason="mất điện theo lịch",
    )
    site = lines.state.roster.sites[SITE]
    assert not planned_off(lines.state, site, lines.now())
    assert planned_off(lines.state, site, lines.now(HOUR))


def test_a_maintenance_ends_by_itself_at_its_deadline_and_not_before(lines):
    give(lines, PlanMaintenance, scope=Scope.SITE, target=SITE, until=lines.now(10 * MINUTE), reason="thay cáp")
    [deadline] = ceremony.deadlines(lines.state)
    assert deadline.at == lines.now(10 * MINUTE)
    with pytest.raises(Refused):
        lines.engine.give(deadline.command)
    lines.clock.move(10 * MINUTE)
    [event] = lines.engine.give(deadline.command)
    assert isinstance(event, MaintenanceEnded)
    assert event.by == ""
    assert lines.state.watching.maintenances == {}


def test_a_person_may_end_it_earlier(lines):
    [planned] = give(lines, PlanMaintenance, scope=Scope.SITE, target=SITE, until=lines.now(10 * MINUTE), reason="thay cáp")
    [event] = give(lines, EndMaintenance, maintenance=planned.maintenance)
    assert event.by == "tech-1"
    assert code_of(lines, EndMaintenance, maintenance=planned.maintenance) == "no_maintenance"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"target": "Huyện không có"}, "no_target"),
        ({"scope": Scope.CARRIER, "target": ""}, "no_target"),
        ({"later": 0}, "maintenance_over"),
        ({"later": 8 * 24 * HOUR}, "maintenance_long"),
        ({"reason": " "}, "bad_reason"),
    ],
)
def test_a_maintenance_is_of_something_for_a_while_and_has_a_reason(lines, changes, code):
    fields = {"scope": Scope.GROUP, "target": group(1), "later": HOUR, "reason": "thay cáp"} | changes
    until = lines.now(fields.pop("later"))
    assert code_of(lines, PlanMaintenance, until=until, **fields) == code
