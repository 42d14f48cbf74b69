"""Journals that misbehave when told to."""

import asyncio
from collections.abc import Sequence

from server.engine.port import Entry, Head, JournalUnwritable
from server.journal.memory import MemoryJournal


class GatedJournal(MemoryJournal):
    """Holds every append back until `open_gate`; says when one has begun; remembers the size of each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.batches: list[int] = []

    async def append(self, expected: Head, entries: Sequence[Entry]) -> Head:
        self.begun.set()
        await self.gate.wait()
        head = await super().append(expected, entries)
        self.batches.append(len(entries))
        return head


class FailingJournal(MemoryJournal):
    """Cannot be written while `full`."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.probes = 0

    async def append(self, expected: Head, entries: Sequence[Entry]) -> Head:
        if self.full:
            raise JournalUnwritable("disk full")
        return await super().append(expected, entries)

    async def probe(self) -> None:
        self.probes += 1
        if self.full:
            raise JournalUnwritable("disk full")
