"""The strip of pictures, the panel behind it and the page of keys, fed by a small centre."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image
from playwright.async_api import expect

from tests.support.fake_centre import FakeCentre, now, running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(150)]

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
PATIENCE = 30_000
"""Milliseconds a page may take on a machine that runs other tests."""
SECOND = 1_000_000
KEY = "khoa-bi-mat-nguon-chinh"
MEASURED = {
    "video_codec": "h264", "video_profile": "Main", "width": 1280, "height": 720, "frames_per_second": 30.0, "video_kbps": 3000.0,
    "audio_codec": "aac", "audio_hz": 48000, "audio_channels": 2, "loudness_lufs": -19.5, "link_lost_percent": 0.2,
    "link_round_trip_ms": 20.0,
}  # fmt: skip
LONG_GOP = {"code": "gop_long", "words": "Khoảng cách khung hình khóa 10 giây, cần 2 giây.", "serious": True}


def source(name: str, state: str, **changes: Any) -> dict[str, Any]:
    plain = {
        "name": name, "kind": "srt", "generation": 0, "shown_address": "", "offset": 0, "on_air": False, "chosen": False,
        "state": state, "since": now() - 90 * SECOND, "words": "", "port": 9001, "encoded": False,
        "stable_since": now() - 90 * SECOND if state == "receiving" else None,
        "measured": MEASURED if state == "receiving" else {}, "faults": [], "thumbnail_at": None,
    }  # fmt: skip
    return plain | changes


def rows() -> dict[str, Any]:
    return {
        "worker": {"state": "running", "since": now(), "words": "", "restarts": 0},
        "source:primary": source("primary", "receiving", on_air=True, faults=[LONG_GOP], encoded=True, thumbnail_at=now()),
        "source:backup": source("backup", "waiting"),
        "source:slate": source("slate", "receiving", kind="slate"),
        "output": {
            "source": "primary", "since": now() - 90 * SECOND, "why": "start", "wanted": None, "width": 1280, "height": 720,
            "kbps": 3000, "video_kbps": 3000, "flowing": True, "viewers": 0, "problem": "", "thumbnail_at": None,
        },
        "recording": {
            "wanted": True, "state": "recording", "since": now(), "begin": now(), "megabytes": 120, "free_megabytes": 80000, "words": "",
        },
    }  # fmt: skip


class MediaCentre(FakeCentre):
    """With a programme: rows, keys and one small picture."""

    def __init__(self) -> None:
        super().__init__(12)
        self.feeds["media"] = rows()
        self.generation = 0

    def application(self) -> web.Application:
        app = super().application()
        app.router.add_get("/api/v1/media/keys", self.keys)
        app.router.add_get("/api/v1/media/thumbnails/{of}", self.thumbnail)
        return app

    async def keys(self, _request: web.Request) -> web.Response:
        def told(name: str, port: int) -> dict[str, Any]:
            key = f"{KEY}-{name}-{self.generation}"
            srt = f"srt://192.0.2.7:{port}"
            return {
                "source": name, "kind": "srt", "generation": self.generation, "key": key, "srt": srt,
                "srt_with_key": f"{srt}?mode=caller&passphrase={key}", "whip": "", "rtmp": "",
            }  # fmt: skip

        return web.json_response({"sources": [told("primary", 9001), told("backup", 9002)]})

    async def thumbnail(self, _request: web.Request) -> web.Response:
        written = io.BytesIO()
        Image.new("RGB", (320, 180), "#224488").save(written, "JPEG")
        return web.Response(body=written.getvalue(), content_type="image/jpeg")


@pytest.fixture
async def centre():
    async with running(MediaCentre()) as centre:
        yield centre


@pytest.fixture
async def page(browser):
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800}, bypass_csp=True, permissions=["clipboard-read", "clipboard-write"]
    )
    page = await context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    await context.close()
    assert page.errors == []


async def accessible(page):
    await page.add_script_tag(path=AXE)
    found = await page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })")
    serious = [
        (each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"] if each["impact"] in {"serious", "critical"}
    ]
    assert not serious, json.dumps(serious)


async def test_the_caller_sees_what_is_on_air_why_a_source_is_bad_and_switches_after_a_question(centre, page):
    await page.goto(f"{centre.url}/call")
    primary = page.locator(".media-tile[data-source=primary]")
    await expect(primary).to_contain_text("Trên sóng", timeout=PATIENCE)
    await expect(primary).to_contain_text("Đang nhận, phải mã hóa lại")
    await expect(primary.locator("img")).to_be_visible()
    await expect(page.locator(".media-tile[data-source=backup]")).to_contain_text("Chờ tín hiệu")

    await page.locator(".media-tile[data-source=backup] .media-put").click()
    await expect(page.locator("#ask-title")).to_have_text("Đưa Nguồn dự phòng lên sóng?")
    assert not any(each["kind"] == "switch_source" for each in centre.answers)
    await page.click("#ask-yes")
    await expect(page.locator("#ask")).to_be_hidden()
    assert (centre.answers[-1]["kind"], centre.answers[-1]["to"]) == ("switch_source", "backup")

    await primary.locator(".media-view").click()
    card = page.locator(".media-card[data-source=primary]")
    await expect(card).to_contain_text(LONG_GOP["words"])
    await expect(card).to_contain_text("−19,5 LUFS")
    await expect(card.locator("canvas")).to_be_visible(timeout=PATIENCE)
    await accessible(page)

    await page.click("[data-platform=youtube]")
    await page.fill("#ask-key", "khoa-youtube")
    await page.click("#ask-yes")
    await expect(page.locator("#ask")).to_be_hidden()
    added = centre.answers[-1]
    assert (added["kind"], added["platform"], added["access"]["key"]) == ("add_relay", "youtube", "khoa-youtube")
    assert "khoa-youtube" not in await page.content()

    await page.click("#media-close")
    lost = {"state": "lost", "since": now(), "words": "", "restarts": 1}
    await centre.change("media", {"worker": lost})
    await expect(page.locator(".media-away")).to_contain_text("tự khởi động lại")
    await expect(primary).to_be_hidden()


async def test_the_key_page_gives_what_to_type_and_shows_the_source_arrive(centre, page):
    await page.goto(f"{centre.url}/sources")
    card = page.locator(".key-card[data-source=backup]")
    await expect(card).to_contain_text("srt://192.0.2.7:9002", timeout=PATIENCE)
    await expect(card).to_contain_text("Chờ tín hiệu")
    assert KEY not in await page.inner_text("body")
    await card.get_by_role("button", name="Chép Khóa (passphrase)", exact=True).click()
    assert await page.evaluate("navigator.clipboard.readText()") == f"{KEY}-backup-0"
    await card.get_by_role("button", name="vMix · SRT").click()
    await expect(card.locator(".key-steps")).to_contain_text("192.0.2.7")
    await expect(card.locator(".key-steps")).to_contain_text("Keyframe Latency = 2")
    await accessible(page)

    await centre.change("media", {"source:backup": source("backup", "receiving")})
    await expect(card.locator(".media-state")).to_have_text("Đang nhận")

    centre.generation = 1
    await card.get_by_role("button", name="Đổi khóa").click()
    await expect(page.locator("#ask-words")).to_contain_text("bị ngắt")
    await page.click("#ask-yes")
    await expect(page.locator("#ask")).to_be_hidden()
    assert centre.answers[-1]["kind"] == "rotate_source_key"
    await card.get_by_role("button", name="Hiện Khóa (passphrase)", exact=True).click()
    await expect(card.locator(".key-values")).to_contain_text(f"{KEY}-backup-1")
