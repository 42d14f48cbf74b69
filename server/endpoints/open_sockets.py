"""The WebSockets that are open now, by the link they came with, so that revoking a link or stopping closes them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from aiohttp import WSCloseCode, web

from server.endpoints.identity import Identity

log = structlog.get_logger("endpoints")

MAX_SOCKETS_PER_LINK = 60
"""Feeds and sites together; a link that was forwarded to a whole hall still leaves room for all others."""


class OpenSockets:
    """Keeps every open socket for as long as its handler runs."""

    def __init__(self) -> None:
        self._by_subject: dict[str, dict[web.WebSocketResponse, int]] = {}
        self._closing: set[asyncio.Task[object]] = set()

    @contextmanager
    def held(self, identity: Identity, socket: web.WebSocketResponse) -> Iterator[None]:
        """Hold a socket while its handler runs."""
        sockets = self._by_subject.setdefault(identity.subject, {})
        sockets[socket] = identity.claim.generation
        try:
            yield
        finally:
            sockets.pop(socket, None)
            if not sockets:
                self._by_subject.pop(identity.subject, None)

    def full(self, identity: Identity) -> bool:
        """Whether this link has as many sockets as one link may."""
        return len(self._by_subject.get(identity.subject, ())) >= MAX_SOCKETS_PER_LINK

    def __len__(self) -> int:
        return sum(map(len, self._by_subject.values()))

    def revoked(self, subject: str, generation: int) -> None:
        """Close the sockets of older generations of a link. Listener of the access book."""
        for socket, theirs in list(self._by_subject.get(subject, {}).items()):
            if theirs < generation:
                log.info("socket closed, link revoked", subject=subject)
                self._close(socket, WSCloseCode.POLICY_VIOLATION, b"revoked")

    async def close_all(self) -> None:
        """Close every socket as a server that goes away does (RFC 6455 §7.4.1, 1001)."""
        for sockets in list(self._by_subject.values()):
            for socket in list(sockets):
                self._close(socket, WSCloseCode.GOING_AWAY, b"server stops")
        if self._closing:
            await asyncio.wait(self._closing, timeout=2)

    def _close(self, socket: web.WebSocketResponse, code: WSCloseCode, message: bytes) -> None:
        task = asyncio.ensure_future(socket.close(code=code, message=message))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
