"""A programme without a worker: clips of ffmpeg on one endless timeline, as the muxer would give it out."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from server.media.worker.flow import TICKS_PER_SECOND, Chunk, ChunkSink, Ticks, Unit
from server.media.worker.muxer import Muxer
from site_agent.units import Instant
from tests.support.clips import units_of

BEGIN = Instant(1_795_312_800_000_000)
"""Capture time of the programme's first picture."""
FRAME = TICKS_PER_SECOND // 30


class Timeline:
    """Lays clips end to end; what comes out never jumps."""

    def __init__(self, begin: Instant = BEGIN) -> None:
        self._muxer = Muxer()
        self._begin = begin
        self._end = {"video": 0, "audio": 0}
        self.counted = {"video": 0, "audio": 0}
        """Units given out."""

    def chunks(self, units: Sequence[Unit], source: str) -> Iterator[Chunk]:
        """One clip, begun at its first key picture, where the one before ended."""
        first = next(unit.dts for unit in units if unit.track == "video" and unit.key)
        shift = self._end["video"] - first
        for unit in units:
            dts = unit.dts + shift
            if unit.dts < first or dts < self._end[unit.track]:
                continue
            moved = replace(unit, dts=Ticks(dts), pts=Ticks(unit.pts + shift))
            self._end[unit.track] = dts + (FRAME if unit.track == "video" else 1)
            self.counted[unit.track] += 1
            yield Chunk(
                data=self._muxer.packets(moved),
                key=unit.key and unit.track == "video",
                track=unit.track,
                pts=moved.pts,
                captured=Instant(self._begin + moved.pts * 1_000_000 // TICKS_PER_SECOND),
                source=source,
            )


class Live:
    """Plays clips in real time to sinks, the one on air over and over."""

    def __init__(self, clips: dict[str, Path], *sinks: ChunkSink) -> None:
        self._units = {name: units_of(path) for name, path in clips.items()}
        self.on_air = next(iter(clips))
        """Changed by the test; followed at the clip's end."""
        self.timeline = Timeline()
        self._sinks = sinks
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`; ends after a whole clip."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        while not self._stop.is_set():
            for chunk in self.timeline.chunks(self._units[self.on_air], self.on_air):
                ahead = begin + chunk.pts / TICKS_PER_SECOND - loop.time()
                if ahead > 0.02:
                    await asyncio.sleep(ahead)
                for sink in self._sinks:
                    sink.chunk(chunk)

    def stop(self) -> None:
        """End with the clip that plays now."""
        self._stop.set()
