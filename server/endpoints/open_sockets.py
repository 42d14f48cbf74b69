"""The WebSockets that are open now, by the link they came with: revoking a link and stopping the server close them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from aiohttp import WSCloseCode

from server.ceremony.rules import Role
from server.endpoints.identity import Identity
from server.observe.metrics import REVOKED_SOCKETS
from server.sockets import REVOKED, Socket
from site_agent.units import Instant

log = structlog.get_logger("endpoints")

MAX_SOCKETS_PER_LINK = 60
"""Feeds and sites together: a link forwarded to a whole hall still leaves room for all others."""
MAX_VIEWERS = 10_000
"""The audience's one link is everybody's: its sockets only listen to the public feed."""
CLOSE_SECONDS = 2.0


class OpenSockets:
    """Keeps every open socket for as long as its handler runs.

    They are closed through `Socket`, never by aiohttp's own `close`: called beside a handler that reads, that one cuts the
    line right after its close frame, so that the peer cannot answer and, where words of the peer were still unread, the
    reset (RFC 9293 §3.6.1) takes the close code with it.
    """

    def __init__(self) -> None:
        self._by_subject: dict[str, dict[Socket, int]] = {}
        self._empty = asyncio.Event()
        self._empty.set()
        self.most_viewers = 0
        """Sockets of the audience open at the same time, at most."""
        self.viewers_since: Instant | None = None
        """When the first of them came, since this process began."""

    @contextmanager
    def held(self, identity: Identity, socket: Socket, now: Instant | None = None) -> Iterator[None]:
        """Hold a socket while its handler runs."""
        sockets = self._by_subject.setdefault(identity.subject, {})
        sockets[socket] = identity.claim.generation
        self._empty.clear()
        if identity.principal.role is Role.VIEWER:
            self.most_viewers = max(self.most_viewers, len(sockets))
            self.viewers_since = self.viewers_since or now
        try:
            yield
        finally:
            sockets.pop(socket, None)
            if not sockets and self._by_subject.get(identity.subject) is sockets:
                del self._by_subject[identity.subject]
            if not self._by_subject:
                self._empty.set()

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
                socket.close(REVOKED, "revoked")

    async def close_all(self) -> None:
        """Close every socket as a server that goes away does (RFC 6455 §7.4.1), at most `CLOSE_SECONDS` long."""
        for sockets in list(self._by_subject.values()):
            for socket in list(sockets):
                socket.close(WSCloseCode.GOING_AWAY, "server stops")
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._empty.wait()
