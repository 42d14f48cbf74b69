"""Figures through the real door: phones over /ws/site, the desk over the API, posters by anybody; one real server for all."""

import asyncio
import base64
import io
import json
import os
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import openpyxl
import pytest
import pytest_asyncio

from server.engine.ids import new_id
from site_agent.link.messages import Report, ReportItem
from tests.support.running import RunningDemo, running_demo
from tests.support.site_devices import SiteDevice

pytestmark = [pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

HOUR = 3_600_000_000


class House:
    """A running server and those who speak to it."""

    def __init__(self, demo: RunningDemo, http: aiohttp.ClientSession) -> None:
        self.demo = demo
        self.http = http
        self.ceremony = ""
        self._used = 20

    def next_site(self) -> dict[str, Any]:
        """A site that no other test speaks for."""
        self._used += 1
        return self.demo.ready["links"]["host"][self._used]

    def headers(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.demo.ready['links'][role][0]['token']}"}

    async def ask(self, method: str, path: str, role: str = "desk", **more: Any) -> tuple[int, Any]:
        more.setdefault("headers", self.headers(role))
        async with self.http.request(method, self.demo.url + path, **more) as answer:
            return answer.status, await answer.json(content_type=None)

    async def give(self, kind: str, role: str = "desk", **fields: Any) -> dict[str, Any]:
        _, [answer] = await self.ask("POST", "/api/v1/commands", role, json={"id": new_id(), "kind": kind, **fields})
        return answer

    async def phone(self, link: dict[str, Any], *, site: str = "") -> SiteDevice:
        device = SiteDevice(self.http, self.demo.url, site or link["site"], link["token"], self.ceremony)
        assert (await device.enrol(part="companion"))["outcome"] == "accepted"
        return device

    async def site(self, code: str) -> dict[str, Any]:
        return (await self.ask("GET", f"/api/v1/sites/{code}"))[1]

    async def figures(self, code: str) -> dict[str, Any]:
        """The row of who said what, as the desk's panel reads it."""
        async with self.http.ws_connect(
            f"{self.demo.url}/ws/feed", headers=self.headers("desk"), protocols=("diemcau.feed.v1",)
        ) as ws:
            await ws.send_json({"subscribe": f"site:{code}"})
            while True:
                told = json.loads((await ws.receive()).data)
                if "snapshot" in told:
                    return dict(told["snapshot"])["figures"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    data = tmp_path_factory.mktemp("figures") / "data"
    async with running_demo(data, "--sites", "0") as demo, aiohttp.ClientSession() as http:
        found = House(demo, http)
        _, ceremony = await found.ask("GET", "/api/v1/ceremony", "tech")
        found.ceremony = ceremony["info"]["ceremony_id"]
        yield found


async def reported(device: SiteDevice, item: ReportItem) -> dict[str, Any]:
    await device.say(Report(items=(item,)))
    return (await device.hear("ack"))["outcomes"][0]


async def test_a_link_forwarded_to_five_phones_all_report_each_is_named_and_the_screen_stays_one(house: House):
    link = house.next_site()
    phones = [await house.phone(link) for _ in range(5)]
    ids = []
    for number, device in enumerate(phones):
        async with device:
            item = device.item("report_head_count", counts={"leaders": 20 + number}, supersedes=[])
            assert (await reported(device, item))["accepted"]
            ids.append(item.id)
    figures = await house.figures(link["site"])
    assert [figure["total"] for figure in figures["figures"]] == [20, 21, 22, 23, 24]
    names = {figure["sender"]["device_name"] for figure in figures["figures"]}
    assert len(names) == 5, "phones of the same name are told apart"
    row = await house.site(link["site"])
    assert (row["disagrees"], row["present"], row.get("screen")) == (True, 24, None)
    taken = {"kind": "take_screen", "site": link["site"], "device": phones[0].key.id}
    headers = {"Authorization": f"Bearer {link['token']}"}
    for device in phones[:2]:
        taken |= {"id": new_id(), "device": device.key.id}
        assert (await house.ask("POST", "/api/v1/commands", json=taken, headers=headers))[1][0]["outcome"] == "accepted"
    assert (await house.site(link["site"]))["screen"] == phones[1].key.id
    chosen = await house.give("choose_head_count", site=link["site"], figure=ids[1], over=[*ids[:1], *ids[2:]])
    assert chosen["outcome"] == "accepted"
    figures = await house.figures(link["site"])
    assert ([figure["total"] for figure in figures["figures"]], figures["history"][0]["kind"]) == ([21], "choice")
    assert figures["history"][0]["sender"] == {"role": "desk", "seat": "desk-1"}
    assert sum(word["kind"] == "head_count" for word in figures["history"]) == 5


async def test_a_phone_chooses_between_two_numbers_over_its_link(house: House):
    link = house.next_site()
    first, second = await house.phone(link), await house.phone(link)
    async with first, second:
        one = first.item("report_head_count", counts={"leaders": 20}, supersedes=[])
        two = second.item("report_head_count", counts={"leaders": 25}, supersedes=[])
        assert (await reported(first, one))["accepted"]
        assert (await reported(second, two))["accepted"]
        assert (await reported(first, first.item("choose_head_count", figure=one.id, over=[two.id])))["accepted"]
    row = await house.site(link["site"])
    assert (row.get("disagrees", False), row["present"]) == (False, 20)


@pytest.mark.parametrize(
    ("counts", "code", "words"),
    [
        ({"leaders": -3}, "counts_bad", "không được âm"),
        ({"leaders": 123_456}, "counts_bad", "không quá 99.999"),
        ({"leaders": 10**30}, "counts_bad", "không quá 99.999"),
        ({"leaders": "ba mươi"}, "counts_not_numbers", "phải là số nguyên"),
        ({"leaders": 3.5}, "counts_not_numbers", "phải là số nguyên"),
        ({"khach": 3}, "counts_bad", "Không có loại đại biểu này"),
        ({}, "counts_missing", "Chưa có số đại biểu"),
        ({"leaders": 9_000}, "head_count_unusual", "Vẫn báo"),
    ],
)
async def test_a_bad_head_count_gets_words_and_what_was_reported_before_stays(house: House, counts: Any, code: str, words: str):
    link = house.next_site()
    async with await house.phone(link) as phone:
        assert (await reported(phone, phone.item("report_head_count", counts={"leaders": 12})))["accepted"]
        outcome = await reported(phone, phone.item("report_head_count", counts=counts, reason="đếm lại"))
    assert (outcome.get("accepted", False), outcome["code"]) == (False, code)
    assert words in outcome["detail"]
    assert (await house.site(link["site"]))["present"] == 12


async def test_a_phone_whose_clock_is_hours_off_is_filed_at_the_right_time_and_both_times_are_kept(house: House):
    link = house.next_site()
    async with await house.phone(link) as phone:
        now = phone.welcome["now"]
        wrong = now - 5 * HOUR
        item = ReportItem(
            id=new_id(),
            kind="report_head_count",
            occurred_at=now - 60_000_000,
            fields={"counts": {"leaders": 3}},
            device_at=wrong,
        )
        assert (await reported(phone, item))["accepted"]
        assert (await reported(phone, item))["accepted"], "sent again it is the same report"
        future = ReportItem(id=new_id(), kind="check_in", occurred_at=now + 9 * HOUR, fields={}, device_at=now + 9 * HOUR)
        assert (await reported(phone, future))["accepted"]
    figures = await house.figures(link["site"])
    [count] = [word for word in figures["history"] if word["kind"] == "head_count"]
    assert (count["occurred_at"], count["device_at"]) == (now - 60_000_000, wrong)
    assert (await house.site(link["site"]))["checked_in_at"] < now + HOUR


async def test_a_lead_is_granted_and_reports_for_another_site_marked_as_such(house: House):
    lead, other = house.next_site(), house.next_site()
    assert (await house.give("grant_sites", site=lead["site"], others=[other["site"]]))["outcome"] == "accepted"
    async with await house.phone(lead, site=other["site"]) as phone:
        assert (await reported(phone, phone.item("report_head_count", counts={"leaders": 7}, supersedes=[])))["accepted"]
    row, name = await house.site(other["site"]), (await house.site(lead["site"]))["name"]
    assert (row["reported_by"], row["reported_for"].startswith(name)) == ("host", True)
    report = (await house.ask("GET", "/api/v1/reports/morning.json?version=0"))[1]
    line = next(site for site in report["sites"] if site["code"] == other["site"])
    assert line["reporter"] == f"{name} báo thay"


async def test_a_roster_changed_while_hosts_report_loses_nothing_and_a_retired_site_is_told_why(house: House):
    link = house.next_site()
    code = link["site"]
    async with house.http.get(f"{house.demo.url}/api/v1/roster.csv", headers=house.headers("desk")) as answer:
        roster = (await answer.read()).decode("utf-8-sig")
    without = "\n".join(line for line in roster.splitlines() if not line.startswith(f"{code},")).encode()
    async with await house.phone(link) as phone:
        assert (await reported(phone, phone.item("report_head_count", counts={"leaders": 30})))["accepted"]
        _, refused = await house.ask("PUT", "/api/v1/roster", "tech", data=without)
        assert refused["answer"]["problem"]["code"] == "roster_drops_reported"
        assert code in refused["answer"]["problem"]["fields"]
        before = (await house.ask("GET", "/api/v1/attendance"))[1]["all"]
        _, imported = await house.ask("PUT", "/api/v1/roster?retire_missing=true", "tech", data=without)
        assert imported["answer"]["outcome"] == "accepted"
        assert await phone.closed() is not None
    after = (await house.ask("GET", "/api/v1/attendance"))[1]["all"]
    assert (before["sites"] - after["sites"], before["present"] - after["present"]) == (1, 30)
    _, retired = await house.ask("GET", "/api/v1/retired")
    assert [(gone["code"], gone["present"]) for gone in retired] == [(code, 30)]
    told = await house.give("report_head_count", site=code, counts={"unsorted": 31}, reason="thêm")
    assert told["problem"]["code"] == "site_retired"
    assert (await house.give("restore_site", site=code))["outcome"] == "accepted"
    assert (await house.ask("GET", "/api/v1/attendance"))[1]["all"]["present"] == before["present"]
    async with await house.phone(link) as phone:
        assert (await reported(phone, phone.item("report_head_count", counts={"leaders": 31}, reason="thêm")))["accepted"]


async def test_changing_the_host_ends_the_old_page_and_lets_the_new_one_in_by_a_code(house: House):
    link = house.next_site()
    async with await house.phone(link) as old:
        assert (await reported(old, old.item("report_head_count", counts={"leaders": 15})))["accepted"]
        revoked = await house.give("revoke_link", subject=f"host:{link['site']}", reason="Đổi người phụ trách")
        assert revoked["outcome"] == "accepted"
        assert await old.closed() is not None
    _, code = await house.ask("POST", "/api/v1/codes", json={"site": link["site"]})
    _, waiting = await house.ask("POST", "/api/v1/codes/redeem", json={"code": code["code"]}, headers={})
    _, pending = await house.ask("GET", "/api/v1/codes")
    [mine] = [each for each in pending if each["site"] == link["site"]]
    assert mine["check"] == waiting["check"]
    assert (await house.ask("POST", "/api/v1/codes/decision", json={"id": mine["id"], "accept": True}))[0] == 200
    async with aiohttp.ClientSession() as new:
        body = {"claim": waiting["claim"]}
        async with new.post(f"{house.demo.url}/api/v1/codes/redeem", json=body) as answer:
            assert (await answer.json())["site"] == link["site"]
    assert (await house.site(link["site"]))["present"] == 15


async def test_posters_count_a_browser_once_at_one_site_and_have_no_powers(house: House):
    first, second = house.next_site()["site"], house.next_site()["site"]
    _, book = await house.ask("POST", "/api/v1/posters", json={"sites": [first, second]})
    tokens = [poster["url"].partition("#")[2] for poster in book["posters"]]
    browser = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")

    async def tap(token: str, **more: Any) -> tuple[int, Any]:
        return await house.ask("POST", "/api/v1/seen", json={"token": token, "browser": browser, **more}, headers={})

    assert (await tap(tokens[0]))[1]["code"] == "seen_off"
    assert (await house.give("switch_seen", on=True))["outcome"] == "accepted"
    assert (await tap(tokens[0], look=True))[1]["state"] == "ready"
    assert (await tap(tokens[0]))[1]["state"] == "counted"
    for _ in range(20):
        states = await asyncio.gather(*(tap(tokens[0]) for _ in range(50)))
        assert {told["state"] for _, told in states} == {"already"}
    assert (await house.site(first))["seen"] == 1
    elsewhere = (await tap(tokens[1]))[1]
    assert (elsewhere["state"], elsewhere["other"]) == ("elsewhere", (await house.site(first))["name"])
    assert (await tap(tokens[1], move=True))[1]["state"] == "counted"
    assert ((await house.site(first)).get("seen"), (await house.site(second))["seen"]) == (None, 1)
    assert (await tap(tokens[0][:-2] + "xx"))[0] == 401
    assert (await house.ask("POST", "/api/v1/session", json={"token": tokens[0]}, headers={}))[0] == 401
    headers = {"Authorization": f"Bearer {tokens[0]}"}
    assert (await house.ask("GET", f"/api/v1/sites/{first}", headers=headers))[0] == 401


async def test_many_new_browsers_of_one_address_are_held_back_with_words(house: House):
    site = house.next_site()["site"]
    _, book = await house.ask("POST", "/api/v1/posters", json={"sites": [site]})
    await house.give("switch_seen", on=True)
    token = book["posters"][0]["url"].partition("#")[2]

    async def tap() -> tuple[int, Any]:
        browser = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
        return await house.ask("POST", "/api/v1/seen", json={"token": token, "browser": browser}, headers={})

    answers = [answer for _ in range(4) for answer in await asyncio.gather(*(tap() for _ in range(40)))]
    held = [told for status, told in answers if status == 429]
    assert held
    assert held[0]["code"] == "too_many_seen"
    assert "không cần bấm lại" in held[0]["detail"]
    assert 1 <= (await house.site(site))["seen"] <= 120


async def test_the_rehearsal_is_kept_apart_from_the_day(house: House):
    """Last: it puts away what the others reported."""
    offline, online = house.next_site(), house.next_site()
    asked = await house.give("begin_rehearsal", "tech")
    assert asked["problem"]["code"] == "day_has_reports"
    assert (await house.give("begin_rehearsal", "tech", take_over=True))["outcome"] == "accepted"
    phone = await house.phone(offline)
    async with phone:
        late = phone.item("report_head_count", counts={"leaders": 9}, phase=1)
        unnamed = phone.item("check_in")
    async with await house.phone(online) as other:
        assert (await reported(other, other.item("check_in", phase=1)))["accepted"]
    assert (await house.give("end_rehearsal", "desk", rehearsal=1))["outcome"] == "accepted"
    sums = (await house.ask("GET", "/api/v1/attendance"))[1]["all"]
    assert (sums["present"], sums["checked_in"], sums["reported"]) == (0, 0, 0)
    async with phone:
        assert (await reported(phone, late))["accepted"]
        assert (await reported(phone, unnamed))["accepted"]
    assert (await house.ask("GET", "/api/v1/attendance"))[1]["all"]["reported"] == 0
    _, [rehearsal] = await house.ask("GET", "/api/v1/rehearsals")
    assert rehearsal["never_opened"] + rehearsal["opened"] == rehearsal["sites"]
    _, report = await house.ask("GET", "/api/v1/reports/rehearsal.json")
    reached = {line["code"]: (line["reached"], line["present"]) for line in report["lines"]}
    assert reached[offline["site"]] == ("reported", 9)
    assert reached[online["site"]][0] == "checked_in"
    async with house.http.get(f"{house.demo.url}/api/v1/reports/rehearsal.xlsx", headers=house.headers("desk")) as answer:
        book = openpyxl.load_workbook(io.BytesIO(await answer.read()))
    assert book["Tất cả"]["A1"].value.startswith("Tổng duyệt:")
    assert (await house.give("undo_phase", number=2))["outcome"] == "accepted"
    assert (await house.give("end_rehearsal", rehearsal=1))["outcome"] == "accepted"
    async with await house.phone(online) as other:
        assert (await reported(other, other.item("report_head_count", counts={"leaders": 5}, phase=2)))["accepted"]
    assert (await house.give("undo_phase", number=2))["problem"]["code"] == "day_begun"
    assert (await house.ask("GET", "/api/v1/attendance"))[1]["all"]["present"] == 5
    assert msgspec.json.decode(msgspec.json.encode(report))["rehearsal"] == 1
