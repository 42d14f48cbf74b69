"""Bytes on their way from the thread that reads them to the thread that takes them apart, each with its time of arrival."""

import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Callable

from site_agent.units import SECOND, Duration, Monotonic

BOUND = 16 * 1024 * 1024
"""About forty seconds of a programme: more than that and the demuxer has stopped, not fallen behind."""
OLDEST = Duration(10 * SECOND)
"""What has waited longer is let go of, all of it: who falls behind goes on with what comes now, instead of lagging for good."""
_HISTORY = 8_192
_TAKEN = 64 * 1024


class ByteQueue:
    """A bounded queue of bytes, with the face of a file for PyAV. Any thread may push; one thread reads."""

    def __init__(self, idle: Callable[[], None], bound: int = BOUND) -> None:
        """`idle` is called by the reading thread when nothing is left and it is about to wait."""
        self._idle = idle
        self._bound = bound
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._ended = False
        self._offsets: list[int] = []
        self._arrivals: list[Monotonic] = []
        self._pushed = 0
        self._read_from = 0
        self.dropped = 0
        """Bytes that found no room, or had waited too long."""

    @property
    def ended(self) -> bool:
        """Whether nothing comes any more and all has been read."""
        with self._changed:
            return self._ended and not self._waiting

    @property
    def pushed(self) -> int:
        """Bytes that have come in so far."""
        return self._pushed

    def push(self, data: bytes, arrived: Monotonic) -> None:
        """Add what was read. Never blocks; what finds no room is counted and left out."""
        with self._changed:
            if self._ended or not data:
                return
            self._let_go(arrived)
            if self._bytes + len(data) > self._bound:
                self.dropped += len(data)
                return
            self._offsets.append(self._pushed)
            self._arrivals.append(arrived)
            if len(self._offsets) > 2 * _HISTORY:
                del self._offsets[:_HISTORY], self._arrivals[:_HISTORY]
            self._pushed += len(data)
            self._bytes += len(data)
            self._waiting.append(data)
            self._changed.notify()

    def _let_go(self, now: Monotonic) -> None:
        if not self._waiting or now - self._arrivals[bisect_right(self._offsets, self._pushed - self._bytes) - 1] < OLDEST:
            return
        self.dropped += self._bytes
        self._read_from += self._bytes
        self._waiting.clear()
        self._bytes = 0

    def end(self) -> None:
        """Nothing comes any more."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def abandon(self) -> None:
        """Nothing comes any more, and what waits is not wanted."""
        with self._changed:
            self._waiting.clear()
            self._bytes = 0
            self._ended = True
            self._changed.notify()

    def restart(self, held: int = 0) -> None:
        """The reader begins again at the next byte: positions count from there. `held`: bytes it has read and not used yet."""
        with self._changed:
            self._read_from = self._pushed - self._bytes - held

    def take(self, within: float) -> bytes:
        """Everything that waits, up to about 64 KiB, waiting at most so many seconds for the first; empty: nothing came."""
        taken = []
        size = 0
        with self._changed:
            if not self._waiting and not self._ended:
                self._changed.wait(within)
            while self._waiting and size < _TAKEN:
                taken.append(self._waiting.popleft())
                size += len(taken[-1])
            self._bytes -= size
        return b"".join(taken)

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, waiting for the first; empty at the end."""
        if not self._waiting:
            self._idle()
        with self._changed:
            while not self._waiting:
                if self._ended:
                    return b""
                self._changed.wait()
            data = self._waiting.popleft()
            if len(data) > size:
                self._waiting.appendleft(data[size:])
                data = data[:size]
            self._bytes -= len(data)
            return data

    def arrival(self, position: int) -> Monotonic:
        """When the byte at `position` (since the last `restart`) came in."""
        with self._changed:
            at = bisect_right(self._offsets, self._read_from + position) - 1
            return self._arrivals[max(at, 0)]
