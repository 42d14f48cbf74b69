"""The programme through a real media worker, beside nginx-rtmp with the same stream and destinations in the same seconds.

Publishers are real ffmpegs over SRT (and RTMP to the peer), destinations real nginx-rtmps that record what they get. What the
programme costs and how it comes back is measured at the worker alone; what a viewer sees and when is `bench_playing`'s.
"""

import statistics
import tempfile
import time
from pathlib import Path

import aiohttp

from ops.bench.media_house import House, house
from ops.bench.media_losses import loss_rows
from ops.bench.media_relays import relay_rows
from ops.bench.media_worker import text, worker
from ops.bench.processes import cpu_share
from ops.bench.table import Row
from server.media.messages import MediaPlan

SETTLE = 12.0
"""Seconds of the programme before anything is measured: encoders and relays have begun, the probing is over."""
OVER = 25.0
STARTS = 3


async def run() -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        rows += await _start_rows(folder / "starts")
        async with house(folder / "house") as built:
            rows += await _cost_rows(built)
            rows += await relay_rows(built)
            rows += await loss_rows(built)
    return rows


async def _start_rows(data: Path) -> list[Row]:
    """From exec to a playlist with a segment in it, each in a fresh folder: the slate has to be made first."""
    took = []
    for number in range(STARTS):
        plan = MediaPlan(1, title="Đo lường", recording=False)
        async with worker(data / str(number), plan) as started, aiohttp.ClientSession() as http:
            await started.until(lambda status: status.output.source is not None)
            while "#EXTINF" not in await text(http, started.url("source.m3u8")):
                pass
            took.append(time.monotonic() - started.began)
    return [Row("worker's exec to the first playable playlist (slate, 2 s segments), worst of 3", max(took), "s"),
            Row("… median", statistics.median(took), "s")]  # fmt: skip


async def _cost_rows(built: House) -> list[Row]:
    """CPU of the same seconds: ours by part, and the peer's."""
    await built.settle(SETTLE)
    parts = built.worker.parts()
    assert built.peer.pid is not None
    pids = [pid for part in parts.values() for pid in part]
    *shares, peer = await cpu_share([*pids, built.peer.pid], OVER)
    by_pid = dict(zip(pids, shares, strict=True))
    main, checks, relays, low = (sum(by_pid[pid] for pid in parts[part]) for part in ("worker", "checks", "relays", "360p"))
    kbps = built.worker.status.output.video_kbps if built.worker.status else 0.0
    encoded = [source.name for source in built.worker.status.sources if source.encoded] if built.worker.status else []
    if encoded:
        raise RuntimeError(f"encoded, not copied: {encoded}")
    both = main + checks + relays
    bar = {"bar": "≤ 12", "met": both <= 12}
    told = f"nginx-rtmp, HLS and 4 pushes: {peer:.1f} %"
    return [
        Row(f"worker and its 4 relays, 720p30 copied, {OVER:.0f} s", both, "% of a core", peer=told, **bar),  # type: ignore[arg-type]
        Row("… the worker alone (HLS, recording, one source copied)", main, "% of a core"),
        Row("… the decoders of its sources (thumbnails, black, frozen, loudness)", checks, "% of a core"),
        Row("… its 4 relays", relays, "% of a core"),
        Row("… beside it the encoder of 360p", low, "% of a core"),
        Row("… pictures with their packets", kbps, "kb/s"),
    ]
