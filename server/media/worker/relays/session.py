"""One connection to one destination, from order to end."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from server.media.messages import RelayPlan
from server.media.worker.flow import Chunk
from server.media.worker.relays.media_queue import MediaQueue
from server.media.worker.relays.processes import Child
from server.media.worker.relays.verdict import Ended, Stage

TOGETHER = 0.2
"""Seconds of the programme that are passed on in one write: one wake-up, here and in the child, for many chunks."""
MOVING = 3.0
"""Seconds without a byte taken after which a destination no longer counts as receiving."""
PAUSE = 3.0
"""Seconds without a chunk after which the programme itself stands still, and no destination is blamed."""
RATE_OVER = 4.0
"""Seconds over which the rate is reckoned."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a session may stand still, in seconds."""

    starting: float = 20.0
    """Of our own process, before it turns to the destination."""
    opening: float = 10.0
    sending: float = 8.0


USUAL = Patience()


class Session:
    """Feeds a child and watches what its destination takes."""

    def __init__(
        self, child: Child, start: Callable[[], Iterable[Chunk]], patience: Patience, changed: Callable[[], None]
    ) -> None:
        self._child = child
        self._start = start
        self._queue: MediaQueue | None = None
        """None until the child is ready: what passes before is owed to nobody."""
        self._patience = patience
        self._changed = changed
        self._more = asyncio.Event()
        self._more.set()
        self._ready = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._progress = self._loop.time()
        self._taken: deque[tuple[float, int]] = deque([(self._progress, 0)])
        self._fed = self._progress
        self.stage: Stage = "starting"
        self.moved_at: float | None = None
        """When the destination last took bytes of the programme (loop time)."""
        self.source = ""
        """Of the newest chunk."""

    @property
    def sent(self) -> int:
        """Bytes the destination has taken."""
        return self._taken[-1][1]

    @property
    def dropped(self) -> int:
        """Access units skipped."""
        return self._queue.dropped if self._queue is not None else 0

    @property
    def moving(self) -> bool:
        """Whether bytes of the programme are moving now."""
        return self.stage == "publishing" and self.moved_at is not None and self._loop.time() - self.moved_at < MOVING

    def kbps(self) -> float:
        """Rate of what was taken in the last seconds, 1,000 bit/s."""
        newest, sent = self._taken[-1]
        oldest, before = self._taken[0]
        lasted = max(newest - oldest, RATE_OVER / 2)  # a new session begins with what waited, at once
        return (sent - before) * 8 / 1_000 / lasted if self.moving else 0.0

    def chunk(self, chunk: Chunk) -> None:
        """More of the programme."""
        now = self._loop.time()
        if now - self._fed > PAUSE:
            self._progress = now  # nothing was there to take
        self._fed = now
        self.source = chunk.source
        if self._queue is not None:
            self._queue.put(chunk)
            self._more.set()

    async def run(self, plan: RelayPlan) -> Ended:
        """Connect and send until one side ends it."""
        feeding = asyncio.create_task(self._feed(plan), name=f"feed {plan.id}")
        listening = asyncio.create_task(self._listen(), name=f"listen {plan.id}")
        watching = asyncio.create_task(self._watch(), name=f"watch {plan.id}")
        tasks = {feeding, listening, watching}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            ended = next(task for task in (listening, watching, feeding) if task in done)
            return ended.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _feed(self, plan: RelayPlan) -> Ended:
        await self._child.order(plan)
        await self._ready.wait()
        self._queue = MediaQueue(start=self._start())
        while True:
            await self._more.wait()
            await asyncio.sleep(TOGETHER)
            self._more.clear()
            if data := self._queue.take():
                await self._child.write(data)

    async def _listen(self) -> Ended:
        while True:
            told = await self._child.told()
            if told.ended is not None:
                return told.ended
            if told.stage is not None:
                self._ready.set()
                self.stage = told.stage
                self._progress = self._loop.time()
            if told.taken is not None:
                self._took(told.taken)
            self._changed()

    def _took(self, taken: int) -> None:
        now = self._loop.time()
        if taken > self.sent:
            # The publishing conversation itself moves a few kilobytes: the first report is not yet the programme's.
            self.moved_at = now if self.sent else self.moved_at
            self._progress = now
        self._taken.append((now, taken))
        while now - self._taken[0][0] > RATE_OVER:
            self._taken.popleft()

    async def _watch(self) -> Ended:
        while True:
            await asyncio.sleep(0.25)
            now = self._loop.time()
            if now - self._progress > self._bound() and now - self._fed <= PAUSE:
                return Ended(self.stage, by_watchdog=True)
            self._changed()

    def _bound(self) -> float:
        if self.stage in {"starting", "reading"}:
            return self._patience.starting
        return self._patience.sending if self.stage == "publishing" else self._patience.opening
