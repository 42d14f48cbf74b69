"""The programme on /watch: a real ffmpeg, real segments, hls.js in Chromium, and a small centre around them."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, Page, expect

from site_agent.launch.objects import Window
from site_agent.units import MINUTE, Instant
from tests.support import launch_kit as kit
from tests.support.fake_centre import FakeCentre, running
from tests.support.hls_maker import HlsMaker, Mark, making

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
PATIENCE = 40_000
"""Milliseconds a condition may take where two other suites run beside this one."""


@pytest.fixture
async def programme() -> AsyncIterator[HlsMaker]:
    async with making() as maker:
        yield maker


@pytest.fixture
async def centre(programme: HlsMaker) -> AsyncIterator[FakeCentre]:
    made = FakeCentre()
    made.hls = programme
    made.feeds["public"]["info"] |= {
        "ceremony_id": kit.PINNED.ceremony_id,
        "live_key": kit.PINNED.live_key,
        "rehearsal_key": kit.PINNED.rehearsal_key,
    }
    async with running(made) as centre:
        yield centre


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    yield page
    await page.context.close()


def order(t0: int, **changes: Any) -> dict[str, str]:
    """A signed order with that T0."""
    warrant = kit.warrant(window=Window(opens=Instant(t0 - 20 * MINUTE), ends=Instant(t0 + 10 * MINUTE)), **changes)
    return msgspec.to_builtins(kit.order(warrant, t0=Instant(t0)))


def mark(t0: int, **changes: Any) -> Mark:
    return Mark(f"launch.{changes.get('attempt', 1)}.order", t0, order(t0, **changes))


async def until_playing(page: Page) -> None:
    await expect(page.locator("#programme-view")).to_have_attribute("data-state", "playing", timeout=PATIENCE)


async def test_it_plays_by_itself_muted_and_one_button_gives_the_sound(centre: FakeCentre, page: Page):
    await page.goto(f"{centre.url}/watch")
    await until_playing(page)
    assert await page.evaluate("document.querySelector('video').muted")
    sound = page.get_by_role("button", name="Bật tiếng")
    await sound.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Tắt tiếng")).to_be_visible()
    assert not await page.evaluate("document.querySelector('video').muted")
    await page.add_script_tag(path=AXE)
    found = await page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })")
    serious = [each["id"] for each in found["violations"] if each["impact"] in {"serious", "critical"}]
    assert not serious, json.dumps(serious)


async def test_before_the_programme_begins_and_after_the_centre_fell_silent_it_says_so_and_comes_back(
    centre: FakeCentre, programme: HlsMaker, page: Page
):
    programme.status = 404
    await page.goto(f"{centre.url}/watch")
    await expect(page.locator("[data-part=card-title]")).to_have_text("Chương trình chưa phát", timeout=PATIENCE)
    programme.status = 200
    await until_playing(page)
    programme.status = 503
    await expect(page.locator("[data-part=card-title]")).to_contain_text("Tín hiệu tạm thời gián đoạn", timeout=PATIENCE)
    programme.status = 200
    await until_playing(page)


async def test_the_launch_comes_on_its_frame_with_nothing_but_the_playlist_and_a_late_viewer_sees_what_happened(
    centre: FakeCentre, programme: HlsMaker, page: Page, browser: Browser
):
    centre.deaf = True
    await page.goto(f"{centre.url}/watch")
    await until_playing(page)
    t0 = time.time_ns() // 1000 + 2_000_000
    programme.marks.append(mark(t0))
    await expect(page.locator("body.is-launching [data-phase=launched]")).to_be_visible(timeout=PATIENCE)
    await expect(page.locator(".scene-title")).to_contain_text("Phát động phong trào")
    programme.marks[:] = [mark(t0 - 15_000_000)]
    late = await browser.new_page(viewport={"width": 360, "height": 780})
    await late.goto(f"{centre.url}/watch")
    await expect(late.locator("#happened")).to_contain_text("Đã phát động lúc", timeout=PATIENCE)
    await expect(late.locator("body.has-launched")).to_be_attached()
    await late.context.close()


async def test_a_forged_order_shows_nothing_a_rehearsal_wears_its_word_and_leaves_nothing(
    centre: FakeCentre, programme: HlsMaker, page: Page
):
    await page.goto(f"{centre.url}/watch")
    await until_playing(page)
    t0 = time.time_ns() // 1000 + 2_000_000
    forged = mark(t0)
    forged.signed["sig"] = order(t0 + 1)["sig"]
    programme.marks.append(forged)
    programme.marks.append(mark(t0 + 1_000_000, live=False, attempt=2))
    await expect(page.locator("[data-rehearsal=true][data-phase=launched]")).to_be_visible(timeout=PATIENCE)
    await expect(page.locator(".scene-rehearsal")).to_be_visible()
    await expect(page.locator("#happened")).to_be_hidden()


async def test_who_looks_back_stays_there_sees_the_launch_come_again_with_its_picture_and_goes_live_by_keyboard(
    centre: FakeCentre, page: Page
):
    centre.deaf = True
    async with making(earlier=90, window=200) as maker:
        centre.hls = maker
        maker.marks.append(mark(time.time_ns() // 1000 - 20_000_000))
        await page.goto(f"{centre.url}/watch")
        await until_playing(page)
        await expect(page.locator("#happened")).to_be_visible(timeout=PATIENCE)
        back = page.get_by_role("slider", name="Thời điểm đang xem")
        await expect(back).to_have_attribute("aria-valuetext", "Trực tiếp", timeout=PATIENCE)
        await back.focus()
        await page.keyboard.press("Home")  # the oldest that is kept: before the launch
        await expect(page.locator("[data-part=live-words]")).to_have_text("Xem lại")
        await expect(page.locator("#happened")).to_be_hidden(timeout=PATIENCE)
        await page.wait_for_timeout(2000)  # four looks of the player at itself: none pulls to live
        assert await page.evaluate("-document.querySelector('[data-part=back-bar]').value") > 40
        await page.keyboard.press("End")
        await expect(page.locator("#happened")).to_be_visible(timeout=PATIENCE)
        maker.marks[:] = [mark(time.time_ns() // 1000 - 25_000_000, attempt=2)]
        await page.get_by_role("button", name="Lùi 30 giây").click()
        await expect(page.locator("body.is-launching [data-phase=launched]")).to_be_visible(timeout=PATIENCE)
