"""The first snapshot of the sites, packed once for everyone who opens a page (ADR 0030).

5,000 whole rows are 2 MB of JSON. Here they are columns, gzipped: names of fields once, like beside like. Two things are left
out that no page shows: `screen` (22 random characters a site) and instants finer than a second. The page takes this by
HTTP while its scripts still load, then goes on with the feed from the offset that stands in it; so it may be some seconds
old, and a flood of changes with a flood of viewers packs it once in `FRESH_SECONDS`.
"""

import asyncio
import gzip
import time
from collections.abc import Callable, Sequence
from typing import get_args, get_type_hints

import msgspec

from server.feeds.rows import Row, SiteRow
from server.feeds.store import FeedStore
from site_agent.units import SECOND, FeedId, Instant

FRESH_SECONDS = 5.0
"""A packed snapshot this old is made anew; what came since is in the feed's last messages."""
_LEFT_OUT = frozenset({"screen"})
FIELDS = tuple(field for field in SiteRow.__struct_fields__ if field not in _LEFT_OUT)
_INSTANTS = frozenset(
    name for name, hint in get_type_hints(SiteRow).items() if name in FIELDS and (hint is Instant or Instant in get_args(hint))
)
_LEVEL = 6


class PackedSites:
    """Packs the rows of the feed `sites`; whoever asks while it is being packed waits for the same bytes."""

    def __init__(self, store: FeedStore, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._monotonic = monotonic
        self._bytes = b""
        self._feed_id: FeedId | None = None
        self._offset = -1
        self._made_at = float("-inf")
        self._packing: asyncio.Task[bytes] | None = None

    async def read(self) -> bytes:
        """Gzipped JSON `{"feed", "feed_id", "offset", "seconds": [fields], "columns": {field: [values]}}`.

        Call after the store was flushed: dirty rows would be ahead of the offset.
        """
        if self._usable():
            return self._bytes
        if self._packing is None:
            store = self._store  # its rows and offset belong together now, not when the task begins
            self._packing = asyncio.create_task(self._pack(store.feed_id, store.offset, list(store.rows.values())))
            self._packing.add_done_callback(self._packed)
        return await asyncio.shield(self._packing)

    def _usable(self) -> bool:
        """Whether a page can go on from the last one: the feed still has every message since."""
        if self._store.since(self._feed_id, self._offset) is None:
            return False
        return self._offset == self._store.offset or self._monotonic() - self._made_at < FRESH_SECONDS

    async def _pack(self, feed_id: FeedId, offset: int, rows: Sequence[Row]) -> bytes:
        made_at = self._monotonic()
        packed = await asyncio.to_thread(pack, self._store.name, feed_id, offset, rows)
        self._bytes, self._feed_id, self._offset, self._made_at = packed, feed_id, offset, made_at
        return packed

    def _packed(self, _task: asyncio.Task[bytes]) -> None:
        self._packing = None


def pack(name: str, feed_id: FeedId, offset: int, rows: Sequence[Row]) -> bytes:
    """Rows (`SiteRow`, frozen, so any thread may read them) as gzipped columns."""
    columns: dict[str, list[object]] = {}
    for field in FIELDS:
        values = [getattr(row, field) for row in rows]
        columns[field] = [value and value // SECOND for value in values] if field in _INSTANTS else values
    whole = {"feed": name, "feed_id": feed_id, "offset": offset, "seconds": sorted(_INSTANTS), "columns": columns}
    return gzip.compress(msgspec.json.encode(whole), _LEVEL, mtime=0)
