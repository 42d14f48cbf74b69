"""The ceremony of Nghệ An as its users start it: `diemcau demo --fast` with all 432 simulated sites, rehearsals with
their button pressed, a minute's rest, a stop and a start.

The processes: the server; the simulation it starts, with a worker a core among which the sites are dealt, each site with its own
key, clock and place on the disk; and this one, where the callers, the pressers and 20 feed pages are. Orders and firings are
measured by the simulation against the true clock.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ops.bench.processes import children, cpu_seconds, cpu_share, metrics_open, resident_mb, total, until
from ops.bench.table import Row
from site_agent.launch.signed import SigningKey, decode_bytes
from tests.support.people import Company
from tests.support.running import RunningDemo, free_port, start_demo

SITES = 432
REHEARSALS = 3
REST_SECONDS = 60.0
MORNING_SECONDS = 45.0
"""After this the fast morning is over: all have reported, the group that dropped is back."""
BEFORE_PRESS_SECONDS = 3.0
"""Nobody presses in the second in which the attempt is armed and every site measures its clock."""
AFTER_PRESS_SECONDS = 6.0
"""The lead, and a second."""
LAG = "diemcau_event_loop_lag_worst_seconds"
SESSIONS = "diemcau_site_sessions"

FEEDS = {
    "tech": ("sites", "ceremony"),
    "desk": ("sites", "ceremony"),
    "caller": ("ceremony",),
    "mc": ("ceremony",),
    "presser": ("ceremony",),
    "host": ("ceremony", "site:{site}", "public"),
    "viewer": ("public",),
}
"""What each role's page subscribes to (web/static/js/pages)."""
PAGES = ("tech",) * 4 + ("desk",) * 3 + ("caller",) * 2 + ("mc",) + ("presser",) * 3 + ("host",) * 5 + ("viewer",) * 2


async def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory, metrics_open():
        house = _House(Path(directory) / "data", free_port())
        async with aiohttp.ClientSession() as http:
            async with house.running():
                rows = [*await _connect(house, http), *await _launches(house, http), *await _rest(house, http)]
            async with house.running():
                return [*rows, *await _restart(house, http)]


class _House:
    """The demo, started twice in the same place."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.port = port
        self.began = 0.0
        self.demo: RunningDemo

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.began = time.monotonic()
        self.demo = await start_demo(self.data, port=self.port)
        self.took = time.monotonic() - self.began
        try:
            yield
        finally:
            await self.demo.stop()

    @property
    def pid(self) -> int:
        return self.demo.process.pid

    @property
    def simulation(self) -> list[int]:
        """Its first process and the workers."""
        [pid] = children(self.pid)
        return [pid, *children(pid)]

    async def launched(self, number: int) -> list[dict[str, Any]]:
        """What the simulation saw of so many attempts; it writes once a second."""
        summary = self.data / "simulation" / "summary.json"
        for _ in range(100):
            launches: list[dict[str, Any]] = json.loads(summary.read_text())["launches"] if summary.exists() else []
            if len(launches) == number and launches[-1]["fired"] == SITES:
                return launches
            await asyncio.sleep(0.2)
        raise TimeoutError(f"attempt {number}: not all sites fired: {launches[-1:]}")

    def since_start(self) -> float:
        return time.monotonic() - self.began


async def _connect(house: _House, http: aiohttp.ClientSession) -> list[Row]:
    """432 sites that come within ten seconds, enrol, say hello and begin to report."""
    metrics = await until(lambda text: total(text, SESSIONS) >= SITES, http, house.demo.url, 60)
    return [
        Row("first start: links printed", house.took, "s"),
        Row(f"{SITES} sites coming within 10 s: worst event-loop lag", total(metrics, LAG) * 1e3, "ms"),
        Row("… server CPU until all were there", cpu_seconds(house.pid), "s"),
    ]


async def _launches(house: _House, http: aiohttp.ClientSession) -> list[Row]:
    """Rehearsals one after another, once the morning is over: the middle one of each number counts, the worst is told."""
    await asyncio.sleep(max(0.0, MORNING_SECONDS - house.since_start()))
    await until(lambda text: total(text, SESSIONS) >= SITES, http, house.demo.url, 30)
    company = Company(http, house.demo.ready)
    await company.enrol()
    receipts: list[int] = []
    launches: list[dict[str, Any]] = []
    for number in range(1, REHEARSALS + 1):
        await company.arm(live=False)
        await asyncio.sleep(BEFORE_PRESS_SECONDS)
        await company.pressers[0].press()
        # Who asks how it goes takes the cores from those who are measured: there are two, and three processes.
        await asyncio.sleep(AFTER_PRESS_SECONDS)
        row = await company.caller.until_cue("verified", within=60)
        receipts.append(row["receipts"])
        launches = await house.launched(number)

    def values(what: str, share: str) -> list[float]:
        return [launch[what][share] for launch in launches]

    loaded, spread = values("order_loaded_ms", "max"), values("firing_spread_ms", "p99")
    return [
        _middle("order read from the last site's socket", values("order_read_ms", "max"), "ms"),
        _middle("… what the slowest of the emulated lines added", values("order_line_ms", "max"), "ms"),
        _middle("order verified and durable at the sites, p50", values("order_loaded_ms", "p50"), "ms"),
        _middle("… p99", values("order_loaded_ms", "p99"), "ms"),
        _middle("… the last of those without an emulated line", values("order_loaded_good_lines_ms", "max"), "ms"),
        Row("  of which checking signatures: bare Ed25519, three a site, on one core", bare_checks() * 1e3, "ms"),
        _middle(f"… the last of {min(launch['loaded'] for launch in launches)}", loaded, "ms", bar=500),
        _middle("firing spread by true time, p99", spread, "ms", bar=20),
        _middle("firing error by true time, p99", values("firing_error_ms", "p99"), "ms"),
        Row("receipts of an attempt", min(receipts), "", bar=f"= {SITES}", met=min(receipts) == SITES),
    ]


def bare_checks() -> float:
    """Seconds one core needs for the signature checks of all sites, and nothing else: they share this machine's cores."""
    key = SigningKey.from_seed(bytes(32))
    body = bytes(1_300)
    signature = key.sign_bytes(body)
    public = Ed25519PublicKey.from_public_bytes(decode_bytes(key.public))
    began = time.perf_counter()
    for _ in range(3 * SITES):
        public.verify(signature, body)
    return time.perf_counter() - began


async def _rest(house: _House, http: aiohttp.ClientSession) -> list[Row]:
    """A minute with nothing to do but heartbeats, clocks and signs of life."""
    async with asyncio.TaskGroup() as tasks:
        pages = [tasks.create_task(_page(http, house.demo, *page)) for page in enumerate(PAGES)]
        metrics = await until(lambda text: total(text, "diemcau_feed_sockets") >= len(PAGES), http, house.demo.url, 30)
        await asyncio.sleep(5)
        server, *simulation = await cpu_share([house.pid, *house.simulation], REST_SECONDS)
        memory = resident_mb(house.pid)
        for page in pages:
            page.cancel()
    sockets = f"{total(metrics, SESSIONS):.0f} sites, {len(PAGES)} pages"
    return [
        Row(f"server at rest, {sockets}: CPU over {REST_SECONDS:.0f} s", server, "%", bar="< 15", met=server < 15),
        Row("… resident", memory, "MB"),
        Row(f"simulation at rest: CPU of {SITES} agents", sum(simulation), "%"),
    ]


async def _restart(house: _House, http: aiohttp.ClientSession) -> list[Row]:
    """The sites that were connected come back to a server that was stopped and started."""
    metrics = await until(lambda text: total(text, SESSIONS) >= SITES, http, house.demo.url, 60)
    back = house.since_start() - house.took
    return [
        Row("second start: links printed", house.took, "s", bar="< 5", met=house.took < 5),
        Row(f"… all {SITES} sites back after that", back, "s", bar="≤ 10", met=back <= 10),
        Row("… worst event-loop lag", total(metrics, LAG) * 1e3, "ms"),
    ]


async def _page(http: aiohttp.ClientSession, demo: RunningDemo, number: int, role: str) -> None:
    """One open page: subscribes to what the role's page does, and reads for ever."""
    links = demo.ready["links"][role]
    link = links[number % len(links)]
    headers = {"Authorization": f"Bearer {link['token']}"}
    async with http.ws_connect(f"{demo.url}/ws/feed", protocols=("diemcau.feed.v1",), headers=headers, max_msg_size=0) as socket:
        for feed in FEEDS[role]:
            await socket.send_json({"subscribe": feed.format(site=link.get("site", ""))})
        async for message in socket:
            if '"problem"' in message.data[:300]:
                raise RuntimeError(f"{role}: {message.data[:300]}")


def _middle(name: str, values: Sequence[float], unit: str, bar: float | None = None) -> Row:
    """The median of the rehearsals; the bar must hold in the worst."""
    words, met = ("", None) if bar is None else (f"≤ {bar:g} in each", max(values) <= bar)
    return Row(name, statistics.median(values), unit, bar=words, peer=f"worst of {len(values)}: {max(values):.3g}", met=met)
