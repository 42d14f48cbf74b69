"""The HTTP door over the pure rules: real routes, feeds and tokens; no journal, no launch."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.alerts.service import Alerts
from server.ceremony.rules import Principal, Role
from server.endpoints.application import make_application
from server.endpoints.identity import AccessBook, Door
from server.endpoints.services import Services
from server.endpoints.static_files import list_static_files, load_pages
from server.endpoints.tokens import LinkKeys
from server.engine.answers import Answer
from server.engine.forgetting import Forgetting
from server.feeds.connection import FeedConnections
from server.feeds.hub import FeedHub
from server.journal.memory import MemoryJournal, MemoryKeys
from server.media.plan import Ports, stream_key
from server.media.service import MediaService
from server.media.settings import MediaSettings
from server.sites.registry import SiteRegistry
from server.sites.telemetry import Telemetry
from server.sockets import SITE_LIMIT_BYTES, Socket
from tests.support.houses import HouseClock, RuleEngine, code, small_engine
from tests.support.launch_kit import CEREMONY

SUBJECTS: dict[Role, str] = {
    role: {Role.HOST: f"host:{code(1)}", Role.VIEWER: "viewer:"}.get(role, f"{role.value}:{role.value}-1")
    for role in Role
    if role is not Role.SYSTEM
}

RTMP_SECRET = "ma-bi-mat-may-chu-rtmp"
MEDIA_TOKEN = "mat-khau-tien-trinh-truyen-hinh"
PAGES, STATIC = load_pages(), list_static_files()


class PressBook:
    """Writes down presses; a wish to stop goes the way of every command."""

    def __init__(self, engine):
        self.presses = []
        self._engine = engine

    async def stop(self, command, principal: Principal) -> Answer:
        return await self._engine.submit(command, principal)

    async def press(self, command_id, signed, principal: Principal) -> Answer:
        self.presses.append((command_id, signed, principal))
        return Answer(id=command_id, outcome="accepted")


class SilentSites:
    """Accepts a device's socket and hears nothing."""

    def response(self) -> web.WebSocketResponse:
        return web.WebSocketResponse(protocols=("diemcau.site.v1",), autoclose=False)

    def socket(self, transport):
        return Socket(transport, "site", SITE_LIMIT_BYTES)

    async def run(self, socket, ws, principal):
        async for _ in ws:
            pass
        socket.finish()


@dataclass
class TestDoor:
    """A door with its client; `token` makes links."""

    __test__ = False

    client: TestClient
    services: Services
    engine: RuleEngine
    clock: HouseClock
    presses: PressBook

    def token(self, role: Role) -> str:
        return self.services.door.token(SUBJECTS[role])

    def headers(self, role: Role | None) -> dict[str, str]:
        return {} if role is None else {"Authorization": f"Bearer {self.token(role)}"}

    async def session(self, role: Role) -> dict:
        """Open a browser's session; returns what the server says of it."""
        async with self.client.post("/api/v1/session", json={"token": self.token(role)}) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


@asynccontextmanager
async def open_door(data: Path, sites: int = 4) -> AsyncIterator[TestDoor]:
    clock = HouseClock()
    engine = small_engine(clock, sites)

    async def submit(command, principal):
        return (await engine.submit_many([command], principal))[0]

    engine.submit = submit
    book = AccessBook(engine.state.access, engine.state.roster)
    engine.listen(book.published)
    telemetry = Telemetry(engine, clock, SiteRegistry(engine))
    keys = LinkKeys(b"k" * 32, CEREMONY)
    media = MediaService(
        engine,
        clock,
        MediaSettings(data, MEDIA_TOKEN, Ports("127.0.0.1", 0, "rtmp://127.0.0.1/live"), enabled=False),
        lambda source, generation: stream_key(keys.secret_for("media_source", source, generation)),
    )
    hub = FeedHub(engine, clock, telemetry, media)
    presses = PressBook(engine)
    services = Services(
        engine=engine,
        conductor=presses,
        feeds=hub,
        feed_connections=FeedConnections(hub, clock),
        site_connections=SilentSites(),
        journal=MemoryJournal(),
        clock=clock,
        door=Door(keys, book, clock.now),
        data=data,
        pages=PAGES,
        static=STATIC,
        public_url="http://cau.test",
        links=telemetry,
        alerts=Alerts(engine, clock, data, lambda: "http://cau.test", hub.watch.alerts),
        forgetting=Forgetting(engine, MemoryJournal(), MemoryKeys()),
        media=media,
        metrics_token="so-lieu-giam-sat-0123",
        rtmp_secret=RTMP_SECRET,
    )
    book.on_revoked(services.sockets.revoked)
    async with TestClient(TestServer(make_application(services))) as client:
        yield TestDoor(client, services, engine, clock, presses)
        await services.live.stop()
