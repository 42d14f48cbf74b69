"""Help and the chase as people use them: a host calls and writes, the desk answers, chases and tells everybody."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), pytest.mark.sites(0)]


async def test_a_call_for_help_is_taken_answered_and_done(demo, visitors):
    desk = await visitors.open(demo.ready["links"]["desk"][0]["url"], "/help#calls")
    host = await visitors.open(demo.ready["links"]["host"][40]["url"], width=360, height=780, touch=True)
    await host.click("#help-open")
    await host.click("#calls [data-topic=sound]")
    await expect(desk.locator(".ticket")).to_contain_text("Mất tiếng")
    await host.fill("#talk-text", "Loa rè từ 7 giờ")
    await host.click("#talk-form button")
    await expect(desk.locator(".thread-row")).to_contain_text("Loa rè")
    await expect(desk.locator("#calls-badge")).to_have_text("2")

    await desk.get_by_role("button", name="Tôi xử lý").click()
    await expect(host.locator("#own-tickets")).to_contain_text("đang xử lý")
    await desk.locator(".thread-row").click()
    await desk.fill("#thread-text", "Đề nghị điểm cầu kiểm tra lại micro.")
    await desk.click("#thread-form button")
    await expect(host.locator("#talk-lines")).to_contain_text("kiểm tra lại micro")
    await expect(host.locator("#talk-lines")).to_contain_text("đã xem")
    await expect(desk.locator("#thread-lines")).to_contain_text("đã xem")
    await desk.click("#thread-close")
    await host.get_by_role("button", name="Đã hết").click()
    await expect(desk.locator(".ticket")).to_contain_text("xử lý xong")
    await expect(desk.locator("#calls-badge")).to_be_hidden()


async def test_a_notice_is_read_at_the_site_and_counted_at_the_desk(demo, visitors):
    desk = await visitors.open(demo.ready["links"]["desk"][0]["url"], "/help#tell")
    host = await visitors.open(demo.ready["links"]["host"][40]["url"], width=360, height=780, touch=True)
    await desk.fill("#notice-text", "Đề nghị các điểm cầu tắt micro.")
    await expect(desk.locator("#notice-count")).to_contain_text("433")
    await desk.click("#notice-send")
    await desk.click("#ask-yes")
    await expect(host.locator(".site-notice")).to_contain_text("tắt micro")
    await host.get_by_role("button", name="Đã đọc").click()
    await expect(host.locator(".site-notice")).to_have_count(0)
    await expect(desk.locator(".notice-read")).to_contain_text("1/433")
    await desk.locator(".notice summary").click()
    await expect(desk.locator(".notice-unread li")).to_have_count(432)


async def test_a_call_made_without_a_network_reaches_the_desk_later(demo, visitors):
    host = await visitors.open(demo.ready["links"]["host"][40]["url"], width=360, height=780, touch=True)
    await expect(host.locator("#link")).to_have_attribute("data-good", "true")
    visitors.forgive("ERR_INTERNET_DISCONNECTED")
    await host.context.set_offline(True)
    await host.click("#help-open")
    await host.click("#calls [data-topic=picture]")
    await expect(host.locator("#own-tickets")).to_contain_text("Mất hình")
    await host.context.set_offline(False)
    desk = await visitors.open(demo.ready["links"]["desk"][0]["url"], "/help#calls")
    await expect(desk.locator(".ticket")).to_contain_text("Mất hình")


async def test_the_chase_shrinks_by_itself_and_remembers_calls(demo, visitors):
    desk = await visitors.open(demo.ready["links"]["desk"][0]["url"], "/help")
    row = desk.locator(".chase-row").first
    name = await row.locator(".chase-name").inner_text()
    code = await row.locator(".quiet").first.inner_text()
    await row.get_by_role("button", name="Ghi chú").click()
    await desk.fill("#ask-fields input", "không nghe máy")
    await desk.click("#ask-yes")
    mine = desk.locator(".chase-row", has_text=name)
    await expect(mine.first).to_contain_text("không nghe máy")
    await mine.first.get_by_role("button", name="Để sau").click()
    await desk.click("#ask-yes")
    await expect(desk.locator("#chase-snoozed-words")).to_contain_text("1 điểm cầu")
    await desk.click("#chase-snoozed summary")
    await expect(desk.locator("#chase-resting")).to_contain_text(name)

    entry = await visitors.open(demo.ready["links"]["desk"][0]["url"])
    await entry.fill("#site", code.strip())
    await entry.fill("#count", "20")
    await entry.keyboard.press("Enter")
    await expect(desk.locator("#chase-snoozed")).to_be_hidden()
