"""A worker with two sources and four destinations, and nginx-rtmp with the same, running."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from ops.bench.media_peer import NginxRtmp, peer, receivers
from ops.bench.media_sources import make_clip, publisher
from ops.bench.media_worker import KEY, BenchWorker, worker
from server.media.messages import MediaPlan, RelayPlan, SourcePlan

DESTINATIONS = 4


@dataclass
class House:
    """Everything that runs."""

    worker: BenchWorker
    peer: NginxRtmp
    destinations: list[NginxRtmp]
    clips: dict[str, Path]
    primary: asyncio.subprocess.Process
    """The publisher of the primary, and of the peer."""

    async def settle(self, seconds: float) -> None:
        """Wait until the primary goes to all destinations, and then so long."""
        await self.worker.until(lambda status: status.output.source == "primary")
        await self.worker.until(lambda status: all(relay.state == "sending" for relay in status.relays))
        await asyncio.sleep(seconds)


@contextlib.asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """All of it while the block runs."""
    folder.mkdir(parents=True)  # noqa: ASYNC240 -- once, before anything runs
    clips = {"primary": await make_clip(folder / "primary.ts"), "backup": await make_clip(folder / "backup.ts", cabac=False)}
    async with receivers(folder, DESTINATIONS) as destinations, peer(folder / "peer", destinations) as beside:
        relays = tuple(RelayPlan(f"relay{n}", each.url, "ours", wanted=True) for n, each in enumerate(destinations))
        sources = (SourcePlan("primary", key=KEY), SourcePlan("backup", key=KEY))
        plan = MediaPlan(1, title="Đo lường", sources=sources, relays=relays)
        async with worker(folder / "data", plan) as started:
            await started.until(lambda status: len([s for s in status.sources if s.port]) == len(sources))
            async with publisher(clips["primary"], started.srt("primary"), f"{beside.url}/peer") as primary:
                yield House(started, beside, destinations, clips, primary)
