"""When a picture was captured, told from its timestamp: the least of (arrival − timestamp) lately is the way without waiting.

A sender's timestamps are even, arrivals are not: what came fastest within the last minute tells how far the sender's timeline
lies from ours. The minute bounds what two quartzes drift apart (50 ppm: 3 ms). What is constant on the way, the encoder's own
delay above all, cannot be seen from here: that is the calibrated `capture_offset` of the plan.

A sender too slow for its own pictures lets its timeline fall behind ours: its timestamps still step by 1/30 s, each of them
later in truth. Where nothing of the last seconds came within `SLIP` of the minute's best, no network is to blame (one that holds
everything back so long also lets go at once): what was learned before counts no more. Pure.
"""

from collections import deque

from server.media.worker.capture import in_microseconds
from server.media.worker.flow import Ticks
from site_agent.units import SECOND, Duration, Monotonic

SLIP = Duration(3 * SECOND // 2)
"""Later than the minute's best by more than this, for all of the last seconds: the sender's timeline fell behind."""
_BUCKET = 1_000_000
_BUCKETS = 60
_LATELY = 12
"""Seconds that must agree."""
_LEAST = 5
"""In so many of them something must have come: after an outage, and of a pulled stream, much comes all at once."""


class CaptureClock:
    """Maps one source's timeline to the machine's monotonic clock."""

    def __init__(self) -> None:
        self._least: deque[tuple[int, int]] = deque()
        """(second, the least difference in it), oldest first."""
        self._difference: int | None = None
        self.slipped_at: Monotonic | None = None
        """When the sender's timeline was last found to have fallen behind."""
        self.slipped_by = Duration(0)
        """By how much then."""

    def see(self, pts: Ticks, arrived: Monotonic) -> None:
        """Learn from one picture."""
        second, difference = arrived // _BUCKET, arrived - in_microseconds(pts)
        if not self._least or self._least[-1][0] != second:
            self._forget_slipped(arrived)
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

    def _forget_slipped(self, now: Monotonic) -> None:
        """Once a second, of the whole seconds before: where the lately best is far from the best, begin with it."""
        since = now // _BUCKET - _LATELY
        if not self._least or self._least[0][0] >= since or self._difference is None:
            return
        lately = [(second, least) for second, least in self._least if second >= since]
        if len(lately) < _LEAST:
            return
        best = min(least for _, least in lately)
        if best - self._difference > SLIP:
            self.slipped_at, self.slipped_by = now, Duration(best - self._difference)
            self._least = deque(lately)
