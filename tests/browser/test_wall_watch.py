"""/wall against a small centre: incidents first, taking them, the carriers, the bell, and a site's link in its panel."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from tests.browser.test_axe_more_pages import accessible
from tests.support.fake_centre import FakeCentre, now, running

pytestmark = pytest.mark.browser

MINUTE = 60_000_000
DONG_VINH = "16663"


class WatchedCentre(FakeCentre):
    """The small centre with carriers, an incident of VNPT's sites, and figures of every link."""

    def __init__(self) -> None:
        super().__init__()
        rows = self.feeds["sites"]
        for index, row in enumerate(rows.values()):
            row["carrier"] = ("VNPT", "Viettel", "MobiFone")[index % 3]
        self.lost = [code for code, row in rows.items() if row["carrier"] == "VNPT"][5:43]
        for row in rows.values():
            if row["grade"] in {"down", "stale", "degraded"}:
                row["grade"], row["reason"] = "up", ""
        for code in self.lost:
            rows[code] |= {"grade": "down", "reason": "mất kết nối", "grade_since": now() - 2 * MINUTE}
        self.feeds["watch"] = {
            "incident:1": self.incident(),
            f"site:{DONG_VINH}": {"code": DONG_VINH, "power": "generator"},
        }
        self._total()

    def incident(self, **fields):
        head = {"number": 1, "kind": "carrier", "target": "VNPT", "name": "VNPT", "since": now() - 2 * MINUTE}
        rest = {"opened_at": now() - MINUTE, "total": len(self.lost), "lost": self.lost, "sites": self.lost, "notes": []}
        return head | rest | fields

    async def _answer(self, command):
        if command["kind"] == "acknowledge" and command.get("incident") == 1:
            taken = {"ack_by": "tech-1", "ack_reason": command["reason"], "ack_at": now()}
            await self.change("watch", {"incident:1": self.incident(**taken)})
        if command["kind"] == "withdraw_acknowledgement":
            await self.change("watch", {"incident:1": self.incident()})
        return await super()._answer(command)

    async def link(self, request: web.Request) -> web.Response:
        figures = [
            {
                "at": now() - (60 - n) * 10_000_000,
                "round_trip": 40_000 + 900 * (n * 37 % 23),
                "loss_up": 0.06 if n > 40 else 0.0,
                "loss_down": 0.0,
            }
            for n in range(60)
        ]
        sample = {
            "silence": 0, "round_trip": 52_000, "jitter": 6_000, "loss": 0.06, "loss_up": 0.06, "loss_down": 0.0,
            "jitter_up": 5_000, "jitter_down": 2_000, "up_kbps": 240, "down_kbps": 5_200,
        }  # fmt: skip
        lines = [
            {"at": now() - MINUTE, "what": "acknowledged", "by": "tech-1", "reason": "đã gọi đầu mối"},
            {
                "at": now() - 2 * MINUTE,
                "what": "grade",
                "grade": "degraded",
                "reason": "mất gói 12%, chiều gửi",
                "power": "generator",
            },
            {"at": now() - 9 * MINUTE, "what": "lost_together", "incident": 1, "name": "VNPT"},
            {"at": now() - 40 * MINUTE, "what": "grade", "grade": "up"},
        ]
        power = {"power": "generator", "battery": 0.7}
        return web.json_response({"now": sample, "power": power, "figures": figures, "timeline": lines})

    def application(self) -> web.Application:
        app = super().application()
        app.router.add_get("/api/v1/sites/{code}/link", self.link)
        return app


@pytest.fixture
async def centre() -> AsyncIterator[WatchedCentre]:
    async with running(WatchedCentre()) as centre:
        yield centre


@pytest.fixture
async def wall(centre: WatchedCentre, browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page(viewport={"width": 1440, "height": 810})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{centre.url}/wall")
    await expect(page.locator("#connected")).not_to_have_text("–")
    await expect(page.locator("#urgent .matter")).not_to_have_count(0)
    yield page
    await page.context.close()
    assert errors == []


async def test_thirty_eight_lost_sites_are_one_matter_and_it_comes_first(wall: Page):
    first = wall.locator("#urgent .matter").first
    await expect(first).to_contain_text("VNPT: 38 điểm cầu mất kết nối cùng lúc (")
    await expect(wall.locator("#urgent .matter.is-loud")).to_have_count(1)
    await expect(wall.locator("#urgent .matter", has_text="Mất kết nối: mất kết nối")).to_have_count(0)
    assert await wall.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tools, side = wall.locator(".wall-tools"), wall.locator(".wall-side")
    box, beside = await tools.bounding_box(), await side.bounding_box()
    assert box["x"] + box["width"] <= beside["x"]


async def test_an_incident_is_taken_with_a_reason_and_let_go_again(wall: Page, centre: WatchedCentre):
    await wall.locator("#urgent .matter.is-loud").get_by_role("button", name="Tiếp nhận").click()
    await wall.get_by_label("Đang xử lý thế nào").fill("đã báo trực mạng")
    await wall.locator("#ask-yes").click()
    taken = wall.locator("#taken .matter")
    await expect(taken).to_contain_text("Đã tiếp nhận (tech-1")
    await expect(taken).to_contain_text("đã báo trực mạng")
    await expect(wall.locator("#urgent .matter.is-loud")).to_have_count(0)
    await taken.get_by_role("button", name="Bỏ tiếp nhận").click()
    await expect(wall.locator("#urgent .matter.is-loud")).to_have_count(1)
    assert [each["kind"] for each in centre.answers] == ["acknowledge", "withdraw_acknowledgement"]


async def test_the_sites_of_an_incident_and_of_a_carrier_can_be_seen_alone(wall: Page):
    await wall.locator("#view").click()
    table = wall.get_by_role("table", name="Danh sách điểm cầu")
    await expect(table).to_have_attribute("aria-rowcount", "434")
    await wall.locator("#urgent .matter.is-loud").get_by_role("button", name="Xem các điểm cầu").click()
    await expect(table).to_have_attribute("aria-rowcount", "39")
    await wall.locator("#only").click()
    await wall.locator("#carrier").select_option("Viettel")
    await expect(table).to_have_attribute("aria-rowcount", "145")
    await wall.keyboard.press("Escape")
    await expect(table).to_have_attribute("aria-rowcount", "434")


async def test_the_bell_rings_once_for_what_is_new_and_not_while_it_is_mute(wall: Page, centre: WatchedCentre):
    bell = wall.locator("#bell")
    await expect(bell).to_have_accessible_name("Bật chuông báo")
    # What stands when the page opens rings for nobody: only what comes after it is new.
    await expect(wall.locator("#urgent .matter.is-loud")).to_have_count(1)
    await bell.click()
    await expect(bell).to_have_attribute("aria-pressed", "true")
    await centre.put_sites({DONG_VINH: {"grade": "down", "reason": "mất kết nối"}})
    await expect(bell).to_have_attribute("data-played", "down")
    await bell.click()
    second = centre.incident(number=2, name="Viettel", target="Viettel")
    await centre.change("watch", {"incident:2": second})
    await expect(wall.locator("#urgent .matter.is-loud")).to_have_count(2)
    await expect(bell).to_have_attribute("data-played", "down")


async def test_a_sites_panel_tells_its_link_each_way_its_power_and_what_happened(wall: Page, centre: WatchedCentre):
    await centre.put_sites({DONG_VINH: {"grade": "degraded", "reason": "mất gói 12%, chiều gửi"}})
    card = wall.locator("#urgent .matter", has_text="Phường Đông Vĩnh")
    await expect(card).to_contain_text("Đang dùng máy phát điện.")
    await card.get_by_role("button", name="Chi tiết").click()
    panel = wall.locator("#panel")
    await expect(panel).to_contain_text("gửi 6% · nhận 0%")
    await expect(panel).to_contain_text("gửi 240\u00a0kb/s · nhận 5\u00a0Mb/s")
    await expect(panel).to_contain_text("Đang dùng máy phát điện")
    await expect(panel.locator(".spark")).to_have_count(3)
    await expect(panel.locator(".timeline li")).to_have_count(4)
    await expect(panel.locator(".timeline")).to_contain_text("Yếu: mất gói 12%, chiều gửi (máy phát điện)")
    await expect(panel.locator(".timeline")).to_contain_text("tech-1 tiếp nhận: đã gọi đầu mối")
    await accessible(wall)


async def test_a_maintenance_is_planned_for_a_carrier_until_a_clock(wall: Page, centre: WatchedCentre):
    await wall.locator("#maintain").click()
    await wall.get_by_label("Nơi bảo trì").select_option("carrier:VNPT")
    await wall.get_by_label("Đến mấy giờ").fill("sáng mai")
    await wall.get_by_label("Lý do").fill("nhà mạng thay cáp")
    await wall.locator("#ask-yes").click()
    await expect(wall.locator("#ask-error")).to_contain_text("chưa đúng")
    await wall.get_by_label("Đến mấy giờ").fill("23:59")
    await wall.locator("#ask-yes").click()
    await expect(wall.locator("#ask")).to_be_hidden()
    [command] = centre.answers
    assert (command["kind"], command["scope"], command["target"]) == ("plan_maintenance", "carrier", "VNPT")
    assert now() < command["until"] <= now() + 24 * 60 * MINUTE


async def test_alerts_that_do_not_go_out_are_told_in_words(wall: Page, centre: WatchedCentre):
    problem = "Không gửi được cảnh báo qua “Zalo” (json://sms.example.vn): quá lâu không trả lời."
    await centre.change("watch", {"alerts": {"gateways": ["Zalo"], "problem": problem, "since": now()}})
    await expect(wall.locator("#urgent .matter", has_text="Cảnh báo ra ngoài chưa gửi được")).to_contain_text(
        "quá lâu không trả lời"
    )
