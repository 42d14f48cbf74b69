"""Papers given to the sites, and a pledge that a site and somebody watching sign while the stage counts."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), pytest.mark.sites(0)]
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"
)


async def to_rest(host):
    """Answer the three questions and leave the checklist for later."""
    await host.get_by_role("button", name="Có mặt", exact=True).click()
    await host.locator("#chair-send").click()
    await host.locator(".site-number").first.fill("12")
    await host.locator("#count-send").click()
    await host.locator("#screen-skip").click()
    later, rest = host.get_by_role("button", name="Để sau", exact=True), host.locator("#rest-summary")
    await expect(later.or_(rest).first).to_be_visible()
    while await later.is_visible():
        await later.click()


async def test_a_paper_reaches_the_sites_and_the_desk_sees_who_opened_it(demo, visitors, tmp_path):
    desk = await visitors.open(demo.ready["links"]["desk"][0]["url"], "/help#files")
    host = await visitors.open(demo.ready["links"]["host"][40]["url"], width=360, height=780, touch=True)
    await to_rest(host)
    large = tmp_path / "anh-lon.jpg"
    large.write_bytes(b"\xff\xd8\xff" + bytes(40 * 1024 * 1024))
    await desk.set_input_files("#paper-file", large)
    await expect(desk.locator("#paper-error")).to_contain_text("lớn quá 20 MB")
    await expect(desk.locator("#paper-send")).to_be_disabled()
    small = tmp_path / "Chương trình.pdf"
    small.write_bytes(PDF)
    await desk.set_input_files("#paper-file", small)
    await desk.fill("#paper-title", "Chương trình buổi lễ")
    await desk.click("#paper-send")
    await expect(desk.locator("#papers")).to_contain_text("0/433 đã mở")
    paper = host.locator(".site-paper")
    await expect(paper).to_contain_text("Chương trình buổi lễ")
    assert (await host.request.get(demo.url + await paper.get_attribute("href"))).status == 200
    async with host.expect_popup():
        await paper.click()
    await expect(desk.locator("#papers")).to_contain_text("1/433 đã mở")


async def test_a_pledge_counts_the_site_and_somebody_watching_once_each(demo, visitors):
    caller = await visitors.open(demo.ready["links"]["caller"][0]["url"], "/call")
    host = await visitors.open(demo.ready["links"]["host"][40]["url"], width=360, height=780, touch=True)
    viewer = await visitors.open(demo.ready["links"]["viewer"][0]["url"], width=360, height=780, touch=True)
    stage = await visitors.open(demo.ready["links"]["tech"][0]["url"], "/stage")
    await to_rest(host)
    await caller.click("#pledge-act")
    await caller.click("#ask-yes")
    await expect(caller.locator("#ask-error")).to_have_text("Cần điền “Lời cam kết”.")
    await caller.fill("#ask-fields input", "Chúng tôi cam kết học tập suốt đời")
    await caller.click("#ask-yes")
    await expect(stage.locator("#pledge-text")).to_be_visible()
    await host.click("#pledge-sign")
    await expect(host.locator("#pledge-state")).to_contain_text("đã ký")
    await viewer.click("#pledge-sign")
    await expect(viewer.locator("#pledge-state")).to_contain_text("Cảm ơn")
    await expect(caller.locator("#pledge-sum")).to_have_text("1 điểm cầu và 1 người xem đã ký")
    await expect(stage.locator("#pledge-sites")).to_have_text("1 điểm cầu")
    await viewer.reload()
    await expect(viewer.locator("#pledge-state")).to_contain_text("Cảm ơn")
    await caller.click("#pledge-act")
    await caller.click("#ask-yes")
    await expect(stage.locator("#pledge")).to_be_hidden()
    await expect(host.locator("#pledge-sign")).to_be_hidden()
