"""The timer of the real event loop, on the ceremony clock."""

import asyncio
from collections.abc import Callable

from server.engine.port import Clock, TimerHandle
from site_agent.units import Duration, Instant, in_seconds


class LoopTimer:
    """Implements `server.engine.port.Timer`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def call_at(self, at: Instant, callback: Callable[[], None]) -> TimerHandle:
        return _Call(self._clock, at, callback)


class _Call:
    """One call. The loop's clock and the ceremony clock both run on the machine's monotonic clock, but the loop rounds:
    a call that comes early is asked for again.
    """

    def __init__(self, clock: Clock, at: Instant, callback: Callable[[], None]) -> None:
        self._clock = clock
        self._at = at
        self._callback = callback
        self._handle = self._ask()

    def cancel(self) -> None:
        self._handle.cancel()

    def _ask(self) -> asyncio.TimerHandle:
        remaining = max(0, self._at - self._clock.now())
        return asyncio.get_running_loop().call_later(in_seconds(Duration(remaining)), self._due)

    def _due(self) -> None:
        if self._clock.now() < self._at:
            self._handle = self._ask()
        else:
            self._callback()
