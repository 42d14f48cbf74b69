"""Whether a viewer's page knows which instant it shows: the capture time stands in every picture as a barcode.

A camera with a perfect clock (raw pictures made here, one each 1/30 s) is encoded into the profile and published by SRT to a
real server; its worker cuts, dates and serves; Chromium plays it with our player on a page of the server. In each picture's
own callback the barcode is read from the picture and compared with the instant that the player tells. The median difference
is what calibration takes away (the delay of encoder and SRT, which nobody can see in the stream); the rest is told. The
overlay fires with the first picture whose instant is T0 or later: for a T0 every half second that picture is compared with
the one whose barcode says so. Glass to glass is from the barcode's time to the picture's callback, on this machine's clock,
encoder and SRT included. Beside it nginx-rtmp gets the same coded pictures by RTMP and serves them as HLS with fragments of 2 s,
which hls.js plays as it comes.
"""

import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Page, async_playwright

from ops.bench.barcode import FRAMES, READER, apart, camera
from ops.bench.media_peer import peer
from ops.bench.programme_house import served, srt_address
from ops.bench.table import Row, percentile

SECONDS = 40.0
PEER_SECONDS = 20.0
SETTLES = 20.0
"""Seconds in which the worker learns how soon pictures of this source arrive at best: its capture times move until then."""
CHROMIUM = "/usr/bin/chromium"
READ = (
    """
async ([seconds, patience, url]) => {
  const reader = """
    + READER
    + """;
  const video = document.createElement("video");
  video.width = 1280;
  video.height = 720;
  document.body.replaceChildren(video);
  const read = reader(video);
  const samples = [];
  const shown = (instant) => {
    const code = read();
    if (code !== null) samples.push([instant, code, Date.now()]);
  };
  const ours = async () => {
    const { Player } = await import("/static/js/lib/player.js");
    const player = new Player(video, {
      instant: () => Date.now() * 1000,
      framed: (instant) => instant !== null && shown(instant),
    });
    player.start();
    return () => {
      const { stalls } = player.report();
      player.stop();
      return stalls;
    };
  };
  const plain = async () => {
    const { default: Hls } = await import("hls.js");
    const hls = new Hls();
    hls.loadSource(url);
    hls.attachMedia(video);
    video.muted = true;
    video.autoplay = true;
    const each = () => {
      shown(0);
      video.requestVideoFrameCallback(each);
    };
    video.requestVideoFrameCallback(each);
    return () => {
      hls.destroy();
      return 0;
    };
  };
  const stop = await (url ? plain : ours)();
  const until = performance.now() + patience * 1000;
  while ((samples.length < 2 || samples.at(-1)[2] - samples[0][2] < seconds * 1000) && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const stalls = stop();
  return { samples, stalls };
}
"""
)


async def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        async with (
            served(folder / "data") as server,
            peer(folder / "peer") as beside,
            camera(await srt_address(server), f"{beside.url}/peer"),
            async_playwright() as playwright,
        ):
            # Our page plays the peer's stream too, from another origin.
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--disable-web-security"])
            page = await browser.new_page(viewport={"width": 1280, "height": 720}, bypass_csp=True)
            listing = asyncio.create_task(_listed(server.url))
            told = await watched(page, server.url, SETTLES + SECONDS)
            listing.cancel()
            theirs = await watched(page, server.url, PEER_SECONDS, f"http://127.0.0.1:{beside.http_port}/peer.m3u8")
            await browser.close()
            ages = await listing
    begin = told["samples"][0][2] + SETTLES * 1000 if told["samples"] else 0
    return _rows([sample for sample in told["samples"] if sample[2] >= begin], told["stalls"], ages, theirs["samples"])


async def _listed(url: str) -> list[float]:
    """How old the newest picture is when a playlist first names it, in seconds, until cancelled."""
    ages: list[float] = []
    last = ""
    async with aiohttp.ClientSession() as http:
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                async with http.get(f"{url}/live/source.m3u8") as answer:
                    lines = (await answer.text()).splitlines()
                if answer.status == 200 and lines[-1] != last:
                    last = lines[-1]
                    begin = datetime.fromisoformat(lines[-3].partition(":")[2])
                    ages.append(time.time() - begin.timestamp() - float(lines[-2].partition(":")[2].rstrip(",")))
                await asyncio.sleep(0.1)
    return ages[2:]


async def watched(page: Page, url: str, seconds: float, playlist: str = "") -> dict[str, Any]:
    """Pictures as they are shown, by our player, or of a playlist by hls.js as it is."""
    await page.goto(f"{url}/privacy")
    told: dict[str, Any] = await page.evaluate(READ, [seconds, seconds * 2, playlist])
    return told


Sample = tuple[float, int, int]
"""What a picture's callback told: the player's instant in µs, the barcode's and the wall clock's in ms."""


def _rows(samples: Sequence[Sample], stalls: int, ages: Sequence[float], theirs: Sequence[Sample]) -> list[Row]:
    if len(samples) < FRAMES * SECONDS / 10:
        raise RuntimeError(f"only {len(samples)} pictures were read in {SECONDS:.0f} s and more")
    differences = [apart(instant / 1000, code) for instant, code, _ in samples]
    offset = statistics.median(differences)
    off = [abs(difference - offset) for difference in differences]
    glass = [apart(seen, code) for _, code, seen in samples]
    overlay = _overlay([(instant / 1000 - offset, float(code)) for instant, code, _ in samples])
    p95, worst = percentile(off, 0.95), max(overlay)
    glass95 = percentile(glass, 0.95) / 1000
    beside = [apart(seen, code) / 1000 for _, code, seen in theirs] or [float("nan")]
    told95, told50 = f"nginx-rtmp, plain hls.js: {percentile(beside, 0.95):.2f} s", f"{statistics.median(beside):.2f} s"
    return [
        Row("playing instant against the barcode, calibrated, p95", p95, "ms", bar="≤ 20", met=p95 <= 20),
        Row("… what calibration takes away", offset, "ms"),
        Row("overlay against its picture, the worst of many T0", worst, "frames", bar="≤ 1", met=worst <= 1),
        Row("glass to glass, 2 s segments, p95", glass95, "s", "≤ 6.5", told95, glass95 <= 6.5),
        Row("… median", statistics.median(glass) / 1000, "s", peer=told50),
        Row("… of it, from a segment's last picture to the playlist that names it, median", statistics.median(ages), "s"),
        Row("… pictures read", len(samples), ""),
        Row("… stalls of the last minute", stalls, ""),
    ]


def _overlay(pictures: Sequence[tuple[float, float]]) -> list[int]:
    """For each T0: how many pictures lie between the one that fires and the one that should."""
    first = pictures[0][1]
    aligned = [(first + apart(told, round(first)), first + apart(code, round(first))) for told, code in pictures]
    found = []
    for t0 in range(round(first) + 1000, round(aligned[-1][1]) - 1000, 500):
        fires = next(index for index, (told, _) in enumerate(aligned) if told >= t0)
        should = next(index for index, (_, code) in enumerate(aligned) if code >= t0)
        found.append(abs(fires - should))
    return found
