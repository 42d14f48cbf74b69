"""Reading the journal as it is stored: names and phones stay encrypted."""

from typing import Any

import msgspec

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.engine.port import StoredEntry

MAX_ENTRIES = 500


class JournalQuery(msgspec.Struct, frozen=True):
    """Entries after a sequence number, oldest first."""

    after: int = 0
    limit: int = 100


class JournalItem(msgspec.Struct, frozen=True):
    """One accepted command with its events. `hash` is hexadecimal, `entry` the hashed bytes as JSON."""

    seq: int
    hash: str
    entry: msgspec.Raw


class JournalAnswer(msgspec.Struct, frozen=True):
    """`next` is the `after` of the next page, None at the end."""

    items: list[JournalItem]
    next: int | None


def item(entry: StoredEntry) -> JournalItem:
    """An entry for people and programs outside."""
    return JournalItem(entry.seq, entry.hash.hex(), msgspec.Raw(entry.body))


async def read_journal(call: Call) -> JournalAnswer:
    """GET /api/v1/journal.

    Raises:
        HttpProblem: 400 for a limit outside 1…500.

    """
    query: JournalQuery = call.query
    if not 1 <= query.limit <= MAX_ENTRIES or query.after < 0:
        raise HttpProblem(400, "bad_limit", f"limit phải từ 1 đến {MAX_ENTRIES}, after không âm.")
    items: list[JournalItem] = []
    blocks: Any = call.services.journal.read(query.after)
    async for block in blocks:
        items += map(item, block[: query.limit + 1 - len(items)])
        if len(items) > query.limit:
            return JournalAnswer(items[: query.limit], items[query.limit - 1].seq)
    return JournalAnswer(items, None)
