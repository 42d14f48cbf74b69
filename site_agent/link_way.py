"""What lies between a device and its server."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from site_agent.local_clock import raw_now

Item = TypeVar("Item")


class Way:
    """What lies between the device and the server. This one adds nothing; the simulation makes worse ones."""

    up = True
    """False: nothing comes through, and dialling fails."""
    slow = False
    """Whether it delays at all."""

    def delay(self) -> float:
        """Seconds to add to a message on its way."""
        return 0.0

    def loses(self) -> bool:
        """Whether this datagram is lost."""
        return False

    async def may_send(self) -> None:
        """Wait until a message may set out."""

    def came(self, read: int, out: int) -> None:
        """A message read from the socket at one raw moment comes out of the line at another; for measuring."""


class Pipe(Generic[Item]):
    """One direction of a slow line. Items come out in the order they went in (as TCP gives them), each after its own delay: one
    that is on its way keeps no other from setting out.
    """

    def __init__(self, out: Callable[[Item, int], Awaitable[None]]) -> None:
        """`out` is given each item and the raw moment at which it came out."""
        self._out = out
        self._under_way: deque[tuple[Item, int]] = deque()
        self._latest = 0
        self._put = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def put(self, item: Item, read: int, delay_s: float) -> int:
        """Send an item on its way at the raw moment `read`; returns when it comes out."""
        self._latest = max(self._latest, read + int(delay_s * 1e9))
        self._under_way.append((item, self._latest))
        self._put.set()
        self._empty.clear()
        return self._latest

    async def run(self) -> None:
        """Let items out until cancelled."""
        while True:
            await self._put.wait()
            item, at = self._under_way[0]
            await asyncio.sleep(max(0, at - raw_now()) / 1e9)
            await self._out(item, at)
            self._under_way.popleft()
            if not self._under_way:
                self._put.clear()
                self._empty.set()

    async def drained(self) -> None:
        """Wait until nothing is under way."""
        await self._empty.wait()
