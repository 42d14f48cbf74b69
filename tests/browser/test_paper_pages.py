"""The pages that read like paper: a closing as the report it prints, its differences, and who keeps what of whom."""

import aiohttp
import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visitors
from tests.browser.test_axe_more_pages import accessible
from tests.support.people import Company
from tests.support.running import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.sites(0)]


async def test_a_closing_is_read_with_who_closed_it_and_what_changed_since(demo: RunningDemo, visitors: Visitors):
    site = demo.ready["links"]["host"][30]["site"]
    async with aiohttp.ClientSession() as http:
        desk = Company(http, demo.ready).desk
        for number in (25, 31):
            await desk.command("report_head_count", site=site, counts={"leaders": number}, reason="đếm lại")
            await desk.command("close_figures", closed_by="Giám đốc Sở KH&CN")
    page = await visitors.open(demo.ready["links"]["desk"][0]["url"])
    await page.get_by_role("tab", name="Chốt số liệu").click()
    await page.locator("#versions").get_by_role("link", name="Xem").first.click()
    await page.wait_for_url("**/report?version=2*")
    paper = page.locator("#main")
    await expect(paper).to_contain_text("Giám đốc Sở KH&CN")
    await expect(paper).to_contain_text("Thay đổi so với lần chốt 1")
    await expect(paper.get_by_role("row", name="đếm lại")).to_contain_text("25")
    await page.get_by_role("link", name="Lần 1").click()
    await expect(paper).not_to_contain_text("Thay đổi so với lần chốt")
    await page.set_viewport_size({"width": 360, "height": 780})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await accessible(page)

    public = await visitors.browser.new_context(viewport={"width": 360, "height": 780}, locale="vi-VN", bypass_csp=True)
    privacy = await public.new_page()
    await privacy.goto(f"{demo.url}/privacy")
    await expect(privacy.get_by_role("heading", name="Giữ bao lâu")).to_be_visible()
    await expect(privacy.locator("body")).to_contain_text("90 ngày sau buổi lễ")
    assert await privacy.evaluate("document.documentElement.scrollWidth") <= 360
    await accessible(privacy)
    await privacy.get_by_role("link", name="English").click()
    await expect(privacy.locator("html")).to_have_attribute("lang", "en")
