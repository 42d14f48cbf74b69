"""What people see while the centre's disk takes nothing: words on every page, and a site's page that stays connected."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visitors
from tests.support.disks import unwritable_for
from tests.support.running import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180), pytest.mark.sites(0)]

WORDS = "không ghi được nhật ký"
PAGES = {"tech": "/wall", "desk": "/desk", "caller": "/call", "mc": "/mc", "presser": "/press"}


async def test_every_page_says_that_nothing_is_kept_and_a_hosts_page_waits_connected_with_what_was_typed(
    demo: RunningDemo, visitors: Visitors
):
    pages = {role: await visitors.open(demo.ready["links"][role][0]["url"]) for role in PAGES}
    site = await visitors.open(demo.ready["links"]["host"][40]["url"], width=360, height=740, touch=True)
    await expect(site.locator("#link-words")).to_have_text("Tốt")
    with unwritable_for(demo.process.pid):
        # Somebody has to try before anybody can know.
        await site.get_by_role("button", name="Có mặt").click()
        for page in (site, *pages.values()):
            await expect(page.get_by_text(WORDS).first).to_be_visible()
        await site.reload()
        await expect(site.locator("#link-words")).to_have_text("Tốt")
        await expect(site.get_by_text(WORDS).first).to_be_visible()
        await expect(site.locator("#saved")).to_contain_text("Đã lưu trên máy")
    await expect(site.locator("#saved")).to_have_text("✓ Trung tâm đã nhận điểm danh", timeout=30_000)
    for page in (site, *pages.values()):
        await expect(page.get_by_text(WORDS)).to_have_count(0)
