"""/wall against a small centre: all sites drawn, a change shown, keys, table, old data."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.fake_centre import FakeCentre, running

pytestmark = pytest.mark.browser

DONG_VINH = "16663"
PAINTED = """new Promise((done) => new PerformanceObserver((list) => list.getEntriesByName("wall:painted").length && done())
  .observe({ type: "mark", buffered: true }))"""


@pytest.fixture
async def centre() -> AsyncIterator[FakeCentre]:
    async with running(FakeCentre()) as centre:
        yield centre


@pytest.fixture
async def wall(centre: FakeCentre, browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page(viewport={"width": 1440, "height": 810})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{centre.url}/wall")
    await expect(page.locator("#connected")).not_to_have_text("–")
    yield page
    await page.context.close()
    assert errors == []


def chip(wall: Page, name: str):
    return wall.locator("#filters .chip", has_text=name)


async def colours(wall: Page) -> int:
    """How many different pixels the canvas shows: one where nothing is drawn."""
    return await wall.evaluate(
        """() => { const c = document.getElementById("canvas"); const copy = new OffscreenCanvas(c.width, c.height).getContext("2d");
        copy.drawImage(c, 0, 0); const d = copy.getImageData(0, 0, c.width, c.height).data; const seen = new Set(); for (let i = 0; i < d.length; i += 4) seen.add((d[i] << 16) | (d[i + 1] << 8) | d[i + 2]); return seen.size; }"""
    )


async def drawn(wall: Page) -> None:
    """The worker has put the marks on the canvas: it draws a frame after the page has its rows."""
    async with asyncio.timeout(20):
        while await colours(wall) <= 10:
            await wall.evaluate("() => new Promise(requestAnimationFrame)")


async def test_the_whole_ceremony_stands_on_one_screen_with_its_figures(wall: Page):
    await wall.evaluate(PAINTED)
    await expect(wall.locator("#connected-of")).to_have_text("/ 433")
    await expect(chip(wall, "Tất cả").locator(".number")).to_have_text("433")
    await drawn(wall)
    assert await wall.evaluate(
        "document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth"
    )
    assert await wall.locator("#filters").evaluate("(chips) => chips.scrollWidth <= chips.clientWidth"), "a filter is cut off"


async def test_a_site_that_falls_is_counted_listed_and_named_with_its_reason(wall: Page, centre: FakeCentre):
    before = int(await chip(wall, "Mất kết nối").locator(".number").inner_text())
    await centre.put_sites({DONG_VINH: {"grade": "down", "reason": "mất điện"}})
    await expect(chip(wall, "Mất kết nối").locator(".number")).to_have_text(str(before + 1))
    card = wall.locator(".matter", has_text="Phường Đông Vĩnh")
    await expect(card).to_contain_text("Mất kết nối: mất điện")
    await expect(card.get_by_role("link", name="Gọi đầu mối")).to_have_attribute("href", "tel:0912000000")


async def test_a_group_lost_together_comes_first_and_shows_its_sites(wall: Page):
    first = wall.locator("#urgent .matter").first
    await expect(first).to_contain_text("Huyện Kỳ Sơn: 13 điểm cầu mất kết nối")
    await expect(first).to_contain_text("Cùng nhà mạng Viettel")
    await first.get_by_role("button", name="Xem cụm").click()
    await expect(wall.locator("#search")).to_have_value("Huyện Kỳ Sơn")


async def test_the_keyboard_finds_a_site_opens_it_and_comes_back(wall: Page):
    await wall.keyboard.press("/")
    await wall.keyboard.type("dong vinh")
    await expect(wall.locator("#search-found")).to_have_text("2")
    await wall.keyboard.press("Enter")
    panel = wall.locator("#panel")
    await expect(panel.get_by_role("heading", name="Phường Đông Vĩnh")).to_be_visible()
    await expect(panel).to_contain_text("Đầu mối kỹ thuật")
    await wall.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(wall.locator("#search")).to_be_focused()


async def test_a_link_that_went_round_among_five_phones_is_told_in_the_panel(wall: Page, centre: FakeCentre):
    centre.shared, centre.companions = DONG_VINH, 5
    await wall.locator("#search").fill(DONG_VINH)
    await wall.keyboard.press("Enter")
    await expect(wall.locator("#panel")).to_contain_text("5 máy đã mở liên kết này")
    await expect(wall.locator("#panel")).to_contain_text("Đổi người phụ trách")


async def test_arrow_keys_move_a_ring_that_says_where_it_is(wall: Page):
    await drawn(wall)
    await wall.locator("#marks").focus()
    await wall.keyboard.press("Home")
    await expect(wall.locator("#marks-say")).to_contain_text("Trường Đại học Nghệ An")
    await wall.keyboard.press("ArrowRight")
    await expect(wall.locator("#marks-say")).to_contain_text("Thành phố Vinh")
    await expect(wall.locator("#ring")).to_be_visible()
    await wall.keyboard.press("Escape")
    await expect(wall.locator("#tip")).to_be_hidden()
    await wall.keyboard.press("Enter")
    await expect(wall.locator("#panel").get_by_role("heading", name="Thành phố Vinh")).to_be_visible()


async def test_the_words_beside_a_mark_change_with_its_site_while_the_pointer_rests(wall: Page, centre: FakeCentre):
    await drawn(wall)
    await wall.locator("#marks").focus()
    await wall.keyboard.press("Home")
    code = next(iter(centre.feeds["sites"]))
    await centre.put_sites({code: {"present": 777, "reported_at": 1, "reported_by": "host"}})
    await expect(wall.locator("#tip")).to_contain_text("777 đại biểu")


async def test_a_filter_narrows_the_table_and_the_table_holds_only_rows_in_view(wall: Page):
    await wall.locator("#view").click()
    table = wall.get_by_role("table", name="Danh sách điểm cầu")
    await expect(table).to_have_attribute("aria-rowcount", "434")
    assert await table.get_by_role("row").count() < 60
    await wall.locator("#table").evaluate("(pane) => (pane.scrollTop = pane.scrollHeight)")
    await expect(table).to_contain_text("Xã Quỳnh Liên")
    count = int(await chip(wall, "Yếu").locator(".number").inner_text())
    await chip(wall, "Yếu").click()
    await expect(table).to_have_attribute("aria-rowcount", str(count + 1))


async def test_old_data_turns_grey_under_a_banner_and_comes_back(wall: Page, centre: FakeCentre):
    await wall.clock.install()
    await wall.reload()
    await expect(wall.locator("#connected-of")).to_have_text("/ 433")
    centre.silent = True
    await wall.clock.run_for(16_000)
    await expect(wall.locator("body")).to_have_class("night wall is-stale")
    await expect(wall.locator("#banners")).to_contain_text("không nghe được trung tâm")
    centre.silent = False
    await centre.put_sites({DONG_VINH: {"grade": "unstable"}})
    await expect(wall.locator("body")).not_to_have_class("night wall is-stale")


async def test_the_centres_own_troubles_are_told(wall: Page, centre: FakeCentre):
    info = centre.feeds["ceremony"]["info"]
    await centre.change("ceremony", {"info": info | {"suspect": True, "suspect_detail": "Trung tâm nghi chính mình."}})
    await expect(wall.locator("#banners .is-warn")).to_contain_text("Trung tâm nghi chính mình.")
    await centre.change("ceremony", {"info": info | {"journal_problem": "Ổ đĩa đầy."}})
    await expect(wall.locator("#banners .is-bad")).to_contain_text("Ổ đĩa đầy.")


async def test_five_thousand_sites_still_fit(browser: Browser):
    async with running(FakeCentre(sites=5000)) as centre:
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await page.goto(f"{centre.url}/wall")
        await page.evaluate(PAINTED)
        await expect(chip(page, "Tất cả").locator(".number")).to_have_text("5.000")
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        await page.context.close()
