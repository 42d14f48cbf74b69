"""/site when the centre is gone: the page opens, shows what was saved, takes numbers, and they are accepted once; then the checklist."""

import re
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Visitors
from tests.browser.test_site_page import barriers, count
from tests.support.people import Company
from tests.support.running import RunningDemo, free_port, start_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.sites(0)]

KEPT = """async () => {
  const kept = [];
  for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) kept.push(request.url);
  return kept;
}"""


def host(demo: RunningDemo, index: int = 40) -> dict[str, Any]:
    found: dict[str, Any] = demo.ready["links"]["host"][index]
    return found


async def opened(browser: Browser, link: dict[str, Any]) -> Page:
    """A host's phone on which the page has been kept."""
    context = await browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, locale="vi-VN")
    page = await context.new_page()
    await page.goto(link["url"])
    await page.wait_for_url(lambda url: "/enter" not in url)
    await expect(page.locator("html")).to_have_attribute("data-offline", "ready", timeout=30_000)
    return page


async def test_a_host_works_on_through_a_dead_server_and_a_reload_and_is_accepted_once(tmp_path: Path, browser: Browser):
    data, port = tmp_path / "data", free_port()
    demo = await start_demo(data, "--sites", "0", port=port)
    link = host(demo)
    page = await opened(browser, link)
    await page.get_by_role("button", name="Có mặt").click()
    await page.get_by_role("button", name="Báo đúng như kế hoạch").click()
    await expect(page.locator("#saved")).to_contain_text("Trung tâm đã nhận")
    await demo.stop(signal.SIGKILL)

    await count(page, "3", "4", "5")
    await page.reload()
    await expect(page.locator("#name")).not_to_have_class(re.compile("skeleton"))
    await expect(page.locator("#count-total")).to_have_text("12")
    await expect(page.locator("#saved")).to_contain_text("Số đang nhập đã lưu trên máy")
    await expect(page.locator("#banners")).to_contain_text("Mất kết nối với trung tâm")
    await page.get_by_role("button", name="Báo 12 đại biểu").click()
    await expect(page.locator("#saved")).to_contain_text("Đã lưu trên máy, sẽ gửi ngay khi có mạng")
    await page.reload()
    await expect(page.locator("#saved")).to_contain_text("Đã lưu trên máy, sẽ gửi ngay khi có mạng")

    demo = await start_demo(data, "--sites", "0", port=port)
    try:
        await expect(page.locator("#saved")).to_have_text("✓ Trung tâm đã nhận số đại biểu", timeout=40_000)
        await page.reload()
        await expect(page.locator("#link-words")).to_have_text("Tốt", timeout=20_000)
        async with aiohttp.ClientSession() as http:
            told = await Company(http, demo.ready).desk.read(f"/api/v1/sites/{link['site']}")
        assert told["present"] == 12
        assert len(told["mine"]["history"]) == 1
        kept = await page.evaluate(KEPT)
        assert any("/site?as=" in url for url in kept)
        assert not [url for url in kept if "/api/" in url or "/enter" in url or "dc1." in url or "/ws" in url]
    finally:
        await page.context.close()
        await demo.stop()


async def test_what_is_half_typed_in_any_form_is_there_after_a_reload(demo: RunningDemo, visitors: Visitors):
    page = await visitors.open(host(demo)["url"], width=360, height=740, touch=True)
    await page.locator("#contact-other-words").click()
    await page.get_by_label("Họ và tên").first.fill("Họ và tên")
    await page.reload()
    await expect(page.locator("#contact-name")).to_have_value("Họ và tên")
    await expect(page.locator("#contact-name")).to_be_visible()
    await page.get_by_role("button", name="Có mặt").click()
    await page.get_by_label("Chủ trì thay").check()
    await page.get_by_label("Chức danh").fill("Phó Chủ tịch")
    await page.reload()
    await expect(page.get_by_label("Chủ trì thay")).to_be_checked()
    await expect(page.get_by_label("Chức danh")).to_have_value("Phó Chủ tịch")
    await page.get_by_role("button", name="Báo người chủ trì thay").click()
    await page.reload()
    await expect(page.locator("#count-title")).to_be_visible()
    kept = await page.evaluate("() => Object.values(localStorage).join()")
    assert "Phó Chủ tịch" not in kept.split('"typed"', maxsplit=1)[-1].split("}", maxsplit=1)[0], (
        "what was reported is no longer a draft"
    )


async def test_a_session_that_is_over_says_so_and_what_was_entered_is_still_there(demo: RunningDemo, visitors: Visitors):
    link = host(demo)
    visitors.forgive("401")
    page = await visitors.open(link["url"], width=360, height=740, touch=True)
    await page.get_by_role("button", name="Có mặt").click()
    await page.get_by_role("button", name="Báo đúng như kế hoạch").click()
    await count(page, "1", "2", "3")
    await page.context.clear_cookies()
    await page.reload()
    await page.wait_for_url("**/enter?next=/site**")
    await expect(page.locator("#problem-words")).to_contain_text("Phiên mở trang đã hết hạn")
    await page.locator("#link").fill(link["url"])
    await page.get_by_role("button", name="Mở trang").click()
    await expect(page.locator("#count-total")).to_have_text("6")


async def test_the_checklist_is_one_thing_at_a_time_and_the_wall_counts_it(demo: RunningDemo, visitors: Visitors):
    link = host(demo)
    page = await visitors.open(link["url"], width=360, height=740, touch=True)
    await expect(page.locator("#ready-open")).to_be_hidden()
    await page.get_by_role("button", name="Có mặt").click()
    await page.get_by_role("button", name="Báo đúng như kế hoạch").click()
    await page.locator("#ready-open").click()
    await expect(page.locator("#ready-title")).to_have_text("Cả phòng có nghe rõ không?")
    assert await barriers(page) == []
    await page.get_by_role("button", name="Phát mã").click()
    await page.locator("#ready-code").fill("99")
    await page.get_by_role("button", name="Xong").click()
    await expect(page.locator("#ready-error")).to_contain_text("Chưa khớp")
    await page.get_by_role("button", name="Không nghe thấy").click()
    await expect(page.locator("#ready-title")).to_have_text("Màn hình có tự tắt giữa chừng không?")
    await page.get_by_role("button", name="Đã tắt chế độ nghỉ của máy").click()
    power = page.get_by_role("button", name="Đã cắm điện")
    if await power.count():  # Chromium here tells of a battery; others ask
        await power.click()
    await page.get_by_role("button", name="Máy phát điện").click()
    await page.get_by_role("button", name="Đã vào phòng họp trực tuyến").click()
    await page.get_by_role("button", name="Đã tắt micro").click()
    await expect(page.locator("#ready-title")).to_have_text("Còn 1 mục chưa xong")
    assert await barriers(page) == []
    await page.get_by_role("button", name="Làm: Nghe được âm thanh").click()
    await page.evaluate("() => { Math.random = () => 0.4; }")
    await page.get_by_role("button", name="Phát mã").click()
    await page.locator("#ready-code").fill("22")
    await page.get_by_role("button", name="Xong").click()
    await expect(page.locator("#ready-title")).to_have_text("Điểm cầu đã sẵn sàng")
    await page.get_by_role("button", name="Xong").click()
    await expect(page.locator("#count-title")).to_be_visible()
    wall = await visitors.open(demo.ready["links"]["tech"][0]["url"])
    await expect(wall.locator("#readiness-ready")).to_have_text("1")
    await wall.locator("#readiness-open").click()
    await expect(wall.locator("#readiness-items li", has_text="Đang dùng máy phát điện")).to_contain_text("1/433")
    assert await barriers(wall) == []


async def test_the_conference_room_is_shown_to_its_sites_and_copied(demo: RunningDemo, visitors: Visitors):
    async with aiohttp.ClientSession() as http:
        access = {"url": "https://hop.test/j/12345", "password": "mat-khau"}
        await Company(http, demo.ready).tech.command("set_conference", access=access)
    page = await visitors.open(host(demo)["url"], width=360, height=740, touch=True)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await expect(page.locator("#conference-show")).to_be_hidden()
    await page.get_by_role("button", name="Có mặt").click()
    await page.locator("#conference-show").click()
    await expect(page.locator("#conference-lines")).to_contain_text("https://hop.test/j/12345")
    await page.get_by_role("button", name="Sao chép mật khẩu").click()
    await expect(page.locator("#conference-said")).to_have_text("Đã sao chép mật khẩu.")
    assert await page.evaluate("navigator.clipboard.readText()") == "mat-khau"
    assert await page.locator("#conference-open").get_attribute("href") == "https://hop.test/j/12345"
    assert await barriers(page) == []


async def test_the_desk_hands_out_sheets_and_lists(demo: RunningDemo, visitors: Visitors, tmp_path: Path):
    desk = await visitors.open(demo.ready["links"]["desk"][0]["url"])
    await desk.locator("#tab-list").click()
    chip = desk.locator("#list-filters button", has_text="Chưa mở liên kết")
    await expect(chip).to_contain_text("433")
    await desk.locator("#tab-links").click()
    await desk.locator("#hand-out-group").select_option("Huyện Nam Đàn")
    for link, start in (("#hand-out-pdf", b"%PDF-"), ("#hand-out-unopened", b"PK")):
        async with desk.expect_download() as download:
            await desk.locator(link).click()
        await (await download.value).save_as(tmp_path / "file")
        assert (tmp_path / "file").read_bytes().startswith(start)


async def test_a_code_from_a_sheet_typed_at_the_entrance_waits_for_the_desk(
    demo: RunningDemo, visitors: Visitors, browser: Browser
):
    site = host(demo)["site"]
    async with aiohttp.ClientSession() as http:
        desk = Company(http, demo.ready).desk
        book = await desk.post("/api/v1/sheets", {"sites": [site]})
        context = await browser.new_context(viewport={"width": 360, "height": 740}, locale="vi-VN")
        page = await context.new_page()
        await page.goto(f"{demo.url}/enter")
        await page.locator("#link").fill(book["sheets"][0]["short_code"])
        await page.get_by_role("button", name="Mở trang").click()
        await expect(page.locator("#check")).to_have_text(re.compile(r"^\d\d$"))
        [asked] = await desk.read("/api/v1/codes")
        assert asked["check"] == await page.locator("#check").inner_text()
        await desk.post("/api/v1/codes/decision", {"id": asked["id"], "accept": True})
        await expect(page.locator("#place")).to_contain_text(site, timeout=15_000)
