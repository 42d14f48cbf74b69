"""Runs the simulation: learns the sites, gets their links, lets them live, writes the summary."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import structlog

from site_agent.api import Api
from site_agent.firing_line import FiringLine, deliver
from site_agent.simulation.morning import FAST, Drop, SiteInfo, plan_drop, plan_morning
from site_agent.simulation.site import House, SimulatedSite
from site_agent.simulation.summary import Summary, TrueClock
from site_agent.storage import DeviceStore, Storage
from site_agent.time_client import TimeClients
from site_agent.units import SiteCode, seconds

STORAGE_FILE = "simulation.sqlite3"
_PAGE = 1_000
_LINKS_AT_ONCE = 1_000
_RETURN_WITHIN_S = 3.0
"""Sites that were connected when the simulation stopped are back within this, and a second for the connecting."""

log = structlog.get_logger(__name__)


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
    ceremony_id: str
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
        StorageInUse: another simulation uses the folder.

    """
    api = Api(settings.server, settings.token)
    info = (await api.get("/api/v1/ceremony", _Ceremony)).info
    infos = await _sites(api, settings.sites)
    tokens = await _tokens(api, [site.code for site in infos])
    storage = Storage(settings.data / STORAGE_FILE)
    loop = asyncio.get_running_loop()
    line = FiringLine(lambda shots: loop.call_soon_threadsafe(deliver, shots))
    line.start()
    times, clock = TimeClients(), TrueClock()
    house = House(api.server, line, times, Summary(clock), clock)
    pace = FAST if settings.fast else 1.0
    categories = [category.id for category in info.categories]
    sites = [
        SimulatedSite(
            site,
            tokens[site.code],
            plan_morning(settings.seed, site, categories, pace),
            DeviceStore(storage, f"{info.ceremony_id}:{site.code}"),
            house,
        )
        for site in infos
        if site.code in tokens
    ]
    drop = plan_drop(settings.seed, infos, pace) if settings.drop else None
    try:
        elapsed = await _elapsed(DeviceStore(storage, f"{info.ceremony_id}:simulation"))
        async with asyncio.TaskGroup() as tasks:
            for site in sites:
                tasks.create_task(site.run(elapsed, seconds(_RETURN_WITHIN_S), max(3.0, 60.0 * pace)))
            tasks.create_task(_tell(settings, sites, house.summary, on_progress))
            if drop is not None and elapsed < drop.at_s:
                tasks.create_task(_drop(drop, [s for s in sites if s.info.group == drop.group], drop.at_s - elapsed))
    finally:
        line.stop()
        times.close()
        if settings.summary is not None:
            house.summary.write(settings.summary, sites=len(sites))
        storage.close()


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


async def _elapsed(store: DeviceStore) -> float:
    """Seconds since this simulation's morning began; begins it at the first start."""
    kept = await store.kept("began")
    if kept is None:
        store.keep("began", str(time.time()).encode())
        return 0.0
    return max(0.0, time.time() - float(kept))


async def _drop(drop: Drop, sites: Sequence[SimulatedSite], wait_s: float) -> None:
    await asyncio.sleep(wait_s)
    log.info("simulation.group_drops", group=drop.group, sites=len(sites), seconds=drop.for_s)
    for site in sites:
        site.drop()
    await asyncio.sleep(drop.for_s)
    for site in sites:
        site.restore()
    log.info("simulation.group_is_back", group=drop.group)


async def _tell(
    settings: SimulationSettings,
    sites: Sequence[SimulatedSite],
    summary: Summary,
    on_progress: Callable[[SimulationProgress], None],
) -> None:
    while True:
        await asyncio.sleep(1)
        progress = SimulationProgress(
            sites=len(sites),
            connected=sum(site.connected for site in sites),
            reports_made=sum(site.reported for site in sites),
            reports_planned=sum(site.planned for site in sites),
            refused=sum(site.refused for site in sites),
            launches=len(summary.launches),
        )
        on_progress(progress)
        if settings.summary is not None and summary.changed:
            summary.write(settings.summary, sites=len(sites), connected=progress.connected)
