"""What the engine needs of others: a journal, a store of persons' keys, a clock and a timer.

The journal and the key store are implemented by `server.journal`; every journal is held by one contract suite.

An entry is one accepted command with its events. The chain: `hash = SHA-256(previous hash ‖ entry bytes)` over the
stored (sealed) bytes; the head is the pair of the last entry's sequence number (from 1) and hash.
"""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Protocol

import msgspec

from site_agent.units import CommandId, Instant, PersonId

GENESIS_HASH = bytes(32)


class Head(msgspec.Struct, frozen=True):
    """Where the journal stands."""

    seq: int
    hash: bytes


GENESIS = Head(seq=0, hash=GENESIS_HASH)


class Entry(msgspec.Struct, frozen=True):
    """One accepted command. `body` is the canonical JSON of everything that is stored and hashed:
    `{id, at, principal, command, body_hash, hash_key, answer, events}` with personal fields already sealed.
    """

    id: CommandId
    at: Instant
    body: bytes


class StoredEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry as read back, with its place in the chain."""

    seq: int
    hash: bytes
    body: bytes


class JournalError(Exception):
    """Base of what a journal may raise.

    JournalError
    ├── HeadMoved           somebody else appended: reload and decide again
    ├── AlreadyStored       an id of the batch is in the journal, or twice in the batch: nothing was kept
    ├── JournalUnwritable   disk full, read-only, connection lost: nothing of the batch was kept
    ├── JournalInUse        another process holds it
    └── JournalCorrupt      the chain does not hold; says where
    """


class HeadMoved(JournalError):
    """The expected head is not the head."""


class AlreadyStored(JournalError):
    """An id of the batch is stored already, or stands twice in the batch; none of the batch was kept."""


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
            HeadMoved, AlreadyStored, JournalUnwritable

        """
        ...

    async def probe(self) -> None:
        """Try whether a batch could be kept now, adding none.

        Raises:
            JournalUnwritable

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


class KeyStore(Protocol):
    """The key of each person, beside the journal and never in it. All living keys are in memory; changes are durable."""

    def key(self, person: PersonId) -> bytes | None:
        """The person's 32 bytes; None when unknown or forgotten."""
        ...

    def forgotten(self, person: PersonId) -> bool:
        """Whether the key was destroyed. It is never made again under that name."""
        ...

    async def ensure(self, people: Collection[PersonId]) -> None:
        """Make durable keys for those unknown.

        Raises:
            JournalUnwritable

        """
        ...

    async def probe(self) -> None:
        """Try whether a key could be kept now, adding none.

        Raises:
            JournalUnwritable

        """
        ...

    async def forget(self, *people: PersonId) -> None:
        """Destroy their keys for good.

        Raises:
            JournalUnwritable

        """
        ...

    async def close(self) -> None:
        """Release the store; nothing may be called after."""
        ...


class StateFile(Protocol):
    """One blob beside the journal: the state as it stood at some entry, sealed. It may be lost at any time."""

    async def load(self) -> bytes | None:
        """What was saved last, if it can be read; possibly torn."""
        ...

    async def save(self, sealed: bytes) -> None:
        """Put it in the place of the one before.

        Raises:
            JournalUnwritable

        """
        ...


class Clock(Protocol):
    """The ceremony clock."""

    def now(self) -> Instant:
        """The ceremony's instant."""
        ...


class TimerHandle(Protocol):
    """A call that was asked for."""

    def cancel(self) -> None:
        """Do not call."""
        ...


class Timer(Protocol):
    """Calls back in the event loop at an instant of the ceremony clock, or a little after; never before."""

    def call_at(self, at: Instant, callback: Callable[[], None]) -> TimerHandle:
        """Ask for one call; an instant that has passed means soon."""
        ...
