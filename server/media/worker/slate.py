"""The slate: one picture with a few words, and silence, for as long as nothing else is there.

Drawn once with Pillow, encoded once by ffmpeg in the programme's profile, kept under DATA/media/slate by the hash of what it
shows; then its key picture and the pictures after it are told again and again on a timeline of its own, by the clock.
"""

import asyncio
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog
from PIL import Image, ImageDraw, ImageFont

from server.media.messages import Profile, SourceStatus, Thumbnail
from server.media.worker.capture import in_microseconds, in_ticks
from server.media.worker.clock import Clock
from server.media.worker.elementary import AUDIO_FRAME_SAMPLES
from server.media.worker.ffmpeg import ffmpeg_path
from server.media.worker.flow import TICKS_PER_SECOND, Ticks, Unit, UnitSink
from server.media.worker.ts_reader import TsReader
from site_agent.units import Duration, Monotonic

log = structlog.get_logger("slate")

_BACKGROUND, _TITLE, _WORDS, _RULE = (14, 30, 54), (176, 196, 222), (255, 255, 255), (214, 40, 40)
_STEP_SECONDS = 0.1
_ENCODE_WITHIN_SECONDS = 60.0
_PICTURE_VERSION = 1


class SlateFailed(Exception):
    """The slate could not be encoded; the words of ffmpeg are in it."""


@dataclass(frozen=True, slots=True)
class Loop:
    """The coded slate: one closed GOP, and one frame of silence."""

    pictures: tuple[Unit, ...]
    silence: bytes


class Slate:
    """A source that never fails once it is encoded."""

    def __init__(self, loop: Loop, profile: Profile, picture: bytes, clock: Clock, sink: UnitSink) -> None:
        self._loop = loop
        self._clock = clock
        self._sink = sink
        self._thumbnail = picture
        self._begun = clock.monotonic()
        self._since = clock.now()
        self._frame = TICKS_PER_SECOND // profile.frames_per_second
        self._sound_frame = AUDIO_FRAME_SAMPLES * TICKS_PER_SECOND // profile.audio_hz
        self._picture = self._sound = 0
        """How many were told."""

    @property
    def silence(self) -> bytes:
        """One frame of silent sound with its ADTS header."""
        return self._loop.silence

    async def run(self) -> None:
        """Tell units as their time comes, for ever."""
        while True:
            self._sink.units(self.due(self._clock.monotonic()))
            await asyncio.sleep(_STEP_SECONDS)

    def due(self, now: Monotonic) -> list[Unit]:
        """The units whose time has come since the last call. After a long sleep only the last seconds are told."""
        until = in_ticks(Duration(now - self._begun))
        self._skip(until)
        units: list[Unit] = []
        while self._picture * self._frame <= until or self._sound * self._sound_frame <= until:
            if self._picture * self._frame <= self._sound * self._sound_frame:
                units.append(self._next_picture())
            else:
                units.append(self._next_sound())
        return units

    def _skip(self, until: Ticks) -> None:
        """From one key picture to another, never into the middle."""
        length = len(self._loop.pictures)
        newest = until // self._frame // length * length
        if newest - self._picture > length:
            self._picture = newest
            self._sound = self._picture * self._frame // self._sound_frame

    def _next_picture(self) -> Unit:
        at = Ticks(self._picture * self._frame)
        coded = self._loop.pictures[self._picture % len(self._loop.pictures)]
        self._picture += 1
        return Unit("video", at, at, coded.key, coded.data, self._at(at))

    def _next_sound(self) -> Unit:
        at = Ticks(self._sound * self._sound_frame)
        self._sound += 1
        return Unit("audio", at, at, key=True, data=self._loop.silence, arrived=self._at(at))

    def _at(self, ticks: Ticks) -> Monotonic:
        return Monotonic(self._begun + in_microseconds(ticks))

    def status(self) -> SourceStatus:
        """Always there."""
        return SourceStatus("slate", "receiving", self._since, stable_since=self._since)

    def thumbnail(self) -> Thumbnail:
        """What it shows, small."""
        return Thumbnail("slate", self._clock.now(), self._thumbnail)


async def make_slate(profile: Profile, words: str, title: str, fonts: Path, folder: Path) -> Callable[[Clock, UnitSink], Slate]:
    """Draw and encode the slate, or take it from the folder; a clock and a sink make it run.

    Raises:
        SlateFailed: ffmpeg did not do it, or made something else than asked.
        OSError: a font is missing.

    """
    named = hashlib.sha256(msgspec.json.encode((_PICTURE_VERSION, profile, words, title))).hexdigest()[:32]
    path, small = folder / f"{named}.ts", folder / f"{named}.jpg"
    coded, thumbnail = await asyncio.to_thread(lambda: (_read(path), _read(small)))
    if coded is None or thumbnail is None:
        drawn = await asyncio.to_thread(_draw, profile, words, title, fonts)
        thumbnail = await asyncio.to_thread(_small, drawn)
        coded = await _encode(drawn, profile)
        await asyncio.to_thread(_keep, {small: thumbnail, path: coded})
    loop, shown = _loop_of(coded, profile), thumbnail
    return lambda clock, sink: Slate(loop, profile, shown, clock, sink)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _keep(files: dict[Path, bytes]) -> None:
    """For the next start; a full disk only costs that start an encode."""
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f"{path.name}.part")
            unfinished.write_bytes(data)
            unfinished.replace(path)
    except OSError as error:
        log.warning("slate not kept", error=str(error))


async def _encode(picture: bytes, profile: Profile) -> bytes:
    child = await asyncio.create_subprocess_exec(
        ffmpeg_path(),
        *_arguments(profile),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        coded, words = await asyncio.wait_for(child.communicate(picture), _ENCODE_WITHIN_SECONDS)
    except TimeoutError as error:
        child.kill()
        await child.wait()
        raise SlateFailed("ffmpeg took too long") from error
    if child.returncode:
        raise SlateFailed(words.decode(errors="replace").strip()[-400:])
    return coded


def _arguments(profile: Profile) -> tuple[str, ...]:
    """A GOP of the one picture, a second of silence; x264 in the profile the programme has."""
    pictures = _pictures_of(profile)
    return (
        *("-hide_banner", "-nostdin", "-v", "error"),
        *("-f", "image2pipe", "-framerate", str(profile.frames_per_second), "-i", "pipe:0"),
        *("-f", "lavfi", "-i", f"anullsrc=r={profile.audio_hz}:cl={'stereo' if profile.audio_channels == 2 else 'mono'}"),
        *("-filter_complex", f"[0:v]tpad=stop_mode=clone:stop={pictures - 1},format=yuv420p[v]"),
        *("-map", "[v]", "-map", "1:a", "-t", f"{pictures / profile.frames_per_second:.6f}"),
        *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main", "-bf", "0", "-threads", "1"),
        *("-r", str(profile.frames_per_second), "-g", str(pictures), "-keyint_min", str(pictures), "-sc_threshold", "0"),
        *("-crf", "20", "-maxrate", f"{profile.video_kbps}k", "-bufsize", f"{2 * profile.video_kbps}k"),
        *("-c:a", "aac", "-b:a", f"{profile.audio_kbps}k", "-f", "mpegts", "pipe:1"),
    )


def _pictures_of(profile: Profile) -> int:
    return round(profile.frames_per_second * profile.keyframe_seconds)


def _loop_of(coded: bytes, profile: Profile) -> Loop:
    reader = TsReader(lambda: Monotonic(0), profile.audio_hz)
    units = [*reader.feed(coded), *reader.finish()]
    pictures = tuple(unit for unit in units if unit.track == "video")
    sound = [unit.data for unit in units if unit.track == "audio"]
    keys = [unit.key for unit in pictures]
    if len(pictures) != _pictures_of(profile) or not keys[0] or any(keys[1:]) or not sound:
        raise SlateFailed(f"wanted one GOP of {_pictures_of(profile)} pictures and sound, got {len(pictures)} and {len(sound)}")
    return Loop(pictures, sound[len(sound) // 2])


def _draw(profile: Profile, words: str, title: str, fonts: Path) -> bytes:
    """The picture as PNG: the ceremony's title above a rule, the words below, everything within the safe area."""
    image = Image.new("RGB", (profile.width, profile.height), _BACKGROUND)
    draw = ImageDraw.Draw(image)
    unit = profile.height / 100
    width = profile.width * 0.8
    heading = _wrapped(title, ImageFont.truetype(fonts / "be-vietnam-pro-600.ttf", unit * 4.2), width)
    body = _wrapped(words, ImageFont.truetype(fonts / "be-vietnam-pro-600.ttf", unit * 6.4), width)
    middle = profile.width / 2
    _centred(draw, heading, (middle, unit * 42), _TITLE, above=True)
    draw.rectangle((middle - unit * 9, unit * 46.4, middle + unit * 9, unit * 47.2), fill=_RULE)
    _centred(draw, body, (middle, unit * 52), _WORDS, above=False)
    out = io.BytesIO()
    image.save(out, "png")
    return out.getvalue()


_Block = tuple[str, ImageFont.FreeTypeFont]


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: float) -> _Block:
    """As few lines as fit, and those of about the same length."""
    lines = _lines(text, font, width)
    while width > font.size and len(narrower := _lines(text, font, width := width * 0.96)) == len(lines):
        lines = narrower
    return "\n".join(lines), font


def _lines(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _centred(
    draw: ImageDraw.ImageDraw, block: _Block, at: tuple[float, float], colour: tuple[int, int, int], *, above: bool
) -> None:
    """The block centred on `at`, ending there or beginning there."""
    text, font = block
    spacing = font.size * 0.35
    _, top, _, bottom = draw.multiline_textbbox((0, 0), text or " ", font=font, spacing=spacing, align="center")
    y = at[1] - (bottom - top) if above else at[1]
    draw.multiline_text((at[0], y - top), text, font=font, fill=colour, anchor="ma", spacing=spacing, align="center")


def _small(picture: bytes) -> bytes:
    image = Image.open(io.BytesIO(picture))
    image.thumbnail((320, 180))
    out = io.BytesIO()
    image.save(out, "jpeg", quality=80)
    return out.getvalue()
