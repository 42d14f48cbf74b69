"""The WebSockets that are open now, by the link they came with: revoking a link and stopping the server close them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import structlog
from aiohttp import WSCloseCode

from server.ceremony.rules import Role
from server.endpoints.identity import Identity
from server.observe.metrics import REVOKED_SOCKETS
from server.sockets import REVOKED

log = structlog.get_logger("endpoints")

MAX_SOCKETS_PER_LINK = 60
"""Feeds and sites together: a link forwarded to a whole hall still leaves room for all others."""
MAX_VIEWERS = 10_000
"""The audience's one link is everybody's: its sockets only listen to the public feed."""
CLOSE_SECONDS = 2.0


class Closable(Protocol):
    """What is used of `aiohttp.web.WebSocketResponse`."""

    async def close(self, *, code: int = ..., message: bytes = ...) -> bool:
        """Say goodbye and wait for the other's."""
        ...


class OpenSockets:
    """Keeps every open socket for as long as its handler runs."""

    def __init__(self) -> None:
        self._by_subject: dict[str, dict[Closable, int]] = {}
        self._closing: set[asyncio.Task[bool]] = set()

    @contextmanager
    def held(self, identity: Identity, socket: Closable) -> Iterator[None]:
        """Hold a socket while its handler runs."""
        sockets = self._by_subject.setdefault(identity.subject, {})
        sockets[socket] = identity.claim.generation
        try:
            yield
        finally:
            sockets.pop(socket, None)
            if not sockets and self._by_subject.get(identity.subject) is sockets:
                del self._by_subject[identity.subject]

    def full(self, identity: Identity) -> bool:
        """Whether this link has as many sockets as one link may."""
        most = MAX_VIEWERS if identity.principal.role is Role.VIEWER else MAX_SOCKETS_PER_LINK
        return len(self._by_subject.get(identity.subject, ())) >= most

    def is_open(self, subject: str) -> bool:
        """Whether a page of this link is open now."""
        return subject in self._by_subject

    def __len__(self) -> int:
        return sum(map(len, self._by_subject.values()))

    def revoked(self, subject: str, generation: int) -> None:
        """Close the sockets of older generations of a link. Listener of the access book."""
        for socket, theirs in list(self._by_subject.get(subject, {}).items()):
            if theirs < generation:
                log.info("socket closed: link revoked", subject=subject)
                REVOKED_SOCKETS.inc()
                self._close(socket, REVOKED, b"revoked")

    async def close_all(self) -> None:
        """Close every socket as a server that goes away does (RFC 6455 §7.4.1), at most `CLOSE_SECONDS` long."""
        for sockets in list(self._by_subject.values()):
            for socket in list(sockets):
                self._close(socket, WSCloseCode.GOING_AWAY, b"server stops")
        if self._closing:
            await asyncio.wait(self._closing, timeout=CLOSE_SECONDS)

    def _close(self, socket: Closable, code: int, message: bytes) -> None:
        task = asyncio.ensure_future(socket.close(code=code, message=message))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
