"""The primary is lost, then the backup: when the next is on air, and what the HLS output shows of it."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import aiohttp

from ops.bench.media_house import House
from ops.bench.media_sources import end, publisher
from ops.bench.media_worker import BenchWorker, text
from ops.bench.table import Row
from server.media.worker.ts_reader import TsReader
from site_agent.units import Monotonic

TICKS = 90_000
STABLE = 4.0
"""Seconds for which the backup comes before it is needed."""
AFTER = 7.0
"""Seconds for which the next source is watched."""


async def loss_rows(built: House) -> list[Row]:
    """SIGKILL to the primary's publisher, then to the backup's."""
    async with aiohttp.ClientSession() as http:
        listed: dict[str, float] = {}
        watching = asyncio.create_task(_watch(http, built.worker, listed))
        async with publisher(built.clips["backup"], built.worker.srt("backup")) as backup:
            await built.worker.until(lambda status: any(s.name == "backup" and s.state == "receiving" for s in status.sources))
            await asyncio.sleep(STABLE)
            to_backup = await _lose(built.worker, built.primary, "backup")
            to_slate = await _lose(built.worker, backup, "slate")
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        pieces = await _pieces(http, built.worker)
    rows = _switched("primary lost, backup", to_backup, pieces, listed) + _switched(
        "backup lost, slate", to_slate, pieces, listed
    )
    steps = [after - before for before, after in pairwise([pts for piece in pieces for pts in piece.pts])]
    longest, back = max(steps) / TICKS * 1000, sum(step <= 0 for step in steps)
    return [
        *rows,
        Row("… longest step of PTS in the output, all of it (a picture: 33.3)", longest, "ms"),
        Row("… steps backward", back, "", "= 0", met=back == 0),
    ]


@dataclass(frozen=True)
class _Lost:
    killed: float
    on_air: float
    """Wall clock, seconds, both."""


@dataclass(frozen=True)
class _Piece:
    name: str
    begin: float
    """PROGRAM-DATE-TIME, seconds."""
    breaks: bool
    pts: list[int]

    @property
    def last(self) -> float:
        """Capture instant of its last picture."""
        return self.begin + (self.pts[-1] - self.pts[0]) / TICKS


async def _lose(worker: BenchWorker, process: asyncio.subprocess.Process, to: str) -> _Lost:
    killed = time.time()
    await end(process)
    status = await worker.until(lambda status: status.output.source == to, 30)
    on_air = status.output.since / 1_000_000
    await asyncio.sleep(AFTER)
    return _Lost(killed, on_air)


def _switched(name: str, lost: _Lost, pieces: list[_Piece], listed: dict[str, float]) -> list[Row]:
    """At the output the next source begins a segment of its own, for its parameters differ."""
    before, after = next((a, b) for a, b in pairwise(pieces) if b.breaks and b.begin > lost.killed - 3)
    last = before.last
    on_air = lost.on_air - last
    return [
        Row(f"{name} on air, after the last picture's capture", on_air, "s", "≤ 3", met=on_air <= 3),
        Row("… after the publisher's death", lost.on_air - lost.killed, "s"),
        Row("… its first picture's capture after that last picture's", after.begin - last, "s"),
        Row("… PTS from that last picture to its first", (after.pts[0] - before.pts[-1]) / TICKS * 1000, "ms"),
        Row("… named by the playlist after the last picture's capture", listed[after.name] - last, "s"),
    ]


async def _watch(http: aiohttp.ClientSession, worker: BenchWorker, listed: dict[str, float]) -> None:
    """When each segment was first named."""
    while True:
        lines = (await text(http, worker.url("source.m3u8"))).splitlines()
        for line in lines:
            if line.endswith(".ts"):
                listed.setdefault(line, time.time())
        await asyncio.sleep(0.05)


async def _pieces(http: aiohttp.ClientSession, worker: BenchWorker) -> list[_Piece]:
    """Everything that the playlist names."""
    pieces = []
    breaks, begin = False, 0.0
    for line in (await text(http, worker.url("source.m3u8"))).splitlines():
        tag, _, value = line.partition(":")
        if tag == "#EXT-X-DISCONTINUITY":
            breaks = True
        elif tag == "#EXT-X-PROGRAM-DATE-TIME":
            begin = datetime.fromisoformat(value).timestamp()
        elif line.endswith(".ts"):
            async with http.get(worker.url(line)) as answer:
                reader = TsReader(lambda: Monotonic(0))
                units = [*reader.feed(await answer.read()), *reader.finish()]
            pieces.append(_Piece(line, begin, breaks, sorted(unit.pts for unit in units if unit.track == "video")))
            breaks = False
    return pieces
