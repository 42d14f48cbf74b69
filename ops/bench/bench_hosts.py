"""A morning's two rushes over real site sockets: 5,000 hosts arrive, check in and report within 60 s; and 10,000 reports queued
offline are flushed at once, every third line cut right after and the whole outbox sent again.

The server is `diemcau serve` in its own process; all hosts are in this one, each with a key that was enrolled before the clock
starts. What was accepted is counted in the journal afterwards, and compared with what was acknowledged.
"""

import asyncio
import random
import resource
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import msgspec

from ops.bench.bench_checkins import ours
from ops.bench.host_client import Host
from ops.bench.http_client import Pool
from ops.bench.morning import code
from ops.bench.processes import cpu_seconds
from ops.bench.table import Row, percentile
from server.credential import read_credential

SITES = 5_000
WITHIN = 60.0
FLUSHING = 1_000
EACH = 10
CUT_EVERY = 3


async def run() -> list[Row]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory) / "data"
        async with ours(data, SITES) as (server, port, tokens):
            hosts = await enrolled(data, port, tokens)
            lives: list[asyncio.Task[None]] = []
            before = cpu_seconds(server.pid)
            waits, whole = await rush(hosts, lives)
            share = (cpu_seconds(server.pid) - before) / WITHIN * 100
            flushed = await flush(hosts[:FLUSHING])
            for life in lives:
                life.cancel()
            for host in hosts:
                host.cut()
        accepted = Counter(_ids(data / "journal.sqlite3"))
    refused = [reason for host in hosts for reason in host.refused]
    acknowledged = {item for host in hosts for item in host.accepted}
    once = sum(accepted[bytes.fromhex(item.replace("-", ""))] == 1 for item in acknowledged)
    rushed, queued = 2 * SITES, FLUSHING * EACH
    p99 = percentile(waits, 0.99) * 1e3
    return [
        Row(f"{SITES:,} hosts checking in within {WITHIN:.0f} s, saved → accepted, p50", percentile(waits, 0.5) * 1e3, "ms"),
        Row("… p99", p99, "ms", bar="≤ 500", met=p99 <= 500),
        Row("… with connecting and hello, p99", percentile(whole, 0.99) * 1e3, "ms"),
        Row("… server", share, "% of a core"),
        Row(f"{queued:,} queued reports flushed at once: all accepted after", flushed, "s"),
        Row(
            f"both: reports in the journal exactly once, {len(refused)} refused",
            once,
            f"of {rushed + queued:,}",
            bar=f"= {rushed + queued:,}",
            met=once == rushed + queued and not refused,
        ),
    ]


async def enrolled(data: Path, port: int, tokens: Sequence[str]) -> list[Host]:
    """A host for each site, its key known to the server."""
    admin = {"Authorization": f"Bearer {read_credential(data).token}"}
    async with aiohttp.ClientSession(headers=admin) as http, http.get(f"http://127.0.0.1:{port}/api/v1/ceremony") as answer:
        ceremony = (await answer.json())["info"]["ceremony_id"]
    hosts = [Host(port, ceremony, code(number), token) for number, token in enumerate(tokens)]
    async with Pool(port, 64) as pool:
        _, answers = await pool.as_fast_as_answered([_posted(host) for host in hosts])
    assert all(b'"outcome":"accepted"' in answer for answer in answers), answers[0]
    return hosts


async def rush(hosts: Sequence[Host], lives: list[asyncio.Task[None]]) -> tuple[list[float], list[float]]:
    """Hosts arrive by chance over the minute; seconds from the report to its acceptance, and from the arrival to it."""
    waits: list[float] = []
    whole: list[float] = []
    dice = random.Random(1)

    async def host_comes(host: Host, after: float) -> None:
        await asyncio.sleep(after)
        arrived = time.perf_counter()
        await host.connect()
        lives.append(asyncio.create_task(host.live()))
        host.put("check_in", contact={"name": f"Người trực {host.site}", "phone": "0300 000 000"})
        host.put("report_head_count", counts={"leaders": 2, "officials": 28})
        reported = time.perf_counter()
        host.send()
        await host.settled()
        waits.append(time.perf_counter() - reported)
        whole.append(time.perf_counter() - arrived)

    await asyncio.gather(*(host_comes(host, dice.uniform(0, WITHIN)) for host in hosts))
    return waits, whole


async def flush(hosts: Sequence[Host]) -> float:
    """All lines are cut, ten reports typed at each site, all lines come back; then every outbox goes in the same instant.
    Seconds until all is accepted.
    """
    for host in hosts:
        host.cut()
        for number in range(EACH):
            host.put("report_head_count", counts={"leaders": number % 5, "officials": 20 + number}, reason="đếm lại")
    await asyncio.gather(*(host.connect() for host in hosts))
    began = time.perf_counter()
    for host in hosts:
        host.send()

    async def cut_and_come_back(host: Host) -> None:
        await asyncio.sleep(random.uniform(0, 0.3))
        host.cut()
        await host.connect()
        if host.outbox:
            host.send()
        await host.settled()

    await asyncio.gather(
        *(host.settled() if place % CUT_EVERY else cut_and_come_back(host) for place, host in enumerate(hosts)),
    )
    return time.perf_counter() - began


def _posted(host: Host) -> bytes:
    body = msgspec.json.encode(host.enrolment())
    head = (
        f"POST /api/v1/commands HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {host.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _ids(journal: Path) -> list[bytes]:
    db = sqlite3.connect(journal)
    try:
        return [row[0] for row in db.execute("SELECT id FROM entries")]
    finally:
        db.close()
