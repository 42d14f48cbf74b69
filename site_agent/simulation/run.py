"""Runs the simulation: learns the sites, gets their links, deals them to workers (one a core), and writes the summary.

A device lives in the file of its worker, so the number of workers of a folder is fixed when its first morning begins.
"""

import asyncio
import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from site_agent.api import Api
from site_agent.simulation.crew import Hand
from site_agent.simulation.morning import Drop, SiteInfo, pace_of, plan_drop
from site_agent.simulation.speech import News, Share
from site_agent.simulation.summary import Summary
from site_agent.units import CeremonyId, SiteCode

MOST_WORKERS = 16
WORKERS_FILE = "workers"
STORAGE_OF_ONE = "simulation.sqlite3"
"""The file of a folder with one worker, and of folders from before there were several."""
_PAGE = 1_000
_LINKS_AT_ONCE = 1_000


class OtherWorkers(Exception):
    """The folder was begun with another number of workers than asked for. Its words are for a person."""


class SimulationSettings(msgspec.Struct, frozen=True):
    """What to simulate. The admin token does not show in `repr`."""

    server: str
    """http(s)://HOST:PORT"""
    token: str
    """An admin's: makes the links."""
    data: Path
    """Folder of the simulation's storage; the same folder goes on where it left off."""
    sites: int | None = None
    """How many, in roster order without the main hall; None for all."""
    seed: int = 57
    fast: bool = False
    drop: bool = True
    """Whether one group loses its line together and comes back."""
    summary: Path | None = None
    """Where to write the JSON summary, once a second while something changes."""
    workers: int | None = None
    """Processes; None for as many as the folder was begun with, or as the machine has cores."""
    log_level: str = "info"
    log_json: bool | None = None

    def __repr__(self) -> str:
        return f"SimulationSettings(server={self.server!r}, sites={self.sites}, seed={self.seed}, fast={self.fast})"


class SimulationProgress(msgspec.Struct, frozen=True):
    """Where it stands: once a second."""

    sites: int
    connected: int
    reports_made: int
    reports_planned: int
    refused: int
    launches: int


class _Category(msgspec.Struct, frozen=True):
    id: str


class _Info(msgspec.Struct, frozen=True):
    ceremony_id: CeremonyId
    categories: tuple[_Category, ...] = ()


class _Ceremony(msgspec.Struct, frozen=True):
    info: _Info


class _SitesPage(msgspec.Struct, frozen=True):
    items: list[SiteInfo]
    next: str | None = None


class _Link(msgspec.Struct, frozen=True):
    token: str
    site: SiteCode | None = None


async def run_simulation(settings: SimulationSettings, on_progress: Callable[[SimulationProgress], None]) -> None:
    """Simulate until cancelled.

    Raises:
        ApiError: the server cannot be reached at the start, or refuses the token.
        WorkerFailed: a worker cannot go on; another simulation may use the folder.
        OtherWorkers: the folder belongs to another number of workers.

    """
    workers = _workers(settings.data, settings.workers)
    api = Api(settings.server, settings.token)
    info = (await api.get("/api/v1/ceremony", _Ceremony)).info
    sites = await _sites(api, settings.sites)
    tokens = await _tokens(api, [site.code for site in sites])
    shares = _shares(settings, api.server, info, [site for site in sites if site.code in tokens], tokens, workers)
    crew = _Crew(settings, shares, on_progress)
    try:
        async with asyncio.TaskGroup() as tasks:
            for hand in crew.hands:
                tasks.create_task(hand.run())
            tasks.create_task(crew.tell())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    finally:
        crew.finish()


class _Crew:
    """All workers, and what they told."""

    def __init__(
        self, settings: SimulationSettings, shares: Sequence[Share], on_progress: Callable[[SimulationProgress], None]
    ) -> None:
        self.hands = [Hand(number, len(shares), share, self._heard) for number, share in enumerate(shares, 1)]
        self._settings = settings
        self._sites = sum(len(share.sites) for share in shares)
        self._on_progress = on_progress
        self._summary = Summary()
        self._news: dict[int, News] = {}

    async def tell(self) -> None:
        """Progress, and the summary where it changed, once a second until cancelled."""
        while True:
            await asyncio.sleep(1)
            self._on_progress(self._progress())
            self.finish()

    def finish(self) -> None:
        """Write the summary if one is wanted and it changed."""
        if self._settings.summary is not None and self._summary.changed:
            self._summary.write(self._settings.summary, sites=self._sites, connected=self._progress().connected)

    def _heard(self, number: int, news: News) -> None:
        self._news[number] = news
        self._summary.heard(number, news)

    def _progress(self) -> SimulationProgress:
        news = self._news.values()
        return SimulationProgress(
            sites=self._sites,
            connected=sum(one.connected for one in news),
            reports_made=sum(one.reported for one in news),
            reports_planned=sum(one.planned for one in news),
            refused=sum(one.refused for one in news),
            launches=self._summary.launches,
        )


def _workers(data: Path, wanted: int | None) -> int:
    """How many workers the folder has; decided at its first start."""
    path = data / WORKERS_FILE
    if path.exists():
        kept = int(path.read_text())
    elif (data / STORAGE_OF_ONE).exists():
        kept = 1
    else:
        kept = wanted or min(os.cpu_count() or 1, MOST_WORKERS)
        data.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{kept}\n")
    if wanted is not None and wanted != kept:
        raise OtherWorkers(f"{data} đã bắt đầu với {kept} tiến trình, không chạy tiếp với {wanted} được: chọn --storage khác.")
    return kept


def _shares(
    settings: SimulationSettings,
    server: str,
    info: _Info,
    sites: Sequence[SiteInfo],
    tokens: dict[SiteCode, str],
    workers: int,
) -> list[Share]:
    """The sites dealt by their codes, so that each finds its device again; workers without any are not started."""
    pace = pace_of(len(sites), fast=settings.fast)
    drop = plan_drop(settings.seed, sites, pace) if settings.drop else None
    shares = []
    for worker in range(workers):
        own = tuple(site for site in sites if zlib.crc32(site.code.encode()) % workers == worker)
        storage = settings.data / (STORAGE_OF_ONE if workers == 1 else f"simulation-{worker + 1}.sqlite3")
        if own:
            shares.append(
                _share(settings, server, info, own, {site.code: tokens[site.code] for site in own}, storage, drop, pace)
            )
    return shares


def _share(
    settings: SimulationSettings,
    server: str,
    info: _Info,
    sites: tuple[SiteInfo, ...],
    tokens: dict[SiteCode, str],
    storage: Path,
    drop: Drop | None,
    pace: float,
) -> Share:
    return Share(
        server=server,
        ceremony=info.ceremony_id,
        storage=str(storage),
        sites=sites,
        tokens=tokens,
        categories=tuple(category.id for category in info.categories),
        seed=settings.seed,
        pace=pace,
        drop=drop,
        log_level=settings.log_level,
        log_json=settings.log_json,
    )


async def _sites(api: Api, count: int | None) -> list[SiteInfo]:
    """The sites in roster order without the main hall, which is nobody's to simulate."""
    sites: list[SiteInfo] = []
    cursor = ""
    while True:
        page = await api.get(f"/api/v1/sites?limit={_PAGE}{cursor}", _SitesPage)
        sites += [site for site in page.items if site.parent is not None]
        if page.next is None or (count is not None and len(sites) >= count):
            return sites[:count]
        cursor = f"&cursor={page.next}"


async def _tokens(api: Api, codes: Sequence[SiteCode]) -> dict[SiteCode, str]:
    tokens: dict[SiteCode, str] = {}
    for start in range(0, len(codes), _LINKS_AT_ONCE):
        body = {"role": "host", "sites": codes[start : start + _LINKS_AT_ONCE]}
        links = await api.post("/api/v1/links", body, list[_Link])
        tokens |= {link.site: link.token for link in links if link.site is not None}
    return tokens
