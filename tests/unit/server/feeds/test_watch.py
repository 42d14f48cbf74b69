"""The feed `watch`, through the hub, as a page would read it."""

import pytest
from prometheus_client import REGISTRY

from server.ceremony.link_health import Grade, GradeChange, Power, RecordGrades
from server.ceremony.rules import Role
from server.ceremony.watching import Acknowledge, EndMaintenance, PlanMaintenance, Scope, WithdrawAcknowledgement
from server.engine.ids import new_id
from server.feeds.hub import FeedHub
from server.feeds.telemetry_port import PowerNow
from server.feeds.watch_rows import AlertsRow
from server.sites.registry import SiteRegistry
from server.sites.telemetry import Telemetry
from site_agent.units import HOUR
from tests.support.houses import person
from tests.support.lines import Lines, commune, group, roster

SITE = commune(1, 1)


class House:
    def __init__(self):
        self.lines = Lines()
        self.hub = FeedHub(
            self.lines.engine, self.lines.clock, Telemetry(self.lines.engine, self.lines.clock, SiteRegistry(self.lines.engine))
        )

    @property
    def rows(self):
        return self.hub.read("watch")

    def give(self, kind, **fields):
        return self.lines.engine.give(kind(id=new_id(), **fields), by=person(Role.TECH))

    def drop(self):
        lost = [commune(3, index) for index in range(14)]
        self.lines.down(*lost)
        self.lines.wait(13)
        return lost


@pytest.fixture
def house():
    return House()


def test_an_incident_is_one_row_from_its_opening_to_after_its_end(house):
    lost = house.drop()
    row = house.rows["incident:1"]
    assert (row.name, row.total, set(row.lost), row.closed_at) == (group(3), 14, set(lost), None)
    house.lines.up(*lost[:10])
    assert house.rows["incident:1"].lost == tuple(lost[10:])
    house.lines.up(*lost[10:])
    row = house.rows["incident:1"]
    assert (row.lost, row.closed_at) == ((), house.lines.now())
    assert [note.what for note in row.notes] == ["opened", "recovered", "recovered", "closed"]


def test_who_takes_care_of_it_stands_on_the_row_until_withdrawn(house):
    house.drop()
    house.give(Acknowledge, incident=1, reason="đã báo VNPT")
    assert (house.rows["incident:1"].ack_by, house.rows["incident:1"].ack_reason) == ("tech-1", "đã báo VNPT")
    house.give(WithdrawAcknowledgement, incident=1)
    assert house.rows["incident:1"].ack_by == ""


def test_a_site_is_noted_while_it_is_acknowledged_or_flapping_and_not_else(house):
    house.lines.down(SITE)
    assert f"site:{SITE}" not in house.rows
    house.give(Acknowledge, site=SITE, reason="đã gọi")
    assert house.rows[f"site:{SITE}"].ack_reason == "đã gọi"
    house.lines.up(SITE)
    assert f"site:{SITE}" not in house.rows
    house.lines.engine.give(RecordGrades(id=new_id(), changes=(GradeChange(SITE, Grade.UNSTABLE, "chập chờn", flapping=True),)))
    assert house.rows[f"site:{SITE}"].flapping


def test_own_power_is_noted_and_the_mains_are_not(house):
    house.hub.watch.power_changed(SITE, PowerNow(power=Power.BATTERY, battery=0.4))
    assert house.rows[f"site:{SITE}"].power is Power.BATTERY
    house.lines.down(SITE)
    house.give(Acknowledge, site=SITE, reason="đã gọi")
    assert house.rows[f"site:{SITE}"].power is Power.BATTERY
    house.hub.watch.power_changed(SITE, PowerNow(power=Power.MAINS, battery=0.5))
    assert (house.rows[f"site:{SITE}"].power, house.rows[f"site:{SITE}"].ack_by) == (Power.UNKNOWN, "tech-1")
    house.lines.up(SITE)
    assert f"site:{SITE}" not in house.rows


def test_a_maintenance_is_a_row_until_it_ends(house):
    [planned] = house.give(PlanMaintenance, scope=Scope.SITE, target=SITE, until=house.lines.now(HOUR), reason="thay cáp")
    assert house.rows[f"maintenance:{planned.maintenance}"].name == "Xã 1.1"
    house.give(EndMaintenance, maintenance=planned.maintenance)
    assert not any(key.startswith("maintenance:") for key in house.rows)


def test_how_the_alerts_go_is_a_row(house):
    house.hub.watch.alerts(AlertsRow(gateways=("Zalo",), problem="Không gửi được"))
    assert house.rows["alerts"].problem == "Không gửi được"


def test_a_site_that_left_the_roster_is_noted_no_more(house):
    house.hub.watch.power_changed(SITE, PowerNow(power=Power.GENERATOR))
    house.lines.engine.give(roster(groups=1))
    assert f"site:{SITE}" not in house.rows


def test_a_restart_reads_everything_from_the_state(house):
    house.drop()
    house.lines.down(SITE)
    house.give(Acknowledge, site=SITE, reason="đã gọi")
    house.give(PlanMaintenance, scope=Scope.SITE, target=SITE, until=house.lines.now(HOUR), reason="thay cáp")
    again = FeedHub(
        house.lines.engine, house.lines.clock, Telemetry(house.lines.engine, house.lines.clock, SiteRegistry(house.lines.engine))
    )
    assert again.read("watch") == house.rows


def test_the_figures_of_watching_are_counted_without_naming_a_site(house):
    before = REGISTRY.get_sample_value("diemcau_incidents_total", {"cause": "group"}) or 0
    house.drop()
    house.give(Acknowledge, incident=1, reason="đã báo")
    house.lines.engine.give(RecordGrades(id=new_id(), changes=(GradeChange(SITE, Grade.UNSTABLE, "chập chờn", flapping=True),)))
    house.hub.watch.power_changed(SITE, PowerNow(power=Power.GENERATOR))
    assert REGISTRY.get_sample_value("diemcau_incidents_total", {"cause": "group"}) == before + 1
    for name, labels in (
        ("diemcau_incidents_open", {}),
        ("diemcau_acknowledged", {}),
        ("diemcau_sites_flapping", {}),
        ("diemcau_sites_power", {"power": "generator"}),
    ):
        assert REGISTRY.get_sample_value(name, labels) == 1, name
