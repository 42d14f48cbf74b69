"""Encodes one differing source into the profile: one ffmpeg child, its timestamps kept, so that capture times hold."""

import asyncio
from collections.abc import Callable, Sequence

from server.media.messages import Profile
from server.media.worker.children import start_ffmpeg, stop
from server.media.worker.clock import monotonic
from server.media.worker.ffmpeg import NoFfmpeg
from server.media.worker.flow import TICKS_PER_SECOND, Ticks, Unit
from server.media.worker.intake import Encode
from server.media.worker.remux import Remux
from server.media.worker.ts_reader import TsReader, unwrapped

_READ = 64 * 1024
_BEHIND = 8 * 1024 * 1024
"""Bytes that may wait for the encoder, some twenty seconds: with more it never catches up."""
_NICENESS = 5
"""Cues and the copied programme come before an encode."""


class Normaliser:
    """One encoder's life: `write` what the intake gives, `run` until it ends."""

    def __init__(self, profile: Profile, wanted: Encode, deliver: Callable[[Sequence[Unit]], None]) -> None:
        self._profile = profile
        self._wanted = wanted
        self._deliver = deliver
        self._waiting = bytearray()
        self._child: asyncio.subprocess.Process | None = None
        self._near: int = Remux.BEGIN
        self.too_slow = False
        """Whether this machine cannot encode as fast as the source sends."""

    @property
    def pid(self) -> int | None:
        """Of the child, while it runs."""
        return None if self._child is None else self._child.pid

    def write(self, data: bytes) -> None:
        """What the child is to encode. Never blocks."""
        if self._child is None:
            if len(self._waiting) <= _BEHIND:  # not yet begun, or ended: the next one begins at a key picture of its own
                self._waiting += data
            return
        pipe = self._child.stdin
        if pipe is None or pipe.is_closing():
            return
        if pipe.transport.get_write_buffer_size() > _BEHIND:
            self.give_up()
            return
        pipe.write(data)

    def give_up(self) -> None:
        """It is too slow: end it."""
        self.too_slow = True
        if self._child is not None and self._child.returncode is None:
            self._child.kill()

    async def run(self) -> str:
        """Until the child ends; what it said last. Cancelled: the child is killed."""
        try:
            child = await start_ffmpeg(encoder_arguments(self._profile, self._wanted), niceness=_NICENESS)
        except (NoFfmpeg, OSError) as problem:
            return str(problem)
        self._child = child
        complaints = asyncio.create_task(_last_line(child))
        try:
            self.write(bytes(self._waiting))
            self._waiting.clear()
            await self._pump(child)
            return await complaints
        finally:
            complaints.cancel()
            self._child = None
            await stop(child)

    async def _pump(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None
        reader = TsReader(monotonic, self._profile.audio_hz)
        while data := await child.stdout.read(_READ):
            self._tell(reader.feed(data))
        self._tell(reader.finish())

    def _tell(self, units: Sequence[Unit]) -> None:
        if units:
            self._deliver([self._placed(unit) for unit in units])

    def _placed(self, unit: Unit) -> Unit:
        dts = unwrapped(unit.dts, self._near)
        self._near = dts
        pts = unwrapped(unit.pts, dts)
        base = self._wanted.base
        return Unit(unit.track, Ticks(pts + base), Ticks(dts + base), unit.key, unit.data, unit.arrived)


def encoder_arguments(profile: Profile, wanted: Encode) -> tuple[str, ...]:
    """Arguments of ffmpeg: MPEG-TS on stdin to MPEG-TS of the profile on stdout, on the same timeline."""
    return (
        *("-loglevel", "error", "-probesize", "500000", "-analyzeduration", "1000000", "-fpsprobesize", "0"),
        *("-copyts", "-f", "mpegts", "-i", "pipe:0", "-map", "0:v:0", "-map", "0:a:0?"),
        *(_video(profile, wanted) if wanted.video else ("-c:v", "copy")),
        *(_audio(profile) if wanted.audio else ("-c:a", "copy")),
        *("-f", "mpegts", "-mpegts_copyts", "1", "-muxdelay", "0", "-muxpreload", "0"),
        *("-pes_payload_size", "0", "-max_interleave_delta", "300000", "-flush_packets", "1", "pipe:1"),
    )


def _video(profile: Profile, wanted: Encode) -> tuple[str, ...]:
    size = f"{profile.width}:{profile.height}"
    filters = [
        *(["yadif=0"] if wanted.interlaced else []),
        f"fps={profile.frames_per_second}",
        f"scale={size}:force_original_aspect_ratio=decrease:flags=bilinear",
        f"pad={size}:(ow-iw)/2:(oh-ih)/2",
        "setsar=1",
        "format=yuv420p",
    ]
    pictures = str(round(profile.keyframe_seconds * profile.frames_per_second))
    rate = f"{profile.video_kbps}k"
    return (
        *("-vf", ",".join(filters), "-fps_mode", "passthrough"),
        *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main", "-bf", "0"),
        *("-g", pictures, "-keyint_min", pictures, "-sc_threshold", "0", "-flags", "+cgop", "-rc-lookahead", "10"),
        *(("-force_key_frames", f"{_key_at(profile, wanted.key_at - wanted.base):.6f}") if wanted.key_at is not None else ()),
        *("-b:v", rate, "-maxrate", rate, "-bufsize", rate),
    )


def _key_at(profile: Profile, delivered: int) -> float:
    """Seconds on the encoder's timeline: the picture after the one that was delivered last.

    ffmpeg rounds this to the nearest picture, and of a half every third would be the one that was delivered already.
    """
    return delivered / TICKS_PER_SECOND + 0.75 / profile.frames_per_second


def _audio(profile: Profile) -> tuple[str, ...]:
    return (
        *("-af", "aresample=async=1:min_hard_comp=0.1"),
        *("-c:a", "aac", "-b:a", f"{profile.audio_kbps}k", "-ar", str(profile.audio_hz), "-ac", str(profile.audio_channels)),
    )


async def _last_line(child: asyncio.subprocess.Process) -> str:
    """What a child said last; reads on, so that it never waits for somebody to listen."""
    assert child.stderr is not None
    last = ""
    try:
        async for line in child.stderr:
            last = line.decode(errors="replace").strip() or last
    except ValueError:
        """A line beyond the limit: binary noise."""
    return last
