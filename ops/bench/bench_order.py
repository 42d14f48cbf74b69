"""One launch order to 5,000 sessions: the server's CPU for each delivery, against Node's `ws` with the same bytes and client;
and what a session weighs, against a bare aiohttp server that holds as many idle WebSockets.

Each server runs in its own process. CPU is the server process's user and system time from the send until every client has
the whole frame. The two servers take turns, so that whatever else the machine does falls on both; the medians count.
"""

import asyncio
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from ops.bench.order_client import Devices
from ops.bench.order_objects import order
from ops.bench.table import Row
from server.clock import wall
from site_agent.link.codec import encode
from site_agent.link.messages import CueOrder
from site_agent.units import SECOND, Instant

SESSIONS = 5_000
ROUNDS = 21
ROOT = Path(__file__).parents[2]


async def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        payload = Path(directory) / "order.json"
        payload.write_bytes(encode(CueOrder(order=order(Instant(wall() + 60 * SECOND)))))
        async with AsyncExitStack() as stack:
            bare = await stack.enter_async_context(served([sys.executable, "-m", "ops.bench.order_server", "bare"], greet=False))
        async with AsyncExitStack() as stack:
            command = [sys.executable, "-m", "ops.bench.order_server", "sites", str(SESSIONS)]
            ours = await stack.enter_async_context(served(command, greet=True))
            node = None
            if has_ws():
                command = ["node", str(ROOT / "ops/bench/ws_peer.mjs"), str(payload)]
                node = await stack.enter_async_context(served(command, greet=False))
            for _ in range(ROUNDS):
                await ours.round()
                if node is not None:
                    await node.round()
    return [*_rows(ours, node), _weight(ours, bare)]


def _rows(ours: "Served", node: "Served | None") -> list[Row]:
    wall_ms, cpu_us = statistics.median(ours.walls) * 1e3, statistics.median(ours.cpu) * 1e6
    first = Row(f"order to {SESSIONS:,} sessions, from send to the last client", wall_ms, "ms")
    if node is None:
        return [first, Row("… server CPU a delivery", cpu_us, "µs", peer="Node ws not installed: npm ci in web/")]
    theirs = statistics.median(node.cpu) * 1e6
    peer = f"Node ws {theirs:.2f} µs, {statistics.median(node.walls) * 1e3:.0f} ms"
    ratio = cpu_us / theirs
    return [
        first,
        Row("… server CPU a delivery", cpu_us, "µs", peer=peer),
        Row("… as a share of Node ws", ratio, "×", bar="≤ 1.0", met=ratio <= 1.0),
    ]


def _weight(ours: "Served", bare: "Served") -> Row:
    above = (ours.weight - bare.weight) / 1024
    peer = f"bare {bare.weight / 1024:.1f} KB"
    return Row("resident a session, above a bare aiohttp server", above, "KB", bar="≤ 20", peer=peer, met=above <= 20)


def has_ws() -> bool:
    return shutil.which("node") is not None and (ROOT / "web/node_modules/ws").exists()


class Served:
    """One server process with its clients. `weight` is resident bytes a session; the lists have one value a round."""

    def __init__(self, ask: "Ask", devices: Devices, weight: float) -> None:
        self._ask = ask
        self._devices = devices
        self.weight = weight
        self.cpu: list[float] = []
        self.walls: list[float] = []

    async def round(self) -> None:
        """Send the order once; CPU seconds a delivery, and seconds until the last client has it."""
        start = await self._ask("usage")
        began = time.perf_counter()
        sent = await self._ask("order")
        assert sent["told"] == SESSIONS, sent
        await self._devices.received((len(self.walls) + 1) * SESSIONS)
        self.walls.append(time.perf_counter() - began)
        self.cpu.append(((await self._ask("usage"))["cpu"] - start["cpu"]) / SESSIONS)


@asynccontextmanager
async def served(command: list[str], *, greet: bool) -> AsyncIterator[Served]:
    """A server process with all clients connected."""
    async with server(command) as ask:
        before = await ask("settle")
        devices = Devices()
        await devices.connect(int(before["port"]), SESSIONS, greet=greet)
        held = await ask("settle")
        try:
            yield Served(ask, devices, (held["resident"] - before["resident"]) / SESSIONS)
        finally:
            devices.close()


@asynccontextmanager
async def server(command: list[str]) -> AsyncIterator["Ask"]:
    """A server process; ended with its stdin."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Ask(process, json.loads(await _line(process)))
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


class Ask:
    """Commands to the server process, and its answers."""

    def __init__(self, process: asyncio.subprocess.Process, opened: dict[str, float]) -> None:
        self._process = process
        self._opened = opened

    async def __call__(self, command: str) -> dict[str, float]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n".encode())
        answer: dict[str, float] = json.loads(await _line(self._process))
        return {**self._opened, **answer}


async def _line(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 180)
    if not line:
        raise RuntimeError("the server process ended")
    return line
