"""A source in the place of one that made the worker crash: takes nothing until its time is over, then it is the real one."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

import msgspec

from server.media.messages import SourcePlan, SourceStatus
from server.media.worker.clock import Clock
from server.media.worker.crashes import held_words
from site_agent.units import Duration, Instant, in_seconds

_VIETNAM = timezone(timedelta(hours=7))


class AnySource(Protocol):
    """What the worker needs of a source."""

    @property
    def capture_offset(self) -> Duration: ...
    async def run(self) -> None: ...
    async def apply(self, plan: SourcePlan) -> None: ...
    def status(self) -> SourceStatus: ...


class HeldSource:
    """Another plan (a new key, another way in) ends the wait at once: somebody has done something about it."""

    def __init__(
        self, plan: SourcePlan, clock: Clock, held: tuple[Instant, int], make: Callable[[SourcePlan], AnySource]
    ) -> None:
        """`held`: until when, and how often it made the worker crash."""
        self._plan = plan
        self._clock = clock
        self._until, self._times = held
        self._since = clock.now()
        self._make = make
        self._changed = asyncio.Event()
        self.inner: AnySource | None = None
        """The real one, once its time has come."""

    @property
    def capture_offset(self) -> Duration:
        """As planned, and as the real one says."""
        return self.inner.capture_offset if self.inner is not None else self._plan.capture_offset

    async def run(self) -> None:
        """Wait, then be the real one."""
        try:
            async with asyncio.timeout(max(0.0, in_seconds(Duration(self._until - self._clock.now())))):
                await self._changed.wait()
        except TimeoutError:
            """Its time is over."""
        self.inner = self._make(self._plan)
        await self.inner.run()

    async def apply(self, plan: SourcePlan) -> None:
        """Follow another plan."""
        before, self._plan = self._plan, plan
        if self.inner is not None:
            await self.inner.apply(plan)
        elif msgspec.structs.replace(before, capture_offset=plan.capture_offset) != plan:
            self._changed.set()

    def status(self) -> SourceStatus:
        """Held out, in words, or what the real one says."""
        if self.inner is not None:
            return self.inner.status()
        until = datetime.fromtimestamp(in_seconds(Duration(self._until)), UTC).astimezone(_VIETNAM).strftime("%H:%M:%S")
        return SourceStatus(self._plan.name, "failed", self._since, held_words(self._times, until))
