"""A real media worker in a process of its own, with a server that only tells it a plan and listens to what it reports."""

import asyncio
import contextlib
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web

from ops.bench.processes import children
from server.media.messages import PROTOCOL, Hello, MediaPlan, Status, ToWorker, Welcome, WorkerConfig, from_worker
from server.media.worker.clock import monotonic
from site_agent.units import ClockId, Instant

ROOT = Path(__file__).parents[2]
KEY = "khoa-do-luong-0123456789"
"""Of both sources."""


class BenchWorker:
    """The process, and its newest words. Its instants are those of this machine's wall clock."""

    def __init__(self, process: Process, began: float) -> None:
        self.process = process
        self.began = began
        """`time.monotonic` just before its exec."""
        self.hello: Hello | None = None
        self.status: Status | None = None
        self._socket: web.WebSocketResponse | None = None

    def url(self, name: str) -> str:
        """Of a playlist or segment. Raises AttributeError before its first word."""
        assert self.hello is not None
        return f"http://127.0.0.1:{self.hello.http_port}/live/{name}"

    def srt(self, name: str) -> str:
        """Where a source publishes, key included."""
        assert self.status is not None
        port = next(source.port for source in self.status.sources if source.name == name)
        return f"srt://127.0.0.1:{port}?passphrase={KEY}&pbkeylen=16&pkt_size=1316&latency=400000"

    @property
    def on_air(self) -> str | None:
        """Name of the source on air."""
        return self.status.output.source if self.status else None

    async def tell(self, message: ToWorker) -> None:
        """Send it something."""
        assert self._socket is not None
        await self._socket.send_str(msgspec.json.encode(message).decode())

    async def until(self, holds: Callable[[Status], object], within: float = 60.0) -> Status:
        """Wait for a report that says so. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while self.status is None or not holds(self.status):  # noqa: ASYNC110 -- it reports once a second
                await asyncio.sleep(0.02)
        return self.status

    def parts(self) -> dict[str, list[int]]:
        """Pids by what they do: `worker`, `checks`, `relays`, `360p`, `others`."""
        found: dict[str, list[int]] = {"worker": [self.process.pid], "checks": [], "relays": [], "360p": [], "others": []}
        for child in children(self.process.pid):
            command = Path(f"/proc/{child}/cmdline").read_bytes()
            signs = {"relays": b"relays/child.py", "checks": b"checks.child", "360p": b"force_key_frames"}
            found[next((kind for kind, sign in signs.items() if sign in command), "others")].append(child)
        return found

    async def _serve(self, request: web.Request, plan: MediaPlan) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=(PROTOCOL,), max_msg_size=1 << 20)
        await socket.prepare(request)
        self._socket = socket
        await self.tell(Welcome(ClockId("bench"), Instant(time.time_ns() // 1_000), monotonic()))
        await self.tell(plan)
        async for message in socket:
            told = from_worker.decode(message.data)
            self.hello = told if isinstance(told, Hello) else self.hello
            self.status = told if isinstance(told, Status) else self.status
        return socket


@contextlib.asynccontextmanager
async def worker(data: Path, plan: MediaPlan) -> AsyncIterator[BenchWorker]:
    """One worker that follows the plan while the block runs; its log is DATA/worker.log."""
    running: list[BenchWorker] = []
    dialled = asyncio.Event()

    async def dial(request: web.Request) -> web.WebSocketResponse:
        await dialled.wait()
        return await running[0]._serve(request, plan)  # noqa: SLF001 -- the same thing in two halves

    application = web.Application()
    application.router.add_get("/ws/media", dial)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    config = WorkerConfig(f"ws://127.0.0.1:{port}/ws/media", "token", str(data))
    data.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 -- once, before anything runs
    with (data / "worker.log").open("wb") as log:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.media.worker", stdin=PIPE, stderr=log, cwd=ROOT, start_new_session=True
        )
    running.append(BenchWorker(process, began))
    dialled.set()
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(config) + b"\n")
    try:
        yield running[0]
    finally:
        await _end(process)
        await runner.cleanup()


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 15)
    except TimeoutError:
        process.kill()
        await process.wait()


async def text(http: aiohttp.ClientSession, url: str) -> str:
    """A playlist; empty while there is none."""
    try:
        async with http.get(url) as answer:
            return await answer.text() if answer.status == 200 else ""
    except aiohttp.ClientConnectionError:
        return ""
