"""The device's own clocks: the one place at a site that reads them.

A simulated device has a wrong clock by design: it started `offset` off and runs `drift` too fast. Everything above reads
the clocks through `LocalClock`, so that nothing but this file knows the difference. `raw` is always the machine's real
monotonic clock in nanoseconds, on which threads sleep and errors are judged.
"""

import functools
import time
from pathlib import Path
from typing import Protocol

from site_agent.units import Duration, Instant, Monotonic

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_COUNTS_SLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux's monotonic clock stands still while the machine sleeps: a laptop that slept would fire late and call it on time."""


def raw_now() -> int:
    """Nanoseconds of the machine's monotonic clock, sleep included."""
    return time.clock_gettime_ns(_COUNTS_SLEEP)


@functools.cache
def boot_id() -> str:
    """Names the monotonic clock of this boot; empty where the machine does not tell."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


class LocalClock(Protocol):
    """What a device believes its clocks say."""

    def now(self) -> Monotonic:
        """The monotonic clock."""
        ...

    def wall(self) -> Instant:
        """The wall clock: for nonces and for telling how wrong it is, never for firing."""
        ...

    def reading(self, raw: int) -> Monotonic:
        """The reading the device had at a raw moment."""
        ...

    def raw(self, reading: Monotonic) -> int:
        """The raw moment of a reading."""
        ...


class MachineClock:
    """The real clocks of the machine."""

    def now(self) -> Monotonic:
        return Monotonic(raw_now() // 1_000)

    def wall(self) -> Instant:
        return Instant(time.time_ns() // 1_000)

    def reading(self, raw: int) -> Monotonic:
        return Monotonic(raw // 1_000)

    def raw(self, reading: Monotonic) -> int:
        return reading * 1_000


class WrongClock:
    """Clocks that are off by `offset` at the raw moment `origin`, and run `drift_ppm` too fast from there."""

    def __init__(self, offset: Duration, drift_ppm: float, origin: int) -> None:
        self._offset = offset
        self._rate = 1.0 + drift_ppm / 1e6
        self._origin = origin

    def now(self) -> Monotonic:
        return self.reading(raw_now())

    def wall(self) -> Instant:
        return Instant(time.time_ns() // 1_000 + self._offset)

    def reading(self, raw: int) -> Monotonic:
        return Monotonic(self._origin // 1_000 + self._offset + round((raw - self._origin) * self._rate / 1_000))

    def raw(self, reading: Monotonic) -> int:
        elapsed = reading - self._origin // 1_000 - self._offset
        return self._origin + round(elapsed * 1_000 / self._rate)
