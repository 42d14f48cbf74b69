"""What a newcomer sees: the demo's own programme, from its encoder over the worker to the audience and to the wall."""

import contextlib
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Visitors
from tests.support.running import running_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
SEEN = 120_000
"""Milliseconds that a loaded machine may take; `make bench` says how soon it is."""


async def test_the_demo_carries_a_moving_programme_to_the_audience_and_the_wall_shows_its_source(
    tmp_path: Path, browser: Browser
):
    visitors = Visitors(browser)
    async with running_demo(tmp_path / "data", "--sites", "0", "--media", "--srt-listen", "127.0.0.1:0") as demo:
        watch = await visitors.open(demo.ready["links"]["viewer"][0]["url"])
        moving = "() => { const video = document.querySelector('video'); return video && video.videoWidth > 0 && video.currentTime > 1; }"
        await watch.wait_for_function(moving, timeout=SEEN)
        wall = await visitors.open(demo.ready["links"]["tech"][0]["url"])
        await expect(wall.get_by_text("Đang nhận").first).to_be_visible(timeout=SEEN)
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {demo.ready['links']['tech'][0]['token']}"}) as http:
            answer = await http.get(f"{demo.url}/api/v1/media/keys")
            keys = [source["key"] for source in (await answer.json())["sources"]]
        told = command_lines()
        assert keys
        assert b"server.media.demo_signal" in told
        assert not [key for key in keys if key.encode() in told]
        for context in browser.contexts:
            await context.close()
    assert [error for error in visitors.errors if "503" not in error] == []


def command_lines() -> bytes:
    """Of everything that runs on this machine, as everybody on it can read them."""
    told = b""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            told += path.read_bytes()
    return told
