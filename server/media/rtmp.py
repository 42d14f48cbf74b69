"""Who may publish to the RTMP server beside us, and who does. Its hook asks here; the media worker is told at once.

nginx-rtmp names a stream by its key (rtmp://HOST/live and the key as stream name), MediaMTX likewise (path `live/KEY`). What is
known of publishers is in memory alone: after a restart of this server the worker's own report says whether somebody is there.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from server.ceremony.sources import SourceKind, SourceName, SourcesState
from server.media.messages import Publishing, PublishRefused, RefusedWhy, Status, ToWorker
from server.media.plan import SOURCES, KeyOf

FRESH_SECONDS = 25.0
"""So long after it was let in a publisher counts as there, whatever the worker sees."""
GONE_SECONDS = 5.0
"""So long after a publisher left the worker may still report what it took of it."""
TELL_SECONDS = 1.0
"""Least time between two refusals of one kind that are told of one source: guessing must not flood the worker."""
OLD_KEYS = 20
"""Generations back in which a key is known as an old one."""
_THERE = frozenset({"connecting", "receiving"})

log = structlog.get_logger("media")


class MediaState(Protocol):
    """What this needs of the service."""

    def status(self) -> Status | None: ...


@dataclass(frozen=True, slots=True)
class Stream:
    """What an RTMP server says of one stream."""

    app: str
    key: str
    """The stream's name."""
    peer: str
    """Address of whoever publishes, as the RTMP server sees it."""
    session: str
    """The RTMP server's own name of the connection."""


@dataclass(frozen=True, slots=True)
class _Publisher:
    peer: str
    session: str
    generation: int
    since: float


class RtmpDoor:
    """Lets publishers in and out.

    Args:
        url: rtmp://HOST/APP that the worker takes streams from; empty: there is no RTMP server, nobody is let in.
        sources: as they should be, now.
        key_of: the key of a source in a generation.
        media: what the worker reports.
        send: to the worker, if it is there.
        clock: seconds, for ages alone.

    """

    def __init__(
        self,
        url: str,
        sources: Callable[[], SourcesState],
        key_of: KeyOf,
        media: MediaState,
        send: Callable[[ToWorker], bool],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._app = urlsplit(url).path.strip("/")
        self._sources = sources
        self._key_of = key_of
        self._media = media
        self._send = send
        self._clock = clock
        self._publishers: dict[SourceName, _Publisher] = {}
        self._gone: dict[SourceName, float] = {}
        self._told: dict[tuple[SourceName, RefusedWhy], float] = {}

    @property
    def app(self) -> str:
        """The application that publishers name; empty: there is no RTMP server."""
        return self._app

    def publish(self, stream: Stream) -> RefusedWhy | None:
        """Let a publisher in (None), or tell why not; the worker hears of both."""
        source, generation = self._whose(stream.key)
        if source is None:
            self._refuse(self._taking_rtmp(), stream, "key")
            return "key"
        why, busy_with = self._judge(source, generation, stream)
        if why is not None:
            self._refuse((source,), stream, why, busy_with)
            return why
        self._publishers[source] = _Publisher(stream.peer, stream.session, generation, self._clock())
        log.info("rtmp publisher let in", source=source.value, address=stream.peer)
        self._send(Publishing(source.value, stream.peer))
        return None

    def done(self, stream: Stream) -> None:
        """A publisher has left. One that was replaced meanwhile changes nothing."""
        source, _ = self._whose(stream.key)
        current = self._publishers.get(source) if source is not None else None
        if source is not None and current is not None and current.session == stream.session:
            del self._publishers[source]
            self._gone[source] = self._clock()
            log.info("rtmp publisher left", source=source.value, address=stream.peer)

    def may_read(self, stream: Stream) -> bool:
        """Whether this is a stream that the worker takes."""
        source, generation = self._whose(stream.key)
        state = self._sources()
        return (
            source is not None
            and stream.app == self._app
            and generation == state.of(source).generation
            and state.of(source).kind is SourceKind.RTMP
        )

    def standing(self) -> list[Publishing]:
        """For a worker that has just come: who was let in under keys that still hold."""
        state = self._sources()
        return [
            Publishing(source.value, publisher.peer)
            for source, publisher in self._publishers.items()
            if publisher.generation == state.of(source).generation and state.of(source).kind is SourceKind.RTMP
        ]

    def _whose(self, key: str) -> tuple[SourceName | None, int]:
        """Whose key it is and of which generation, in the same time whatever differs."""
        found: tuple[SourceName | None, int] = (None, 0)
        given = key.encode(errors="surrogateescape")
        for source in SOURCES:
            newest = self._sources().of(source).generation
            for generation in range(max(0, newest - OLD_KEYS), newest + 1):
                if hmac.compare_digest(given, self._key_of(source, generation).encode()):
                    found = source, generation
        return found

    def _judge(self, source: SourceName, generation: int, stream: Stream) -> tuple[RefusedWhy | None, str]:
        state = self._sources().of(source)
        if generation != state.generation:
            return "old_key", ""
        if state.kind is not SourceKind.RTMP:
            return "kind", ""
        if stream.app != self._app:
            return "app", ""
        current = self._publishers.get(source)
        if current is not None and current.generation == generation:
            if current.session != stream.session and self._is_there(source, current):
                return "busy", current.peer
        elif self._reported(source) == "receiving" and self._clock() - self._gone.get(source, -GONE_SECONDS) >= GONE_SECONDS:
            return "busy", "nguồn đang phát"
        return None, ""

    def _is_there(self, source: SourceName, publisher: _Publisher) -> bool:
        """One whose RTMP server died never says goodbye: what the worker receives tells."""
        state = self._reported(source)
        return self._clock() - publisher.since < FRESH_SECONDS or state is None or state in _THERE

    def _reported(self, source: SourceName) -> str | None:
        """What the worker says of a source; None: it says nothing."""
        status = self._media.status()
        told = (each.state for each in status.sources if each.name == source.value) if status is not None else iter(())
        return next(told, None)

    def _taking_rtmp(self) -> list[SourceName]:
        state = self._sources()
        return [source for source in SOURCES if state.of(source).kind is SourceKind.RTMP]

    def _refuse(self, sources: Iterable[SourceName], stream: Stream, why: RefusedWhy, busy_with: str = "") -> None:
        log.warning("rtmp publisher refused", address=stream.peer, why=why)
        now = self._clock()
        for source in sources:
            if now - self._told.get((source, why), -TELL_SECONDS) >= TELL_SECONDS:
                self._told[source, why] = now
                self._send(PublishRefused(source.value, stream.peer, why, busy_with))
