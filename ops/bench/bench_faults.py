"""Cue delivery while the programme's source is bad: rehearsals of fifty real sites, one under each fault, and what was said.

The processes: the server as `diemcau demo` with its media worker, the simulation with fifty agents, a real publisher over SRT.
Orders and firings are measured by the simulation against the true clock, the same without a fault first. The words that a
technician reads on /sources, and what was on air at the press, are printed as it goes.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from ops.bench.fault_sources import make_clips, published
from ops.bench.table import Row
from tests.support.disks import unwritable_for
from tests.support.people import Company
from tests.support.programme_desk import ProgrammeDesk, Rows
from tests.support.running import RunningDemo, running_demo

SITES = 50
BEFORE_PRESS_SECONDS = 2.0
AFTER_PRESS_SECONDS = 6.0
NAMED_WITHIN = 60.0
ORDER_BAR_MS, SPREAD_BAR_MS = 500.0, 20.0
"""Those of the launch itself (`bench_launch`)."""


@dataclass(frozen=True)
class Fault:
    """One fault: what is published on the primary, what happens to it then, and how it must be named."""

    name: str
    named: str
    """Code of the fault, state, or a piece of the words; empty: there is nothing to name."""
    clip: str = "good"
    raw: bool = False
    happens: Callable[["House", asyncio.subprocess.Process], Awaitable[None]] | None = None
    during: Callable[["House"], contextlib.AbstractContextManager[None]] | None = None


@dataclass
class House:
    """What runs."""

    demo: RunningDemo
    data: Path
    desk: ProgrammeDesk
    company: Company
    clips: dict[str, Path]
    url: str
    launches: int = 0

    async def rehearse(self) -> dict[str, Any]:
        """One rehearsal to its receipts; what the simulation saw of it."""
        await self.company.arm(live=False)
        await asyncio.sleep(BEFORE_PRESS_SECONDS)
        await self.company.pressers[0].press()
        await asyncio.sleep(AFTER_PRESS_SECONDS)
        row = await self.company.caller.until_cue("verified", within=60)
        self.launches += 1
        summary = self.data / "simulation" / "summary.json"
        for _ in range(100):
            launches = json.loads(summary.read_text())["launches"] if summary.exists() else []
            if len(launches) == self.launches and launches[-1]["fired"] == SITES:
                return {**launches[-1], "receipts": row["receipts"]}
            await asyncio.sleep(0.2)
        raise TimeoutError("not all sites fired")


async def _stall(_house: House, publisher: asyncio.subprocess.Process) -> None:
    publisher.send_signal(signal.SIGSTOP)


async def _second(house: House, _publisher: asyncio.subprocess.Process) -> None:
    async with published(house.clips["good"], house.url) as second:
        await asyncio.wait_for(second.wait(), 20)


async def _kill_encoders(house: House, _publisher: asyncio.subprocess.Process) -> None:
    for pid in house.desk.children("ffmpeg"):
        os.kill(pid, signal.SIGKILL)


async def _crash_decoders(house: House, _publisher: asyncio.subprocess.Process) -> None:
    for pid in house.desk.children("checks.child"):
        os.kill(pid, signal.SIGSEGV)


async def _crash_worker(house: House, _publisher: asyncio.subprocess.Process) -> None:
    os.kill(house.desk.worker, signal.SIGSEGV)


def _no_disk(house: House) -> contextlib.AbstractContextManager[None]:
    return unwritable_for(house.desk.worker)


FAULTS = (
    Fault("no fault", ""),
    Fault("no fault, again", ""),
    Fault("B-frames", "b_frames", "b_frames"),
    Fault("a key picture every 10 s", "gop_long", "gop"),
    Fault("HEVC", "codec_hevc", "hevc"),
    Fault("4K at 60", "too_large", "4k60"),
    Fault("mono at 8 kHz", "audio_hz", "telephone"),
    Fault("no sound", "audio_missing", "mute"),
    Fault("timestamps that jump", "timestamps_jump", raw=True),
    Fault("a stall without a disconnect", "stalled", happens=_stall),
    Fault("garbage", "garbage", "noise", raw=True),
    Fault("a second publisher on the key", "Đã có nguồn khác đang phát bằng khóa này", happens=_second),
    Fault("a disk that takes nothing more", "Không ghi được", during=_no_disk),
    Fault("ffmpegs killed", "encoder", "b_frames", happens=_kill_encoders),
    Fault("the decoder of the checks dies (SIGSEGV)", "checks_failed", happens=_crash_decoders),
    Fault("the whole worker dies (SIGSEGV)", "", happens=_crash_worker),
)


async def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        clips = await make_clips(folder)
        async with _house(folder / "data", clips) as house:
            measured = []
            for fault in FAULTS:
                pid = house.desk.worker
                seen = await _under(fault, house)
                measured.append((fault, seen, house.desk.worker == pid))
    good = [seen for fault, seen, _ in measured if not fault.named and fault.happens is None]
    order = max(seen["order_loaded_ms"]["max"] for seen in good)
    spread = max(seen["firing_spread_ms"]["p99"] for seen in good)
    return [row for one in measured for row in _rows(*one, order, spread)]


@contextlib.asynccontextmanager
async def _house(data: Path, clips: dict[str, Path]) -> AsyncIterator[House]:
    async with running_demo(data, "--sites", str(SITES), DIEMCAU_MEDIA="1") as demo, aiohttp.ClientSession() as http:
        desk, company = ProgrammeDesk(demo, data, http), Company(http, demo.ready)
        await company.enrol()
        await desk.silence_the_demo()
        await company.caller.until(lambda c: c["counts"]["connected"] >= SITES, "sites connected", within=120)
        yield House(demo, data, desk, company, clips, await desk.srt("primary"))


async def _under(fault: Fault, house: House) -> dict[str, Any]:
    """Have it happen, wait until it is named, rehearse meanwhile; what was seen, and what was said and on air at the press."""
    async with published(house.clips[fault.clip], house.url, raw=fault.raw) as publisher, house.desk.watching():
        if fault.clip != "noise":
            await house.desk.until(lambda rows: rows["source:primary"]["state"] == "receiving", NAMED_WITHIN)
            await house.desk.until(lambda rows: rows["output"]["source"] == "primary", NAMED_WITHIN)
        with fault.during(house) if fault.during is not None else contextlib.nullcontext():
            if fault.happens is not None:
                await fault.happens(house, publisher)
            seen = await house.rehearse()
            rows = await house.desk.until(lambda rows: _words(fault, house.desk, rows) is not None, NAMED_WITHIN)
        words = _words(fault, house.desk, rows) or ""
        air = f"{rows['output']['source']}{', encoded' if rows['source:primary']['encoded'] else ''}"
        if not rows["output"]["flowing"]:
            air += ", NOT FLOWING"
    await house.desk.until(lambda rows: rows.get("source:primary", {}).get("state") in {"waiting", "refused"}, NAMED_WITHIN)
    sys.stderr.write(f"{fault.name}: on air {air}; {words}\n")
    return {**seen, "air": air}


def _words(fault: Fault, desk: ProgrammeDesk, rows: Rows) -> str | None:
    """Those that name it; None: nobody has yet."""
    if not fault.named:
        return rows.get("worker", {}).get("words", "") if rows.get("output", {}).get("flowing") else None
    told = desk.told.get("primary", {})
    if fault.named in told:
        return told[fault.named]
    everything = [*told.values(), *(rows[key].get(what, "") for key in ("output", "recording") for what in ("problem", "words"))]
    return next((words for words in everything if fault.named in words), None)


def _rows(fault: Fault, seen: dict[str, Any], same: bool, order: float, spread: float) -> list[Row]:
    loaded, firing = seen["order_loaded_ms"]["max"], seen["firing_spread_ms"]["p99"]
    kept = seen["receipts"] == SITES
    worker = "" if same else ", another worker"
    return [
        Row(
            f"{fault.name} (on air: {seen['air']}{worker}): order durable at the last of {seen['loaded']}",
            loaded,
            "ms",
            bar=f"≤ {ORDER_BAR_MS:g}, {SITES} receipts",
            peer=f"without a fault {order:.3g}",
            met=loaded <= ORDER_BAR_MS and kept,
        ),
        Row("… firing spread by true time, p99", firing, "ms", f"≤ {SPREAD_BAR_MS:g}", f"{spread:.3g}", firing <= SPREAD_BAR_MS),
    ]
