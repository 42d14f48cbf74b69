"""One worker of the simulation: lets its share of the sites live, in a process of its own.

    python -m site_agent.simulation.worker      # started by `site_agent.simulation.run`, never by a person

Standard input brings one `Share`, and by its end the word to stop; standard output carries `News`. Ctrl-C is the first
process's business: a terminal sends it to all, and the workers end when their input does.
"""

import asyncio
import gc
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog

from site_agent import logs
from site_agent.firing_line import FiringLine, deliver
from site_agent.simulation.morning import Drop, plan_morning
from site_agent.simulation.site import House, SimulatedSite
from site_agent.simulation.speech import MOST_BYTES, News, Share
from site_agent.simulation.summary import Record, TrueClock
from site_agent.storage import DeviceStore, Storage, StorageError, StorageInUse
from site_agent.time_client import TimeClients
from site_agent.units import seconds

NEWS_EVERY_S = 1.0
RETURN_WITHIN_S = 3.0
"""Sites that were connected when the simulation stopped are back within this, and a second for the connecting."""
GATHER_S = 0.008
LET_GO_WITHIN_S = 4.0
LET_GO_LOOK_S = 0.1
CATCH_UP_S = 60.0
CATCH_UP_LEAST_S = 3.0

log = structlog.get_logger(__name__)


class Worker:
    """The sites of one share. `run` lives until cancelled; `news` tells of them."""

    def __init__(self, share: Share) -> None:
        """Open the share's file.

        Raises:
            StorageError: another process has it, or it cannot be opened.

        """
        self._share = share
        self._storage = Storage(Path(share.storage), gather_s=GATHER_S)
        self._clock = TrueClock()
        self._record = Record()
        self._sites: list[SimulatedSite] = []

    async def run(self) -> None:
        """Let the sites live until cancelled."""
        share = self._share
        loop = asyncio.get_running_loop()
        line = FiringLine(lambda shots: loop.call_soon_threadsafe(deliver, shots))
        line.start()
        times = TimeClients()
        self._sites = self._settle(House(share.server, line, times, self._record, self._clock), share.pace)
        try:
            elapsed = await self._elapsed()
            async with asyncio.TaskGroup() as tasks:
                for site in self._sites:
                    tasks.create_task(site.run(elapsed, seconds(RETURN_WITHIN_S), max(CATCH_UP_LEAST_S, CATCH_UP_S * share.pace)))
                drop = share.drop
                if drop is not None and elapsed < drop.at_s:
                    group = [site for site in self._sites if site.info.group == drop.group]
                    tasks.create_task(_drop(drop, group, drop.at_s - elapsed))
        finally:
            line.stop()
            times.close()
            self._storage.close()

    def news(self) -> News:
        """How the sites fare, and the launches that changed since it was asked last."""
        return News(
            connected=sum(site.connected for site in self._sites),
            reported=sum(site.reported for site in self._sites),
            planned=sum(site.planned for site in self._sites),
            refused=sum(site.refused for site in self._sites),
            clock=self._clock.best,
            launches=self._record.news(),
        )

    def _settle(self, house: House, pace: float) -> list[SimulatedSite]:
        share = self._share
        return [
            SimulatedSite(
                site,
                share.tokens[site.code],
                plan_morning(share.seed, site, share.categories, pace),
                DeviceStore(self._storage, f"{share.ceremony}:{site.code}"),
                house,
            )
            for site in share.sites
        ]

    async def _elapsed(self) -> float:
        """Seconds since this share's morning began; begins it at the first start."""
        store = DeviceStore(self._storage, f"{self._share.ceremony}:simulation")
        kept = await store.kept("began")
        if kept is None:
            store.keep("began", str(time.time()).encode())
            return 0.0
        return max(0.0, time.time() - float(kept))


async def work() -> int:
    """Live as told on standard input until it ends; the exit code."""
    asked, telling = await _pipes()
    line = await asked.readline()
    if not line:
        return 0
    share = msgspec.json.decode(line, type=Share)
    logs.configure(share.log_level, as_json=share.log_json)
    try:
        worker = await _begin(share)
    except StorageError as error:
        words = f"một mô phỏng khác đang dùng {share.storage}" if isinstance(error, StorageInUse) else str(error)
        _tell(telling, News(problem=words))
        await telling.drain()
        return 1
    living = asyncio.create_task(worker.run())
    end = asyncio.create_task(asked.read())
    while not end.done() and not living.done():
        await asyncio.wait({end, living}, timeout=NEWS_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
        _tell(telling, worker.news())
    living.cancel()
    await asyncio.wait({living})
    _tell(telling, worker.news())
    await telling.drain()
    if not living.cancelled():
        living.result()
    return 0


async def _begin(share: Share) -> Worker:
    """The worker, once the one before, whose demo was killed, has let go of the file.

    Raises:
        StorageError: another process has it and keeps it, or it cannot be opened.

    """
    last = time.monotonic() + LET_GO_WITHIN_S
    while True:
        try:
            return Worker(share)
        except StorageInUse:
            if time.monotonic() > last:
                raise
        await asyncio.sleep(LET_GO_LOOK_S)


async def _drop(drop: Drop, sites: Sequence[SimulatedSite], wait_s: float) -> None:
    await asyncio.sleep(wait_s)
    if sites:
        log.info("simulation.group_drops", group=drop.group, sites=len(sites), seconds=drop.for_s)
    for site in sites:
        site.drop()
    await asyncio.sleep(drop.for_s)
    for site in sites:
        site.restore()
    if sites:
        log.info("simulation.group_is_back", group=drop.group)


async def _pipes() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Standard input and output, neither of which may hold up a site."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MOST_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    # What a library might print must not stand among the news.
    news = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, news)
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


def _tell(telling: asyncio.StreamWriter, news: News) -> None:
    telling.write(msgspec.json.encode(news) + b"\n")


def main() -> int:
    """Exit 0 when told to stop, 1 with a `problem` in the last news, else whatever Python makes of a crash."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Hundreds of devices live as long as the process: looking for cycles among them in the midst of an order costs 0.2 s.
    gc.set_threshold(100_000, 50, 100)
    # Every site is an open socket; many systems give 1,024 and allow more to whoever asks.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    import uvloop  # noqa: PLC0415 - comes with the server, of which `simulate` is a verb; agents do without

    return uvloop.run(work())


if __name__ == "__main__":
    sys.exit(main())
