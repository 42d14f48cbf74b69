import asyncio

from server.engine.timer import LoopTimer
from site_agent.units import SECOND, Instant, milliseconds
from tests.support.engines import FakeClock


async def test_an_instant_that_has_passed_is_called_soon():
    called = asyncio.Event()
    clock = FakeClock()
    LoopTimer(clock).call_at(Instant(clock.now() - SECOND), called.set)
    await called.wait()


class LateClock(FakeClock):
    """Reaches the next millisecond only at its sixth reading: the event loop's own clock is faster."""

    readings = 0

    def now(self):
        self.readings += 1
        if self.readings == 6:
            self.move(milliseconds(1))
        return super().now()


async def test_it_never_calls_before_the_ceremony_clock_says_so():
    clock = LateClock()
    called = asyncio.Event()
    LoopTimer(clock).call_at(Instant(FakeClock().now() + milliseconds(1)), called.set)
    await called.wait()
    assert clock.readings >= 6, "the loop's early calls were asked for again"


async def test_a_cancelled_call_does_not_come():
    clock = FakeClock()
    calls = []
    handle = LoopTimer(clock).call_at(clock.now(), lambda: calls.append("cancelled"))
    handle.cancel()
    after = asyncio.Event()
    LoopTimer(clock).call_at(clock.now(), after.set)
    await after.wait()
    assert calls == []
