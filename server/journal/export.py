"""The journal as JSON lines, for people with other tools: one accepted command a line."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from server.engine.codec import decoded
from server.engine.port import Journal, KeyStore

_encoder = msgspec.json.Encoder(order="sorted")


async def export(journal: Journal, keys: KeyStore, *, personal: bool = False, after: int = 0) -> AsyncIterator[bytes]:
    """Lines `{seq, hash, body}` in order, each ending in a newline.

    Without `personal` the body is the stored one byte for byte: names and phones stay sealed, and
    `SHA-256(previous hash ‖ body)` can be computed again by anybody. With it, persons are readable (those not forgotten).

    Raises:
        JournalCorrupt: an entry cannot be read (only with `personal`).

    """
    async for block in journal.read(after):
        for entry in block:
            body: Any = decoded(entry.body, keys) if personal else msgspec.Raw(entry.body)
            yield _encoder.encode({"seq": entry.seq, "hash": entry.hash.hex(), "body": body}) + b"\n"
