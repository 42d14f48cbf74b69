"""A journal and key store that live as long as the process: for tests and for showing, never for a ceremony."""

import os
from collections.abc import AsyncIterator, Collection, Sequence

from server.engine.port import GENESIS, AlreadyStored, Entry, Head, HeadMoved, StoredEntry
from server.journal.chain import chained
from site_agent.units import CommandId, PersonId

BLOCK = 512
"""Entries in a block of `read`."""


class MemoryJournal:
    """Implements `server.engine.port.Journal` in a list."""

    def __init__(self) -> None:
        self._entries: list[StoredEntry] = []
        self._seq_of: dict[CommandId, int] = {}

    async def head(self) -> Head:
        return self._head()

    async def append(self, expected: Head, entries: Sequence[Entry]) -> Head:
        if expected != self._head():
            raise HeadMoved(f"expected seq {expected.seq}, the head is {self._head().seq}")
        ids = [entry.id for entry in entries]
        if len(set(ids)) < len(ids) or not self._seq_of.keys().isdisjoint(ids):
            raise AlreadyStored("an id of the batch is stored already")
        stored = chained(expected, entries)
        self._entries += stored
        self._seq_of.update((entry.id, place.seq) for entry, place in zip(entries, stored, strict=True))
        return self._head()

    async def probe(self) -> None:
        return

    async def read(self, after: int = 0) -> AsyncIterator[Sequence[StoredEntry]]:
        while after < len(self._entries):
            block = self._entries[after : after + BLOCK]
            yield block
            after = block[-1].seq

    async def find(self, command: CommandId) -> StoredEntry | None:
        seq = self._seq_of.get(command)
        return None if seq is None else self._entries[seq - 1]

    async def close(self) -> None:
        return

    def _head(self) -> Head:
        return Head(seq=self._entries[-1].seq, hash=self._entries[-1].hash) if self._entries else GENESIS


class MemoryKeys:
    """Implements `server.engine.port.KeyStore` in a dictionary."""

    def __init__(self) -> None:
        self._keys: dict[PersonId, bytes | None] = {}

    def key(self, person: PersonId) -> bytes | None:
        return self._keys.get(person)

    def forgotten(self, person: PersonId) -> bool:
        return person in self._keys and self._keys[person] is None

    async def ensure(self, people: Collection[PersonId]) -> None:
        for person in people:
            self._keys.setdefault(person, os.urandom(32))

    async def probe(self) -> None:
        return

    async def forget(self, *people: PersonId) -> None:
        self._keys |= dict.fromkeys(people)

    async def close(self) -> None:
        return
