"""One device end to end: from the commit of an order to its answer that the order is verified and on its disk.

Once an installed `diemcau-agent`, by the server's own clock (its answer's way back included) and by the agent's log; once one
simulated site that has the simulation to itself, by the true clock. What hundreds on one machine add is `bench_launch`'s.
"""

import asyncio
import json
import re
import statistics
import tempfile
from pathlib import Path

import aiohttp

from ops.bench.bench_agent import agent
from ops.bench.processes import metrics_open, read_metrics, total, until
from ops.bench.table import Row
from tests.support.people import Company
from tests.support.running import RunningDemo, running_demo

REHEARSALS = 5
ANSWERED = "diemcau_cue_loaded_seconds"
SESSIONS = "diemcau_site_sessions"


async def run() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory, metrics_open():
        place = Path(directory)
        async with aiohttp.ClientSession() as http:
            return [*await _installed(place, http), *await _simulated(place, http)]


async def _installed(place: Path, http: aiohttp.ClientSession) -> list[Row]:
    async with running_demo(place / "one", "--sites", "0") as demo, agent(place, demo):
        answers = await _rehearse(http, demo)
    log = (place / "agent.log").read_text()
    own = [int(ms) for line in log.splitlines() if "cue.loaded" in line for ms in re.findall(r'"ms": (\d+)', line)]
    return [
        _row("one diemcau-agent alone: commit to its answer at the server", answers, bar=500),
        _row("… of which in the agent: verified and on the disk", own),
    ]


async def _simulated(place: Path, http: aiohttp.ClientSession) -> list[Row]:
    async with running_demo(place / "two", "--sites", "1") as demo:
        await until(lambda text: total(text, SESSIONS) >= 1, http, demo.url, 60)
        await _rehearse(http, demo)
        await asyncio.sleep(2)  # the summary is written once a second
        summary = json.loads((place / "two" / "simulation" / "summary.json").read_text())
    loaded = [launch["order_loaded_ms"]["max"] for launch in summary["launches"]]
    return [_row("one simulated site alone: commit to verified and on the disk", loaded)]


async def _rehearse(http: aiohttp.ClientSession, demo: RunningDemo) -> list[float]:
    """Press so often; milliseconds from each commit to the answer of the one device."""
    company = Company(http, demo.ready)
    await company.enrol()
    answers: list[float] = []
    before = 0.0
    for _ in range(REHEARSALS):
        await company.arm(live=False)
        await asyncio.sleep(2)
        await company.pressers[0].press()
        await asyncio.sleep(5)
        await company.caller.until_cue("verified", within=60)
        spent = total(await read_metrics(http, demo.url), f"{ANSWERED}_sum")
        answers.append((spent - before) * 1e3)
        before = spent
    return answers


def _row(name: str, values: list[float] | list[int], bar: float | None = None) -> Row:
    words, met = ("", None) if bar is None else (f"≤ {bar:g} in each", max(values) <= bar)
    return Row(name, statistics.median(values), "ms", bar=words, peer=f"worst of {len(values)}: {max(values):.3g}", met=met)
