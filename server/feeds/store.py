"""One feed: its rows, what changed since its last message, and its last messages for those who come back.

Invariant: a snapshot at offset n, followed by the messages n+1, n+2, …, gives the rows of a fresh snapshot. A message
is encoded and framed once, whoever receives it; so is a snapshot, until the next message.
"""

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from server.feeds import metrics
from server.feeds.rows import Row
from server.sockets import text_frame
from site_agent.units import FeedId, Instant

RING_MESSAGES = 512
"""Messages kept for a client that comes back; with one each 250 ms that is two minutes."""
RING_BYTES = 1024 * 1024

_ENCODER = msgspec.json.Encoder()


class Sink(Protocol):
    """Where frames go: `server.sockets.Socket`."""

    def send(self, frame: bytes) -> bool:
        """Hand over one frame; False if the peer is gone."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """End the connection with words."""
        ...


def new_feed_id() -> FeedId:
    """A random name for one feed's run of offsets."""
    return FeedId(secrets.token_urlsafe(9))


def _unheard(store: "FeedStore") -> None:
    """Nobody asked to be told."""


class FeedStore:
    """Rows of one feed by key, in the order in which they first came. `woken` is called when something begins to wait for
    the next message.
    """

    def __init__(
        self, name: str, rows: Mapping[str, Row] | None = None, woken: Callable[["FeedStore"], None] | None = None
    ) -> None:
        self.name = name
        self.feed_id = new_feed_id()
        self.offset = 0
        self.rows: dict[str, Row] = dict(rows or {})
        """As `put` last left them; the dirty ones go out with the next message."""
        self.sinks: dict[Sink, None] = {}
        self._dirty: dict[str, None] = {}
        self._woken = woken or _unheard
        self._followers: list[Callable[[str], None]] = []
        self._ring: deque[tuple[int, bytes]] = deque()
        self._ring_bytes = 0
        self._snapshot: bytes | None = None
        head = _ENCODER.encode({"feed": name, "feed_id": self.feed_id})
        self._head = head[:-1] + b',"offset":'
        self._encoded = metrics.MESSAGES.labels(metrics.family(name))

    def put(self, key: str, row: Row) -> None:
        """Set a row; nothing happens if it says the same as before."""
        if self.rows.get(key) != row:
            self.rows[key] = row
            self._mark(key)

    def remove(self, key: str) -> None:
        """Take a row away."""
        if self.rows.pop(key, None) is not None:
            self._mark(key)

    def replace(self, rows: Mapping[str, Row], among: Iterable[str] | None = None) -> None:
        """Make the rows (or those whose keys are `among`) exactly these."""
        for key in [key for key in (self.rows if among is None else among) if key not in rows]:
            self.remove(key)
        for key, row in rows.items():
            self.put(key, row)

    def follow(self, follower: Callable[[str], None]) -> None:
        """Have the key of every row told that changed, came or went, at once."""
        self._followers.append(follower)

    def begin(self) -> None:
        """Take the rows so far as the beginning, not as changes: nobody has seen this feed yet."""
        self._dirty.clear()

    def reorder(self, keys: Iterable[str]) -> None:
        """Put rows in this order in the snapshots to come; those who have the rows already keep theirs."""
        self.rows = {key: self.rows[key] for key in keys if key in self.rows} | self.rows
        self._snapshot = None

    def flush(self, now: Instant) -> None:
        """Send what changed as one message to every sink, if anything did."""
        if not self._dirty:
            return
        changes = [(key, self.rows.get(key)) for key in self._dirty]
        self._dirty.clear()
        self.offset += 1
        frame = text_frame(b'%b%d,"now":%d,"changes":%b}' % (self._head, self.offset, now, _ENCODER.encode(changes)))
        self._encoded.inc()
        self._snapshot = None
        self._remember(frame)
        for sink in list(self.sinks):
            sink.send(frame)

    def snapshot(self, now: Instant) -> bytes:
        """The frame of a snapshot of everything, at the present offset. Call after `flush`."""
        if self._snapshot is None:
            self._snapshot = _ENCODER.encode(list(self.rows.items()))
        return text_frame(b'%b%d,"now":%d,"snapshot":%b}' % (self._head, self.offset, now, self._snapshot))

    def since(self, feed_id: FeedId | None, offset: int | None) -> list[bytes] | None:
        """The messages a client at `offset` has missed; None if only a snapshot helps."""
        if feed_id != self.feed_id or offset is None or offset > self.offset:
            return None
        missing = self.offset - offset
        if missing > len(self._ring):
            return None
        return [frame for number, frame in self._ring if number > offset]

    def _mark(self, key: str) -> None:
        if not self._dirty:
            self._woken(self)
        self._dirty[key] = None
        for follower in self._followers:
            follower(key)

    def _remember(self, frame: bytes) -> None:
        self._ring.append((self.offset, frame))
        self._ring_bytes += len(frame)
        while len(self._ring) > RING_MESSAGES or self._ring_bytes > RING_BYTES:
            self._ring_bytes -= len(self._ring.popleft()[1])
