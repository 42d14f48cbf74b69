"""The journal port: what the engine needs of any journal. Implemented by `server.journal`, held by one contract suite.

An entry is one accepted command with its events. The chain: `hash = SHA-256(previous hash ‖ entry bytes)` over the
stored (sealed) bytes; the head is the pair of the last entry's sequence number (from 1) and hash.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import msgspec

from site_agent.units import CommandId, Instant

GENESIS_HASH = bytes(32)


class Head(msgspec.Struct, frozen=True):
    """Where the journal stands."""

    seq: int
    hash: bytes


GENESIS = Head(seq=0, hash=GENESIS_HASH)


class Entry(msgspec.Struct, frozen=True):
    """One accepted command. `body` is the canonical JSON of everything that is stored and hashed:
    `{id, at, principal, body_hash, answer, events}` with personal fields already sealed.
    """

    id: CommandId
    at: Instant
    body: bytes


class StoredEntry(msgspec.Struct, frozen=True):
    """An entry as read back, with its place in the chain."""

    seq: int
    hash: bytes
    body: bytes


class JournalError(Exception):
    """Base of what a journal may raise.

    JournalError
    ├── HeadMoved           somebody else appended: reload and decide again
    ├── JournalUnwritable   disk full, read-only, connection lost: nothing of the batch was kept
    ├── JournalInUse        another process holds it
    └── JournalCorrupt      the chain does not hold; says where
    """


class HeadMoved(JournalError):
    """The expected head is not the head."""


class JournalUnwritable(JournalError):
    """The batch could not be made durable and none of it was kept."""


class JournalInUse(JournalError):
    """Another process holds the journal."""


class JournalCorrupt(JournalError):
    """The stored chain does not verify."""


class Journal(Protocol):
    """Durable, append-only, hash-chained history of one ceremony."""

    async def head(self) -> Head:
        """The current head."""
        ...

    async def append(self, expected: Head, entries: Sequence[Entry]) -> Head:
        """Make all entries durable, or none; returns the new head.

        Raises:
            HeadMoved, JournalUnwritable

        """
        ...

    def read(self, after: int = 0) -> AsyncIterator[Sequence[StoredEntry]]:
        """Entries with seq > `after`, in order, in blocks of a size the journal likes."""
        ...

    async def find(self, command: CommandId) -> StoredEntry | None:
        """The entry of a command id, if it was accepted."""
        ...

    async def close(self) -> None:
        """Release the journal; nothing may be called after."""
        ...
