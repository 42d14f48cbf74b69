"""How long the papers of 5,000 sites take, and what a head-count costs with 50 sites and with 5,000."""

import time
from collections.abc import Callable, Iterable
from itertools import islice

from ops.bench.morning import SITES, head_counts, opening
from ops.bench.table import Row
from server.ceremony.attendance import CloseFigures
from server.ceremony.ceremony import Ceremony, decide, evolve
from server.ceremony.rules import Command, Context, Principal, Role
from server.engine.ids import new_id
from server.files.roster_export import roster_csv, roster_xlsx
from server.files.roster_file import read_roster
from server.reports.as_json import render_json
from server.reports.docx import render_docx
from server.reports.morning import build_morning
from server.reports.xlsx import render_xlsx
from site_agent.units import Instant

NOW = Instant(1_749_600_000_000_000)
FEW = 50
BAR = 2.0
"""Seconds for the morning report of 5,000 sites in all its forms."""


async def run() -> list[Row]:
    state = Ceremony()
    give(state, opening())
    per_command = timed(lambda: give(state, islice(head_counts(), SITES))) / SITES
    few = Ceremony()
    give(few, opening(FEW))
    per_command_of_few = timed(lambda: give(few, islice(head_counts(FEW), SITES))) / SITES
    closing = timed(lambda: give(state, [(CloseFigures(id=new_id(), closed_by="Trưởng phòng"), Principal(role=Role.DESK))]))
    report = build_morning(state)
    steps: dict[str, Callable[[], object]] = {
        "build": lambda: build_morning(state),
        "docx": lambda: render_docx(report),
        "xlsx": lambda: render_xlsx(report),
        "json": lambda: render_json(report),
    }
    times = {name: timed(step) for name, step in steps.items()}
    whole = sum(times.values())
    sites = tuple(state.roster.sites.values())
    csv, xlsx = roster_csv(sites), roster_xlsx(state.roster.levels, sites)
    return [
        Row(f"morning report, {SITES} sites, all forms", whole, "s", f"≤ {BAR:g}", met=whole <= BAR),
        *(Row(f"  {name}", value, "s") for name, value in times.items()),
        Row("head-count decided and evolved", per_command * 1e6, "µs", peer=f"{FEW} sites {per_command_of_few * 1e6:.2g} µs"),
        Row(f"figures of {SITES} sites frozen", closing * 1e3, "ms"),
        Row(f"roster of {SITES} sites read from CSV", timed(lambda: read_roster(csv)), "s"),
        Row(f"roster of {SITES} sites read from Excel", timed(lambda: read_roster(xlsx)), "s"),
    ]


def give(state: Ceremony, asks: Iterable[tuple[Command, Principal]]) -> None:
    """Decide and evolve as the engine does, without journal."""
    for command, principal in asks:
        for event in decide(state, command, Context(now=NOW, principal=principal)):
            evolve(state, event)


def timed(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before
