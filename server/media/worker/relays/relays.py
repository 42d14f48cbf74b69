"""All destinations of the programme."""

import asyncio
from collections.abc import Sequence

from server.media.messages import RelayPlan, RelayStatus, RelayTested
from server.media.worker.clock import Clock
from server.media.worker.flow import Chunk
from server.media.worker.relays.destination import LEAVE_WITHIN, Destination, reachable
from server.media.worker.relays.media_queue import NewestPictures
from server.media.worker.relays.processes import Child, Process, Spawn
from server.media.worker.relays.session import USUAL, Patience
from server.media.worker.relays.verdict import Ended, Stage, address_of, judge, unusable

START_WITHIN = 20.0
"""Seconds that our own process may take on a loaded machine before it turns to the destination."""
TEST_WITHIN = 12.0
"""Seconds from then on after which a test answers in any case."""


class Relays:
    """A `ChunkSink` that keeps each destination as planned, none touched by another."""

    def __init__(self, clock: Clock, spawn: Spawn = Process.spawn, patience: Patience = USUAL) -> None:
        self._clock = clock
        self._spawn = spawn
        self._patience = patience
        self._newest = NewestPictures()
        self._wanted: tuple[RelayPlan, ...] = ()
        self._destinations: dict[str, Destination] = {}
        self._lives: dict[str, asyncio.Task[None]] = {}
        self._replanned = asyncio.Event()

    def apply(self, plans: Sequence[RelayPlan]) -> None:
        """Follow these plans; a destination that is no longer among them is left."""
        self._wanted = tuple(plans)
        for plan in plans:
            if plan.id in self._destinations:
                self._destinations[plan.id].want(plan)
        self._replanned.set()

    def chunk(self, chunk: Chunk) -> None:
        """More of the programme."""
        self._newest.add(chunk)
        for destination in self._destinations.values():
            destination.chunk(chunk)

    def statuses(self) -> tuple[RelayStatus, ...]:
        """What is true of each, in the plan's order."""
        at = self._clock.now()
        return tuple(
            self._destinations[plan.id].status() if plan.id in self._destinations else RelayStatus(plan.id, "off", at)
            for plan in self._wanted
        )

    async def run(self) -> None:
        """Live until cancelled; then every destination is left, and no process remains."""
        try:
            while True:
                self._replanned.clear()
                await self._follow()
                await self._replanned.wait()
        finally:
            await self._leave(list(self._lives))

    async def test(self, plan: RelayPlan) -> RelayTested:
        """Connect, ask to publish, publish nothing. Answers in bounded time: `START_WITHIN`, `TEST_WITHIN`."""
        sending = self._destinations.get(plan.id)
        if sending is not None and sending.status().state in {"sending", "on_slate"}:
            return RelayTested(plan.id, True, "Đang gửi chương trình tới đích này, không cần thử.")
        if (fault := unusable(plan)) is not None:
            return RelayTested(plan.id, False, fault.words)
        try:
            child = await self._spawn()
        except OSError as error:
            return RelayTested(plan.id, False, f"Không mở được tiến trình gửi: {error.strerror}.")
        try:
            ended = await self._tested(child, plan)
        finally:
            await child.end(LEAVE_WITHIN)
        if ended.stage == "done":
            return RelayTested(plan.id, True, "Đích nhận kết nối và nhận khóa. Chưa gửi hình nào.")
        return RelayTested(plan.id, False, judge(ended, plan).words)

    async def _tested(self, child: Child, plan: RelayPlan) -> Ended:
        stage: Stage = "starting"
        try:
            async with asyncio.timeout(START_WITHIN) as bound:
                await child.order(plan, probe=True)
                while (told := await child.told()).ended is None:
                    stage = told.stage or stage
                    if stage == "opening":
                        bound.reschedule(asyncio.get_running_loop().time() + TEST_WITHIN)
                return told.ended
        except TimeoutError:
            listens = stage == "opening" and await reachable(*address_of(plan))
            return Ended("connected" if listens else stage, by_watchdog=True)

    async def _follow(self) -> None:
        wanted = {plan.id: plan for plan in self._wanted}
        await self._leave([name for name in self._lives if name not in wanted])
        for name, plan in wanted.items():
            if name not in self._lives:
                made = Destination(plan, self._clock, self._newest.copy, self._spawn, self._patience)
                self._destinations[name] = made
                self._lives[name] = asyncio.create_task(made.run(), name=f"relay {name}")

    async def _leave(self, names: Sequence[str]) -> None:
        ending = [self._lives.pop(name) for name in names]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        for name in names:
            del self._destinations[name]
