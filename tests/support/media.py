"""Coded pictures and sound for tests of the media worker: made once by ffmpeg, small and cheap."""

import subprocess
from functools import cache

from server.media.worker.ffmpeg import ffmpeg_path
from server.media.worker.flow import Unit
from server.media.worker.ts_reader import TsReader
from site_agent.units import Monotonic


@cache
def coded_ts(seconds: int = 4, size: str = "160x90") -> bytes:
    """MPEG-TS of a moving picture and a tone; a key picture every second, 30 pictures a second, no B-frames."""
    arguments = (
        *("-v", "error", "-f", "lavfi", "-i", f"testsrc2=s={size}:r=30", "-f", "lavfi", "-i", "sine=sample_rate=48000"),
        *("-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "main", "-bf", "0", "-pix_fmt", "yuv420p"),
        *("-g", "30", "-keyint_min", "30", "-sc_threshold", "0", "-c:a", "aac", "-ac", "2", "-f", "mpegts", "pipe:1"),
    )
    return subprocess.run([ffmpeg_path(), *arguments], check=True, capture_output=True).stdout


@cache
def coded_units(seconds: int = 4, size: str = "160x90") -> tuple[Unit, ...]:
    """The same as access units, in the order in which ffmpeg muxed them."""
    reader = TsReader(lambda: Monotonic(0))
    return (*reader.feed(coded_ts(seconds, size)), *reader.finish())
