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
import os
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Page, async_playwright

from ops.bench.media_peer import peer
from ops.bench.morning import opening
from ops.bench.processes import until_ready
from ops.bench.table import Row, percentile
from server.beginning import Beginning, begin
from server.ceremony.roster import ImportRoster
from server.clock import wall
from server.credential import Credential, read_credential
from tests.support.running import free_port

WIDTH, HEIGHT, FRAMES = 1280, 720, 30
BITS, CHECKED = 24, 8
BLOCK = WIDTH // (BITS + CHECKED)
BAR_ROWS = 96
WRAP = 1 << BITS
"""Milliseconds after which the barcode begins anew: 4.6 hours."""
SECONDS = 40.0
PEER_SECONDS = 20.0
SETTLES = 20.0
"""Seconds in which the worker learns how soon pictures of this source arrive at best: its capture times move until then."""
ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
READ = """
async ([seconds, bits, checked, rows, height, patience, url]) => {
  const video = document.createElement("video");
  video.width = 1280;
  video.height = 720;
  document.body.replaceChildren(video);
  const canvas = new OffscreenCanvas((bits + checked) * 4, 4);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const read = () => {
    const share = (rows / height) * video.videoHeight;
    context.drawImage(video, 0, share * 0.25, video.videoWidth, share * 0.5, 0, 0, canvas.width, 4);
    const { data } = context.getImageData(0, 2, canvas.width, 1);
    let code = 0;
    let check = 0;
    for (let bit = 0; bit < bits; bit += 1) code = code * 2 + (data[(bit * 4 + 2) * 4] > 128 ? 1 : 0);
    for (let bit = 0; bit < checked; bit += 1) check = check * 2 + (data[((bits + bit) * 4 + 2) * 4] > 128 ? 1 : 0);
    return ((code >> 16) ^ (code >> 8) ^ code ^ 0x5a) % 256 === check ? code : null;
  };
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


async def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        async with (
            _served(folder / "data") as server,
            peer(folder / "peer") as beside,
            _camera(await _address(server), f"{beside.url}/peer"),
            async_playwright() as playwright,
        ):
            # Our page plays the peer's stream too, from another origin.
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--disable-web-security"])
            page = await browser.new_page(viewport={"width": 1280, "height": 720}, bypass_csp=True)
            listing = asyncio.create_task(_listed(server.url))
            told = await _watched(page, server.url, SETTLES + SECONDS)
            listing.cancel()
            theirs = await _watched(page, server.url, PEER_SECONDS, f"http://127.0.0.1:{beside.http_port}/peer.m3u8")
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


async def _watched(page: Page, url: str, seconds: float, playlist: str = "") -> dict[str, Any]:
    """Pictures as they are shown, by our player, or of a playlist by hls.js as it is."""
    await page.goto(f"{url}/privacy")
    told: dict[str, Any] = await page.evaluate(READ, [seconds, BITS, CHECKED, BAR_ROWS, HEIGHT, seconds * 2, playlist])
    return told


Sample = tuple[float, int, int]
"""What a picture's callback told: the player's instant in µs, the barcode's and the wall clock's in ms."""


def _rows(samples: Sequence[Sample], stalls: int, ages: Sequence[float], theirs: Sequence[Sample]) -> list[Row]:
    if len(samples) < FRAMES * SECONDS / 10:
        raise RuntimeError(f"only {len(samples)} pictures were read in {SECONDS:.0f} s and more")
    differences = [_apart(instant / 1000, code) for instant, code, _ in samples]
    offset = statistics.median(differences)
    off = [abs(difference - offset) for difference in differences]
    glass = [_apart(seen, code) for _, code, seen in samples]
    overlay = _overlay([(instant / 1000 - offset, float(code)) for instant, code, _ in samples])
    p95, worst = percentile(off, 0.95), max(overlay)
    glass95 = percentile(glass, 0.95) / 1000
    beside = [_apart(seen, code) / 1000 for _, code, seen in theirs] or [float("nan")]
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


def _apart(milliseconds: float, code: int) -> float:
    """The difference to a barcode, whichever time around it is."""
    return (milliseconds - code + WRAP / 2) % WRAP - WRAP / 2


def _overlay(pictures: Sequence[tuple[float, float]]) -> list[int]:
    """For each T0: how many pictures lie between the one that fires and the one that should."""
    first = pictures[0][1]
    aligned = [(first + _apart(told, round(first)), first + _apart(code, round(first))) for told, code in pictures]
    found = []
    for t0 in range(round(first) + 1000, round(aligned[-1][1]) - 1000, 500):
        fires = next(index for index, (told, _) in enumerate(aligned) if told >= t0)
        should = next(index for index, (_, code) in enumerate(aligned) if code >= t0)
        found.append(abs(fires - should))
    return found


@asynccontextmanager
async def _served(data: Path) -> AsyncIterator[Credential]:
    """A ceremony with its media worker and nobody who publishes; its address and an admin's token."""
    sites = opening(2)[1][0]
    assert isinstance(sites, ImportRoster)
    await begin(data, Beginning("Đo lường", "UBND tỉnh", wall(), sites.levels, sites.sites))
    port = free_port()
    command = [sys.executable, "-m", "server.cli", "serve", "--data", str(data), "--listen", f"127.0.0.1:{port}"]
    environment = {**os.environ, "DIEMCAU_SRT_LISTEN": "127.0.0.1:0"}
    process = await asyncio.create_subprocess_exec(*command, "--log-level", "warning", cwd=ROOT, env=environment, stderr=DEVNULL)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            await until_ready(http, process, data)
        yield read_credential(data)
    finally:
        process.terminate()
        await process.wait()


async def _address(server: Credential) -> str:
    """Where the primary source publishes, once the worker listens."""
    async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {server.token}"}) as http:
        for _ in range(120):
            async with http.get("/api/v1/media/keys") as answer:
                sources = (await answer.json())["sources"]
            address = next((str(source["srt_with_key"]) for source in sources if source["source"] == "primary"), "")
            if address:
                return address
            await asyncio.sleep(0.5)
    raise TimeoutError("the media worker does not listen")


@asynccontextmanager
async def _camera(address: str, beside: str) -> AsyncIterator[None]:
    """Publish pictures with barcodes while the block runs: coded once, by SRT to one address and by RTMP to the other."""
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FRAMES), "-i", "pipe:0"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    video = ["-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-profile:v", "main", "-pix_fmt", "yuv420p"]
    video += ["-bf", "0", "-g", str(2 * FRAMES), "-sc_threshold", "0", "-b:v", "2500k"]
    audio = ["-c:a", "aac", "-b:a", "128k", "-ac", "2"]
    to = f"[f=mpegts:onfail=abort]{address}|[f=flv:bsfs/a=aac_adtstoasc:onfail=ignore]{beside}"
    tee = ["-map", "0:v", "-map", "1:a", "-flags", "+global_header", "-f", "tee", to]
    command = ["ffmpeg", "-loglevel", "error", *raw, *sound, *video, *audio, *tee]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE)
    shooting = asyncio.create_task(_shoot(process))
    try:
        yield
    finally:
        shooting.cancel()
        await asyncio.gather(shooting, return_exceptions=True)
        process.kill()
        await process.wait()


async def _shoot(process: Process) -> None:
    """One picture each 1/30 s of a perfect clock; its barcode is that clock's time, however late it is written."""
    assert process.stdin is not None
    began = time.time()
    grey = [bytes((row + column // 8) % 200 + 20 for column in range(WIDTH)) for row in range(HEIGHT - BAR_ROWS)]
    rest = b"".join(grey)
    number = 0
    while True:
        captured = began + number / FRAMES
        await asyncio.sleep(max(0.0, captured - time.time()))
        process.stdin.write(_barcode(round(captured * 1000) % WRAP) + rest)
        await process.stdin.drain()
        number += 1


def _barcode(milliseconds: int) -> bytes:
    check = ((milliseconds >> 16) ^ (milliseconds >> 8) ^ milliseconds ^ 0x5A) % 256
    bits = f"{milliseconds:0{BITS}b}{check:0{CHECKED}b}"
    row = b"".join((b"\xeb" if bit == "1" else b"\x10") * BLOCK for bit in bits)
    return row * BAR_ROWS
