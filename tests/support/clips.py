"""Short real clips made by ffmpeg, and the units in them, for tests of what looks at media."""

import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from server.media.worker.flow import TICKS_PER_SECOND, Ticks, Unit
from site_agent.units import Monotonic

PICTURE = "testsrc2=size=320x180:rate=30"
TONE = "sine=frequency=440:sample_rate=48000,volume=3dB"
"""About −19 LUFS in two channels."""
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "main", "-pix_fmt", "yuv420p")
GOOD = (
    *X264,
    "-b:v",
    "800k",
    "-maxrate",
    "800k",
    "-bufsize",
    "400k",
    "-g",
    "60",
    "-keyint_min",
    "60",
    "-sc_threshold",
    "0",
    "-bf",
    "0",
)
AAC = ("-c:a", "aac", "-ac", "2", "-ar", "48000", "-b:a", "128k")


def make_clip(path: Path, seconds: float, picture: str | None, sound: str | None, *encoding: str) -> Path:
    """An MPEG-TS of what two lavfi sources give."""
    inputs = [part for each in (picture, sound) if each for part in ("-f", "lavfi", "-i", each)]
    order = [
        "ffmpeg",
        "-hide_banner",
        "-loglevel",
        "error",
        "-y",
        *inputs,
        *encoding,
        "-t",
        str(seconds),
        "-f",
        "mpegts",
        str(path),
    ]
    subprocess.run(order, check=True, stdin=subprocess.DEVNULL)
    return path


def units_of(path: Path) -> list[Unit]:
    """The units of a clip in the order of the file, each arriving at its decoding time."""
    return list(_units(path))


def _units(path: Path) -> Iterator[Unit]:
    with av.open(str(path)) as clip:
        for packet in clip.demux():
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            scale = packet.time_base * TICKS_PER_SECOND
            dts = Ticks(round(packet.dts * scale))
            yield Unit(
                track="video" if packet.stream.type == "video" else "audio",
                pts=Ticks(round(packet.pts * scale)),
                dts=dts,
                key=packet.is_keyframe,
                data=bytes(packet),
                arrived=Monotonic(round(Fraction(dts * 1_000_000, TICKS_PER_SECOND))),
            )
