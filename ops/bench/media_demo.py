"""What a newcomer waits for: from `diemcau demo` to a moving picture on `/watch` and on `/site`."""

import asyncio
import os
import tempfile
import time
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from ops.bench.table import Row
from tests.support.running import start_demo

CHROMIUM = "/usr/bin/chromium"
WITHIN_MS = 180_000
BAR = 15.0
MOVING = "() => [...document.querySelectorAll('video')].some((video) => video.videoWidth > 0 && video.currentTime > 0.2)"


async def demo_rows() -> list[Row]:
    """The whole ceremony of Nghệ An, in a fresh folder; the browser runs already."""
    with tempfile.TemporaryDirectory() as directory:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM)
            began = time.monotonic()
            demo = await start_demo(Path(directory) / "data", "--media", DIEMCAU_MEDIA="1")
            links = time.monotonic() - began
            try:
                urls = [demo.ready["links"][role][0]["url"] for role in ("viewer", "host")]
                watch, site = await asyncio.gather(*(_moving(browser, url, began) for url in urls))
            finally:
                await demo.stop()
                await browser.close()
    load = f"load {os.getloadavg()[0]:.0f}"
    return [
        Row(f"`diemcau demo --fast` to a moving picture on /watch ({load})", watch, "s", "≤ 15", met=watch <= BAR),
        Row("… on /site, opened in the same moment", site, "s", "≤ 15", met=site <= BAR),
        Row("… of it, until the links were printed", links, "s"),
    ]


async def _moving(browser: Browser, link: str, began: float) -> float:
    """Seconds since `began` until the page behind the link shows the programme."""
    page = await (await browser.new_context(viewport={"width": 1280, "height": 800}, locale="vi-VN")).new_page()
    await page.goto(link)
    await page.wait_for_function(MOVING, timeout=WITHIN_MS)
    return time.monotonic() - began
