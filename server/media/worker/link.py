"""The worker's line to its server: dials, follows plans, tells the status every second; dials again when the line breaks.

The programme never waits for it: without a server the worker goes on with the last plan.
"""

import asyncio
import os
import random
from collections.abc import Awaitable
from contextlib import suppress
from typing import Protocol

import aiohttp
import msgspec
import structlog

from server.media.messages import (
    PROTOCOL,
    ClipMade,
    CloseWorker,
    CutClip,
    FromWorker,
    Hello,
    MediaPlan,
    Publishing,
    PublishRefused,
    RelayTested,
    Status,
    TestRelay,
    Thumbnail,
    ToWorker,
    Welcome,
    WorkerConfig,
    to_worker,
)
from server.media.worker.clock import Clock

log = structlog.get_logger("link")

VERSION = "1"
_STATUS_SECONDS = 1.0
_HEARTBEAT_SECONDS = 10.0
_SOON_SECONDS = 0.1
"""A plan is followed: what it opened is open by then, and told."""
_AGAIN_SECONDS = 5.0
"""Between two tries to follow a plan."""
_PAUSES = (0.3, 0.6, 1.2, 2.5, 5.0)
_CONNECT_WITHIN = aiohttp.ClientWSTimeout(ws_close=2.0)
_LARGEST_MESSAGE = 8 * 1024 * 1024


class Served(Protocol):
    """What of a worker the server sees."""

    clock: Clock

    @property
    def http_port(self) -> int: ...
    async def apply(self, plan: MediaPlan) -> None: ...
    def status(self) -> Status | None: ...
    def thumbnails(self) -> list[Thumbnail]: ...
    async def test_relay(self, asked: TestRelay) -> RelayTested: ...
    async def cut(self, asked: CutClip) -> ClipMade: ...
    def published(self, told: Publishing) -> None: ...
    def refused(self, told: PublishRefused) -> None: ...


class Link:
    """Joins one worker to one server until it is told to end."""

    def __init__(self, config: WorkerConfig, worker: Served) -> None:
        self._config = config
        self._worker = worker
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._jobs: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        self._plans: asyncio.Queue[MediaPlan] = asyncio.Queue()
        self._shown: dict[str, bytes] = {}
        self._told_port = 0
        self._news = asyncio.Event()
        self.last_linked = asyncio.get_running_loop().time()
        """Loop time when the line was last up."""

    @property
    def linked(self) -> bool:
        """Whether the line is up."""
        return self._socket is not None

    async def run(self) -> None:
        """Until the server says `close`; cancelled, it leaves no task."""
        others = [
            asyncio.ensure_future(self._dial()),
            asyncio.ensure_future(self._report()),
            asyncio.ensure_future(self._follow()),
        ]
        try:
            await self._ended.wait()
        finally:
            for task in (*others, *self._jobs):
                task.cancel()
            await asyncio.gather(*others, *self._jobs, return_exceptions=True)

    async def _dial(self) -> None:
        failures = 0
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._config.token}"}) as session:
            while True:
                try:
                    await self._talk(session)
                    failures = 0
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    failures += 1
                    if failures == 1:
                        log.warning("no line to the server", error=str(error))
                except Exception:  # a worker that stopped dialling would be deaf until it is killed
                    failures += 1
                    log.exception("line to the server failed")
                self._socket = None
                pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
                await asyncio.sleep(pause * random.uniform(0.6, 1.4))

    async def _talk(self, session: aiohttp.ClientSession) -> None:
        """One connection from its upgrade to its end."""
        async with session.ws_connect(
            self._config.server_url,
            protocols=(PROTOCOL,),
            heartbeat=_HEARTBEAT_SECONDS,
            max_msg_size=_LARGEST_MESSAGE,
            timeout=_CONNECT_WITHIN,
        ) as socket:
            self._socket = socket
            self._shown.clear()
            log.info("line to the server is up")
            await self._greet()
            async for message in socket:
                self.last_linked = asyncio.get_running_loop().time()
                if message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                    self._take(message.data)
        log.info("line to the server ended", code=socket.close_code)

    def _take(self, data: str | bytes) -> None:
        try:
            message = to_worker.decode(data)
        except (msgspec.MsgspecError, UnicodeError) as error:
            log.warning("a message of the server cannot be read", reason=str(error)[:200])
            return
        try:
            self._obey(message)
        except Exception:
            log.exception("a message of the server was not followed", kind=type(message).__name__)

    def _obey(self, message: ToWorker) -> None:
        match message:
            case Welcome():
                self._worker.clock.follow(message)
            case MediaPlan():
                self._plans.put_nowait(message)
            case TestRelay():
                self._start(self._answer(self._worker.test_relay(message)))
            case CutClip():
                self._start(self._answer(self._worker.cut(message)))
            case Publishing():
                self._worker.published(message)
            case PublishRefused():
                self._worker.refused(message)
            case CloseWorker():
                self._ended.set()

    def _start(self, job: Awaitable[None]) -> None:
        task = asyncio.ensure_future(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _answer(self, work: Awaitable[FromWorker]) -> None:
        try:
            answer = await work
        except Exception:
            log.exception("not answered")
            return
        await self._send(answer)

    async def _follow(self) -> None:
        """Plans one after the other; of several that wait only the newest."""
        while True:
            plan = await self._plans.get()
            while not self._plans.empty():
                plan = self._plans.get_nowait()
            while not await self._followed(plan):
                # A full disk, say: tried again, unless another plan comes meanwhile.
                with suppress(TimeoutError):
                    async with asyncio.timeout(_AGAIN_SECONDS):
                        plan = await self._plans.get()

    async def _followed(self, plan: MediaPlan) -> bool:
        try:
            await self._worker.apply(plan)
        except Exception:
            log.exception("plan not followed", revision=plan.revision)
            return False
        self._news.set()
        return True

    async def _report(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_STATUS_SECONDS):
                    await self._news.wait()
                    await asyncio.sleep(_SOON_SECONDS)
            self._news.clear()
            if self._socket is None:
                continue
            self.last_linked = asyncio.get_running_loop().time()
            try:
                await self._tell()
            except Exception:  # one report less: the server would take a worker without any for hung
                log.exception("nothing reported")

    async def _greet(self) -> None:
        self._told_port = self._worker.http_port
        await self._send(Hello(VERSION, os.getpid(), self._told_port))

    async def _tell(self) -> None:
        if self._told_port != self._worker.http_port:
            await self._greet()
        if (status := self._worker.status()) is not None:
            await self._send(status)
        for thumbnail in self._worker.thumbnails():
            if self._shown.get(thumbnail.of) != thumbnail.jpeg:
                self._shown[thumbnail.of] = thumbnail.jpeg
                await self._send(thumbnail)

    async def _send(self, message: FromWorker) -> None:
        """To the server, if it is there: what it misses now it learns from the next status."""
        socket = self._socket
        if socket is None or socket.closed:
            return
        try:
            await socket.send_str(msgspec.json.encode(message).decode())
        except (aiohttp.ClientError, OSError):
            log.debug("not sent", kind=type(message).__name__)
