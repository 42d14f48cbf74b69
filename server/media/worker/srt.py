"""One SRT listener: one publisher at a time, with the right key; whoever is turned away is named. A thread of its own reads."""

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Literal, Protocol

from server.media.worker.clock import monotonic
from server.media.worker.libsrt import (
    OPTION_IDLE_MS,
    OPTION_KEY_LENGTH,
    OPTION_LATENCY_MS,
    OPTION_PASSPHRASE,
    OPTION_RECEIVE_SYNC,
    Counters,
    Inbox,
    Libsrt,
    SrtFailed,
    libsrt,
)
from site_agent.units import Duration, Monotonic, milliseconds, seconds

LATENCY = milliseconds(400)
"""Four round trips of a busy 4G link: what is lost is sent again twice. A publisher that asks for more gets more."""
KEY_LENGTHS = range(10, 80)
_IDLE = seconds(5)
"""Silence after which a connection is gone."""
_SILENT = seconds(1.5)
"""A publisher that has sent nothing for this long gives way to a new one: it is the same, come back by another way."""
_STEP_SECONDS = 0.03
"""Between two looks while somebody is there: what has come by then is taken together. `srt_epoll` would wake a hundred times a
second besides.
"""
_LOOK_SECONDS = 1.0
"""Between two looks while nobody is there: whoever knocks wakes the reader."""
_UNANSWERED = seconds(5)


class SrtEvents(Protocol):
    """Who listens. Called in the reader's thread."""

    def srt_connected(self, peer: str, held_back: Duration) -> None:
        """`held_back`: how long the link keeps each packet, so that lost ones can be sent again."""

    def srt_data(self, data: bytes, arrived: Monotonic) -> None: ...

    def srt_disconnected(self) -> None: ...

    def srt_refused(self, peer: str, why: Literal["key", "busy"], busy_with: str) -> None:
        """Turned away: a wrong key (or none), or a second publisher while `busy_with` is sending."""


@dataclass(frozen=True, slots=True)
class _Asked:
    peer: str
    at: Monotonic


class SrtListener:
    """Listens from `open` to `close`."""

    def __init__(self, key: str, events: SrtEvents, name: str = "") -> None:
        self._key = key
        self._events = events
        self._name = name
        self._closing = False
        self._knocked = threading.Event()
        self._thread: threading.Thread | None = None
        self._inbox = Inbox()
        self._asked: dict[int, _Asked] = {}
        self._busy: deque[str] = deque()
        self._publisher: int | None = None
        self._peer = ""
        self._last_data = Monotonic(0)
        self._counters: Counters | None = None
        self._counted = Monotonic(0)

    def open(self, host: str, port: int) -> int:
        """Starts listening on a numeric address; the port it listens on. Raises `NoLibsrt`, `SrtFailed`; ValueError: the key."""
        key = self._key.encode()
        if len(key) not in KEY_LENGTHS:
            raise ValueError("Khóa SRT phải dài từ 10 đến 79 ký tự.")
        options: dict[int, int | bytes] = {
            OPTION_RECEIVE_SYNC: 0,
            OPTION_LATENCY_MS: LATENCY // 1_000,
            OPTION_IDLE_MS: _IDLE // 1_000,
            OPTION_PASSPHRASE: key,
            OPTION_KEY_LENGTH: 16,
        }
        self._srt = libsrt()
        self._listening = self._srt.listener(host, port, options, self._asks)
        self._thread = threading.Thread(target=self._work, name=f"srt {self._name}", daemon=True)
        self._thread.start()
        return self._listening.port

    def close(self) -> None:
        """Ends connection and listener and waits for the thread. Blocks for up to some hundred milliseconds."""
        self._closing = True
        self._knocked.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    @property
    def link(self) -> Counters | None:
        """Of the last second of the connection; None: there is none."""
        return self._counters

    def _asks(self, publisher: int, peer: str) -> bool:
        """In the library's thread: somebody knocks; the key is looked at after this."""
        if self._publisher is not None and monotonic() - self._last_data < _SILENT:
            self._busy.append(peer)
            return False
        self._asked[publisher] = _Asked(peer, monotonic())
        self._knocked.set()
        return True

    def _work(self) -> None:
        try:
            while not self._closing:
                self._wait()
                arrived = monotonic()
                self._accept()
                if self._publisher is not None:
                    self._drain(arrived)
                self._settle()
                self._count(arrived)
        finally:
            self._srt.close(self._listening.socket)
            self._disconnect()

    def _wait(self) -> None:
        """Until there may be something to do."""
        if self._publisher is not None or self._asked:
            time.sleep(_STEP_SECONDS)
        else:
            self._knocked.wait(_LOOK_SECONDS)
        self._knocked.clear()

    def _accept(self) -> None:
        publisher = self._srt.accept(self._listening.socket)
        if publisher is None:
            return
        asked = self._asked.pop(publisher, None)
        peer = asked.peer if asked else "?"
        if self._publisher is not None:
            if monotonic() - self._last_data < _SILENT:
                self._srt.close(publisher)
                self._busy.append(peer)
                return
            self._disconnect()
        self._publisher, self._peer, self._last_data = publisher, peer, monotonic()
        self._events.srt_connected(peer, milliseconds(self._srt.latency_ms(publisher)))

    def _drain(self, arrived: Monotonic) -> None:
        """Everything that has come, together."""
        assert self._publisher is not None
        try:
            while data := self._srt.receive(self._publisher, self._inbox):
                self._last_data = arrived
                self._events.srt_data(data, arrived)
        except SrtFailed:
            self._disconnect()

    def _disconnect(self) -> None:
        if self._publisher is None:
            return
        self._srt.close(self._publisher)
        self._publisher, self._peer, self._counters = None, "", None
        self._events.srt_disconnected()

    def _settle(self) -> None:
        """Who asked and was not let in by the library showed a wrong key."""
        while self._busy:
            self._events.srt_refused(self._busy.popleft(), "busy", self._peer)
        for publisher, asked in list(self._asked.items()):
            if self._srt.gone(publisher):
                del self._asked[publisher]
                self._events.srt_refused(asked.peer, "key", "")
            elif monotonic() - asked.at > _UNANSWERED:
                del self._asked[publisher]

    def _count(self, now: Monotonic) -> None:
        if self._publisher is not None and now - self._counted >= seconds(1):
            self._counted = now
            self._counters = self._srt.counters(self._publisher)


__all__ = ["KEY_LENGTHS", "LATENCY", "Libsrt", "SrtEvents", "SrtListener"]
