"""A host switches the room's picture on; the technical team sees it; the caller shows it on the stage; off again."""

import contextlib

import pytest
from playwright.async_api import TimeoutError as PlaywrightTimeout
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), pytest.mark.sites(0)]


async def put_off_the_checklist(host):
    """Every item is left for later; then the page shows what is on."""
    later, rest = host.get_by_role("button", name="Để sau", exact=True), host.locator("#rest-summary")
    await expect(later.or_(rest).first).to_be_visible()
    while not await rest.is_visible():
        with contextlib.suppress(PlaywrightTimeout):  # it went while it was being pointed at
            await later.click(timeout=2_000)
        await expect(later.or_(rest).first).to_be_visible()


async def test_a_room_is_seen_by_the_technical_team_alone_until_the_caller_shows_it(demo, visitors):
    host_link = demo.ready["links"]["host"][40]
    tech = await visitors.open(demo.ready["links"]["tech"][0]["url"], "/rooms")
    host = await visitors.open(host_link["url"], width=360, height=780, touch=True)
    await expect(tech.locator("#empty-words")).to_contain_text("Ảnh phòng họp đang tắt")
    await tech.click("#allow")
    await tech.click("#ask-yes")

    await host.get_by_role("button", name="Có mặt", exact=True).click()
    await host.locator("#chair-send").click()
    await host.locator(".site-number").first.fill("12")
    await host.locator("#count-send").click()
    await host.locator("#screen-skip").click()
    await put_off_the_checklist(host)
    act = host.locator("#room-act")
    await expect(act).to_be_disabled()
    await put_off_the_checklist(host)
    await host.check("#room-notice")
    await act.click()
    await expect(host.locator("#room-state")).to_contain_text("Đang gửi ảnh")
    await expect(host.locator("#room-words")).to_contain_text("Đã gửi ảnh lúc")

    picture = tech.locator(".rooms-tile img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") >= 240

    stage = await visitors.open(demo.ready["links"]["tech"][0]["url"], "/stage")
    await expect(stage.locator("#room")).to_be_hidden()
    caller = await visitors.open(demo.ready["links"]["caller"][0]["url"], "/rooms")
    await caller.click(".rooms-open")
    await caller.click("#large-show")
    await expect(stage.locator("#room img")).to_be_visible()
    await expect(stage.locator("#room-name")).not_to_be_empty()

    await tech.click(".rooms-open")
    await tech.click("#large-keep")
    await tech.fill("#ask-fields input", "Ảnh cho báo cáo")
    await tech.click("#ask-yes")
    await expect(tech.locator("#kept")).to_contain_text("Ảnh cho báo cáo")

    await put_off_the_checklist(host)  # what is measured later asks again
    await act.click()
    await expect(host.locator("#room-state")).to_contain_text("Đang tắt")
    await expect(stage.locator("#room")).to_be_hidden()
    await expect(tech.locator(".rooms-tile")).to_have_count(0)
