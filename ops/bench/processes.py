"""What the system says of a process, and what our server says of itself at /metrics."""

import asyncio
import contextlib
import os
import platform
import re
import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp

TOKEN_VARIABLE = "DIEMCAU_METRICS_TOKEN"
TOKEN = "chi-dung-khi-do-luong-0123456789"
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of all its threads so far; resolution 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident_mb(pid: int) -> float:
    """Resident memory now, shared pages included."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 1024**2


def children(pid: int) -> list[int]:
    """Processes it started that still run."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def cpu_share(pids: list[int], seconds: float) -> list[float]:
    """Per cent of one core each process took over the next `seconds`."""
    before = [cpu_seconds(pid) for pid in pids]
    began = time.monotonic()
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    return [(cpu_seconds(pid) - start) / took * 100 for pid, start in zip(pids, before, strict=True)]


async def until_ready(http: aiohttp.ClientSession, process: asyncio.subprocess.Process, data: Path) -> None:
    """Wait for `diemcau serve --data DATA`, whose log is DATA/serve.log, until it answers and its credential is there.

    Raises:
        RuntimeError: it ended, or is not ready after a minute; with the end of its log.

    """
    end = time.monotonic() + 60
    while True:
        try:
            async with http.get("/readyz") as answer:
                if answer.ok and (data / "credential.json").exists():
                    return
        except aiohttp.ClientConnectionError:
            pass
        if process.returncode is not None or time.monotonic() > end:
            raise RuntimeError(f"the server did not start:\n{(data / 'serve.log').read_text()[-2000:]}")
        await asyncio.sleep(0.05)


def machine(seconds: float = 2.0) -> str:
    """The machine in words, how busy others keep it and how fast it is just now: rented machines change their pace by half."""
    before = _core_seconds()
    time.sleep(seconds)
    busy, whole = (after - start for after, start in zip(_core_seconds(), before, strict=True))
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = os.sysconf("SC_PHYS_PAGES") * resource.getpagesize() / 1024**3
    name = cpu.group(1) if cpu else platform.machine()
    facts = f"{os.cpu_count()} × {name}, {memory:.0f} GB, Python {platform.python_version()}"
    return f"{facts}; {busy / whole:.0%} busy before we began; a core adds {_pace():.1f} million squares a second"


def _pace() -> float:
    """Millions of turns a second of the plainest loop."""
    began = time.process_time()
    added = 0
    for number in range(3_000_000):
        added += number * number
    return 3 / (time.process_time() - began)


def _core_seconds() -> tuple[float, float]:
    """(busy, all) ticks of all cores since the machine started."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(fields) - fields[3] - fields[4], sum(fields)


@contextlib.contextmanager
def metrics_open() -> Iterator[None]:
    """Servers started inside open /metrics to `read_metrics`."""
    os.environ[TOKEN_VARIABLE] = TOKEN
    try:
        yield
    finally:
        del os.environ[TOKEN_VARIABLE]


async def read_metrics(http: aiohttp.ClientSession, url: str) -> str:
    """The server's metrics as text."""
    async with http.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
        answer.raise_for_status()
        return await answer.text()


def total(metrics: str, name: str) -> float:
    """Sum of a metric over its labels."""
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", metrics, re.MULTILINE))


async def until(holds: Callable[[str], bool], http: aiohttp.ClientSession, url: str, within: float) -> str:
    """Ask for the metrics five times a second until they hold; returns them."""
    end = time.monotonic() + within
    while True:
        metrics = await read_metrics(http, url)
        if holds(metrics):
            return metrics
        if time.monotonic() > end:
            raise TimeoutError(f"not within {within} s; sessions {total(metrics, 'diemcau_site_sessions'):.0f}")
        await asyncio.sleep(0.2)
