"""Media time and the machine's time into each other. Pure."""

from server.media.worker.flow import Ticks
from site_agent.units import Duration


def in_ticks(duration: Duration) -> Ticks:
    """Microseconds as ticks of 1/90 000 s, rounded down."""
    return Ticks(duration * 9 // 100)


def in_microseconds(ticks: int) -> Duration:
    """Ticks of 1/90 000 s as microseconds, rounded down."""
    return Duration(ticks * 100 // 9)
