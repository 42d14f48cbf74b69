"""When feeds are sent: what changed waits for the next tick, so that a flood of check-ins is one message a tick."""

import asyncio
from collections.abc import Callable, Iterable

from server.feeds.store import FeedStore
from site_agent.units import Instant, in_seconds, milliseconds

TICK = milliseconds(250)
"""Least time between two messages of one busy feed."""


class Outgoing:
    """The feeds with changes that were not sent yet."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        self._now = now
        self._waiting: dict[FeedStore, None] = {}
        self._flushing: asyncio.TimerHandle | None = None
        self._flushed_at = 0.0

    def woken(self, store: FeedStore) -> None:
        """A feed has something to say: at the next turn of the loop, or when its tick is over."""
        self._waiting[store] = None
        if self._flushing is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # before the loop runs: whoever subscribes flushes
        wait = max(0.0, self._flushed_at + in_seconds(TICK) - loop.time())
        self._flushing = loop.call_later(wait, self._tick)

    def forget(self, store: FeedStore) -> None:
        """Nobody reads it any more."""
        self._waiting.pop(store, None)

    def begin(self) -> None:
        """Nothing waits: nobody has seen any feed yet."""
        self._waiting.clear()

    def flush(self) -> None:
        """Send now what changed in all feeds."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        waiting, self._waiting = self._waiting, {}
        self.send(waiting)

    def send(self, stores: Iterable[FeedStore]) -> None:
        """Send now what changed in these."""
        now = self._now()
        for store in stores:
            self._waiting.pop(store, None)
            store.flush(now)

    def _tick(self) -> None:
        self._flushing = None
        self._flushed_at = asyncio.get_running_loop().time()
        self.flush()
