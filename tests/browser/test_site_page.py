"""/site as a host uses it: on a 360-pixel phone without a network, in two tabs at once, and as the screen of a hall."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, Route, WebSocketRoute, expect

from tests.browser.conftest import Visitors
from tests.support.people import Company
from tests.support.running import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), pytest.mark.sites(0)]

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


def host(demo: RunningDemo, index: int = 40) -> dict[str, Any]:
    """A site that no simulated agent plays."""
    found: dict[str, Any] = demo.ready["links"]["host"][index]
    return found


async def phone(visitors: Visitors, link: dict[str, Any]) -> Page:
    return await visitors.open(link["url"], width=360, height=740, touch=True)


async def count(page: Page, *numbers: str) -> None:
    for field, text in zip(await page.locator(".site-number").all(), numbers, strict=True):
        await field.fill(text)


async def test_a_host_checks_in_and_reports_on_a_phone(demo: RunningDemo, visitors: Visitors):
    link = host(demo)
    page = await phone(visitors, link)
    await page.get_by_role("button", name="Có mặt").click()
    await page.get_by_label("Chủ trì thay").check()
    await page.get_by_role("button", name="Báo người chủ trì thay").click()
    await expect(page.locator("#chair-error")).to_contain_text("Ghi họ tên hoặc chức danh")
    await page.get_by_label("Chức danh").fill("Phó Chủ tịch UBND xã")
    await page.get_by_role("button", name="Báo người chủ trì thay").click()
    await count(page, "4", "18", "3000")
    await page.get_by_role("button", name="Báo 3.022 đại biểu").click()
    await expect(page.locator("#count-unusual")).to_contain_text("lớn hơn 20 lần dự kiến")
    await page.get_by_role("button", name="Kiểm tra lại").click()
    await count(page, "4", "18", "10")
    await page.get_by_role("button", name="Thêm một Người dân").click()
    await page.get_by_role("button", name="Báo 33 đại biểu").click()
    await expect(page.locator("#saved")).to_have_text("✓ Trung tâm đã nhận số đại biểu")
    async with aiohttp.ClientSession() as http:
        told = await Company(http, demo.ready).desk.read(f"/api/v1/sites/{link['site']}")
    assert told["present"] == 33
    assert told["chair_as_planned"] is False
    assert told["mine"]["counts"] == {"leaders": 4, "officials": 18, "residents": 11}


async def test_a_correction_asks_for_its_reason(demo: RunningDemo, visitors: Visitors):
    link = host(demo)
    async with aiohttp.ClientSession() as http:
        await Company(http, demo.ready).desk.command("report_head_count", site=link["site"], counts={"unsorted": 20})
        page = await phone(visitors, link)
        await page.locator('.site-steps [data-step="count"]').click()
        await count(page, "1", "2", "30")
        await page.get_by_role("button", name="Báo 33 đại biểu").click()
        await expect(page.locator("#count-error")).to_contain_text("Ghi lý do")
        await page.get_by_role("button", name="Đếm lại").click()
        await page.get_by_role("button", name="Báo 33 đại biểu").click()
        await expect(page.locator("#saved")).to_have_text("✓ Trung tâm đã nhận số đại biểu")
        assert (await Company(http, demo.ready).desk.read(f"/api/v1/sites/{link['site']}"))["present"] == 33


async def test_what_is_typed_without_a_link_survives_a_reload_and_is_sent_later(demo: RunningDemo, visitors: Visitors):
    link = host(demo)
    page = await phone(visitors, link)
    broken = {"is": True}

    async def gate(socket: WebSocketRoute) -> None:
        if broken["is"]:
            await socket.close(code=1013)
        else:
            socket.connect_to_server()

    await page.route_web_socket("**/ws/site**", gate)
    await page.reload()
    await page.get_by_role("button", name="Có mặt").click()
    await expect(page.locator("#saved")).to_contain_text("Đã lưu trên máy")
    await page.get_by_role("button", name="Báo đúng như kế hoạch").click()
    await count(page, "2", "3", "4")
    await page.reload()
    await expect(page.locator("#count-total")).to_have_text("9")
    await page.get_by_role("button", name="Báo 9 đại biểu").click()
    await page.reload()
    await expect(page.locator("#saved")).to_have_text("✓ Đã lưu trên máy, sẽ gửi ngay khi có mạng (3 mục)")
    broken["is"] = False
    await expect(page.locator("#saved")).to_have_text("✓ Trung tâm đã nhận số đại biểu", timeout=20_000)
    async with aiohttp.ClientSession() as http:
        told = await Company(http, demo.ready).desk.read(f"/api/v1/sites/{link['site']}")
    assert told["present"] == 9
    assert len(told["mine"]["history"]) == 1


async def test_the_second_tab_takes_over_and_the_first_can_take_back(demo: RunningDemo, visitors: Visitors):
    first = await phone(visitors, host(demo))
    await expect(first.locator("#link-words")).to_have_text("Tốt")
    second = await first.context.new_page()
    await second.goto(first.url)
    await expect(second.locator("#link-words")).to_have_text("Tốt")
    await expect(first.get_by_role("heading", name="Trang này đang mở ở thẻ khác")).to_be_visible()
    await first.get_by_role("button", name="Dùng tiếp trên thẻ này").click()
    await expect(first.get_by_role("button", name="Có mặt")).to_be_visible()
    await expect(second.get_by_role("heading", name="Trang này đang mở ở thẻ khác")).to_be_visible()


async def test_a_revoked_link_says_so_and_does_not_knock_on(demo: RunningDemo, visitors: Visitors):
    link = host(demo)
    page = await phone(visitors, link)
    await expect(page.locator("#link-words")).to_have_text("Tốt")
    async with aiohttp.ClientSession() as http:
        await Company(http, demo.ready).tech.command("revoke_link", subject=f"host:{link['site']}", reason="thử")
    await expect(page.get_by_role("heading", name="Liên kết này đã được thay")).to_be_visible()
    visitors.errors.clear()  # the sockets that were refused are what this test is about


async def test_a_machine_made_the_screen_counts_down_fires_and_shows_the_end_after_a_reload(
    demo: RunningDemo, visitors: Visitors
):
    link = host(demo)
    page = await visitors.open("about:blank")
    tapped, enrolling = asyncio.Event(), asyncio.Event()

    async def enrol_after_the_tap(route: Route) -> None:
        if "enrol_device" in (route.request.post_data or "") and not tapped.is_set():
            enrolling.set()
            await tapped.wait()
        await route.continue_()

    await page.route("**/api/v1/commands", enrol_after_the_tap)
    await page.goto(link["url"])
    await enrolling.wait()
    await page.locator('.site-steps [data-step="screen"]').click()
    await page.get_by_role("button", name="Dùng máy này làm màn hình hội trường").click()
    tapped.set()
    await expect(page.locator("#hall")).to_be_visible()
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.enrol()
        row = await company.arm(live=False)
        await expect(page.locator(".scene-rehearsal")).to_be_visible()
        await company.pressers[0].press()
        scene = page.locator(".scene")
        await expect(scene).to_have_attribute("data-phase", "launched", timeout=15_000)
        await expect(page.locator(".scene-title")).to_be_visible()
        await company.caller.until(lambda c: c["cue"]["fired_sites"] >= 1, "receipts")
        launch = await company.caller.read(f"/api/v1/launches/{row['cue']}/{row['attempt']}")
        [receipt] = [receipt for receipt in launch["receipts"] if receipt["site"] == link["site"]]
        assert receipt["outcome"] in {"fired", "fired_late"}
        assert receipt["actual"] >= receipt["target"]
        await page.reload()
        await expect(scene).to_have_attribute("data-phase", "launched")
        await expect(scene).to_have_attribute("data-effect", "over")
        again = await company.caller.read(f"/api/v1/launches/{row['cue']}/{row['attempt']}")
        assert len([receipt for receipt in again["receipts"] if receipt["site"] == link["site"]]) == 1


async def test_a_host_with_another_site_granted_goes_over_and_reports_for_it(demo: RunningDemo, visitors: Visitors):
    own, other = host(demo), host(demo, 41)
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.tech.command("grant_sites", site=own["site"], others=[other["site"]])
        page = await phone(visitors, own)
        await page.get_by_label("Điểm cầu khác").select_option(other["site"])
        await expect(page.locator("#place")).to_contain_text(other["site"])
        await page.get_by_role("button", name="Có mặt").click()
        await expect(page.locator("#saved")).to_have_text("✓ Trung tâm đã nhận điểm danh")
        told = await company.desk.read(f"/api/v1/sites/{other['site']}")
        assert told["checked_in_at"] is not None
        assert (await company.desk.read(f"/api/v1/sites/{own['site']}")).get("checked_in_at") is None


async def test_the_pages_can_be_used_with_a_keyboard_and_a_screen_reader(demo: RunningDemo, visitors: Visitors):
    page = await phone(visitors, host(demo))
    for step in ("present", "count", "screen"):
        await page.locator(f'.site-steps [data-step="{step}"]').click()
        assert await barriers(page) == []
    await page.get_by_role("button", name="Cần hỗ trợ").click()
    assert await barriers(page) == []
    stage = await visitors.open(host(demo, 0)["url"], "/stage", width=1920, height=1080)
    await expect(stage.locator(".scene-ceremony")).not_to_be_empty()
    assert await barriers(stage) == []


async def barriers(page: Page) -> list[str]:
    """What axe-core finds, rule and element."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})")
    return [f"{violation['id']}: {node['target']}" for violation in found["violations"] for node in violation["nodes"]]
