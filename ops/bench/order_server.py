"""The server of `bench_order`, in its own process: our real site sessions, or a bare aiohttp server holding sockets.

    python -m ops.bench.order_server sites 5000     registry, dispatcher, signed hellos, welcomes
    python -m ops.bench.order_server bare           `WebSocketResponse` and nothing else

Prints its port, then answers commands on stdin with one JSON line each: `order`, `usage`.
"""

import asyncio
import gc
import json
import resource
import sys
import time
from pathlib import Path

import uvloop
from aiohttp import web

from ops.bench.order_objects import CEREMONY, device_key, order, site_code
from server.ceremony.access import EnrolDevice
from server.ceremony.details import InitCeremony
from server.ceremony.roster import ImportRoster, Level, RosterSite
from server.ceremony.rules import SYSTEM, Principal, Role
from server.clock import CeremonyClock, wall
from server.engine.engine import Engine
from server.engine.ids import new_id
from server.journal.memory import MemoryJournal, MemoryKeys
from server.sites.admission import Admission
from server.sites.connection import SiteConnections
from server.sites.dispatcher import Dispatcher
from server.sites.registry import SiteRegistry
from server.sites.telemetry import Telemetry
from server.sites.time_service import TimeService
from site_agent.launch.objects import Part
from site_agent.launch.signed import SigningKey
from site_agent.units import SECOND, Instant, SiteCode


class Sites:
    """The part of the house that a launch order passes through."""

    def __init__(self, engine: Engine, clock: CeremonyClock) -> None:
        registry = SiteRegistry(engine)
        telemetry = Telemetry(engine, clock, registry)
        self.dispatcher = Dispatcher(engine, clock, registry, telemetry)
        self.connections = SiteConnections(
            engine, clock, registry, telemetry, self.dispatcher, TimeService(clock), Admission(100_000)
        )
        self.order = order(Instant(wall() + 60 * SECOND))

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        ws = self.connections.response()
        await ws.prepare(request)
        principal = Principal(role=Role.HOST, site=SiteCode(request.query["site"]))
        await self.connections.run(request, ws, principal)
        return ws

    def send(self) -> int:
        return self.dispatcher.send_order(self.order)


class Bare:
    """As many sockets as asked, held by aiohttp alone."""

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        async for _ in ws:
            pass
        return ws

    def send(self) -> int:
        return 0


async def sites(number: int) -> tuple[Sites, asyncio.Task[None]]:
    clock = CeremonyClock.anchored_now()
    engine = await Engine.opened(MemoryJournal(), MemoryKeys(), clock)
    running = asyncio.create_task(engine.run())
    await engine.submit_many([_init(), _roster(number)], SYSTEM)
    for n in range(number):
        await engine.submit_many([_enrol(n)], Principal(role=Role.HOST, site=site_code(n)))
    return Sites(engine, clock), running


def _init() -> InitCeremony:
    key = SigningKey.from_seed(bytes(32)).public
    return InitCeremony(
        id=new_id(), ceremony_id=CEREMONY, title="Đo", authority="Đo", starts_at=wall(), live_key=key, rehearsal_key=key
    )


def _roster(number: int) -> ImportRoster:
    root = site_code(0)
    rows = [
        RosterSite(code=site_code(n), name=f"Xã {n}", level="commune", parent=root if n else None, group="Cụm")
        for n in range(number)
    ]
    return ImportRoster(id=new_id(), levels=(Level("commune", "Cấp xã"),), sites=tuple(rows))


def _enrol(number: int) -> EnrolDevice:
    return EnrolDevice(
        id=new_id(),
        site=site_code(number),
        public_key=device_key(number).public,
        device_kind="agent",
        name="Đo",
        part=Part.SCREEN,
    )


def usage() -> dict[str, float]:
    """CPU seconds and resident bytes of this process."""
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return {"cpu": time.process_time(), "resident": resident}


async def main(kind: str, number: int) -> None:
    house: Sites | Bare = Bare()
    if kind == "sites":
        house, _running = await sites(number)
    app = web.Application()
    app.router.add_get("/", house.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    gc.collect()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while command := (await commands.readline()).decode().strip():
        told = house.send() if command == "order" else 0
        if command == "settle":
            gc.collect()
        print(json.dumps({"told": told, **usage()}), flush=True)


if __name__ == "__main__":
    import logging

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    uvloop.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
