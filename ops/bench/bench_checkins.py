"""Check-ins through the API, each durable before it is acknowledged: how many a second with 64 at once, against a bare aiohttp
handler with the same decoding and the same group commit; and how long they wait at 500 a second.

Each server runs in its own process, the client in this one. Ours is `diemcau serve` with 10,500 sites; every site checks in with
a link of its own, once, and every fourth names another contact, who gets a key. After a round that does not count the two servers
take turns, and who begins takes turns too: the share is the median of the rounds' own shares, for a rented machine changes its
pace within minutes but seldom within a second.
"""

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from ops.bench.http_client import Pool
from ops.bench.morning import code, opening
from ops.bench.processes import cpu_seconds, until_ready
from ops.bench.table import Row, percentile
from server.beginning import Beginning, Launch, begin
from server.ceremony.roster import ImportRoster
from server.clock import wall
from server.credential import read_credential
from server.engine.ids import new_id
from tests.support.running import free_port

AT_ONCE = 64
ROUNDS = 10
IN_A_ROUND = 500
OFFERED = 500.0
OFFERED_FOR = 10
OFFERED_CONNECTIONS = 256
SITES = (1 + ROUNDS) * IN_A_ROUND + int(OFFERED) * OFFERED_FOR
ROOT = Path(__file__).parents[2]
_LINKS_AT_ONCE = 1_000


async def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        async with ours(place / "data") as (server, port, tokens), peer(place / "bare.sqlite3") as (bare, peer_port):
            asks = check_ins(tokens)
            mine, theirs = [], []
            warming = list(islice(asks, IN_A_ROUND))
            await flat_out(port, warming)
            await flat_out(peer_port, warming)
            before = cpu_seconds(server.pid), cpu_seconds(bare.pid)
            for number in range(ROUNDS):
                block = list(islice(asks, IN_A_ROUND))
                turns = ((port, mine), (peer_port, theirs))
                for turn, rates in turns if number % 2 else reversed(turns):
                    rates.append(await flat_out(turn, block))
            cpu = [cpu_seconds(process.pid) - start for process, start in zip((server, bare), before, strict=True)]
            rest = list(asks)
            peer_waits = await offered(peer_port, rest)
            waits = await offered(port, rest)
    rate, peer_rate = statistics.median(mine), statistics.median(theirs)
    shares = [own / other for own, other in zip(mine, theirs, strict=True)]
    share, p99 = statistics.median(shares), percentile(waits, 0.99) * 1e3
    each, peer_each = (seconds / (ROUNDS * IN_A_ROUND) * 1e6 for seconds in cpu)
    return [
        Row(f"check-ins through the API, {AT_ONCE} at once", rate, "/s", peer=f"bare aiohttp and SQLite {peer_rate:,.0f} /s"),
        Row("… as a share of the bare handler", share, "×", bar="≥ 0.3", peer=_spread(shares), met=share >= 0.3),
        Row("… server CPU a check-in", each, "µs", peer=f"bare {peer_each:,.0f} µs"),
        Row(f"check-ins at {OFFERED:.0f} /s, p50", percentile(waits, 0.5) * 1e3, "ms", peer=_wait(peer_waits, 0.5)),
        Row("… p99", p99, "ms", bar="≤ 25", peer=_wait(peer_waits, 0.99), met=p99 <= 25),
    ]


async def offered(port: int, requests: Sequence[bytes]) -> list[float]:
    """Seconds that each waited."""
    async with Pool(port, OFFERED_CONNECTIONS) as pool:
        waits, answers = await pool.as_they_come(requests, OFFERED)
    _all_accepted(answers)
    return waits


async def flat_out(port: int, requests: Sequence[bytes]) -> float:
    """Answers a second."""
    async with Pool(port, AT_ONCE) as pool:
        rate, answers = await pool.as_fast_as_answered(requests)
    _all_accepted(answers)
    return rate


def check_ins(tokens: Sequence[str]) -> Iterator[bytes]:
    """One request for each site."""
    for number, token in enumerate(tokens):
        command: dict[str, Any] = {"id": new_id(), "kind": "check_in", "site": code(number), "occurred_at": wall()}
        if number % 4 == 0:
            command["contact"] = {"name": f"Người trực {number}", "phone": f"03{number:08}"}
        body = msgspec.json.encode(command)
        head = (
            f"POST /api/v1/commands HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        yield head.encode() + body


@asynccontextmanager
async def ours(
    data: Path, sites: int = SITES, launch: Launch | None = None
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int, list[str]]]:
    """`diemcau serve` with a ceremony of its own; its process, its port, a link for each site."""
    roster = opening(sites)[1][0]
    assert isinstance(roster, ImportRoster)
    await begin(data, Beginning("Đo lường", "UBND tỉnh", wall(), roster.levels, roster.sites, launch=launch))
    port = free_port()
    command = [sys.executable, "-m", "server.cli", "serve", "--no-media", "--data", str(data), "--listen", f"127.0.0.1:{port}"]
    with (data / "serve.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, "--log-level", "warning", cwd=ROOT, stderr=log)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            await until_ready(http, process, data)
            yield process, port, await _links(http, read_credential(data).token, sites)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def peer(path: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """The bare server and its port."""
    command = [sys.executable, "-m", "ops.bench.checkins_server", str(path)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process, json.loads(await asyncio.wait_for(process.stdout.readline(), 30))["port"]
    finally:
        process.stdin.close()
        await process.wait()


async def _links(http: aiohttp.ClientSession, admin: str, sites: int) -> list[str]:
    tokens: list[str] = []
    for start in range(0, sites, _LINKS_AT_ONCE):
        body = {"role": "host", "sites": [code(number) for number in range(start, min(start + _LINKS_AT_ONCE, sites))]}
        async with http.post("/api/v1/links", json=body, headers={"Authorization": f"Bearer {admin}"}) as answer:
            answer.raise_for_status()
            tokens += [link["token"] for link in await answer.json()]
    return tokens


def _spread(shares: Sequence[float]) -> str:
    return f"{len(shares)} rounds: {min(shares):.2f} – {max(shares):.2f}"


def _wait(waits: Sequence[float], share: float) -> str:
    return f"bare {percentile(waits, share) * 1e3:.1f} ms"


def _all_accepted(answers: Sequence[bytes]) -> None:
    refused = [answer for answer in answers if b'"outcome":"accepted"' not in answer]
    if refused:
        raise RuntimeError(f"{len(refused)} of {len(answers)} refused: {refused[0]!r}")
