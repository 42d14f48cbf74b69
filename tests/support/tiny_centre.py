"""A centre small enough to read: HTTP for enrolling, a WebSocket that speaks the site link, UDP time. Real sockets."""

import asyncio
import time
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from site_agent.launch.signed import encode_bytes, fingerprint
from site_agent.link.codec import encode
from site_agent.link.messages import (
    Ack,
    Backoff,
    CeremonyInfo,
    CueReceipt,
    Hello,
    Message,
    Report,
    ReportOutcome,
    TimeReply,
    TimeRequest,
    TimeService,
    Welcome,
)
from site_agent.link.server_session import Beat, Greeted, Refusal, ServerSession, Took
from site_agent.link.udp import encode_reply, read_request, tag_holds
from site_agent.units import MILLISECOND
from tests.support.launch_kit import CEREMONY, PINNED

KEY = bytes(range(32))
UTC = time.time_ns() // 1_000 - time.monotonic_ns() // 1_000


def ceremony_now() -> Any:
    return UTC + time.monotonic_ns() // 1_000


class TinyCentre(asyncio.DatagramProtocol):
    """Accepts an id once. Attributes say what it has seen; `welcome_with` is merged into every welcome."""

    def __init__(self, *, udp: bool = True) -> None:
        self.accepted: list[str] = []
        self.receipts: list[CueReceipt] = []
        self.took: list[Message] = []
        self.hellos = 0
        self.enrolled: dict[str, str] = {}
        self.tokens: set[str] = set()
        self.udp_probes = 0
        self.welcome_with: dict[str, Any] = {}
        self.sockets: list[web.WebSocketResponse] = []
        self.changed = asyncio.Event()
        self.forget_device = False
        self.sites = 0
        self._udp = udp
        self._nonces: dict[str, int] = {}

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.get("/api/v1/ceremony", self._ceremony),
                web.post("/api/v1/commands", self._commands),
                web.get("/api/v1/sites", self._sites),
                web.post("/api/v1/links", self._links),
                web.get("/ws/site", self._site),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        if self._udp:
            loop = asyncio.get_running_loop()
            self._datagrams, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
            self.udp_port = self._datagrams.get_extra_info("sockname")[1]

    async def stop(self) -> None:
        for socket in self.sockets:
            await socket.close()
        await self._runner.cleanup()
        if self._udp:
            self._datagrams.close()

    async def until(self, holds: Any, seconds: float = 20) -> None:
        """Wait until `holds()`; it is asked again whenever something arrived."""
        async with asyncio.timeout(seconds):
            while not holds():
                self.changed.clear()
                await self.changed.wait()

    async def tell(self, message: Message) -> None:
        for socket in self.sockets:
            if not socket.closed:
                await socket.send_str(encode(message).decode())

    def cut(self) -> None:
        for socket in self.sockets:
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()

    # ---- ServerSession's DeviceKeys

    def public_key(self, site: str, device: str) -> Any:
        return None if self.forget_device else self.enrolled.get(device)

    def last_nonce(self, device: str) -> int:
        return self._nonces.get(device, 0)

    # ---- handlers

    async def _ceremony(self, request: web.Request) -> web.Response:
        return web.json_response({"title": "Lễ", "info": {"ceremony_id": CEREMONY}})

    async def _sites(self, request: web.Request) -> web.Response:
        start = int(request.query.get("cursor", 0))
        rows = [{"code": "MAIN", "name": "Hội trường", "parent": None}]
        rows += [
            {"code": str(n), "name": f"Xã {n}", "parent": "MAIN", "group": "Cụm 1", "expected": 30} for n in range(self.sites)
        ]
        end = start + 3
        return web.json_response({"items": rows[start:end], "next": str(end) if end < len(rows) else None})

    async def _links(self, request: web.Request) -> web.Response:
        codes = (await request.json())["sites"]
        return web.json_response([{"subject": f"host:{code}", "token": f"token-{code}", "site": code} for code in codes])

    async def _commands(self, request: web.Request) -> web.Response:
        self.tokens.add(request.headers["Authorization"])
        answers = []
        for command in await request.json():
            self.enrolled[str(fingerprint(command["public_key"]))] = command["public_key"]
            answers.append({"id": command["id"], "outcome": "accepted", "seq": 1})
        self.forget_device = False
        return web.json_response(answers)

    async def _site(self, request: web.Request) -> web.WebSocketResponse:
        if request.headers.get("Authorization") not in self.tokens:
            raise web.HTTPUnauthorized
        socket = web.WebSocketResponse(protocols=("diemcau.site.v1",))
        await socket.prepare(request)
        self.sockets.append(socket)
        session = ServerSession(CEREMONY, self, ceremony_now())
        async for frame in socket:
            received = ceremony_now()
            if frame.type is WSMsgType.TEXT:
                await self._take(socket, session.receive(frame.data, received), received)
                self.changed.set()
        self.changed.set()
        return socket

    async def _take(self, socket: web.WebSocketResponse, taken: Any, received: Any) -> None:
        match taken:
            case Refusal():
                await self._send(socket, taken.notice)
                if taken.close:
                    await socket.close()
            case Greeted():
                self.hellos += 1
                self._nonces[taken.body.device] = taken.body.nonce
                await self._send(socket, self._welcome(taken))
            case Beat():
                self.took.append(taken.heartbeat)
            case Took(message=TimeRequest() as ask):
                await self._send(socket, TimeReply(ask.probe, ask.origin, received, ceremony_now(), "boot"))
            case Took(message=Report() as report):
                for item in report.items:
                    if item.id not in self.accepted:
                        self.accepted.append(item.id)
                await self._send(socket, Ack(tuple(ReportOutcome(item.id, accepted=True) for item in report.items)))
            case Took(message=CueReceipt() as receipt):
                self.receipts.append(receipt)
                await self._send(socket, Ack((ReportOutcome(receipt.id, accepted=True),)))
            case Took():
                self.took.append(taken.message)

    async def _send(self, socket: web.WebSocketResponse, message: Message) -> None:
        if not socket.closed:
            await socket.send_str(encode(message).decode())

    def _welcome(self, greeted: Greeted) -> Welcome:
        assert isinstance(greeted.hello, Hello)
        welcome = Welcome(
            session="session",
            now=ceremony_now(),
            site=greeted.body.site,
            site_name="Xã",
            device=greeted.body.device,
            part="screen",
            ceremony=CeremonyInfo(CEREMONY, "Lễ", 0, PINNED.live_key, PINNED.rehearsal_key),
            heartbeat_every=200 * MILLISECOND,
            backoff=Backoff(base=20 * MILLISECOND, cap=100 * MILLISECOND, spread=20 * MILLISECOND),
            time_service=TimeService(self.udp_port, encode_bytes(KEY), "boot") if self._udp else None,
        )
        return msgspec.structs.replace(welcome, **self.welcome_with)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        received = ceremony_now()
        request = read_request(data)
        if request is not None and tag_holds(data, KEY):
            self.udp_probes += 1
            self._datagrams.sendto(encode_reply(request.probe, request.origin, received, ceremony_now(), KEY), addr)
            self.changed.set()
