"""The socket of the media worker (`/ws/media`, subprotocol `diemcau.media.v1`): one worker at a time.

The worker dials with its token; `Welcome` and the plan go out at once, its `Hello` says which process it is. The one that
this server spawned wins over any other, and a process that dials again over its own older socket; everybody else is told to
close. What cannot be read is counted and skipped; a worker that goes on sending it is cut off.
"""

from time import monotonic_ns
from typing import Protocol

import msgspec
import structlog
from aiohttp import WSMsgType, web

from server.media import metrics
from server.media.messages import (
    PROTOCOL,
    CloseWorker,
    FromWorker,
    Hello,
    MediaPlan,
    ToWorker,
    Welcome,
    from_worker,
)
from server.sockets import FENCED, POLICY, Allowance, Socket, Transport, text_frame, was_too_large
from site_agent.units import Instant

MAX_MESSAGE_BYTES = 256 * 1024
"""A thumbnail of 20 KiB in base64 and a status with many faults lie far below."""
LIMIT_BYTES = 4 * 1024 * 1024
"""Unsent bytes to a worker that does not read."""
PING_SECONDS = 10.0
MAX_UNREADABLE = 20
MESSAGES_A_SECOND, MESSAGES_AT_ONCE = 50, 500
"""A worker says some five a second. One that floods is cut off, and ended as hung if it cannot stop."""

log = structlog.get_logger("media")


class WorkerDoor(Protocol):
    """What the socket needs of the service."""

    def welcome(self) -> Welcome: ...
    def plan(self) -> MediaPlan: ...
    def admits(self, hello: Hello, current: Hello | None) -> bool:
        """Whether this worker is the one, beside or instead of the one that is connected."""
        ...

    def came(self, hello: Hello) -> None: ...
    def said(self, message: FromWorker) -> None: ...
    def went(self) -> None: ...


class WorkerLink:
    """The sockets of workers; `send` reaches the one that was admitted."""

    def __init__(self, door: WorkerDoor) -> None:
        self._door = door
        self._current: _Peer | None = None

    @property
    def connected(self) -> bool:
        """Whether a worker is there."""
        return self._current is not None

    def response(self) -> web.WebSocketResponse:
        """An upgrade with this link's limits; the caller prepares it."""
        return web.WebSocketResponse(
            protocols=(PROTOCOL,), autoclose=False, compress=False, max_msg_size=MAX_MESSAGE_BYTES, heartbeat=PING_SECONDS
        )

    def socket(self, transport: Transport) -> Socket:
        """The writing half of a prepared upgrade."""
        return Socket(transport, "media", LIMIT_BYTES)

    def send(self, message: ToWorker) -> bool:
        """Hand a message to the worker; False if there is none."""
        return self._current is not None and self._current.send(message)

    def close(self) -> None:
        """Cut the line to a worker that was ended."""
        if self._current is not None:
            self._current.socket.close(POLICY, "ended")

    async def run(self, socket: Socket, ws: web.WebSocketResponse) -> None:
        """Serve one prepared socket until it ends."""
        peer = _Peer(socket)
        peer.send(self._door.welcome())
        if self._current is None:
            # Its token is right and nobody else is there: the plan need not wait for its name.
            peer.send(self._door.plan())
        try:
            async for message in ws:
                if socket.closing:
                    continue
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    if not peer.allowance.take(Instant(monotonic_ns() // 1_000)):
                        metrics.REFUSED.labels("flood").inc()
                        log.warning("the media worker floods", pid=peer.hello.pid if peer.hello else None)
                        socket.close(POLICY, "flood")
                        continue
                    self._take(peer, message.data)
                elif was_too_large(message):
                    metrics.REFUSED.labels("too_large").inc()
        finally:
            if self._current is peer:
                self._current = None
                log.info("media worker disconnected", pid=peer.hello.pid if peer.hello else None)
                self._door.went()
            if not ws.closed:
                socket.finish()

    def _take(self, peer: "_Peer", data: str | bytes) -> None:
        try:
            message = from_worker.decode(data)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            metrics.REFUSED.labels("malformed").inc()
            peer.unreadable += 1
            if peer.unreadable == 1:
                log.warning("a message of the media worker cannot be read", reason=str(error)[:200])
            if peer.unreadable >= MAX_UNREADABLE:
                peer.socket.close(POLICY, "malformed")
            return
        if isinstance(message, Hello):
            self._admit(peer, message)
        elif peer is self._current:
            self._door.said(message)

    def _admit(self, peer: "_Peer", hello: Hello) -> None:
        current = self._current
        if current is peer:
            if current.hello is not None and current.hello.pid == hello.pid and current.hello != hello:
                peer.hello = hello  # it listens elsewhere now
                self._door.came(hello)
            return
        if not self._door.admits(hello, current.hello if current is not None else None):
            metrics.REFUSED.labels("second_worker").inc()
            log.warning("a second media worker was sent away", pid=hello.pid)
            peer.send(CloseWorker())
            peer.socket.close(FENCED, "another worker is here")
            return
        peer.hello = hello
        self._current = peer
        if current is not None:
            if current.hello is not None and current.hello.pid != hello.pid:
                current.send(CloseWorker())
            current.socket.close(FENCED, "replaced")
            self._door.went()
        log.info("media worker connected", pid=hello.pid, http_port=hello.http_port)
        self._door.came(hello)
        plan = self._door.plan()
        if peer.revision != plan.revision:  # it has none, or another was made before its name was known
            peer.send(plan)


class _Peer:
    """One socket and who is at its other end."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.hello: Hello | None = None
        self.revision: int | None = None
        """Of the plan that it was sent last."""
        self.unreadable = 0
        self.allowance = Allowance(MESSAGES_A_SECOND, MESSAGES_AT_ONCE)

    def send(self, message: ToWorker) -> bool:
        if isinstance(message, MediaPlan):
            self.revision = message.revision
        return self.socket.send(text_frame(msgspec.json.encode(message)))
