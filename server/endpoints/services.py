"""Everything the handlers use, wired by `server.app` and handed to them through the application."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aiohttp import web

from server.ceremony.rules import Command, Principal
from server.clock import CeremonyClock
from server.endpoints.identity import Door
from server.endpoints.security import RateLimit
from server.endpoints.open_sockets import OpenSockets
from server.engine.engine import Answer
from server.engine.port import Journal
from server.feeds.hub import FeedHub
from site_agent.launch.signed import Signed
from site_agent.units import CommandId


class CommandDoor(Protocol):
    """What the handlers need of the engine."""

    problem: str

    async def submit(self, command: Command, principal: Principal) -> Answer: ...

    async def submit_many(self, commands: Sequence[Command], principal: Principal) -> list[Answer]: ...


class PressDoor(Protocol):
    """What the handlers need of the conductor."""

    async def press(self, command_id: CommandId, signed: Signed, principal: Principal) -> Answer: ...


@dataclass(slots=True)
class Services:
    """One server's parts, as the handlers know them."""

    engine: CommandDoor
    conductor: PressDoor
    feeds: FeedHub
    journal: Journal
    clock: CeremonyClock
    door: Door
    data: Path
    public_url: str
    """Scheme, host and port as people type them; links are made of it."""
    metrics_token: str = ""
    trust_proxy: bool = False
    failures: RateLimit = field(default_factory=RateLimit)
    sockets: OpenSockets = field(default_factory=OpenSockets)


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
