"""Bad sources as they come from encoders set wrongly: clips made once, and published without being encoded again."""

import asyncio
import contextlib
import os
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from ops.bench.media_sources import end

_PICTURE = "testsrc2=size=1280x720:rate=30,format=yuv420p"
_TONE = "sine=frequency=440:sample_rate=48000,volume=3dB"
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "main", "-b:v", "2500k", "-maxrate", "2500k", "-bufsize", "3M")
_RHYTHM = ("-g", "60", "-keyint_min", "60", "-sc_threshold", "0")
_AAC = ("-c:a", "aac", "-ac", "2", "-b:a", "128k")
_GOOD = (*_H264, "-bf", "0", *_RHYTHM)


@dataclass(frozen=True)
class Clip:
    """How a clip is made."""

    seconds: float
    video: tuple[str, ...] = _GOOD
    audio: tuple[str, ...] = _AAC
    picture: str = _PICTURE


CLIPS = {
    "good": Clip(8),
    "b_frames": Clip(8, (*_H264, "-bf", "2", "-b_strategy", "0", *_RHYTHM)),
    "gop": Clip(20, (*_H264, "-bf", "0", "-g", "300", "-keyint_min", "300", "-sc_threshold", "0")),
    "hevc": Clip(8, ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:keyint=60:bframes=0")),
    "4k60": Clip(4, (*_GOOD[:6], "-bf", "0", "-g", "120"), picture="color=c=0x406080:size=3840x2160:rate=60,format=yuv420p"),
    "telephone": Clip(8, audio=("-c:a", "aac", "-ac", "1", "-ar", "8000")),
    "mute": Clip(8, audio=()),
}


async def make_clips(folder: Path) -> dict[str, Path]:
    """All of them as MPEG-TS, and `noise`, which is nothing."""
    made = {}
    for name, clip in CLIPS.items():
        made[name] = folder / f"{name}.ts"
        sound = ("-f", "lavfi", "-i", _TONE) if clip.audio else ()
        process = await asyncio.create_subprocess_exec(
            *("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", clip.picture, *sound, "-t", str(clip.seconds)),
            *(*clip.video, *clip.audio, "-f", "mpegts", str(made[name])),
            stdin=DEVNULL,
        )
        if await process.wait():
            raise RuntimeError(f"ffmpeg made no clip {name}")
    made["noise"] = folder / "noise.bin"
    made["noise"].write_bytes(os.urandom(1 << 20))
    return made


@contextlib.asynccontextmanager
async def published(path: Path, url: str, *, raw: bool = False) -> AsyncIterator[Process]:
    """Send a clip over and over in real time. `raw`: byte by byte as it lies there, so that its timestamps jump at each turn."""
    seconds = CLIPS[path.stem].seconds if path.stem in CLIPS else 4
    size = await asyncio.to_thread(lambda: path.stat().st_size)
    pace = round(size / seconds / 4)
    source = ("-f", "s16le", "-ar", str(pace), "-ac", "2") if raw else ()
    form = ("-f", "s16le") if raw else ("-map", "0", "-muxdelay", "0", "-muxpreload", "0", "-f", "mpegts")
    process = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", *source, "-i", str(path), "-c", "copy", *form, url),
        stdin=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        yield process
    finally:
        await end(process)
