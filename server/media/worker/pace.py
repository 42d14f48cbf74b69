"""Whether a source sends faster than its pictures are to be shown: a file without pacing, which would run the programme ahead of
the clock, and the launch before its time. Pure.

What was held up on the way and comes in a burst is no such source: it catches up with the clock and never overtakes it by much.
"""

from server.media.worker.capture import in_microseconds
from server.media.worker.flow import Ticks
from site_agent.units import Duration, Monotonic, seconds

AHEAD = seconds(15)
"""More than any server sends at once to whoever joins."""
_DRIFT = 1_000
"""One part in so many that a sender's quartz may be fast."""
_OVER = seconds(5)
_EVEN = 1.4
"""Times the clock: below it over `_OVER` a source is even again."""


class Pace:
    """Of one publisher's stay."""

    def __init__(self) -> None:
        self.too_fast = False
        self._from: tuple[Ticks, Monotonic] | None = None
        self._mark: tuple[Ticks, Monotonic] | None = None

    def see(self, pts: Ticks, arrived: Monotonic) -> None:
        """Learn from one picture, on a timeline without jumps."""
        if self._from is None or self._mark is None:
            self._from = self._mark = pts, arrived
            return
        first, began = self._from
        elapsed = arrived - began
        if in_microseconds(pts - first) - elapsed > AHEAD + elapsed // _DRIFT:
            self.too_fast = True
        marked, at = self._mark
        if arrived - at < _OVER:
            return
        if self.too_fast and in_microseconds(pts - marked) < Duration(round((arrived - at) * _EVEN)):
            self.too_fast = False
            self._from = pts, arrived
        self._mark = pts, arrived
