from server.ceremony.link_health import Grade, Power
from server.ceremony.rules import Role
from server.ceremony.watching import Acknowledge, WithdrawAcknowledgement
from server.endpoints.site_link import timeline
from server.engine.ids import new_id
from tests.support.houses import code, person
from tests.support.lines import Lines, commune


def test_a_sites_timeline_holds_grades_incidents_and_who_took_it_newest_first():
    lines = Lines()
    lost = [commune(3, index) for index in range(10)]
    lines.clock.move(60_000_000)
    lines.down(*lost, power=Power.BATTERY)
    lines.wait(13)
    tech = person(Role.TECH)
    lines.engine.give(Acknowledge(id=new_id(), incident=1, reason="đã báo VNPT"), by=tech)
    lines.wait(5)
    lines.engine.give(WithdrawAcknowledgement(id=new_id(), incident=1), by=tech)
    lines.wait(5)
    lines.up(lost[0])
    lines.wait(5)
    lines.up(*lost[1:])
    told = timeline(lines.state, lost[0])
    assert [line.what for line in told] == [
        "incident_closed", "back", "grade", "withdrawn", "acknowledged", "lost_together", "grade", "grade",
    ]  # fmt: skip
    fell = told[-2]
    assert (fell.grade, fell.power) == (Grade.DOWN, Power.BATTERY)
    assert told[4].reason == "đã báo VNPT"
    assert timeline(lines.state, commune(1, 1))[0].grade is Grade.UP


async def test_a_site_that_is_not_in_the_roster_has_no_link(door):
    async with door.client.get("/api/v1/sites/nowhere/link", headers=door.headers(Role.TECH)) as answer:
        assert answer.status == 404
        assert (await answer.json())["code"] == "unknown_site"


async def test_a_site_that_was_never_heard_has_no_figures(door):
    async with door.client.get(f"/api/v1/sites/{code(1)}/link", headers=door.headers(Role.TECH)) as answer:
        told = await answer.json()
    assert (told["now"], told["figures"], told["timeline"]) == (None, [], [])


async def test_a_test_alert_without_gateways_says_so(door):
    async with door.client.post("/api/v1/alerts/test", data=b"{}", headers=door.headers(Role.TECH)) as answer:
        assert answer.status == 409
        assert (await answer.json())["detail"] == "Chưa có kênh cảnh báo nào trong alerts.toml."
