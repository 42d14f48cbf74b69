"""What comes of one publisher's packets: units as they are, or a clean MPEG-TS for the encoder. Works in the demuxer's thread.

At first one group of pictures is held back while their rhythm is measured; then they are copied, or (where they differ from the
profile) laid on a clean timeline for the normaliser. A copy can become an encode later, when the next key picture stays away:
the encoder then begins at the last one, and nothing is lost.
"""

from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import msgspec
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from server.media.messages import Fault, Measured, Profile
from server.media.worker.annexb import ParameterSets, is_key
from server.media.worker.checks.agree import NONE, disagreements
from server.media.worker.checks.rhythm import Rhythm
from server.media.worker.flow import TICKS_PER_SECOND, Ticks, Unit
from server.media.worker.remux import Remux
from server.media.worker.timeline import Timeline, Track
from site_agent.units import Monotonic

_PROBE_PICTURES = 24
_PROBE_GROUPS = 1.15
"""Of the wanted distance of key pictures: if the second has not come by then, it comes too late."""
_GROUP_PACKETS = 4_000
_EARLIER = 3
"""Groups of pictures that are kept beside the newest."""
_BATCH = 64
_TICK = Fraction(1, TICKS_PER_SECOND)
_NO_ENCODE = frozenset({"audio_missing", "video_missing"})
"""Differences that an encode cannot mend: silence is added without one."""


@dataclass(frozen=True, slots=True)
class Encode:
    """An encoder is wanted, for a stream that begins with the next bytes."""

    video: bool
    audio: bool
    """Whether that track is encoded; else copied."""
    interlaced: bool
    base: Ticks
    """What 0 of the encoder's timeline is on the source's."""
    key_at: Ticks | None
    """A key picture is wanted here, on the source's timeline: up to here it has been delivered already."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the stream is, and how it differs from the profile."""

    measured: Measured
    faults: tuple[Fault, ...]
    has_sound: bool


class IntakeSink(Protocol):
    """Takes what came of the packets. Called on the event loop, in order."""

    def judged(self, judged: Judged) -> None: ...

    def arrived(self, pictures: Sequence[tuple[Ticks, Monotonic]]) -> None:
        """Pictures of these pts arrived at these readings, encoded later or not."""

    def copied(self, units: Sequence[Unit]) -> None: ...

    def encode(self, wanted: Encode) -> None: ...

    def to_encoder(self, data: bytes) -> None: ...

    def unreadable_bytes(self) -> None: ...

    def fell(self, times: int, pause: float) -> None: ...

    def ended(self) -> None: ...


class Intake:
    """One publisher's stream. A `PacketSink`."""

    def __init__(
        self, profile: Profile, timeline: Timeline, sink: IntakeSink, loop: AbstractEventLoop, reopen: Callable[[], None]
    ) -> None:
        self._profile = profile
        self._probe_ticks = round(profile.keyframe_seconds * _PROBE_GROUPS * TICKS_PER_SECOND)
        self._timeline = timeline
        self._sink = sink
        self._loop = loop
        self._reopen = reopen
        self._units: list[Unit] = []
        self._pictures: list[tuple[Ticks, Monotonic]] = []
        self._static = Measured()
        self._sets = ParameterSets()
        self._remux: Remux | None = None
        self._again: Ticks | None = None
        self._begin()

    def _begin(self) -> None:
        self._rhythm = Rhythm()
        self._probing = True
        self._seen = 0
        self._keys = 0
        self._copies_video = False
        self._first_key: Ticks | None = None
        self._judged_at: Ticks | None = None
        self._group: list["Packet[Stream]"] = []
        self._earlier: deque[list["Packet[Stream]"]] = deque(maxlen=_EARLIER)
        self._container: InputContainer | None = None
        self._sps = b""

    def encode_again(self, delivered: Ticks) -> None:
        """The encoder has ended: begin another that continues what has been delivered. From any thread."""
        self._again = delivered

    # A PacketSink

    def opened(self, container: InputContainer) -> None:
        """What the stream carries is known."""
        self._flush()
        self._close_remux()
        self._begin()
        self._container = container
        self._static = _static(container)
        self._sets = ParameterSets()
        if container.streams.video and container.streams.video[0].codec_context.extradata:
            self._sets.keep(bytes(container.streams.video[0].codec_context.extradata))
        self._judge()

    def packet(self, packet: "Packet[Stream]", arrived: Monotonic) -> None:
        """One coded picture or frame of sound."""
        assert packet.pts is not None
        assert packet.dts is not None
        track: Track = "video" if packet.stream.type == "video" else "audio"
        packet.time_base = _TICK
        packet.pts, packet.dts = self._timeline.place(track, packet.pts, packet.dts, arrived)
        unit = self._unit(track, packet, arrived)
        if track == "video":
            self._picture(unit)
        self._keep(packet, unit)
        self._route(packet, unit)
        if len(self._units) >= _BATCH:
            self._flush()

    def idle(self) -> None:
        """Everything that came has been taken in."""
        self._flush()

    def unreadable(self) -> None:
        """Nothing to read in what came."""
        self._tell(self._sink.unreadable_bytes)

    def fell(self, times: int, pause: float) -> None:
        """A decoder did not survive it; it was not opened."""
        self._tell(self._sink.fell, times, pause)

    def ended(self) -> None:
        """No more comes."""
        self._flush()
        self._close_remux()
        self._tell(self._sink.ended)

    # How a unit goes on

    def _unit(self, track: Track, packet: "Packet[Stream]", arrived: Monotonic) -> Unit:
        data = bytes(packet)
        key = True
        if track == "video":
            key = is_key(data) if self._static.video_codec == "h264" else packet.is_keyframe
            if key and self._static.video_codec == "h264":
                data = self._sets.complete(data)
        return Unit(track, Ticks(packet.pts or 0), Ticks(packet.dts or 0), key, data, arrived)

    def _picture(self, unit: Unit) -> None:
        self._pictures.append((unit.pts, unit.arrived))
        self._rhythm.see(unit)
        self._seen += 1
        self._keys += unit.key
        if unit.key and self._static.video_codec == "h264":
            if self._sps and self._sets.sps != self._sps:
                self._reopen()
            self._sps = self._sets.sps

    def _keep(self, packet: "Packet[Stream]", unit: Unit) -> None:
        """The packets since the last key picture, from which an encoder could begin."""
        if unit.track == "video" and unit.key:
            self._earlier.append(self._group)
            self._group = []
        if self._group or (unit.track == "video" and unit.key):
            self._group.append(packet)
            if len(self._group) > _GROUP_PACKETS:
                self._group.clear()

    def _route(self, packet: "Packet[Stream]", unit: Unit) -> None:
        if self._remux is not None:
            if self._again is not None and self._group:
                delivered, self._again = self._again, None
                self._encode(delivered)
            else:
                self._remux.packet(packet)
                if self._judge_in_time(unit) and self._copies_video and self._group and not self._sound_alone():
                    self._encode(unit.dts)
            return
        if self._static.video_codec == NONE or (self._first_key is None and not (unit.track == "video" and unit.key)):
            return
        self._first_key = self._first_key or unit.dts
        self._units.append(unit)
        if self._probing:
            self._decide(unit)
        elif self._judge_in_time(unit) and self._group:
            self._encode(unit.dts)

    def _decide(self, unit: Unit) -> None:
        """Copy or encode? Asked with each unit until there is an answer."""
        assert self._first_key is not None
        reasons = self._reasons(self._measured())
        known = unit.dts - self._first_key > self._probe_ticks or (self._keys > 1 and self._seen >= _PROBE_PICTURES)
        if not known and all(_of_sound(reason) for reason in reasons):
            return
        if self._judge():
            if self._group:
                self._units.clear()
                self._probing = False
                self._encode()
            elif known:
                self._units.clear()
        elif known:
            self._probing = False

    def _encode(self, delivered: Ticks | None = None) -> None:
        """From the last key picture on; the first that is wanted of it comes after what has been `delivered`."""
        assert self._container is not None
        measured = self._measured()
        reasons = self._reasons(measured)
        self._flush()
        self._close_remux()
        packets = self._since(delivered)
        base = Ticks((packets[0].dts or 0) - Remux.BEGIN)
        sound = any(_of_sound(code) for code in reasons)
        video = any(not _of_sound(code) for code in reasons)
        self._copies_video = not video
        self._remux = Remux(self._container, base)
        self._tell(self._sink.encode, Encode(video, sound, bool(measured.interlaced), base, delivered))
        for packet in packets:
            self._remux.packet(packet)

    def _since(self, delivered: Ticks | None) -> list["Packet[Stream]"]:
        """From the last key picture on, or from as far back as what was delivered needs: an encoder lags behind."""
        packets = self._group
        for group in reversed(self._earlier):
            if delivered is None or not group or (packets[0].dts or 0) <= delivered:
                break
            packets = group + packets
        return packets

    # What is told

    def _measured(self) -> Measured:
        rhythm = self._rhythm
        return msgspec.structs.replace(
            self._static,
            frames_per_second=rhythm.rate if self._seen >= _PROBE_PICTURES - 1 else None,
            b_frames=rhythm.reordered if self._seen > 1 else None,
            keyframe_seconds=rhythm.keyframe_seconds,
            video_kbps=rhythm.kbps,
        )

    def _reasons(self, measured: Measured) -> frozenset[str]:
        return frozenset(fault.code for fault in disagreements(measured, self._profile) if fault.serious) - _NO_ENCODE

    def _sound_alone(self) -> bool:
        return all(_of_sound(reason) for reason in self._reasons(self._measured()))

    def _judge(self) -> bool:
        """Tells what the stream is; whether it has to be encoded."""
        measured = self._measured()
        faults = disagreements(measured, self._profile)
        self._flush()
        self._tell(self._sink.judged, Judged(measured, faults, measured.audio_codec != NONE))
        return bool(self._reasons(measured))

    def _judge_in_time(self, unit: Unit) -> bool:
        """Once a second of pictures. Whether it was now, and it has to be encoded."""
        if unit.track == "audio":
            return False
        if self._judged_at is not None and 0 <= unit.dts - self._judged_at < TICKS_PER_SECOND // 2:
            return False
        self._judged_at = unit.dts
        return self._judge()

    def _flush(self) -> None:
        if self._pictures:
            pictures, self._pictures = self._pictures, []
            self._tell(self._sink.arrived, pictures)
        if self._units and not self._probing:
            units, self._units = self._units, []
            self._tell(self._sink.copied, units)
        if self._remux is not None and (data := self._remux.taken()):
            self._tell(self._sink.to_encoder, data)

    def _close_remux(self) -> None:
        if self._remux is not None:
            self._remux.close()
            self._remux = None

    def _tell(self, what: Callable[..., None], *about: object) -> None:
        try:
            self._loop.call_soon_threadsafe(what, *about)
        except RuntimeError:
            """The loop is closed: nobody listens any more."""


def _of_sound(code: str) -> bool:
    return code.startswith("audio")


def _static(container: InputContainer) -> Measured:
    """What the container tells of its streams without waiting for their rhythm."""
    video = container.streams.video[0].codec_context if container.streams.video else None
    audio = container.streams.audio[0].codec_context if container.streams.audio else None
    measured = Measured(video_codec=NONE, audio_codec=NONE)
    if video is not None:
        measured = msgspec.structs.replace(
            measured,
            video_codec=video.name,
            video_profile=str(video.profile or ""),
            width=video.width or None,
            height=video.height or None,
            pixel_format=str(video.pix_fmt or ""),
            interlaced=int(video.field_order) > 1,
        )
    if audio is not None:
        measured = msgspec.structs.replace(
            measured, audio_codec=audio.name, audio_hz=audio.sample_rate or None, audio_channels=audio.layout.nb_channels or None
        )
    return measured
