"""A device in memory for tests of the launch at a site: its disk, its clocks and its link are under the test's hand."""

import asyncio
from concurrent.futures import Future
from typing import Any

from site_agent.cue_runner import CueRunner
from site_agent.firing_line import FiringLine, deliver
from site_agent.identity import Identity
from site_agent.link.clock import DeviceClock, Sample
from site_agent.outputs.base import Done, Occasion, Started
from site_agent.storage import StorageUnwritable
from tests.support.launch_kit import CEREMONY, PINNED, key

SITE = "17329"
DEVICE_KEY = key("device 17329")


class Disk:
    """What survives a crash."""

    def __init__(self) -> None:
        self.kept_values: dict[str, bytes] = {}
        self.receipts: dict[str, bytes] = {}


class MemoryStore:
    """A `DeviceStore` on a `Disk`. Attributes: full (writes fail), held (writes wait until `release`)."""

    slot = SITE

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.full = False
        self.held: list[tuple[dict[str, bytes], Future[None]]] | None = None

    def keep(self, name: str, value: bytes) -> "Future[None]":
        return self.keep_all({name: value})

    def keep_all(self, values: dict[str, bytes]) -> "Future[None]":
        future: Future[None] = Future()
        if self.full:
            future.set_exception(StorageUnwritable("disk full"))
        elif self.held is not None:
            self.held.append((values, future))
        else:
            self.disk.kept_values.update(values)
            future.set_result(None)
        return future

    def release(self) -> None:
        held, self.held = self.held or [], None
        for values, future in held:
            self.disk.kept_values.update(values)
            future.set_result(None)

    async def kept(self, name: str) -> bytes | None:
        return self.disk.kept_values.get(name)

    async def put_receipt(self, order_hash: str, receipt_id: str, receipt: bytes) -> bytes:
        if self.full:
            raise StorageUnwritable("disk full")
        return self.disk.receipts.setdefault(order_hash, receipt)

    async def orders_with_receipt(self) -> set[str]:
        return set(self.disk.receipts)


class HandClock:
    """Local clocks that stand still until moved; raw is the reading in ns."""

    def __init__(self, reading: int) -> None:
        self.reading_now = reading

    def now(self) -> Any:
        return self.reading_now

    def wall(self) -> Any:
        return self.reading_now

    def reading(self, raw: int) -> Any:
        return raw // 1_000

    def raw(self, reading: int) -> int:
        return reading * 1_000

    def raw_now(self) -> int:
        return self.reading_now * 1_000


class RecordingLink:
    """Keeps what was sent; `open` says whether a session is."""

    def __init__(self) -> None:
        self.open = True
        self.sent: list[Any] = []
        self.receipts: list[Any] = []

    def send(self, message: Any) -> bool:
        if self.open:
            self.sent.append(message)
        return self.open

    def receipt(self, receipt: Any) -> None:
        self.receipts.append(receipt)


class Bell:
    """An output that only remembers; pulses unless `state`."""

    def __init__(self, name: str = "bell", *, state: bool = False, delay_ns: int = 0) -> None:
        self.name = name
        self.state = state
        self.delay_ns = delay_ns
        self.rings: list[Occasion] = []
        self.rang_at: list[int] = []
        self.clock: HandClock | None = None

    def start(self, occasion: Occasion) -> Started:
        self.rings.append(occasion)
        assert self.clock is not None
        self.rang_at.append(self.clock.raw_now())
        future: Future[Done] = Future()
        future.set_result(Done(name=self.name, ok=True, raw=self.clock.raw_now()))
        return Started(self.name, future)


class Device:
    """One device: `restart` crashes it and starts it again from its disk."""

    def __init__(self, now: int, *bells: Bell, clock_known: bool = True) -> None:
        self.disk = Disk()
        self.local = HandClock(now)
        self.bells = bells
        self._clock_known = clock_known
        self.start()

    def start(self) -> None:
        self.store = MemoryStore(self.disk)
        identity = Identity(self.store, SITE, DEVICE_KEY, self.local)  # type: ignore[arg-type]
        identity.ceremony, identity.pinned = CEREMONY, PINNED
        self.clock = DeviceClock()
        if self._clock_known:
            self.know_the_time()
        self.fired_batches: list[Any] = []
        self.line = FiringLine(self.fired_batches.append, self.local.raw_now)
        self.link = RecordingLink()
        for bell in self.bells:
            bell.clock = self.local
        self.runner = CueRunner(identity, self.local, self.clock, self.line, self.bells)  # type: ignore[arg-type]
        self.runner.use(self.link)

    def know_the_time(self) -> None:
        """Monotonic and ceremony clock are the same in these tests."""
        now = self.local.reading_now
        self.clock.add_burst([Sample(now - 200, now - 100, now - 100, now)], now)  # type: ignore[arg-type]

    async def restart(self) -> None:
        self.start()
        await self.runner.load()
        await self.settle()

    async def advance(self, until: int) -> None:
        """Let time pass to `until`, stopping at everything that is due."""
        while True:
            moment = self.line.step()
            await self.settle()
            if moment is None or moment > until * 1_000:
                moment = self.line.step()
                if moment is None or moment > until * 1_000:
                    break
            self.local.reading_now = max(self.local.reading_now, -(-moment // 1_000))
        self.local.reading_now = max(self.local.reading_now, until)
        self.line.step()
        await self.settle()

    async def settle(self) -> None:
        """Hand over what fired, and let all tasks finish."""
        self.line.hand_over()
        batches, self.fired_batches[:] = list(self.fired_batches), []
        for batch in batches:
            deliver(batch)
        for _ in range(20):
            await asyncio.sleep(0)
