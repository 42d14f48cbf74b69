"""Engines for tests: the real one on the memory journal (or any other), with a clock that moves only when told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from server.ceremony.details import InitCeremony
from server.ceremony.rules import SYSTEM
from server.engine.engine import Engine
from server.engine.ids import new_id
from server.engine.port import Journal, KeyStore
from server.journal.memory import MemoryJournal, MemoryKeys
from site_agent.units import CeremonyId, Duration, Instant, PublicKey

START = Instant(1_749_603_600_000_000)
"""11 June 2025, 08:00 in Việt Nam."""


class FakeClock:
    """Stands still until moved."""

    def __init__(self, now: int = START - 3_600_000_000) -> None:
        self._now = now

    def now(self) -> Instant:
        return Instant(self._now)

    def move(self, duration: Duration) -> None:
        self._now += duration


@dataclass
class _Call:
    at: Instant
    callback: Callable[[], None]
    live: bool = True

    def cancel(self) -> None:
        self.live = False


class FakeTimer:
    """Calls when `advance` takes the clock past the instant."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.calls: list[_Call] = []

    def call_at(self, at: Instant, callback: Callable[[], None]) -> _Call:
        call = _Call(at, callback)
        self.calls.append(call)
        return call

    @property
    def earliest(self) -> Instant | None:
        return min((call.at for call in self.calls if call.live), default=None)

    def advance(self, duration: Duration) -> None:
        self._clock.move(duration)
        due = [call for call in self.calls if call.live and call.at <= self._clock.now()]
        for call in sorted(due, key=lambda call: call.at):
            call.live = False
            call.callback()


@asynccontextmanager
async def running(engine: Engine) -> AsyncIterator[Engine]:
    """The engine at work; stopped at the end."""
    task = asyncio.create_task(engine.run())
    try:
        yield engine
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def running_engine(
    journal: Journal | None = None, keys: KeyStore | None = None, clock: FakeClock | None = None, timer: FakeTimer | None = None
) -> AsyncIterator[Engine]:
    """An engine at work on the given parts, else on memory, the fake clock and its timer."""
    clock = clock or FakeClock()
    engine = await Engine.opened(journal or MemoryJournal(), keys or MemoryKeys(), clock, timer or FakeTimer(clock))
    async with running(engine):
        yield engine


def init_command() -> InitCeremony:
    """A ceremony of no place."""
    return InitCeremony(
        id=new_id(),
        ceremony_id=CeremonyId("le-phat-dong"),
        title="Lễ phát động",
        authority="UBND tỉnh",
        starts_at=START,
        live_key=PublicKey("live"),
        rehearsal_key=PublicKey("rehearsal"),
    )


async def initiated(engine: Engine) -> Engine:
    """The engine with a ceremony in it."""
    answer = await engine.submit(init_command(), SYSTEM)
    assert answer.outcome == "accepted", answer
    return engine
