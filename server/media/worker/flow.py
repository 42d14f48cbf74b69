"""What flows through the worker: access units, chunks of the programme, segments. Times of media in 1/90 000 s."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NewType, Protocol

from site_agent.units import Duration, Instant, Monotonic

Ticks = NewType("Ticks", int)
"""1/90 000 s on a stream's own timeline; never wrapped to 33 bits inside the worker."""
TICKS_PER_SECOND = 90_000


@dataclass(frozen=True, slots=True)
class Unit:
    """One access unit as it came: a coded picture, or a frame of sound."""

    track: Literal["video", "audio"]
    pts: Ticks
    dts: Ticks
    key: bool
    """Video: decoding can begin here. Sound: always."""
    data: bytes
    """Video: H.264 in Annex B, SPS and PPS before every key picture. Sound: one AAC frame with its ADTS header."""
    arrived: Monotonic
    """When its last byte was read (`CLOCK_BOOTTIME`, µs)."""


class UnitSink(Protocol):
    """Takes units of one source in decoding order. Never blocks, never raises; called on the worker's event loop."""

    def units(self, units: Sequence[Unit]) -> None: ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole MPEG-TS packets of the programme: one access unit, its tables before it where it is a key picture."""

    data: bytes
    key: bool
    """Begins with PAT, PMT and a key picture: a reader may start here."""
    track: Literal["video", "audio"]
    pts: Ticks
    """On the programme's timeline, which never jumps."""
    captured: Instant
    """When what it shows was captured."""
    source: str
    """Which source it came from."""


class ChunkSink(Protocol):
    """Takes the programme chunk by chunk. Never blocks, never raises; called on the worker's event loop."""

    def chunk(self, chunk: Chunk) -> None: ...


Rendition = Literal["source", "360p", "audio"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of one rendition that begins with a key picture. Never changes once told."""

    rendition: Rendition
    number: int
    """The same in all renditions for the same two seconds."""
    begin: Instant
    """Capture time of its first picture: EXT-X-PROGRAM-DATE-TIME."""
    duration: Duration
    data: bytes
    discontinuity: bool
    """Whether its coding parameters differ from the segment's before."""
    source: str
    """Which source its first picture came from."""

    @property
    def name(self) -> str:
        """Named by time: sorts as it plays and is never used twice."""
        return f"{self.rendition}-{self.begin:017d}-{self.number:08d}.ts"


class SegmentSink(Protocol):
    """Takes finished segments in order. Never blocks, never raises; called on the worker's event loop."""

    def segment(self, segment: Segment) -> None: ...
