"""The journal in one SQLite file: one connection, one writer thread, one commit a batch.

A batch is one transaction in write-ahead mode with `synchronous=FULL`: when `append` returns, the write-ahead log was
fsynced. The engine collects the commands that arrive while a commit runs into the next batch, so the cost of the fsync
is shared (group commit). The file belongs to one process: see `DataLock`.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from server.engine.port import (
    GENESIS,
    AlreadyStored,
    Entry,
    Head,
    HeadMoved,
    JournalUnwritable,
    StoredEntry,
)
from server.journal.chain import chained
from server.journal.connection import committed, connected, journal_error
from server.journal.lock import DataLock
from site_agent.units import CommandId

SCHEMA_VERSION = 1
BLOCK = 4_096
"""Entries in a block of `read`."""
PROBE_BYTES = 64 * 1_024
"""What a probe writes: about as much as a full batch, so that "writable" means a batch fits."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    hash BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS probe (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    filler BLOB NOT NULL
) STRICT;
"""

T = TypeVar("T")


class SqliteJournal:
    """Implements `server.engine.port.Journal`."""

    def __init__(self, store: "_Store", lock: DataLock, writer: ThreadPoolExecutor) -> None:
        self._store = store
        self._lock = lock
        self._writer = writer

    @classmethod
    async def open(cls, path: Path) -> "SqliteJournal":
        """Open or create the journal and lock its directory (`server.lock` beside it).

        Raises:
            JournalInUse: another process holds it; names its pid.
            JournalUnwritable: the file cannot be opened or created.
            JournalCorrupt: the file is no journal of ours.

        """
        writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        try:
            store, lock = await asyncio.get_running_loop().run_in_executor(writer, _opened, path)
        except BaseException:
            writer.shutdown(wait=False)
            raise
        return cls(store, lock, writer)

    async def head(self) -> Head:
        return self._store.head

    async def append(self, expected: Head, entries: Sequence[Entry]) -> Head:
        return await self._in_writer(partial(self._store.append, expected, entries))

    async def probe(self) -> None:
        await self._in_writer(self._store.probe)

    async def read(self, after: int = 0) -> AsyncIterator[Sequence[StoredEntry]]:
        while block := await self._in_writer(partial(self._store.block, after)):
            yield block
            after = block[-1].seq

    async def find(self, command: CommandId) -> StoredEntry | None:
        return await self._in_writer(partial(self._store.find, command))

    async def close(self) -> None:
        await self._in_writer(self._store.close)
        self._writer.shutdown(wait=False)
        self._lock.release()

    async def _in_writer(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, call)


def _key(command: CommandId) -> bytes:
    return bytes.fromhex(command.replace("-", ""))


def _opened(path: Path) -> tuple["_Store", DataLock]:
    """Lock first, then open: nobody reads a file that another process may be creating."""
    try:
        lock = DataLock.taken(path.with_name("server.lock"))
    except OSError as error:
        raise JournalUnwritable(f"{path.parent}: {error.strerror}") from error
    try:
        return _Store(path), lock
    except BaseException:
        lock.release()
        raise


class _Store:
    """The connection, used in the writer thread alone. Keeps the head, which no other process can move."""

    def __init__(self, path: Path) -> None:
        try:
            self._db = connected(path, _SCHEMA, SCHEMA_VERSION)
            last = self._db.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise journal_error(error) from error
        self.head = Head(seq=last[0], hash=last[1]) if last else GENESIS

    def append(self, expected: Head, entries: Sequence[Entry]) -> Head:
        if expected != self.head:
            raise HeadMoved(f"expected seq {expected.seq}, the head is {self.head.seq}")
        stored = chained(expected, entries)
        rows = [
            (place.seq, _key(entry.id), entry.at, place.hash, place.body) for place, entry in zip(stored, entries, strict=True)
        ]
        try:
            with committed(self._db):
                self._db.executemany("INSERT INTO entries (seq, id, at, hash, body) VALUES (?, ?, ?, ?, ?)", rows)
        except sqlite3.IntegrityError as error:
            raise AlreadyStored(str(error)) from error
        except sqlite3.Error as error:
            raise journal_error(error) from error
        if stored:
            self.head = Head(seq=stored[-1].seq, hash=stored[-1].hash)
        return self.head

    def probe(self) -> None:
        try:
            with committed(self._db):
                self._db.execute("INSERT OR REPLACE INTO probe (one, filler) VALUES (1, randomblob(?))", (PROBE_BYTES,))
            with committed(self._db):
                self._db.execute("DELETE FROM probe")
        except sqlite3.Error as error:
            raise journal_error(error) from error

    def block(self, after: int) -> list[StoredEntry]:
        rows = self._rows("SELECT seq, hash, body FROM entries WHERE seq > ? ORDER BY seq LIMIT ?", (after, BLOCK))
        return [StoredEntry(seq, digest, body) for seq, digest, body in rows]

    def find(self, command: CommandId) -> StoredEntry | None:
        rows = self._rows("SELECT seq, hash, body FROM entries WHERE id = ?", (_key(command),))
        return StoredEntry(*rows[0]) if rows else None

    def close(self) -> None:
        self._db.close()

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[tuple[int, bytes, bytes]]:
        try:
            rows: list[tuple[int, bytes, bytes]] = self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise journal_error(error) from error
        return rows
