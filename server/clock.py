"""The ceremony clock: a monotonic clock anchored to UTC. The one place in the server that reads clocks.

The anchor is journalled (`AnchorClock`) and reused within a boot of the machine, so that a restarted server tells the
same time to the microsecond even if the machine's wall clock was stepped in between.
"""

import time
from pathlib import Path

from site_agent.units import ClockId, Instant, Monotonic

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_COUNTS_SLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux's monotonic clock stands still while the machine sleeps; the anchor lives as long as the boot, sleep included."""


def monotonic() -> Monotonic:
    """Microseconds of the machine's monotonic clock, sleep included (shared by all processes of this boot)."""
    return Monotonic(time.clock_gettime_ns(_COUNTS_SLEEP) // 1_000)


def wall() -> Instant:
    """Microseconds of UTC as the machine's wall clock tells; for anchors only."""
    return Instant(time.time_ns() // 1_000)


def boot_clock_id() -> ClockId:
    """Names the monotonic clock of this boot."""
    return ClockId(_BOOT_ID.read_text().strip())


class CeremonyClock:
    """Tells the ceremony's instant from the monotonic clock and one anchor."""

    def __init__(self, clock_id: ClockId, utc: Instant, at: Monotonic) -> None:
        self.clock_id = clock_id
        self._utc = utc
        self._at = at

    @classmethod
    def anchored_now(cls) -> "CeremonyClock":
        """A new anchor from the machine's wall clock."""
        return cls(boot_clock_id(), wall(), monotonic())

    @property
    def anchor(self) -> tuple[ClockId, Instant, Monotonic]:
        """What to journal."""
        return self.clock_id, self._utc, self._at

    def now(self) -> Instant:
        """The ceremony's instant."""
        return Instant(self._utc + (monotonic() - self._at))

    def at(self, reading: Monotonic) -> Instant:
        """The ceremony's instant of a monotonic reading."""
        return Instant(self._utc + (reading - self._at))
