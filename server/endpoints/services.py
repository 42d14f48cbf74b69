"""Everything the handlers use, wired by `server.app` and handed to them through the application."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aiohttp import web

from server.alerts.service import Delivery
from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import AbortCue
from server.ceremony.link_health import LinkSample
from server.ceremony.rules import Command, Principal
from server.clock import CeremonyClock
from server.endpoints.code_store import Codes
from server.endpoints.command_rate import CommandRate
from server.endpoints.identity import Door
from server.endpoints.live_proxy import LiveProxy
from server.endpoints.open_sockets import OpenSockets
from server.endpoints.security import RateLimit
from server.endpoints.sheet_codes import SheetCodes
from server.endpoints.static_files import StaticFile
from server.engine.answers import Answer
from server.engine.forgetting import Forgetting
from server.engine.port import Journal
from server.feeds.hub import FeedHub
from server.feeds.telemetry_port import PowerNow
from server.media.service import MediaService
from server.sites.device_link import Figure
from server.sockets import Socket, Transport
from site_agent.launch.signed import Signed
from site_agent.units import CommandId, SiteCode
from web.templating import Pages

SEEN_PER_MINUTE = 120
"""A hall of 300 people behind one Wi-Fi is through in three minutes."""


BEACONS_PER_MINUTE = 1200
"""Of one address: a province's schools may share one; all pages together are asked to make no more (`feeds.audience`)."""


class CommandDoor(Protocol):
    """What the handlers need of the engine. `state` holds durable facts only; handlers read it, never across an await."""

    state: Ceremony
    problem: str

    async def submit(self, command: Command, principal: Principal) -> Answer: ...

    async def submit_many(self, commands: Sequence[Command], principal: Principal) -> list[Answer]: ...


class LaunchDoor(Protocol):
    """What the handlers need of the conductor."""

    async def press(self, command_id: CommandId, signed: Signed, principal: Principal) -> Answer: ...

    async def stop(self, command: AbortCue, principal: Principal) -> Answer: ...


class LinkReader(Protocol):
    """What telemetry knows of one site's link."""

    def link(self, site: SiteCode) -> LinkSample | None: ...
    def power(self, site: SiteCode) -> PowerNow: ...
    def figures(self, site: SiteCode) -> list[Figure]: ...


class AlertDoor(Protocol):
    """What the handlers need of the alerts."""

    async def test(self) -> list[Delivery]:
        """Send a test message; raises NoGateways."""
        ...


class Connections(Protocol):
    """What serves one kind of WebSocket."""

    def response(self) -> web.WebSocketResponse:
        """An upgrade with this link's limits; the caller prepares it."""
        ...

    def socket(self, transport: Transport) -> Socket:
        """The writing half of a prepared upgrade."""
        ...

    async def run(self, socket: Socket, ws: web.WebSocketResponse, principal: Principal) -> None:
        """Serve one prepared socket until it ends."""
        ...


@dataclass(slots=True)
class Services:
    """One server's parts, as the handlers know them."""

    engine: CommandDoor
    conductor: LaunchDoor
    feeds: FeedHub
    feed_connections: Connections
    site_connections: Connections
    journal: Journal
    clock: CeremonyClock
    door: Door
    data: Path
    pages: Pages
    static: dict[str, StaticFile]
    """By path under /static/."""
    public_url: str
    """Scheme, host and port as people type them; links are made of it."""
    links: LinkReader
    alerts: AlertDoor
    forgetting: Forgetting
    media: MediaService
    metrics_token: str = ""
    trust_proxy: bool = False
    rtmp_secret: str = field(default="", repr=False)
    failures: RateLimit = field(default_factory=RateLimit)
    """Tokens that did not hold, by address."""
    code_failures: RateLimit = field(default_factory=RateLimit)
    """Short codes that were wrong, by address."""
    enrol_failures: RateLimit = field(default_factory=RateLimit)
    """Enrolments that were refused, by link."""
    command_rate: CommandRate = field(default_factory=CommandRate)
    """Commands of each link over HTTP."""
    seen_taps: RateLimit = field(default_factory=lambda: RateLimit(failures=SEEN_PER_MINUTE))
    """New browsers that tapped on a poster's page, by address."""
    beacons: RateLimit = field(default_factory=lambda: RateLimit(failures=BEACONS_PER_MINUTE))
    """Beacons of pages of /watch, by address."""
    sockets: OpenSockets = field(default_factory=OpenSockets)
    live: LiveProxy = field(default_factory=LiveProxy)
    codes: Codes = field(default_factory=Codes)
    sheet_codes: SheetCodes = field(init=False)

    def __post_init__(self) -> None:
        self.sheet_codes = SheetCodes(self.engine, self.door)


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
