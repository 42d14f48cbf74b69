"""What was recorded when, and where it lies: `index.jsonl` beside the recording's files, one line a piece.

A line is written after the bytes it tells of; a kill leaves at most bytes without a line, or half a line, which is dropped.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from site_agent.units import Duration, Instant, seconds

INDEX = "index.jsonl"
TOLERANCE = seconds(0.5)
"""Capture times of two pieces that follow each other may be that far apart without anything missing."""
SWITCHED = seconds(5)
"""…and where the numbers follow each other, that far: another source may be captured earlier or later."""


class Piece(msgspec.Struct, frozen=True):
    """One segment of the programme in a file of the recording. Begins with a key picture."""

    begin: Instant
    duration: Duration
    file: str
    offset: int
    length: int
    number: int = 0
    """Of the segment; consecutive while the programme is."""

    @property
    def end(self) -> Instant:
        """Where the next one is expected to begin."""
        return Instant(self.begin + self.duration)


class Gap(msgspec.Struct, frozen=True):
    """A time of which nothing was recorded."""

    begin: Instant
    end: Instant


def read_index(folder: Path) -> list[Piece]:
    """The pieces that are whole, in the order they were recorded."""
    return _read(folder)[0]


def mend_index(folder: Path) -> list[Piece]:
    """The same, and half a line at the end is cut off so that the next one stands alone.

    Raises:
        OSError

    """
    pieces, good = _read(folder)
    index = folder / INDEX
    if index.exists() and index.stat().st_size > good:
        with index.open("r+b") as file:
            file.truncate(good)
    return pieces


def line_of(piece: Piece) -> bytes:
    """What the index says of a piece."""
    return msgspec.json.encode(piece) + b"\n"


def chosen(pieces: Iterable[Piece], begin: Instant, end: Instant) -> list[Piece]:
    """The pieces that show anything between two instants, as they were recorded.

    Not sorted by capture time: that steps back where a source takes over whose pictures travel longer.
    """
    return [piece for piece in pieces if piece.begin < end and piece.end > begin]


def gaps_between(pieces: Sequence[Piece]) -> list[Gap]:
    """What is missing between pieces that stand in order."""
    return [Gap(one.end, other.begin) for one, other in pairwise(pieces) if not _follows(one, other)]


def gaps_within(pieces: Sequence[Piece], begin: Instant, end: Instant) -> list[Gap]:
    """What is missing of an interval, its ends included."""
    if not pieces:
        return [Gap(begin, end)]
    before = [Gap(begin, pieces[0].begin)] if pieces[0].begin - begin > TOLERANCE else []
    after = [Gap(pieces[-1].end, end)] if end - pieces[-1].end > TOLERANCE else []
    return [*before, *gaps_between(pieces), *after]


def _follows(one: Piece, other: Piece) -> bool:
    missing = other.begin - one.end
    return missing <= (SWITCHED if other.number == one.number + 1 else TOLERANCE)


def _read(folder: Path) -> tuple[list[Piece], int]:
    """Whole pieces, and how many bytes of the index are whole lines."""
    try:
        text = (folder / INDEX).read_bytes()
    except FileNotFoundError:
        return [], 0
    good = text.rfind(b"\n") + 1
    sizes: dict[str, int] = {}
    pieces = []
    for line in text[:good].splitlines():
        try:
            piece = msgspec.json.decode(line, type=Piece)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue  # zeros that a lost power supply leaves behind
        if piece.offset + piece.length <= sizes.setdefault(piece.file, _size(folder / piece.file)):
            pieces.append(piece)
    return pieces, good


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return -1
