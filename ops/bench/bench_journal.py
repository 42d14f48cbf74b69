"""How fast commands become durable, against SQLite alone doing the same; and how fast a long journal starts again."""

import asyncio
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from ops.bench.morning import head_counts, morning, opening
from ops.bench.table import Row, percentile
from server.beginning import Beginning, begin
from server.ceremony.roster import ImportRoster
from server.clock import CeremonyClock, wall
from server.engine.engine import Engine
from server.engine.ids import new_id
from server.journal.people import SqliteKeys
from server.journal.sqlite import SqliteJournal
from tests.support.running import free_port

AT_ONCE = 64
COMMANDS = 20_000
EVENTS = 200_000
STARTS = 5
ROOT = Path(__file__).parents[2]


async def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        return [*await durable(Path(directory)), *await restart(Path(directory))]


async def durable(directory: Path) -> list[Row]:
    """64 senders, each waiting for its answer, through the engine; then the same bytes into bare SQLite."""
    async with engine_in(directory / "engine") as (engine, journal):
        for command, principal in opening():
            await engine.submit(command, principal)
        asks = list(islice(head_counts(), COMMANDS))
        ours, waits = await rate(asks, lambda ask: engine.submit(*ask))
        bodies = [entry.body async for block in journal.read(2) for entry in block]
    bare = BareSqlite(directory / "bare.sqlite3")
    theirs, _ = await rate(bodies, bare.submit)
    await bare.close()
    return [
        Row("head-counts through the engine, 64 at once", ours, "/s", peer=f"bare SQLite {theirs:,.0f} /s"),
        Row("… as a share of the bare group commit", ours / theirs, "×"),
        Row("… wait for the answer, p99", percentile(waits, 0.99) * 1_000, "ms"),
    ]


async def restart(directory: Path) -> list[Row]:
    """`diemcau serve` from its exec to 200 at /readyz, on the files of a long morning: replaying all of it, as after an update of
    the program; then from the state that was kept when it stopped; then after it was killed.
    """
    place = directory / "long"
    entries = await long_morning(place)
    whole = await started(place, signal.SIGTERM)
    kept = [await started(place, signal.SIGTERM) for _ in range(STARTS)]
    await started(place, signal.SIGKILL)
    killed = await started(place, signal.SIGTERM)
    took = statistics.median(kept)
    return [
        Row(f"restart with {entries:,} entries of 5,000 sites, exec to ready", took, "s", bar="≤ 2", met=took <= 2),
        Row("… after it was killed", killed, "s", bar="≤ 2", met=killed <= 2),
        Row("… without a kept state: all replayed", whole, "s"),
    ]


async def long_morning(place: Path) -> int:
    """A data directory with `EVENTS` commands behind it; how many entries its journal has."""
    roster = opening()[1][0]
    assert isinstance(roster, ImportRoster)
    await begin(place, Beginning("Đo lường", "UBND tỉnh", wall(), roster.levels, roster.sites))
    async with engine_in(place) as (engine, _):
        asks = islice(morning(), EVENTS)
        while block := list(islice(asks, 250)):
            answers = await asyncio.gather(*(engine.submit(*ask) for ask in block))
            assert all(answer.outcome == "accepted" for answer in answers), answers
        return engine.head.seq


async def started(place: Path, end: signal.Signals) -> float:
    """Seconds from the exec of a server to its readiness; ended by the signal."""
    port = free_port()
    command = [sys.executable, "-m", "server.cli", "serve", "--no-media", "--data", str(place), "--listen", f"127.0.0.1:{port}"]
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(*command, "--log-level", "error", cwd=ROOT)
    try:
        while not await _is_ready(port):
            if process.returncode is not None:
                raise RuntimeError(f"the server ended with {process.returncode}")
            await asyncio.sleep(0.01)
        return time.perf_counter() - began
    finally:
        process.send_signal(end)
        await process.wait()


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.write(b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
    answer = await reader.read(64)
    writer.close()
    return b" 200 " in answer


@asynccontextmanager
async def engine_in(place: Path) -> AsyncIterator[tuple[Engine, SqliteJournal]]:
    """An engine at work on real files."""
    await asyncio.to_thread(place.mkdir, exist_ok=True)
    journal = await SqliteJournal.open(place / "journal.sqlite3")
    keys = await SqliteKeys.open(place / "people.sqlite3")
    engine = await Engine.opened(journal, keys, CeremonyClock.anchored_now())
    task = asyncio.create_task(engine.run())
    try:
        yield engine, journal
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await journal.close()
        await keys.close()


class BareSqlite:
    """The least one can write: a queue, a thread, one transaction for all that wait, the same pragmas and table."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE entries (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, body BLOB NOT NULL) STRICT")
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._wake = asyncio.Event()
        self._writer = ThreadPoolExecutor(1)
        self._task = asyncio.create_task(self._run())

    async def submit(self, body: bytes) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((body, done))
        self._wake.set()
        await done

    async def close(self) -> None:
        self._task.cancel()
        self._writer.shutdown()
        self._db.close()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            await asyncio.get_running_loop().run_in_executor(self._writer, self._write, [body for body, _ in batch])
            for _, done in batch:
                done.set_result(None)

    def _write(self, bodies: list[bytes]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        rows = [(bytes.fromhex(new_id().replace("-", "")), body) for body in bodies]
        self._db.executemany("INSERT INTO entries (id, body) VALUES (?, ?)", rows)
        self._db.execute("COMMIT")


async def rate(asks: Sequence[Any], ask: Callable[[Any], Awaitable[object]]) -> tuple[float, list[float]]:
    """Asks per second with AT_ONCE senders, and how long each waited, in seconds."""
    waits: list[float] = []
    queue = iter(asks)

    async def sender() -> None:
        for one in queue:
            before = time.perf_counter()
            await ask(one)
            waits.append(time.perf_counter() - before)

    began = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
    return len(asks) / (time.perf_counter() - began), waits
