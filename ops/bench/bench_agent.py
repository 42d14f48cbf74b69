"""One installed agent: what it weighs and costs at rest, connected to a real server; and how exactly it fires while the other
core is busy.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from ops.bench.processes import cpu_share, metrics_open, resident_mb, total, until
from ops.bench.table import Row, percentile
from tests.support.running import RunningDemo, running_demo

REST_SECONDS = 60.0
SHOTS = 150
ROOT = Path(__file__).parents[2]
_SPIN = "while True: pass"


async def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory, metrics_open():
        place = Path(directory)
        async with running_demo(place / "data", "--sites", "0") as demo, agent(place, demo) as process:
            await asyncio.sleep(5)
            [cpu] = await cpu_share([process.pid], REST_SECONDS)
            memory = resident_mb(process.pid)
        errors = await fire(place)
    p99 = percentile(errors, 0.99) / 1e3
    return [
        Row("agent connected and at rest: resident", memory, "MB", bar="≤ 45", met=memory <= 45),
        Row(f"… CPU of one core over {REST_SECONDS:.0f} s", cpu, "%", bar="≤ 0.5", met=cpu <= 0.5),
        Row(f"firing error of one agent, other core busy, p50 of {len(errors)}", percentile(errors, 0.5) / 1e3, "ms"),
        Row("… p99, output started included", p99, "ms", bar="≤ 2", met=p99 <= 2),
    ]


@asynccontextmanager
async def agent(place: Path, demo: RunningDemo) -> AsyncIterator[asyncio.subprocess.Process]:
    """`diemcau-agent` of the main hall, once the server has welcomed it."""
    token = demo.ready["links"]["host"][0]["token"]
    command = [sys.executable, "-m", "site_agent.app", "--server", demo.url, "--enrol", "-", "--data", str(place / "agent")]
    with (place / "agent.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=asyncio.subprocess.PIPE, stderr=log)
    assert process.stdin is not None
    process.stdin.write(f"{token}\n".encode())
    process.stdin.close()
    try:
        async with aiohttp.ClientSession() as http:
            await until(lambda text: total(text, "diemcau_site_sessions") >= 1, http, demo.url, 30)
        yield process
    finally:
        process.terminate()
        await process.wait()


async def fire(place: Path) -> list[float]:
    """Errors in µs of an agent's firing line in its own process, while another process keeps one core busy."""
    async with (
        _process(sys.executable, "-c", _SPIN),
        _process(sys.executable, "-m", "ops.bench.firing", str(place / "firing.sqlite3"), str(SHOTS)) as line,
    ):
        assert line.stdout is not None
        errors: list[float] = json.loads(await line.stdout.readline())
    return errors


@asynccontextmanager
async def _process(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process for the length of a block."""
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
