"""Chunks that wait for one destination: bounded, and where it is too slow, forward to the newest key picture. Pure."""

from collections import deque
from collections.abc import Iterable

from server.media.worker.flow import TICKS_PER_SECOND, Chunk

LONGEST_WAIT = 6.0
"""Seconds of the programme that wait for a destination before some are skipped."""


class MediaQueue:
    """Seconds of media, not bytes: what a destination falls behind is what its audience sees."""

    def __init__(self, seconds: float = LONGEST_WAIT, start: Iterable[Chunk] = ()) -> None:
        self._limit = round(seconds * TICKS_PER_SECOND)
        self._waiting = deque(start)
        self._skipping = not self._waiting
        self.dropped = 0
        """Access units skipped because the destination was slow."""

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, chunk: Chunk) -> None:
        """One more at the end. It begins with a key picture, and after a skip it goes on with one."""
        if self._skipping and not chunk.key:
            self.dropped += self._begun
            return
        self._skipping = False
        self._waiting.append(chunk)
        if chunk.pts - self._waiting[0].pts > self._limit:
            self._skip()

    def take(self) -> bytes:
        """Everything that waits."""
        data = b"".join(chunk.data for chunk in self._waiting)
        self._begun = self._begun or bool(data)
        self._waiting.clear()
        return data

    _begun = False
    """Whether anything was taken: what came before the first key picture was never owed."""

    def _skip(self) -> None:
        newest = max((place for place, chunk in enumerate(self._waiting) if chunk.key), default=0)
        gone = newest or len(self._waiting)
        for _ in range(gone):
            self._waiting.popleft()
        self.dropped += gone
        self._skipping = not self._waiting


class NewestPictures:
    """The programme since its newest key picture: where a session that begins now begins."""

    def __init__(self, seconds: float = LONGEST_WAIT) -> None:
        self._limit = round(seconds * TICKS_PER_SECOND)
        self._chunks: list[Chunk] = []

    def add(self, chunk: Chunk) -> None:
        """One more chunk of the programme."""
        if chunk.key:
            self._chunks = [chunk]
        elif self._chunks and chunk.pts - self._chunks[0].pts <= self._limit:
            self._chunks.append(chunk)
        else:
            self._chunks = []

    def copy(self) -> list[Chunk]:
        """From the key picture on; empty where none is near."""
        return self._chunks.copy()
