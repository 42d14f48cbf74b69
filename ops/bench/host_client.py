"""Thousands of hosts in one process, for `bench_hosts`: raw sockets that upgrade, say their signed hello, beat, probe the time
over the socket as a page does, report from an outbox, and count what was acknowledged. One device a site.
"""

import asyncio
import base64
import os
import random
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import msgspec

from ops.bench.order_client import frame_size, masked_frame
from server.clock import wall
from server.engine.ids import new_id
from site_agent.launch import objects
from site_agent.launch.signed import SigningKey, sign
from site_agent.link.codec import encode
from site_agent.link.messages import SUBPROTOCOL, Heartbeat, Hello, Report, ReportItem, TimeRequest
from site_agent.units import CeremonyId, CommandId, DeviceId, Instant, SiteCode

BEAT_EVERY = 10.0
BURST = 8
BURST_EVERY = 60.0
_nonces = count(time.time_ns() // 1000)


class _Outcome(msgspec.Struct):
    id: CommandId
    accepted: bool
    code: str = ""


class _Heard(msgspec.Struct):
    type: str
    outcomes: list[_Outcome] = []


_heard = msgspec.json.Decoder(_Heard)


class Host:
    """One site's page: its key, its outbox, and one socket at a time."""

    def __init__(self, port: int, ceremony: str, site: SiteCode, token: str) -> None:
        self.site = site
        self.token = token
        self.key = SigningKey.from_seed(os.urandom(32))
        self.outbox: dict[CommandId, ReportItem] = {}
        """Reported and not yet settled."""
        self.accepted: dict[CommandId, int] = {}
        """How often each was acknowledged as accepted."""
        self.refused: list[str] = []
        self._port = port
        self._ceremony = CeremonyId(ceremony)
        self._socket: _Socket | None = None
        self._settled: asyncio.Future[None] | None = None

    def enrolment(self) -> dict[str, Any]:
        """The command that makes its key known."""
        body = {"id": new_id(), "kind": "enrol_device", "site": self.site, "public_key": self.key.public}
        return body | {"device_kind": "page", "name": "đo lường", "part": "companion"}

    def put(self, kind: str, **fields: Any) -> None:
        """Type a report: it waits in the outbox."""
        item = ReportItem(id=CommandId(new_id()), kind=kind, occurred_at=wall(), fields=fields)
        self.outbox[item.id] = item

    async def connect(self) -> None:
        """Upgrade and say hello; returns with the welcome. A socket of before is fenced by the server."""
        loop = asyncio.get_running_loop()
        body = objects.Hello(ceremony_id=self._ceremony, site=self.site, device=DeviceId(self.key.id), nonce=next(_nonces))
        greeting = encode(Hello(proof=sign(body, self.key), agent="đo lường"))
        socket = _Socket(self.token, greeting, self._acknowledged)
        self._socket = socket
        await loop.create_connection(lambda: socket, "127.0.0.1", self._port)
        await socket.welcomed

    def send(self) -> None:
        """Everything in the outbox as one message, as a page does after each welcome."""
        assert self._socket is not None
        self._socket.say(encode(Report(items=tuple(self.outbox.values())[:20])))

    async def settled(self) -> None:
        """Wait until the outbox is empty."""
        if self.outbox:
            self._settled = asyncio.get_running_loop().create_future()
            await self._settled

    async def live(self) -> None:
        """Beat and probe until cancelled, as long as the socket is there."""
        seq = 0
        await asyncio.sleep(random.uniform(0, BEAT_EVERY))
        while self._socket is not None and self._socket.open:
            self._socket.say(encode(Heartbeat(seq=seq, sent_at=Instant(wall()), outbox=len(self.outbox))))
            if seq % int(BURST_EVERY / BEAT_EVERY) == 0:
                for probe in range(BURST):
                    self._socket.say(encode(TimeRequest(probe=seq * BURST + probe, origin=time.monotonic_ns() // 1000)))
            seq += 1
            await asyncio.sleep(BEAT_EVERY * random.uniform(0.9, 1.1))

    def cut(self) -> None:
        """The line goes, without a word."""
        if self._socket is not None:
            self._socket.cut()

    def _acknowledged(self, outcomes: Sequence[_Outcome]) -> None:
        for outcome in outcomes:
            if outcome.accepted:
                self.accepted[outcome.id] = self.accepted.get(outcome.id, 0) + 1
            else:
                self.refused.append(outcome.code)
            self.outbox.pop(outcome.id, None)
        if not self.outbox and self._settled is not None and not self._settled.done():
            self._settled.set_result(None)


class _Socket(asyncio.Protocol):
    def __init__(self, token: str, greeting: bytes, acknowledged: Callable[[Sequence[_Outcome]], None]) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self._request = (
            "GET /ws/site HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\nAuthorization: Bearer {token}\r\n\r\n"
        ).encode()
        self._greeting = greeting
        self._acknowledged = acknowledged
        self._buffer = b""
        self._upgraded = False
        self._transport: asyncio.Transport | None = None
        self.open = False
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if not self.welcomed.done():
            self.welcomed.set_exception(ConnectionError(f"closed before the welcome: {exc}"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(head.decode())
            self._upgraded, self._buffer = True, rest
            self.say(self._greeting)
        while (size := frame_size(self._buffer)) and len(self._buffer) >= size:
            frame, self._buffer = self._buffer[:size], self._buffer[size:]
            if frame[0] == 0x81:
                self._take(frame[{126: 4, 127: 10}.get(frame[1], 2) :])

    def _take(self, payload: bytes) -> None:
        heard = _heard.decode(payload)
        if heard.type == "welcome":
            self.open = True
            if not self.welcomed.done():
                self.welcomed.set_result(None)
        elif heard.type == "ack":
            self._acknowledged(heard.outcomes)

    def say(self, payload: bytes) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.write(masked_frame(payload))

    def cut(self) -> None:
        self.open = False
        if self._transport is not None:
            self._transport.abort()
