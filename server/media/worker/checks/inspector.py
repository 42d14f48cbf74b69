"""Watches one source, or the programme that goes out: measures, names faults, makes thumbnails."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

import msgspec

from server.media.messages import Fault, Measured, Profile, SourceStatus, Thumbnail
from server.media.worker.checks.agree import NONE, disagreements
from server.media.worker.checks.bitstream import AdtsHeader, adts_header, video_codec
from server.media.worker.checks.confirmed import Confirmed
from server.media.worker.checks.findings import Heard, Seen
from server.media.worker.checks.life import LIVELY, Life, unsteadiness
from server.media.worker.checks.rhythm import Rhythm
from server.media.worker.checks.talk import Looked
from server.media.worker.flow import Unit
from site_agent.units import Instant, Monotonic, in_seconds, seconds

_TURN = seconds(1)
_LOOK_EVERY = seconds(3.9)
"""Decoding is dear. Key pictures come every 2 s: every other one tells enough, and is a thumbnail no later than after 5 s."""
_LOST_AFTER = seconds(3)
_ABSENT_AFTER = seconds(5)
_PICTURE_OLD = seconds(15)
_MOST_SOUND = 500
"""Frames of sound that wait for the meter, about 10 s; more is thrown away whole, so that the meter never lags further."""
_NEED_FEW_BITS = frozenset({"black", "frozen", "silent"})
_FEW_BITS = frozenset({"bitrate_low", "audio_bitrate_low", "bitrate_unsteady"})
_NO_SOUND = frozenset({"audio_missing", "audio_stopped"})
_SLATE = _NEED_FEW_BITS | _FEW_BITS | {"too_quiet", "too_loud"}
"""What a slate does by design."""
_PARAMETER_SETS_WITHIN = 512


class Clock(Protocol):
    """What of a clock is needed here."""

    def now(self) -> Instant: ...
    def monotonic(self) -> Monotonic: ...


class Decoder(Protocol):
    """What decodes for an inspector, anywhere but in this process."""

    async def look(self, codec: str, picture: bytes | None, sound: Sequence[bytes]) -> Looked | None:
        """None: it cannot just now, or fell over what it was given."""
        ...

    def forget(self) -> None: ...
    def faults(self) -> tuple[Fault, ...]: ...


class Inspector:
    """A `UnitSink`. The loop only counts; the decoder gets a second's worth at a time, and never falls behind."""

    def __init__(
        self, name: Literal["primary", "backup", "slate", "output"], profile: Profile, clock: Clock, decoder: Decoder
    ) -> None:
        self.name = name
        self.profile = profile
        """May be replaced when the plan changes."""
        self._clock = clock
        self._told = Measured()
        self._decoder = decoder
        self._confirmed = Confirmed()
        self._thumbnail: Thumbnail | None = None
        self._begin()

    def _begin(self) -> None:
        """A new life of the source: nothing of the one before counts."""
        self._pictures, self._sound = Rhythm(), Rhythm()
        self._life = Life()
        self._key: Unit | None = None
        """The newest key picture that nobody has looked at."""
        self._frames: deque[bytes] = deque()
        self._first: Monotonic | None = None
        self._came: dict[str, Monotonic] = {}
        self._seen: Seen | None = None
        self._codec = ""
        self._header: AdtsHeader | None = None
        self._heard: Heard | None = None
        self._looked = Monotonic(0)
        self._measured = Measured()

    def units(self, units: Sequence[Unit]) -> None:
        """Take units of the source as they come in, before anything is encoded."""
        now = self._clock.monotonic()  # an encoder may lag seconds behind what `arrived` says of its units
        self._first = now if self._first is None else self._first
        for unit in units:
            self._came[unit.track] = now
            if unit.track == "video":
                self._pictures.see(unit)
                if unit.key:
                    self._key = unit
            else:
                self._sound.see(unit)
                self._header = adts_header(unit.data) or self._header
                self._frames.append(unit.data)
        if len(self._frames) > _MOST_SOUND:
            self._frames.clear()

    def told(self, measured: Measured) -> None:
        """What the container or the link says and units do not: stands where nothing was measured."""
        self._told = measured

    def measured(self) -> Measured:
        """What was found, renewed every second."""
        return self._measured

    def faults(self) -> tuple[Fault, ...]:
        """What is wrong for certain, serious things first."""
        return self._confirmed.told()

    def thumbnail(self) -> Thumbnail | None:
        """The newest small picture; None while there are no pictures."""
        return self._thumbnail

    def complete(self, status: SourceStatus) -> SourceStatus:
        """The status of a source that found out by itself what its publisher sends, with how loud it is and what it does."""
        if status.state != "receiving":
            return status
        own = {name: value for name, value in msgspec.structs.asdict(status.measured).items() if value not in (None, "")}
        known = {fault.code for fault in status.faults}
        silent = {"silent", "too_quiet"} if known & _NO_SOUND else set[str]()
        more = [fault for fault in self.faults() if fault.code in LIVELY - known - silent]
        faults = sorted([*status.faults, *more], key=lambda fault: not fault.serious)
        return msgspec.structs.replace(status, measured=msgspec.structs.replace(self._measured, **own), faults=tuple(faults))

    async def run(self) -> None:
        """Look once a second, until cancelled."""
        while True:
            await asyncio.sleep(in_seconds(_TURN))
            await self.look()

    async def look(self) -> None:
        """One turn: decode what waits, measure, judge."""
        now = self._clock.monotonic()
        newest = max(self._came.values(), default=None)
        if newest is None or now - newest > _LOST_AFTER:
            self._lose()
            return
        key = self._key_to_see(now)
        frames, self._frames = list(self._frames), deque()
        if key is not None:
            self._codec = video_codec(key.data[:_PARAMETER_SETS_WITHIN]) or self._codec
        life = self._life
        found = await self._look(key, frames)
        if life is not self._life:
            return
        if found is not None:
            if key is not None and self._codec:
                life.picture(found.picture, key.pts)
                self._take(found.picture)
            life.sound(found.sound, broken=found.broken)
            self._heard = found.sound or self._heard
        self._measured = self._measure(now)
        self._confirmed.see(self._wrong(now), now)

    def _lose(self) -> None:
        if self._first is not None:
            self._begin()
            self._decoder.forget()
            self._confirmed.forget()
        if self._thumbnail and self._clock.now() - self._thumbnail.at > _PICTURE_OLD:
            self._thumbnail = None

    def _key_to_see(self, now: Monotonic) -> Unit | None:
        """The newest key picture that waits, now and then; at once while none has been seen."""
        if self._key is None or (self._seen is not None and now - self._looked < _LOOK_EVERY):
            return None
        self._looked = now
        key, self._key = self._key, None
        return key

    async def _look(self, key: Unit | None, frames: list[bytes]) -> Looked | None:
        sound = frames if frames and adts_header(frames[0]) else []
        picture = key.data if key is not None and self._codec else None
        return await self._decoder.look(self._codec, picture, sound) if picture or sound else Looked(None, None, broken=False)

    def _take(self, seen: Seen | None) -> None:
        if seen is None:
            return
        self._seen = seen
        if seen.jpeg:
            self._thumbnail = Thumbnail(of=self.name, at=self._clock.now(), jpeg=seen.jpeg)

    def _measure(self, now: Monotonic) -> Measured:
        found = dict[str, object](
            video_codec=self._present("video", now, self._codec),
            frames_per_second=self._pictures.rate,
            keyframe_seconds=self._pictures.keyframe_seconds,
            b_frames=self._pictures.reordered if self._pictures.rate is not None else None,
            video_kbps=self._pictures.kbps,
            audio_kbps=self._sound.kbps,
        )
        if seen := self._seen:
            found |= {"video_profile": seen.profile, "video_level": seen.level, "pixel_format": seen.pixel_format}
            found |= {"interlaced": seen.interlaced, "width": seen.width, "height": seen.height}
        found |= self._measure_sound(now)
        known = {name: value for name, value in found.items() if value not in (None, "")}
        return msgspec.structs.replace(self._told, **known)

    def _measure_sound(self, now: Monotonic) -> dict[str, object]:
        header = self._header
        found = dict[str, object](audio_codec=self._present("audio", now, "aac" if header else ""))
        if header:
            found |= {"audio_hz": header.hz, "audio_channels": header.channels}
        if heard := self._heard:
            found |= {"loudness_lufs": heard.short_term, "loudness_momentary_lufs": heard.momentary}
            found |= {"loudness_integrated_lufs": heard.integrated, "true_peak_dbfs": heard.true_peak}
        return found

    def _present(self, track: str, now: Monotonic, codec: str) -> str:
        """`codec`, or `NONE` where that track is missing for certain."""
        since = self._came.get(track, self._first)
        return NONE if since is not None and now - since > _ABSENT_AFTER else codec

    def _wrong(self, now: Monotonic) -> Iterator[Fault]:
        alive = list(self._life.faults())
        still = {fault.code for fault in alive} & _NEED_FEW_BITS
        unsteady = unsteadiness(self._pictures, self._sound, now)
        for fault in (*disagreements(self._measured, self.profile), *alive, *unsteady, *self._decoder.faults()):
            if not (still and fault.code in _FEW_BITS) and not (self.name == "slate" and fault.code in _SLATE):
                yield fault
