"""The composition root: the only place that makes services and knows them all.

`open_house` replays the journal and wires the parts; `serve` runs them under one supervisor until told to stop;
`inner_server` runs the few that a verb of the command line needs when no server is there.
"""

import asyncio
import gc
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from server.alerts.service import Alerts
from server.ceremony.details import CeremonyInitiated
from server.clock import CeremonyClock
from server.conductor import Conductor
from server.conductor.fan_out import FanOut
from server.credential import Credential, remove_credential, write_credential
from server.endpoints.application import HttpListener
from server.endpoints.identity import AccessBook, Door
from server.endpoints.services import Services
from server.endpoints.static_files import list_static_files, load_pages
from server.endpoints.tokens import LinkKeys, load_master_key
from server.engine.clock_anchor import journal_anchor, open_engine
from server.engine.engine import Engine
from server.engine.forgetting import Forgetting
from server.engine.keeper import Keeper
from server.feeds.connection import FeedConnections
from server.feeds.hub import FeedHub
from server.journal.background import check_chain
from server.journal.kept_file import KeptFile
from server.journal.people import SqliteKeys
from server.journal.sqlite import SqliteJournal
from server.media.plan import Ports, stream_key
from server.media.service import MediaService
from server.media.settings import MediaSettings
from server.observe.lag import watch_lag
from server.observe.metrics import CEREMONY, MetricsListener
from server.settings import Address, Settings
from server.signer import LocalSigner
from server.sites.connection import SiteConnections
from server.sites.dispatcher import Dispatcher
from server.sites.registry import SiteRegistry
from server.sites.telemetry import Telemetry
from server.sites.time_service import TimeService
from server.supervisor import Service, Supervisor
from site_agent.holder import Holder
from site_agent.launch.warrants import Pinned

log = structlog.get_logger("app")

CLI_SUBJECT = "admin:cli"
"""Whose token DATA/credential.json holds."""
TRIES_FOR_A_PORT = 20
STOP_HTTP_SECONDS = 8.0
LOOKS_FOR_CYCLES = (20_000, 20, 50)
"""`gc.set_threshold`: what a ceremony makes is facts that stay. Python's own 700 would walk through them again and again."""
STOP_MEDIA_SECONDS = 10.0
"""Its worker finishes a segment and closes the recording."""


class NoCeremony(Exception):
    """The data directory holds no ceremony yet."""


@dataclass(slots=True)
class House:
    """Every part of one server, wired and not yet running."""

    settings: Settings
    journal: SqliteJournal
    people: SqliteKeys
    engine: Engine
    keeper: Keeper
    clock: CeremonyClock
    registry: SiteRegistry
    telemetry: Telemetry
    dispatcher: Dispatcher
    alerts: Alerts
    time_service: TimeService
    connections: SiteConnections
    feeds: FeedHub
    media: MediaService
    signer: LocalSigner
    holder: Holder
    conductor: Conductor
    services: Services
    listener: HttpListener

    @property
    def url(self) -> str:
        """Where people reach it."""
        return self.services.public_url

    def token(self, subject: str) -> str:
        """A link token of the current generation."""
        return self.services.door.token(subject)


async def open_storage(data: Path) -> tuple[SqliteJournal, SqliteKeys]:
    """The journal, locked, and the people's keys.

    Raises:
        JournalError: in use, unwritable or corrupt.

    """
    await asyncio.to_thread(data.mkdir, 0o700, True, True)
    journal = await SqliteJournal.open(data / "journal.sqlite3")
    try:
        return journal, await SqliteKeys.open(data / "people.sqlite3")
    except BaseException:
        await journal.close()
        raise


async def open_house(settings: Settings, *, loopback: bool = False, worker: Process | None = None) -> House:
    """Replay the journal and wire every part; nothing runs yet.

    Args:
        settings: of this server.
        loopback: listen for this machine alone, wherever there is a port.
        worker: of the programme, started ahead by `spare_worker`.

    Raises:
        JournalError: in use, unwritable or corrupt.
        NoCeremony: the data directory holds none.
        SignerRefused, HolderError, ValueError: their files are not this ceremony's.

    """
    data = settings.data
    journal, people = await open_storage(data)
    try:
        kept = KeptFile(data / "state.kept")
        engine, clock = await open_engine(journal, people, kept)
        details = _details(engine, data)
        master = await asyncio.to_thread(load_master_key, data / "master.key")
        signer = await asyncio.to_thread(LocalSigner, data / "signer", details.ceremony_id, clock.now)
        pinned = Pinned(details.ceremony_id, details.live_key, details.rehearsal_key)
        holder = await asyncio.to_thread(Holder, data / "holder", pinned)
        pages, static = await asyncio.to_thread(load_pages), await asyncio.to_thread(list_static_files)
    except BaseException:
        await people.close()
        await journal.close()
        raise
    CEREMONY.info({"ceremony_id": details.ceremony_id})
    registry = SiteRegistry(engine)
    telemetry = Telemetry(engine, clock, registry)
    dispatcher = Dispatcher(engine, clock, registry, telemetry, link=telemetry.link, programme=settings.media)
    time_service = TimeService(clock)
    connections = SiteConnections(engine, clock, registry, telemetry, dispatcher, time_service)
    link_keys = LinkKeys(master, details.ceremony_id)
    media = _media(settings, engine, clock, link_keys, worker)
    feeds = FeedHub(engine, clock, telemetry, media)
    telemetry.on_power(lambda site: feeds.watch.power_changed(site, telemetry.power(site)))
    telemetry.on_seeing(feeds.playback.site_changed)
    alerts = Alerts(engine, clock, data, lambda: services.public_url, feeds.watch.alerts)
    conductor = Conductor(
        engine,
        signer,
        holder,
        FanOut(dispatcher, media),
        clock,
        connected=lambda subject: services.sockets.is_open(subject),  # noqa: PLW0108 -- `services` comes later
        trust_on_enrolment=settings.auto_trust,
    )
    connections.press_door = conductor
    book = AccessBook(engine.state.access, engine.state.roster)
    engine.listen(book.published)
    services = Services(
        engine=engine,
        conductor=conductor,
        feeds=feeds,
        feed_connections=FeedConnections(feeds, clock),
        site_connections=connections,
        journal=journal,
        clock=clock,
        door=Door(link_keys, book, clock.now),
        data=data,
        pages=pages,
        static=static,
        public_url=settings.url,
        links=telemetry,
        alerts=alerts,
        forgetting=Forgetting(engine, journal, people),
        media=media,
        metrics_token=settings.metrics_token,
        trust_proxy=settings.trust_proxy,
        rtmp_secret=settings.rtmp_secret,
    )
    book.on_revoked(services.sockets.revoked)
    host, port = ("127.0.0.1", 0) if loopback else (settings.listen.host, settings.listen.port)
    return House(
        settings=settings,
        journal=journal,
        people=people,
        engine=engine,
        keeper=Keeper(engine, people, kept),
        clock=clock,
        registry=registry,
        telemetry=telemetry,
        dispatcher=dispatcher,
        alerts=alerts,
        time_service=time_service,
        connections=connections,
        feeds=feeds,
        media=media,
        signer=signer,
        holder=holder,
        conductor=conductor,
        services=services,
        listener=HttpListener(services, host, port),
    )


def _media(settings: Settings, engine: Engine, clock: CeremonyClock, keys: LinkKeys, worker: Process | None) -> MediaService:
    return MediaService(
        engine,
        clock,
        MediaSettings(
            data=settings.data,
            # The same after a restart: a worker that outlived the server before is let in again.
            token=keys.secret_for("media_worker"),
            ports=Ports(settings.srt_listen.host, settings.srt_listen.port, settings.rtmp_url),
            http_port=settings.media_listen.port,
            log_level=settings.log_level,
            enabled=settings.media,
            spare=worker,
        ),
        key_of=lambda source, generation: stream_key(keys.secret_for("media_source", source, generation)),
    )


def _details(engine: Engine, data: Path) -> CeremonyInitiated:
    if engine.state.details.initiated is None:
        raise NoCeremony(f"Chưa có buổi lễ nào trong {data}. Chạy “diemcau init” trước.")
    return engine.state.details.initiated


def core_services(house: House) -> list[Service]:
    """What a verb needs: the engine on its journal, and the feeds it reads from."""

    async def close_storage() -> None:
        await asyncio.to_thread(house.holder.close)
        await house.people.close()
        await house.journal.close()

    return [
        Service(name="storage", stop=close_storage),
        Service(name="engine", run=house.engine.run),
        Service(name="clock", start=lambda: journal_anchor(house.engine, house.clock)),
        Service(name="feeds", run=house.feeds.run),
        Service(name="forgetting", start=house.services.forgetting.finish),
    ]


def all_services(house: House) -> list[Service]:
    """Everything, in the order of its start; the stop is the reverse: people and sites first, the journal last."""
    settings = house.settings
    storage, *others = core_services(house)
    # Behind the storage and before the engine: stopped when the engine has ended and the files are still open.
    services = [storage, Service(name="kept state", run=house.keeper.run, stop=house.keeper.stop), *others]
    services += [
        Service(name="chain behind the kept state", run=lambda: _check_chain(house)),
        Service(name="telemetry", run=house.telemetry.run),
        Service(name="site intake", run=house.connections.work),
        Service(name="dispatcher", run=house.dispatcher.run),
        Service(name="conductor", start=house.conductor.start, run=house.conductor.run),
        Service(name="alerts", run=house.alerts.run),
        Service(name="event loop lag", run=watch_lag),
    ]
    if settings.metrics_listen is not None:
        listener = MetricsListener(settings.metrics_listen.host, settings.metrics_listen.port)
        services.append(Service(name="metrics", start=listener.start, stop=listener.stop))
    services.append(Service(name="http", start=lambda: _listen(house), stop=lambda: _close(house), stop_within=STOP_HTTP_SECONDS))
    services.append(_media_service(house))
    services.append(
        Service(name="credential", start=lambda: _write_credential(house), stop=lambda: _remove_credential(settings.data))
    )
    return services


def _media_service(house: House) -> Service:
    """Behind HTTP: its worker dials as soon as it lives. Stopped before the sockets, so that it hears the word to close."""

    async def start() -> None:
        address = Address(_reachable(house.settings.listen.host), house.listener.port)
        await house.media.start(f"ws://{address}/ws/media")

    media = house.media
    return Service(name="media", start=start, run=media.run, stop=media.stop, stop_within=STOP_MEDIA_SECONDS)


async def serve(house: House, more: Sequence[Service] = (), ready: Callable[[], None] = lambda: None) -> None:
    """Run until SIGINT or SIGTERM, or until a service fails.

    Args:
        house: wired, not running.
        more: services of the caller, started last and stopped first.
        ready: called when everything runs.

    Raises:
        ServiceFailed: after everything was stopped.

    """
    supervisor = Supervisor([*all_services(house), *more])
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, supervisor.stop)

    def announce() -> None:
        # What stands now lives as long as the process: the cycle collector need not look through it while people wait.
        gc.freeze()
        gc.set_threshold(*LOOKS_FOR_CYCLES)
        gc.enable()
        log.info("server ready", url=house.url, data=str(house.settings.data), entries=house.engine.head.seq)
        ready()

    await supervisor.run(announce)
    log.info("server stopped")


@asynccontextmanager
async def inner_server(settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """A server inside a verb, on the loopback alone: no sites, no launch, no deadlines but the engine's own.

    Yields its address and an admin's token.

    Raises:
        JournalError, NoCeremony

    """
    house = await open_house(settings, loopback=True)
    public_url = house.url
    running = asyncio.Event()

    async def listen() -> None:
        await house.listener.start()

    supervisor = Supervisor([*core_services(house), Service(name="http", start=listen, stop=house.listener.stop)])
    task = asyncio.create_task(supervisor.run(running.set), name="inner server")
    waiting = asyncio.create_task(running.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        house.services.public_url = public_url
        yield f"http://127.0.0.1:{house.listener.port}", house.token(CLI_SUBJECT)
    finally:
        waiting.cancel()
        supervisor.stop()
        await task


async def _listen(house: House) -> None:
    """HTTP by TCP and the time by UDP on the same number; where 0 was asked for, a number that is free for both."""
    asked = house.settings.listen
    for tries in range(1, TRIES_FOR_A_PORT + 1):
        await house.time_service.open(asked.host, asked.port)
        port = house.time_service.port
        assert port is not None
        house.listener.port = port
        try:
            await house.listener.start()
        except OSError:
            house.time_service.close()
            if asked.port or tries == TRIES_FOR_A_PORT:
                raise
        else:
            if not house.settings.public_url:
                house.services.public_url = f"http://{Address(asked.host, port)}"
            return


async def _close(house: House) -> None:
    """Tell the sites to come back, close every socket, stop listening."""
    house.registry.send_away(house.connections.spread())
    try:
        await house.services.live.stop()
        await house.listener.stop()
    finally:
        house.time_service.close()


async def _check_chain(house: House) -> None:
    await check_chain(house.journal, house.engine.kept_head)
    await asyncio.Event().wait()  # a service does not end by itself


async def _write_credential(house: House) -> None:
    url = f"http://{Address(_reachable(house.settings.listen.host), house.listener.port)}"
    await asyncio.to_thread(write_credential, house.settings.data, Credential(url, house.token(CLI_SUBJECT)))


async def _remove_credential(data: Path) -> None:
    await asyncio.to_thread(remove_credential, data)


def _reachable(host: str) -> str:
    """Where a program on this machine finds a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- a comparison, not a binding
