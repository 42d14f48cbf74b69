"""How late the event loop wakes: the first thing to look at when everything is slow at once."""

import asyncio

from prometheus_client import Gauge, Histogram

from server.clock import monotonic
from site_agent.units import Duration, in_seconds, milliseconds

EVERY: Duration = milliseconds(250)

LAG = Histogram(
    "diemcau_event_loop_lag_seconds",
    "How much later than asked the event loop woke a sleeper.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
WORST = Gauge("diemcau_event_loop_lag_worst_seconds", "Worst lag of the last minute.")


async def watch_lag() -> None:
    """Measure until cancelled."""
    recent: list[float] = []
    while True:
        asked = monotonic()
        await asyncio.sleep(in_seconds(EVERY))
        late = max(0.0, in_seconds(Duration(monotonic() - asked - EVERY)))
        LAG.observe(late)
        recent = [*recent[-239:], late]
        WORST.set(max(recent))
