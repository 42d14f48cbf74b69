"""The worker's line to a small server in this process."""

import asyncio
from typing import Self

import msgspec
from aiohttp import web

from server.media.messages import (
    PROTOCOL,
    CloseWorker,
    FromWorker,
    Hello,
    MediaPlan,
    OutputStatus,
    Publishing,
    PublishRefused,
    RecordingStatus,
    Status,
    Thumbnail,
    ToWorker,
    Welcome,
    WorkerConfig,
    from_worker,
)
from server.media.worker.clock import Clock, monotonic
from server.media.worker.link import Link
from site_agent.units import ClockId, Instant


class SmallWorker:
    """What the link needs of a worker."""

    def __init__(self) -> None:
        self.clock = Clock(Instant(0), monotonic())
        self.http_port = 4321
        self.plans: list[MediaPlan] = []
        self.planned = asyncio.Event()
        self.told: list[Publishing | PublishRefused] = []

    async def apply(self, plan: MediaPlan) -> None:
        self.plans.append(plan)
        self.planned.set()

    def status(self) -> Status | None:
        if not self.plans:
            return None
        at = self.clock.now()
        return Status(at, self.plans[-1].revision, (), OutputStatus(None, at), (), RecordingStatus("off", at))

    def thumbnails(self) -> list[Thumbnail]:
        return [Thumbnail("slate", self.clock.now(), b"picture")]

    def published(self, told: Publishing) -> None:
        self.told.append(told)

    def refused(self, told: PublishRefused) -> None:
        self.told.append(told)


class SmallServer:
    """Accepts the worker, keeps what it says."""

    def __init__(self) -> None:
        self.said: asyncio.Queue[FromWorker] = asyncio.Queue()
        self.sockets: list[web.WebSocketResponse] = []
        self.authorised: list[str | None] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_get("/ws/media", self._socket)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"ws://127.0.0.1:{self._runner.addresses[0][1]}/ws/media"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=(PROTOCOL,))
        self.authorised.append(request.headers.get("Authorization"))
        await socket.prepare(request)
        self.sockets.append(socket)
        await self.tell(Welcome(ClockId("boot"), Instant(1_795_337_000_000_000), monotonic()))
        async for message in socket:
            self.said.put_nowait(from_worker.decode(message.data))
        return socket

    async def tell(self, message: ToWorker) -> None:
        await self.sockets[-1].send_bytes(msgspec.json.encode(message))

    async def next(self, kind: type[FromWorker]) -> FromWorker:
        async with asyncio.timeout(30):
            while True:
                if isinstance(said := await self.said.get(), kind):
                    return said


async def test_the_worker_says_hello_follows_the_clock_and_plans_and_reports_every_second() -> None:
    async with SmallServer() as server:
        worker = SmallWorker()
        link = asyncio.create_task(Link(WorkerConfig(server.url, "secret", "/nowhere"), worker).run())
        hello = await server.next(Hello)
        assert hello.http_port == 4321
        assert server.authorised == ["Bearer secret"]
        await server.tell(MediaPlan(7))
        status = await server.next(Status)
        assert status.revision == 7
        assert status.at > 1_795_336_000_000_000
        assert (await server.next(Status)).at > status.at
        worker.http_port = 4322  # the wanted port is free now
        assert (await server.next(Hello)).http_port == 4322
        await server.tell(CloseWorker())
        await asyncio.wait_for(link, 30)


async def test_a_thumbnail_is_sent_once_per_picture() -> None:
    async with SmallServer() as server:
        link = asyncio.create_task(Link(WorkerConfig(server.url, "secret", "/nowhere"), worker := SmallWorker()).run())
        await server.next(Hello)
        await server.tell(MediaPlan(1))
        assert (await server.next(Thumbnail)).jpeg == b"picture"
        seen = [await server.next(FromWorker) for _ in range(2)]  # type: ignore[arg-type]
        assert all(isinstance(item, Status) for item in seen)
        assert worker.plans
        link.cancel()
        await asyncio.gather(link, return_exceptions=True)


async def test_a_broken_line_is_dialled_again_and_the_worker_lives_on() -> None:
    async with SmallServer() as server:
        link = asyncio.create_task(Link(WorkerConfig(server.url, "secret", "/nowhere"), SmallWorker()).run())
        await server.next(Hello)
        await server.sockets[-1].close()
        await server.next(Hello)
        assert not link.done()
        link.cancel()
        await asyncio.gather(link, return_exceptions=True)


async def test_publishers_at_the_rtmp_server_are_told_to_the_worker() -> None:
    async with SmallServer() as server:
        worker = SmallWorker()
        link = asyncio.create_task(Link(WorkerConfig(server.url, "secret", "/nowhere"), worker).run())
        await server.next(Hello)
        told = [Publishing("primary", "203.0.113.5"), PublishRefused("backup", "203.0.113.9", "busy", "203.0.113.5")]
        for message in told:
            await server.tell(message)
        await server.tell(MediaPlan(1))
        await asyncio.wait_for(worker.planned.wait(), 30)
        assert worker.told == told
        link.cancel()
        await asyncio.gather(link, return_exceptions=True)


async def test_what_cannot_be_read_is_skipped() -> None:
    async with SmallServer() as server:
        worker = SmallWorker()
        link = asyncio.create_task(Link(WorkerConfig(server.url, "secret", "/nowhere"), worker).run())
        await server.next(Hello)
        await server.sockets[-1].send_str("{")
        await server.sockets[-1].send_str('{"type":"from_the_future"}')
        await server.tell(MediaPlan(3))
        await asyncio.wait_for(worker.planned.wait(), 30)
        assert [plan.revision for plan in worker.plans] == [3]
        link.cancel()
        await asyncio.gather(link, return_exceptions=True)


class Stumbling(SmallWorker):
    """Follows no plan at the first try, and has no status now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.tries = 0
        self.asked = 0

    async def apply(self, plan: MediaPlan) -> None:
        self.tries += 1
        if self.tries == 1:
            raise OSError(28, "No space left on device")
        await super().apply(plan)

    def status(self) -> Status | None:
        self.asked += 1
        if self.asked % 2:
            raise KeyError("unforeseen")
        return super().status()


async def test_a_plan_that_could_not_be_followed_is_tried_again_and_a_status_that_fails_ends_no_report(monkeypatch) -> None:
    monkeypatch.setattr("server.media.worker.link._AGAIN_SECONDS", 0.05)
    async with SmallServer() as server:
        worker = Stumbling()
        link = asyncio.create_task(Link(WorkerConfig(server.url, "secret", "/nowhere"), worker).run())
        await server.next(Hello)
        await server.tell(MediaPlan(5))
        assert (await server.next(Status)).revision == 5
        assert worker.tries == 2
        link.cancel()
        await asyncio.gather(link, return_exceptions=True)
