"""Figures as people see them: two numbers on a phone and at the desk, the rehearsal on every page, the host's change, posters."""

import asyncio
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from site_agent.link.messages import Report
from tests.browser.conftest import Visitors
from tests.support.people import Company
from tests.support.running import RunningDemo
from tests.support.site_devices import SiteDevice

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.sites(0)]


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Several browsers at once on two cores take their time."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


async def phone(visitors: Visitors, link: dict[str, Any]) -> Page:
    return await visitors.open(link["url"], width=360, height=780, touch=True)


async def check_in(page: Page, *numbers: str) -> None:
    await page.get_by_role("button", name="Có mặt").click()
    await page.get_by_role("button", name="Báo đúng như kế hoạch").click()
    for field, text in zip(await page.locator(".site-number").all(), numbers, strict=True):
        await field.fill(text)
    await page.locator("#count-send").click()
    await expect(page.locator("#saved")).to_have_text("✓ Trung tâm đã nhận số đại biểu")


async def test_two_numbers_are_shown_with_their_senders_and_one_is_chosen_on_the_phone(demo: RunningDemo, visitors: Visitors):
    link = demo.ready["links"]["host"][40]
    page = await phone(visitors, link)
    await check_in(page, "4", "18", "11")
    async with aiohttp.ClientSession() as http:
        desk = Company(http, demo.ready).desk
        ceremony = (await desk.read("/api/v1/ceremony"))["info"]["ceremony_id"]
        other = SiteDevice(http, demo.url, link["site"], link["token"], ceremony)
        await other.enrol(part="companion")
        async with other:
            await other.say(Report(items=(other.item("report_head_count", counts={"leaders": 28}, supersedes=[]),)))
            assert (await other.hear("ack"))["outcomes"][0]["accepted"]
        wall = await visitors.open(demo.ready["links"]["tech"][0]["url"])
        await wall.locator("#search").fill(link["site"])
        await wall.keyboard.press("Enter")
        await expect(wall.locator("#panel .unsettled")).to_contain_text("28")
        await page.locator("#banners").get_by_role("button", name="Xem và chọn").click()
        await expect(page.locator("#count-unsettled")).to_contain_text("bài thử")
        await page.get_by_role("button", name="Chọn số 33").click()
        await expect(page.locator("#count-unsettled")).to_be_hidden()
        await expect(wall.locator("#panel .unsettled")).to_be_hidden()
        assert (await desk.read(f"/api/v1/sites/{link['site']}"))["present"] == 33
    await expect(wall.locator("#panel .said-list")).to_contain_text("Chọn số 33")


async def test_a_rehearsal_is_said_on_every_page_and_the_day_begins_clean_by_itself(demo: RunningDemo, visitors: Visitors):
    page = await phone(visitors, demo.ready["links"]["host"][41])
    desk = await visitors.open(demo.ready["links"]["desk"][0]["url"])
    wall = await visitors.open(demo.ready["links"]["tech"][0]["url"])
    await desk.get_by_role("tab", name="Tổng duyệt").click()
    await desk.get_by_role("button", name="Bắt đầu tổng duyệt").click()
    await desk.locator("#ask-yes").click()
    for each in (page, desk, wall):
        await expect(each.locator("#banners")).to_contain_text("TỔNG DUYỆT: điểm danh và số đại biểu lúc này chỉ để tập")
    await check_in(page, "1", "2", "3")
    await expect(desk.locator(".phase-table td.is-number").nth(4)).to_have_text("6")
    await wall.locator("#phase-open").click()
    await expect(wall.locator("#phase .phase-now")).to_have_text("TỔNG DUYỆT đang diễn ra")
    await wall.get_by_role("button", name="Kết thúc tổng duyệt").click()
    await expect(wall.locator("#ask-words")).to_contain_text("1 trên 433 điểm cầu đã báo số")
    await wall.locator("#ask-yes").click()
    await expect(page.get_by_role("button", name="Có mặt")).to_be_visible()
    await expect(page.locator("#banners")).not_to_contain_text("TỔNG DUYỆT")
    await expect(desk.locator("#reported")).to_have_text("0")
    await expect(desk.locator(".phase-table").first).to_contain_text("6")
    await desk.get_by_role("button", name="Hoàn tác: mở lại tổng duyệt").click()
    await desk.locator("#ask-yes").click()
    await expect(desk.locator("#reported")).to_have_text("1")


async def test_the_host_is_changed_in_one_flow_and_the_old_page_lists_what_it_could_not_send(
    demo: RunningDemo, visitors: Visitors
):
    visitors.forgive("401")
    visitors.forgive("WebSocket")
    visitors.forgive("ERR_INTERNET_DISCONNECTED")
    link = demo.ready["links"]["host"][42]
    old = await phone(visitors, link)
    await check_in(old, "4", "18", "11")
    desk = await visitors.open(demo.ready["links"]["desk"][0]["url"])
    await desk.get_by_role("tab", name="Liên kết").click()
    await desk.locator("#link-site").fill(link["site"])
    await old.route_web_socket("**/*", lambda ws: ws.close())
    await old.context.set_offline(True)
    await old.reload()
    await old.locator('[data-step="count"]').click()
    await old.locator(".site-number").first.fill("9")
    await old.get_by_role("button", name="Đếm lại").click()
    await old.locator("#count-send").click()
    await desk.get_by_role("button", name="Đổi người phụ trách").click()
    await desk.locator("#ask-yes").click()
    code = (await desk.locator(".host-steps .desk-digits").first.inner_text()).replace(" ", "")
    await old.context.set_offline(False)
    await expect(old.locator("#stopped-title")).to_have_text("Liên kết này đã được thay", timeout=30_000)
    await expect(old.locator("#stopped-unsent")).to_contain_text("38 đại biểu")
    context = await visitors.browser.new_context(viewport={"width": 360, "height": 780}, locale="vi-VN")
    new = await context.new_page()
    await new.goto(f"{demo.url}/enter")
    await new.locator("input").first.fill(code)
    await new.keyboard.press("Enter")
    check = await desk.locator(".host-steps .desk-digits").nth(1).inner_text()
    await expect(new.locator("body")).to_contain_text(check)
    await desk.get_by_role("button", name="Đúng, cho vào").click()
    await new.wait_for_url("**/site*")
    async with aiohttp.ClientSession() as http:
        assert (await Company(http, demo.ready).desk.read(f"/api/v1/sites/{link['site']}"))["present"] == 33


async def test_a_poster_counts_a_phone_once_and_asks_before_it_moves_it(demo: RunningDemo, visitors: Visitors):
    async with aiohttp.ClientSession() as http:
        desk = Company(http, demo.ready).desk
        await desk.command("switch_seen", on=True)
        sites = [link["site"] for link in demo.ready["links"]["host"][50:52]]
        headers = {"Authorization": f"Bearer {demo.ready['links']['desk'][0]['token']}"}
        async with http.post(f"{demo.url}/api/v1/posters", json={"sites": sites}, headers=headers) as answer:
            first, second = [poster["url"] for poster in (await answer.json())["posters"]]
        context = await visitors.browser.new_context(viewport={"width": 360, "height": 640}, locale="vi-VN")
        page = await context.new_page()
        await page.goto(first)
        await page.get_by_role("button", name="Tôi có mặt").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("✓ Đã ghi nhận")
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text("✓ Máy này đã được tính")
        await page.goto(second)
        await expect(page.get_by_role("button", name="Giữ nguyên")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        await page.locator("#act").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("✓ Đã ghi nhận")
        await asyncio.sleep(0)
        told = [(await desk.read(f"/api/v1/sites/{site}")).get("seen") for site in sites]
        assert sorted(told, key=str) == [1, None]
