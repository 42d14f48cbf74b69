"""/enter and /watch against a small centre, and the pages' accessibility by axe-core."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.fake_centre import FakeCentre, running

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
ZALO = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36 Zalo android/12100631"
GOOD = "dc1.ZGVzazpkZXNrLTE.0.AbCdEf"


@pytest.fixture
async def centre() -> AsyncIterator[FakeCentre]:
    async with running(FakeCentre()) as centre:
        yield centre


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page(viewport={"width": 360, "height": 740})
    yield page
    await page.context.close()


async def test_a_link_opens_its_page_and_leaves_no_secret_in_the_address(centre: FakeCentre, phone: Page):
    await phone.goto(f"{centre.url}/enter#{GOOD}")
    await phone.wait_for_url("**/desk?as=0123abcd*")
    assert GOOD not in await phone.evaluate("location.href + JSON.stringify(history.state)")


async def test_a_revoked_link_says_so_and_asks_for_another(centre: FakeCentre, phone: Page):
    await phone.goto(f"{centre.url}/enter#dc1.ZGVzaw.0.revoked")
    await expect(phone.locator("#problem-words")).to_have_text("Liên kết này đã được thu hồi.")
    await expect(phone.locator("#problem-code")).to_have_text("link_revoked")
    assert "#" not in phone.url


async def test_a_link_cut_short_is_told_without_asking_the_centre(centre: FakeCentre, phone: Page):
    await phone.goto(f"{centre.url}/enter")
    await phone.locator("#link").fill("https://le.example.vn/enter#dc1.ZGVz")
    await phone.locator("#go").click()
    await expect(phone.locator("#link-error")).to_contain_text("bị thiếu phần cuối")


async def test_a_short_code_waits_for_the_desk_and_shows_the_digits_to_read(centre: FakeCentre, phone: Page):
    await phone.goto(f"{centre.url}/enter")
    await phone.locator("#link").fill("4821 3357")
    await phone.locator("#go").click()
    await expect(phone.locator("#check")).to_have_text("47")


async def test_inside_zalo_the_page_explains_how_to_get_out_and_keeps_the_link(centre: FakeCentre, browser: Browser):
    page = await browser.new_page(viewport={"width": 360, "height": 740}, user_agent=ZALO)
    await page.goto(f"{centre.url}/enter#{GOOD}")
    await expect(page.locator("#inside-title")).to_have_text("Bạn đang mở trong Zalo")
    assert page.url.endswith(GOOD)
    await page.locator("#stay").click()
    await page.wait_for_url("**/desk?as=0123abcd*")
    await page.context.close()


async def test_the_audience_sees_countdown_next_item_and_who_takes_part(centre: FakeCentre, phone: Page):
    await phone.goto(f"{centre.url}/watch")
    await expect(phone.locator("#before-words")).to_have_text("Buổi lễ bắt đầu sau")
    await expect(phone.locator("#next-title")).to_have_text("Văn nghệ chào mừng")
    await expect(phone.locator("#connected")).to_have_text("410")
    assert await phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_audience_sees_the_launch_and_its_lamps(centre: FakeCentre, phone: Page):
    await phone.goto(f"{centre.url}/watch")
    await expect(phone.locator("#connected")).to_have_text("410")
    launch = centre.feeds["public"]["launch"] | {"state": "committed", "t0": centre.now() + 400_000, "touched": 1}
    await centre.change("public", {"launch": launch})
    await expect(phone.locator("[data-phase=launched]")).to_be_visible()
    await expect(phone.locator(".scene-title")).to_contain_text("Phát động phong trào")
    await centre.change("public", {"launch": launch | {"state": "fired", "lit": 40}, "group:A": {"name": "A", "lit": 40}})
    await expect(phone.locator("[data-part=count]")).to_have_text("40", timeout=10_000)


async def test_pages_speak_english_when_asked(centre: FakeCentre, phone: Page):
    await phone.goto(f"{centre.url}/watch?lang=en")
    await expect(phone.locator("#before-words")).to_have_text("The ceremony starts in")


@pytest.mark.parametrize(
    "path", ["wall", "desk", "desk#list", "desk#close", "desk#links", "watch", "enter", "call", "mc", "press"]
)
async def test_axe_finds_nothing_serious(centre: FakeCentre, browser: Browser, path: str):
    page = await browser.new_page(viewport={"width": 1440, "height": 810}, bypass_csp=True)
    await page.goto(f"{centre.url}/{path}")
    await page.wait_for_timeout(0)
    await expect(page.locator(".skeleton")).to_have_count(0)
    await page.add_script_tag(path=AXE)
    found = await page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })")
    serious = [
        {"rule": each["id"], "where": [node["target"] for node in each["nodes"]][:5], "why": each["nodes"][0]["failureSummary"]}
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert not serious, json.dumps(serious, ensure_ascii=False, indent=1)
    await page.context.close()
