"""The ceremony's clock inside the worker. The one place in the worker's programme path that reads clocks."""

import time

from server.media.messages import Welcome
from site_agent.units import Instant, Monotonic

_COUNTS_SLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def monotonic() -> Monotonic:
    """Microseconds of the machine's monotonic clock, the same one the server reads."""
    return Monotonic(time.clock_gettime_ns(_COUNTS_SLEEP) // 1_000)


class Clock:
    """Tells the ceremony's instants. Anchored to the machine's wall clock until the server tells its own anchor."""

    def __init__(self, utc: Instant, at: Monotonic) -> None:
        self._utc = utc
        self._at = at

    @classmethod
    def of_this_machine(cls) -> "Clock":
        """Anchored now to the wall clock."""
        return cls(Instant(time.time_ns() // 1_000), monotonic())

    def follow(self, welcome: Welcome) -> None:
        """Take over the server's anchor: from now on both tell the same instants."""
        self._utc = welcome.utc
        self._at = welcome.at

    def monotonic(self) -> Monotonic:
        """A reading of the machine's monotonic clock, µs."""
        return monotonic()

    def now(self) -> Instant:
        """The ceremony's instant."""
        return self.at(monotonic())

    def at(self, reading: Monotonic) -> Instant:
        """The ceremony's instant of a monotonic reading."""
        return Instant(self._utc + (reading - self._at))
