"""nginx-rtmp beside us: it takes the same stream, records it, serves it as HLS and pushes it to the same destinations."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from pathlib import Path

import av

from tests.support.nginx_rtmp import NginxRtmp

FRAGMENT = 2
"""Seconds of its HLS fragments: our segments' length."""
_FRAME_MS = 1000 / 30
_SLACK_MS = 6
"""FLV counts whole milliseconds, and a repeated clip may have a seam of a few."""


@contextlib.asynccontextmanager
async def receivers(folder: Path, count: int) -> AsyncIterator[list[NginxRtmp]]:
    """So many destinations, each an nginx of its own that records what comes."""
    made = [NginxRtmp(folder / f"destination{number}") for number in range(count)]
    try:
        for each in made:
            await each.start()
        yield made
    finally:
        for each in made:
            await each.kill()


@contextlib.asynccontextmanager
async def peer(folder: Path, destinations: Sequence[NginxRtmp] = ()) -> AsyncIterator[NginxRtmp]:
    """One that does what our worker does: HLS with 2 s fragments, a recording, a push to each destination as `peer`."""
    hls = f"hls on; hls_path {folder}/www; hls_fragment {FRAGMENT}s; hls_playlist_length 60s;"
    pushes = " ".join(f"push {each.url}/peer;" for each in destinations)
    server = NginxRtmp(folder, extra=f"{hls} {pushes}")
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


def records_of(destination: NginxRtmp, key: str) -> list[Path]:
    """What it recorded of a stream, a file a session, oldest first."""
    return [path for path in destination.records() if path.name.startswith(f"{key}-")]


def bytes_of(destination: NginxRtmp, key: str) -> int:
    """In all of them so far."""
    return sum(path.stat().st_size for path in records_of(destination, key))


def lost_in(records: Sequence[Path]) -> tuple[int, int]:
    """(pictures missing by the timestamps, pictures there) in these records; a session's end is not counted."""
    lost = there = 0
    for record in records:
        with av.open(str(record)) as file:
            times = sorted(
                float(packet.dts * packet.time_base * 1000)
                for packet in file.demux(video=0)
                if packet.dts is not None and packet.time_base is not None
            )
        there += len(times)
        steps = [after - before for before, after in pairwise(times)]
        lost += sum(max(0, int((step + _SLACK_MS) / _FRAME_MS) - 1) for step in steps)
    return lost, there
