"""When a picture was captured, told from its timestamp: the least of (arrival − timestamp) lately is the way without waiting.

A sender's timestamps are even, arrivals are not: what came fastest within the last minute tells how far the sender's timeline
lies from ours. The minute bounds what two quartzes drift apart (50 ppm: 3 ms). What is constant on the way, the encoder's own
delay above all, cannot be seen from here: that is the calibrated `capture_offset` of the plan. Pure.
"""

from collections import deque

from server.media.worker.capture import in_microseconds
from server.media.worker.flow import Ticks
from site_agent.units import Monotonic

_BUCKET = 1_000_000
_BUCKETS = 60


class CaptureClock:
    """Maps one source's timeline to the machine's monotonic clock."""

    def __init__(self) -> None:
        self._least: deque[tuple[int, int]] = deque()
        """(second, the least difference in it), oldest first."""
        self._difference: int | None = None

    def see(self, pts: Ticks, arrived: Monotonic) -> None:
        """Learn from one picture."""
        second, difference = arrived // _BUCKET, arrived - in_microseconds(pts)
        if not self._least or self._least[-1][0] != second:
            self._least.append((second, difference))
            while self._least[0][0] <= second - _BUCKETS:
                self._least.popleft()
            self._difference = min(least for _, least in self._least)
        elif difference < self._least[-1][1]:
            self._least[-1] = (second, difference)
            self._difference = min(least for _, least in self._least)

    def captured(self, pts: Ticks) -> Monotonic:
        """When what carries this timestamp was captured; nothing seen yet: the timestamp itself."""
        return Monotonic(in_microseconds(pts) + (self._difference or 0))
