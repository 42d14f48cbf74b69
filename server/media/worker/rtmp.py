"""Takes one source from the RTMP server beside us (nginx-rtmp, MediaMTX), as soon as somebody publishes it there.

Our server hears of a publisher first, by the RTMP server's hook, and tells the worker. The stream itself may follow a second
later, so one who was told tries often for a while. Untold it looks rarely: worker and server may have begun anew while an
encoder went on.
"""

import asyncio
from contextlib import suppress
from typing import Protocol

from server.media.messages import PublishState
from server.media.worker.clock import monotonic
from server.media.worker.pull import UNREACHABLE, Puller
from server.media.worker.session import Session
from site_agent.units import Duration, Monotonic, seconds

_OFTEN = 0.5
"""Seconds between two attempts while somebody should be there."""
_RARELY = 10.0
_TOLD = seconds(20)
"""How long somebody who was let in may take until the stream is there: MediaMTX reads two seconds of it first."""
_ENDED = seconds(3)
"""A stream that ended may come back at once: the RTMP server dropped its reader, not its publisher."""


class Publishable(Protocol):
    """What this needs of a source."""

    def connected(self, peer: str) -> Session: ...

    def disconnected(self, session: Session, words: str = "") -> None: ...

    def waits(self, state: PublishState, words: str) -> None: ...


class RtmpTaker:
    """Of one source and one key."""

    def __init__(self, url: str, source: Publishable, peer: str = "") -> None:
        """Raises ValueError, with words, for a URL that cannot be pulled from. `peer`: who was let in already."""
        self._puller = Puller(url, self)
        self._source = source
        self._peer = peer
        self._told = asyncio.Event()
        if peer:
            self._told.set()
        self._session: Session | None = None
        self._state: PublishState = "idle"

    def published(self, peer: str) -> None:
        """Somebody was let in."""
        self._peer = peer
        self._told.set()

    async def run(self) -> None:
        """Never returns; cancelled: the child is killed."""
        self._tell("waiting", "")
        hoping = Monotonic(0)
        while True:
            if self._told.is_set():
                self._told.clear()
                hoping = Monotonic(monotonic() + _TOLD)
                self._tell("connecting", f"{self._peer} đang phát tới máy chủ RTMP, đang lấy tín hiệu về")
            why = await self._puller.once()
            if self._session is not None:
                self._end()
                hoping = Monotonic(monotonic() + _ENDED)
            elif why in UNREACHABLE:
                self._tell("failed", f"Máy chủ RTMP {self._puller.where}: {why}")
            elif monotonic() >= hoping and not self._told.is_set():
                self._tell("waiting", "")
            await self._pause(_OFTEN if monotonic() < hoping else _RARELY)

    async def _pause(self, most: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(most):  # wait_for of Python 3.11 can swallow a cancellation
                await self._told.wait()

    def _end(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._state = "waiting"
            self._source.disconnected(session)

    def _tell(self, state: PublishState, words: str) -> None:
        """Whoever waits keeps the words that say since when."""
        if state != "waiting" or self._state != "waiting":
            self._source.waits(state, words)
        self._state = state

    # A PullEvents

    def pull_connecting(self, where: str) -> None:
        """Each attempt is told by `run`."""

    def pull_connected(self, where: str) -> None:
        """The first bytes have come."""
        self._state = "receiving"
        self._session = self._source.connected(self._peer or where)

    def pull_data(self, data: bytes, arrived: Monotonic) -> None:
        """What came."""
        assert self._session is not None
        self._session.push(data, arrived)

    def pull_failed(self, where: str, why: str, again_in: Duration) -> None:
        """Each end is told by `run`."""
