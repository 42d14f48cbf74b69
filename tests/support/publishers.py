"""Real ffmpeg publishers of small pictures, and what a test waits for."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from server.media.messages import Profile
from server.media.worker.ffmpeg import ffmpeg_path
from server.media.worker.flow import Unit

KEY = "khoa-dung-0123456789"
SMALL = Profile(width=320, height=180)
AGREEING = ("-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-bf", "0", "-g", "60", "-sc_threshold", "0")
STEREO = ("-c:a", "aac", "-ac", "2", "-ar", "48000")


class Units:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.all: list[Unit] = []

    def units(self, units: Sequence[Unit]) -> None:
        self.all += units

    def of(self, track: str) -> list[Unit]:
        return [unit for unit in self.all if unit.track == track]


def arguments(
    video: Sequence[str] = AGREEING,
    audio: Sequence[str] = STEREO,
    *,
    seconds: int = 60,
    size: str = "320x180",
    rate: int = 30,
    real_time: bool = True,
) -> list[str]:
    """Of ffmpeg up to the output: a moving test picture and a tone (none where `audio` is empty)."""
    pace = ["-re"] if real_time else []
    tone = [*pace, "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"] if audio else []
    picture = [*pace, "-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate}"]
    return [ffmpeg_path(), "-v", "error", *picture, *tone, "-t", str(seconds), "-pix_fmt", "yuv420p", *video, *audio]


@contextmanager
def publisher(url: str, *of: str, **how: object) -> Iterator[subprocess.Popen[bytes]]:
    """Publishes to a URL until the block ends; arguments as of `arguments`."""
    command = [*arguments(**how), "-f", "mpegts", url] if not of else [*of, url]  # type: ignore[arg-type]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


async def until(condition: Callable[[], object], seconds: float = 40.0) -> None:
    """Waits for a condition; fails the test when it does not come true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        await asyncio.sleep(0.02)
