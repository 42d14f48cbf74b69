"""Publishers: a clip of the profile made once, and sent in real time without being encoded again: it costs next to nothing."""

import asyncio
import contextlib
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from pathlib import Path

KBPS = 3_000
SECONDS = 32
"""Whole frames of sound and of pictures, so that the clip can be repeated without a gap."""
_PICTURE = "testsrc2=size=1280x720:rate=30,noise=alls=8:allf=t,format=yuv420p"
_SOUND = "sine=frequency=440:sample_rate=48000,volume=3dB"


async def make_clip(path: Path, *, cabac: bool = True) -> Path:
    """720p30, H.264 Main at about 3 Mb/s, a key picture every 2 s. Another `cabac` is another source for a decoder."""
    command = [
        *("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _SOUND, "-t", str(SECONDS)),
        *("-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "main", "-bf", "0", "-g", "60", "-sc_threshold", "0"),
        *("-coder", "1" if cabac else "0", "-b:v", f"{KBPS - 250}k", "-maxrate", f"{KBPS - 250}k", "-bufsize", f"{KBPS}k"),
        *("-c:a", "aac", "-ac", "2", "-b:a", "128k", "-f", "mpegts", str(path)),
    ]
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL)
    if await process.wait():
        raise RuntimeError("ffmpeg made no clip")
    return path


@contextlib.asynccontextmanager
async def publisher(clip: Path, *urls: str) -> AsyncIterator[Process]:
    """Send the clip over and over to each URL (srt://, rtmp://) from one process while the block runs."""
    command = ["ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-i", str(clip)]
    for url in urls:
        command += ["-map", "0", "-c", "copy", "-flags", "+global_header", *_form(url), url]
    process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stderr=DEVNULL)
    try:
        yield process
    finally:
        await end(process)


async def end(process: Process) -> None:
    """Kill it, and wait; one that has ended is no error."""
    if process.returncode is None:
        process.kill()
    await process.wait()


def _form(url: str) -> tuple[str, ...]:
    if url.startswith("rtmp"):
        return ("-bsf:a", "aac_adtstoasc", "-f", "flv", "-flvflags", "no_duration_filesize")
    return ("-muxdelay", "0", "-muxpreload", "0", "-f", "mpegts")
