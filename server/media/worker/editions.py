"""One edition of a piece: the same two seconds in every rendition, told together so that their playlists agree.

The light rendition is waited for, within bounds. Where its encoder did not do a piece the programme's own pictures stand in for
it, and the piece (in all renditions, as RFC 8216 §6.2.4 wants it) carries a discontinuity there and back.
"""

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from server.media.worker.flow import Segment, Unit
from server.media.worker.low import LowEncoder
from server.media.worker.muxer import Muxer
from server.media.worker.segmenter import Piece
from site_agent.units import SECOND, Duration, Monotonic

PATIENCE = Duration(1_500_000)
"""How long a finished piece waits for its light rendition."""
PROVEN = 3
"""Pieces in a row that an encoder must have done before its pictures are shown again: each change costs players a reset."""
FIRST_PATIENCE = 4 * SECOND
"""As long as a fresh encoder has shown nothing yet."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    piece: Piece
    since: Monotonic


class Editions:
    """Makes the renditions of pieces and tells them group by group, in order."""

    def __init__(self, low: LowEncoder | None, tell: Callable[[Sequence[Segment]], None]) -> None:
        self.low = low
        """May be replaced when the profile changes."""
        self._tell = tell
        self._waiting: deque[_Waiting] = deque()
        self._low_muxer = Muxer()
        self._sound_muxer = Muxer(video=False)
        self._stood_in: bool | None = None
        """Whether the programme stood in for the light rendition in the newest group."""
        self._done_in_a_row = 0

    def piece(self, piece: Piece, now: Monotonic) -> None:
        """A piece of the programme is complete."""
        self._waiting.append(_Waiting(piece, now))
        self.advance(now)

    def advance(self, now: Monotonic) -> None:
        """Tell the groups that are complete, or have waited long enough; to be called several times a second."""
        while self._waiting and not self._may_still_come(self._waiting[0], now):
            piece = self._waiting.popleft().piece
            pictures = self.low.take(piece) if self.low else None
            self._tell(self._group(piece, pictures))

    def close(self) -> None:
        """Tell what waits as it is: the programme ends."""
        while self._waiting:
            piece = self._waiting.popleft().piece
            self._tell(self._group(piece, self.low.take(piece) if self.low else None))

    def _may_still_come(self, waiting: _Waiting, now: Monotonic) -> bool:
        low = self.low
        if low is None or not low.encodes(waiting.piece) or low.finished(waiting.piece):
            return False
        return now - waiting.since < (PATIENCE if low.warm else FIRST_PATIENCE)

    def _group(self, piece: Piece, pictures: Sequence[Unit] | None) -> tuple[Segment, Segment, Segment]:
        self._done_in_a_row = 0 if pictures is None else self._done_in_a_row + 1
        stands_in = pictures is None or (self._stood_in is True and self._done_in_a_row < PROVEN)
        discontinuity = piece.segment.discontinuity or (self._stood_in is not None and stands_in != self._stood_in)
        self._stood_in = stands_in
        source = replace(piece.segment, discontinuity=discontinuity)
        low = self._mux(piece.pictures if stands_in or pictures is None else pictures, piece.sound)
        sound = self._sound_muxer.tables() + b"".join(map(self._sound_muxer.packets, piece.sound))
        return source, replace(source, rendition="360p", data=low), replace(source, rendition="audio", data=sound)

    def _mux(self, pictures: Sequence[Unit], sound: Sequence[Unit]) -> bytes:
        """Picture before sound of the same time: the segment begins with its key picture."""
        key, *others = pictures
        ordered = heapq.merge(others, sound, key=lambda unit: (unit.dts, unit.track == "audio"))
        return b"".join(map(self._low_muxer.packets, (key, *ordered)))
