"""Many timers that are mostly put off: one heap entry each, looked at only when it is due.

Putting a timer off costs nothing here: whoever takes a due key looks how long there really is still to wait, and sets it
again. Keys without a timer cost nothing at all.
"""

import heapq
from collections.abc import Hashable, Iterator
from itertools import count
from typing import Generic, TypeVar

from site_agent.units import Instant

Key = TypeVar("Key", bound=Hashable)


class LazyTimers(Generic[Key]):
    """At most one timer a key; the first one set stands until it is due."""

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, int, Key]] = []
        self._set: set[Key] = set()
        self._order = count()

    def __len__(self) -> int:
        return len(self._set)

    def set(self, key: Key, at: Instant) -> None:
        """Have the key due at that instant, unless it already has a timer."""
        if key not in self._set:
            self._set.add(key)
            heapq.heappush(self._heap, (at, next(self._order), key))

    def due(self, now: Instant) -> Iterator[Key]:
        """Take every key that is due; it has no timer until it is set again."""
        while self._heap and self._heap[0][0] <= now:
            key = heapq.heappop(self._heap)[2]
            self._set.discard(key)
            yield key
