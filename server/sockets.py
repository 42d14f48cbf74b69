"""Ready-made WebSocket frames, written straight to many transports.

A message for many is encoded and framed once; then every peer costs one `transport.write` of the same bytes, with
compression off. aiohttp keeps reading these sockets, answering pings and finishing close handshakes.

A slow consumer is cut off, so that one bad line costs its own connection and nobody's memory: a peer whose unsent
bytes exceed `base limit + the largest frame it was ever sent` is aborted and comes back for a snapshot.
"""

import asyncio
import struct
from collections.abc import Iterable
from typing import Protocol

from aiohttp import WebSocketError, WSCloseCode, WSMessage, WSMsgType
from prometheus_client import Counter

from site_agent.units import SECOND, Instant

SITE_LIMIT_BYTES = 128 * 1024
"""Unsent bytes allowed to a site's device: about 30 launch orders."""
FEED_LIMIT_BYTES = 512 * 1024
"""Unsent bytes allowed to a page, above its largest message (a snapshot of 5,000 sites is some 2 MB)."""
CLOSE_GRACE_SECONDS = 3.0
"""How long a peer may take to answer a close frame."""

FENCED = 4409
"""Close code: a newer session of the same device is here; do not come back by yourself."""
REVOKED = 4403
"""Close code: the link no longer opens this."""
TRY_LATER = 1013
POLICY = 1008

SLOW_CONSUMERS = Counter("diemcau_slow_consumers_total", "Sockets cut off because they did not read fast enough", ["kind"])

_TEXT = 0x81
_CLOSE = 0x88


class Transport(Protocol):
    """What is used of `asyncio.Transport`."""

    def write(self, data: bytes) -> None: ...
    def is_closing(self) -> bool: ...
    def get_write_buffer_size(self) -> int: ...
    def close(self) -> None: ...
    def abort(self) -> None: ...


def was_too_large(message: WSMessage) -> bool:
    """Whether aiohttp ended the socket because of a message over its limit; the socket's own code does not always say."""
    error = message.data
    return message.type is WSMsgType.ERROR and isinstance(error, WebSocketError) and error.code == WSCloseCode.MESSAGE_TOO_BIG


def text_frame(payload: bytes) -> bytes:
    """One unmasked, unfragmented text frame (RFC 6455 §5.2)."""
    return _header(_TEXT, len(payload)) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame; the reason is cut to the 123 bytes that fit (RFC 6455 §5.5)."""
    words = reason.encode()[:123].decode(errors="ignore").encode()
    return _header(_CLOSE, 2 + len(words)) + struct.pack(">H", code) + words


def _header(first: int, length: int) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 65536:
        return struct.pack(">BBH", first, 126, length)
    return struct.pack(">BBQ", first, 127, length)


class Socket:
    """The writing half of one WebSocket. `closing` is True once a close frame was written or the peer was cut off."""

    __slots__ = ("_kind", "_largest", "_limit", "_transport", "closing")

    def __init__(self, transport: Transport, kind: str, limit: int) -> None:
        self._transport = transport
        self._kind = kind
        self._limit = limit
        self._largest = 0
        self.closing = False

    def send(self, frame: bytes) -> bool:
        """Hand one frame to the transport; False if the peer is gone, closing, or was cut off just now."""
        transport = self._transport
        if self.closing or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > self._limit + self._largest:
            self.cut_off()
            return False
        if len(frame) > self._largest:  # noqa: PLR1730 - a call of max() costs a tenth of a send
            self._largest = len(frame)
        transport.write(frame)
        return True

    def close(self, code: int, reason: str = "") -> None:
        """Write a close frame, then give the peer a moment to answer; aiohttp's reader ends the handler."""
        if self.closing or self._transport.is_closing():
            return
        self.closing = True
        self._transport.write(close_frame(code, reason))
        asyncio.get_running_loop().call_later(CLOSE_GRACE_SECONDS, self._transport.abort)

    def finish(self) -> None:
        """Call when reading has ended: a second close frame, as aiohttp would write after ours, breaks RFC 6455 §5.5.1."""
        if self.closing:
            self._transport.close()

    def cut_off(self) -> None:
        """Drop a peer that does not read."""
        self.closing = True
        SLOW_CONSUMERS.labels(self._kind).inc()
        self._transport.abort()


class Allowance:
    """A leaky bucket: `rate` a second in the long run, `at_once` after a rest."""

    __slots__ = ("_at", "_at_once", "_left", "_rate")

    def __init__(self, rate: float, at_once: int) -> None:
        self._rate = rate
        self._at_once = float(at_once)
        self._left = float(at_once)
        self._at = Instant(0)

    def take(self, now: Instant) -> bool:
        """Use one up; False if there is none."""
        gained = max(0, now - self._at) * self._rate / SECOND
        self._left = min(self._at_once, self._left + gained)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


def broadcast(sockets: Iterable[Socket], frame: bytes) -> int:
    """The same bytes to all; returns how many took them."""
    told = 0
    for socket in sockets:
        told += socket.send(frame)
    return told
