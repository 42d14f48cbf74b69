"""On which picture a launch is seen: buttons really pressed, the order read from the playlist, the picture read from the screen.

A camera with the capture time in every picture as a barcode publishes by SRT to `diemcau serve`; two viewers, one after the
other, have `/watch` open in Chromium, the second without any feed: it knows of the launch what the playlist tells. The source is
calibrated as an operator would, by what the first pictures are off. Then the caller arms and a leader presses: a rehearsal
before the first viewer, live before the second.
In the very frame of the page in which the overlay's launch is drawn, the barcode of the picture under it is read. That picture
should be the first that was captured at T0 or later; what is told is how many pictures (1/30 s) lie between.
"""

import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, Page, WebSocketRoute, async_playwright

from ops.bench.barcode import FRAMES, READER, apart, camera
from ops.bench.bench_playing import watched
from ops.bench.programme_house import served, srt_address
from ops.bench.table import Row
from server.beginning import Launch
from server.credential import Credential
from site_agent.units import SeatName
from tests.support.people import Company

CHROMIUM = "/usr/bin/chromium"
SETTLES = 15.0
"""Seconds in which the worker learns how soon pictures of this source arrive at best."""
FRAME_MS = 1000 / FRAMES
SLOW_CAMERA_MS = 500
"""An encoder that is later than this on the machine of the test falls ever farther behind: nothing can be read off it."""
PATIENCE_MS = 60_000
SEATS = {"caller": "caller-1", "tech": "tech-1", "mc": "mc-1", "desk": "desk-1", "presser": "Ghế 1", "viewer": ""}
PLAYS = "() => document.getElementById('programme-view').dataset.state === 'playing'"
WATCH = (
    """
() => {
  const reader = """
    + READER
    + """;
  const video = document.querySelector("video");
  const scene = document.querySelector(".scene");
  const read = reader(video);
  const told = (window.told = { looking: false, fired: [] });
  let shown = [];
  const each = () => {
    if (told.looking) shown.push(read());
    video.requestVideoFrameCallback(each);
  };
  video.requestVideoFrameCallback(each);
  let before = scene.dataset.phase;
  new MutationObserver(() => {
    const { phase } = scene.dataset;
    if (phase === "launched" && before !== "launched") {
      told.fired.push({ code: read(), before: shown });
      told.looking = false;
      shown = [];
    }
    before = phase;
  }).observe(scene, { attributes: true, attributeFilter: ["data-phase"] });
}
"""
)


async def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        launch = Launch("Phát động phong trào", seats=(SeatName(SEATS["presser"]),))
        async with (
            served(Path(directory) / "data", launch, DIEMCAU_AUTO_TRUST="true") as server,
            camera(await srt_address(server)),
            aiohttp.ClientSession() as http,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM)
            links = await _links(http, server)
            company = Company(http, {"url": server.url, "links": links})
            await company.enrol()
            offset = await _calibrate(browser, server, company)
            found = []
            for deaf in (
                False,
                True,
            ):  # one viewer at a time: two, the camera and the server are more than two cores draw in time
                page = await _viewer(browser, links["viewer"][0]["url"], deaf=deaf)
                await asyncio.sleep(SETTLES)
                found.append(await _launched(company, page, live=deaf))
                await page.context.close()
            await browser.close()
    return _rows(found, offset)


async def _links(http: aiohttp.ClientSession, server: Credential) -> dict[str, list[dict[str, Any]]]:
    """As the demo prints them, of those who launch."""
    links: dict[str, list[dict[str, Any]]] = {}
    headers = {"Authorization": f"Bearer {server.token}"}
    for role, seat in SEATS.items():
        async with http.post(f"{server.url}/api/v1/links", headers=headers, json={"role": role, "seat": seat}) as answer:
            links[role] = [{**link, "seat": seat} for link in await answer.json()]
    return links


async def _calibrate(browser: Browser, server: Credential, company: Company) -> float:
    """Take away what the pictures are off in the middle, as whoever sets the source up would; that much, in ms."""
    page = await browser.new_page(bypass_csp=True)
    told = await watched(page, server.url, SETTLES + 10)
    await page.context.close()
    begin = told["samples"][0][2] + SETTLES * 1000
    offset = statistics.median(apart(instant / 1000, code) for instant, code, seen in told["samples"] if seen >= begin)
    if offset > SLOW_CAMERA_MS:
        raise RuntimeError(f"the camera's encoder does not keep up on this machine: {offset:.0f} ms behind its own pictures")
    await company.caller.command("calibrate_source", source="primary", offset=-round(offset * 1000))
    return offset


async def _viewer(browser: Browser, link: str, *, deaf: bool) -> Page:
    """Somebody who watches; `deaf`: nothing comes to them but the page and the programme."""
    context = await browser.new_context(viewport={"width": 640, "height": 360}, bypass_csp=True)
    page = await context.new_page()
    if deaf:
        await page.route_web_socket("**/ws/**", _refuse)
    await page.goto(link)
    await page.wait_for_url(lambda url: "/watch" in url)
    await page.wait_for_function(PLAYS, timeout=PATIENCE_MS)
    await page.evaluate(WATCH)
    return page


async def _refuse(socket: WebSocketRoute) -> None:
    await socket.close()


async def _launched(company: Company, page: Page, *, live: bool) -> dict[str, float]:
    """One launch: how many pictures the one under the overlay is from the first that was captured at T0."""
    await company.arm(live=live)
    await asyncio.sleep(2)
    await page.evaluate("window.told.looking = true")
    await company.pressers[0].press()
    t0 = (await company.caller.until(lambda ceremony: ceremony["cue"]["t0"], "a T0", key="cue"))["t0"] / 1000
    await page.wait_for_function("window.told.fired.length > 0", timeout=PATIENCE_MS)
    [fired] = await page.evaluate("window.told.fired")
    if fired["code"] is None:
        raise RuntimeError("no barcode under the overlay")
    late = -apart(t0, fired["code"])
    missed = {code for code in fired["before"] if code is not None and code != fired["code"] and -apart(t0, code) >= 0}
    if not live:  # nobody sends receipts here, so the rehearsal is over only two minutes later
        await company.caller.until_cue("verified", within=150)
    return {"late": late, "pictures": int(late / FRAME_MS), "missed": len(missed)}


def _rows(found: Sequence[dict[str, float]], offset: float) -> list[Row]:
    rows = []
    for name, told in zip(("told by feed and playlist", "told by the playlist alone"), found, strict=True):
        off = f"launch drawn over the picture of T0, {name}: pictures off"
        said = f"captured {told['late']:+.0f} ms after T0"
        rows.append(Row(off, told["pictures"], "frames", "≤ 1", said, abs(told["pictures"]) <= 1))
        rows.append(Row("… of them seen without the launch; the others this machine never showed", told["missed"], "frames"))
    return [*rows, Row("… what the source's calibration took away", offset, "ms")]
