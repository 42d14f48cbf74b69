"""What a host's page costs a village's line in a morning of four hours, video left out.

A real Chromium opens the link of one site through a proxy that counts every byte both ways (heads, bodies, frames; no TLS).
The load is measured whole, with what the service worker fetches to work offline; then a minute of quiet, a minute in which
others check in at 20 a second, and a minute of polling, when clocks are compared six times as often. The morning is the load
+ 2.5 h of quiet + 1 h of the rush + 0.5 h of polling, at those rates, + as many measurements of the line's throughput as a
page makes at most, one of which is waited for and weighed by itself. TLS adds 5 to 9 kB for each connection and 22 bytes for
each record.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp
from playwright.async_api import Page, async_playwright

from ops.bench.bench_checkins import check_ins, ours
from ops.bench.counting_proxy import Counted, counting_proxy
from ops.bench.http_client import Pool
from ops.bench.table import Row
from server.beginning import CUE, Launch
from server.credential import read_credential
from server.engine.ids import new_id

SITES = 1_500
OTHERS_A_SECOND = 20.0
PHASE = 60.0
SETTLES_AFTER = 8.0
HOURS = {"quiet": 2.5, "rush": 1.0, "polling": 0.5}
BAR = 3_000_000
THROUGHPUT = b"PUT /api/v1/link-probe"
"""Ends a measurement of the line's throughput: web/static/js/lib/throughput.js."""
MOST_THROUGHPUTS = 12
THROUGHPUT_WITHIN = 300.0
CHROMIUM = "/usr/bin/chromium"


async def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory) / "data"
        async with ours(data, SITES, Launch(title="Phát động")) as (_, port, tokens), counting_proxy(port, THROUGHPUT) as wire:
            asks = list(check_ins(tokens))
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM)
                page = await browser.new_page(viewport={"width": 360, "height": 780})
                first = await _loaded(page, wire, f"http://127.0.0.1:{wire.port}/enter#{tokens[-1]}")
                again = await _reloaded(page, wire)
                window, seconds = await _throughput(wire)
                rates = {"quiet": await _rate(wire)}
                probe = window - round(rates["quiet"] * seconds)
                rushing = asyncio.create_task(_others(port, asks[: int(OTHERS_A_SECOND * PHASE)]))
                rates["rush"] = await _rate(wire, probe)
                await rushing
                await _open_polling(port, read_credential(data).token)
                rates["polling"] = await _rate(wire, probe)
                await browser.close()
    morning = first + MOST_THROUGHPUTS * probe + sum(rate * 3600 * HOURS[phase] for phase, rate in rates.items())
    return [
        Row("a host's page: first load, offline kit included", first / 1e3, "kB"),
        Row("… opened again", again / 1e3, "kB"),
        *(Row(f"… {phase}, {HOURS[phase]} h of the morning", rate, "B/s") for phase, rate in rates.items()),
        Row(f"… a measurement of throughput, {MOST_THROUGHPUTS} in the morning", probe / 1e3, "kB"),
        Row("… a morning of 4 h, extrapolated", morning / 1e6, "MB", bar="≤ 3", met=morning <= BAR),
    ]


async def _loaded(page: Page, wire: Counted, url: str) -> int:
    before = wire.total
    await page.goto(url)
    await page.wait_for_url("**/site?**")
    await asyncio.sleep(SETTLES_AFTER)
    return wire.total - before


async def _reloaded(page: Page, wire: Counted) -> int:
    before = wire.total
    await page.reload()
    await asyncio.sleep(SETTLES_AFTER)
    return wire.total - before


async def _throughput(wire: Counted) -> tuple[int, float]:
    """Bytes of a window with one measurement of the line's throughput in it, and its seconds."""
    known, before, began = wire.watched, wire.total, time.monotonic()
    while wire.watched == known:
        if time.monotonic() > began + THROUGHPUT_WITHIN:
            raise TimeoutError("the page did not measure its line")
        await asyncio.sleep(0.1)
    await asyncio.sleep(SETTLES_AFTER)
    return wire.total - before, time.monotonic() - began


async def _rate(wire: Counted, probe: int = 0) -> float:
    """Bytes a second, both ways, without measurements of throughput."""
    known, before = wire.watched, wire.total
    await asyncio.sleep(PHASE)
    return (wire.total - before - (wire.watched - known) * probe) / PHASE


async def _others(port: int, asks: Sequence[bytes]) -> None:
    async with Pool(port, 8) as pool:
        await pool.as_they_come(asks, OTHERS_A_SECOND)


async def _open_polling(port: int, token: str) -> None:
    command = {"id": new_id(), "kind": "open_polling", "cue": CUE, "live": True}
    head = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=head) as http:
        answer = await http.post("/api/v1/commands", json=command)
        (told,) = await answer.json()
    if told["outcome"] != "accepted":
        raise RuntimeError(told)
