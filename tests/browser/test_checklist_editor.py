"""The technical team edits the checklist and the conference room on the wall; the sites see both at once."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), pytest.mark.sites(0)]


async def test_a_new_item_and_another_conference_room_reach_a_host_at_once(demo, visitors):
    tech = await visitors.open(demo.ready["links"]["tech"][0]["url"], "/wall")
    host = await visitors.open(demo.ready["links"]["host"][40]["url"], width=360, height=780, touch=True)
    await host.get_by_role("button", name="Có mặt", exact=True).click()
    await host.locator("#chair-send").click()
    await host.locator(".site-number").first.fill("12")
    await host.locator("#count-send").click()
    await host.locator("#screen-skip").click()

    await tech.click("#readiness-open")
    await tech.click("#readiness-edit")
    await expect(tech.locator("#checklist-save")).to_be_disabled()
    await expect(tech.locator("#conference-url")).not_to_have_value("")
    await tech.click("#checklist-add")
    await expect(tech.locator("#checklist-error")).to_contain_text("chưa có tên")
    await tech.keyboard.type("Đã treo phông")
    while await tech.locator(".checklist-row").count() > 1:
        await tech.get_by_label("Bỏ mục 1", exact=True).click()
    await tech.click("#checklist-save")
    await expect(tech.locator("#checklist-said")).to_contain_text("Đã lưu")
    await expect(host.get_by_text("Đã treo phông").first).to_be_visible()

    await tech.fill("#conference-url", "https://hop-moi.example/phong-2")
    await tech.fill("#conference-password", "445566")
    await tech.click("#conference-save")
    await expect(tech.locator("#conference-said")).to_contain_text("Đã lưu")
    await host.get_by_role("button", name="Phòng họp trực tuyến").click()
    await expect(host.locator("#conference-lines")).to_contain_text("445566")


async def test_only_who_may_change_the_checklist_is_offered_it(demo, visitors):
    caller = await visitors.open(demo.ready["links"]["caller"][0]["url"], "/wall")
    await caller.click("#readiness-open")
    await expect(caller.locator("#readiness-close")).to_be_visible()
    await expect(caller.locator("#readiness-edit")).to_be_hidden()
