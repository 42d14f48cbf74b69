"""Tells the feeds that something of the programme differs, soon and not too often."""

import asyncio
from collections.abc import Callable

TELL_SECONDS = 1.0
"""Least time between two words to the feeds."""


class Telling:
    """Of one service."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []
        self._waiting: asyncio.TimerHandle | None = None
        self._told_at = 0.0

    def listen(self, listener: Callable[[], None]) -> None:
        """Be told, at most once a second."""
        self._listeners.append(listener)

    def soon(self) -> None:
        """Something differs. Without a loop nobody listens."""
        if self._waiting is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._waiting = loop.call_later(max(0.0, self._told_at + TELL_SECONDS - loop.time()), self._tell)

    def _tell(self) -> None:
        self._waiting = None
        self._told_at = asyncio.get_running_loop().time()
        for listener in self._listeners:
            listener()
