"""Cuts the programme into pieces at key pictures: numbered, timed by capture, marked where the coding parameters change. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field

from server.media.worker.capture import in_microseconds
from server.media.worker.elementary import parameter_sets, sound_parameters
from server.media.worker.flow import TICKS_PER_SECOND, Chunk, Segment, Ticks, Unit
from site_agent.units import Duration, Instant

SHORTEST = Ticks(TICKS_PER_SECOND // 2)
"""A key picture sooner than this after a cut does not cut, unless the parameters change there."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment of the programme, with what its renditions are made of."""

    segment: Segment
    pictures: tuple[Unit, ...]
    sound: tuple[Unit, ...]
    first: Ticks
    """Of its first picture."""
    end: Ticks
    """Of the first picture after it."""


@dataclass(slots=True)
class _Open:
    """The piece that is being filled."""

    number: int
    begin: Instant
    first: Ticks
    source: str
    changed: bool
    data: list[bytes] = field(default_factory=list)
    pictures: list[Unit] = field(default_factory=list)
    sound: list[Unit] = field(default_factory=list)


class Segmenter:
    """Takes the programme's units with their packets, tells pieces."""

    def __init__(self, tell: Callable[[Piece], None], first_number: int, *, continues: bool) -> None:
        """`continues`: there are segments from before this process, whose timeline is not ours."""
        self._tell = tell
        self._number = first_number
        self._broken = continues
        self._open: _Open | None = None
        self._sets = b""
        self._sound = b""
        self._before: tuple[Instant, Duration] | None = None

    @property
    def newest(self) -> tuple[int, Instant | None]:
        """Number and begin of the piece that is being filled."""
        return self._number, self._open.begin if self._open else None

    def lay(self, unit: Unit, chunk: Chunk) -> None:
        """The next unit of the programme, and its packets."""
        if unit.key and unit.track == "video":
            self._key(unit, chunk)
        piece = self._open
        if piece is None:
            return
        piece.data.append(chunk.data)
        if unit.track == "video":
            piece.pictures.append(unit)
            return
        piece.sound.append(unit)
        if (parameters := sound_parameters(unit.data)) != self._sound:
            piece.changed = piece.changed or bool(self._sound)
            self._sound = parameters

    def close(self, end: Ticks) -> None:
        """The programme ends here: tell what is open."""
        if self._open is not None and end > self._open.first:
            self._finish(self._open, end)
        self._open = None

    def _key(self, unit: Unit, chunk: Chunk) -> None:
        sets = parameter_sets(unit.data) or self._sets
        changed = sets != self._sets and bool(self._sets)
        if self._open is not None:
            if unit.pts - self._open.first < SHORTEST and not changed:
                return
            self._finish(self._open, unit.pts)
        self._sets = sets
        self._open = _Open(self._number, self._begin(chunk), unit.pts, chunk.source, changed or self._broken)
        self._broken = False

    def _begin(self, chunk: Chunk) -> Instant:
        """Capture time, never earlier than the middle of the piece before: what a new source or a better estimate of its

        delay sets back is regained within a few pieces, and time never runs backwards.
        """
        if self._before is None:
            return chunk.captured
        begin, duration = self._before
        return Instant(max(chunk.captured, begin + duration // 2))

    def _finish(self, piece: _Open, end: Ticks) -> None:
        duration = in_microseconds(end - piece.first)
        segment = Segment("source", piece.number, piece.begin, duration, b"".join(piece.data), piece.changed, piece.source)
        self._before = piece.begin, duration
        self._number = piece.number + 1
        self._tell(Piece(segment, tuple(piece.pictures), tuple(piece.sound), piece.first, end))
