"""The organisers' own clip: chosen on /call, fetched by the stage before anybody arms, shown at T0 in the effect's place."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visitors
from tests.browser.test_launch_pages import agree, link, waive_what_is_missing
from tests.support.people import Company
from tests.support.running import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.sites(0)]


async def clip(folder: Path) -> Path:
    """Thirty seconds of H.264 that a stage can play."""
    path = folder / "phat-dong.mp4"
    process = await asyncio.create_subprocess_exec(
        "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=10", "-t", "30", "-pix_fmt", "yuv420p",
        "-movflags", "faststart", str(path),
    )  # fmt: skip
    assert await process.wait() == 0
    return path


async def test_the_stage_plays_the_organisers_clip_at_the_launch(demo: RunningDemo, visitors: Visitors, tmp_path: Path):
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        caller = await visitors.open(link(demo, "caller"))
        tech = await visitors.open(link(demo, "tech"), "/call")
        leaders = [await visitors.open(link(demo, "presser", seat), width=768, height=1024, touch=True) for seat in range(3)]
        wrong = tmp_path / "phim.txt"
        wrong.write_text("không phải phim")
        await caller.set_input_files("#clip-file", wrong)
        await expect(caller.locator("#clip-error")).to_contain_text("Chỉ nhận đoạn phim")
        await caller.set_input_files("#clip-file", await clip(tmp_path))
        await expect(caller.locator("#clip-words")).to_contain_text("Đoạn phim trên sân khấu")
        await caller.get_by_role("button", name="Chuẩn bị").click()
        stage = await visitors.open(link(demo, "host"), "/stage", width=1280, height=720)
        await expect(stage.locator("#clip")).to_have_js_property("readyState", 4)
        await expect(stage.locator("#clip")).to_be_hidden()
        await caller.get_by_role("button", name="Mở tổng duyệt").click()
        await expect(caller.locator("#mode")).to_have_text("TỔNG DUYỆT")
        await waive_what_is_missing(caller)
        await caller.get_by_role("button", name="Xác nhận kích hoạt").click()
        await agree(caller)
        await tech.get_by_role("button", name="Xác nhận kích hoạt").click()
        await agree(tech)
        await expect(leaders[0].locator("#label")).to_have_text("Nhấn")
        await leaders[0].locator("#disc").tap()
        await company.caller.until_cue("committed", "fired", "verified")
        await expect(stage.locator("#clip")).to_be_visible(timeout=15_000)
        assert await stage.locator("#clip").evaluate("video => !video.paused && video.currentTime < 30")
        await stage.locator("#clip").evaluate("video => { video.currentTime = 29.9; }")
        await expect(stage.locator("#clip")).to_be_hidden()
        await expect(stage.locator("body")).to_contain_text("điểm cầu cùng phát động")
