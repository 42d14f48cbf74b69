"""The keys of persons, in a SQLite file of their own beside the journal.

A name or phone number stands in the journal only under its person's key. Forgetting a person destroys the key here: the
journal and its chain stay as they are, and nobody can read the fields again. A backup that should be able to forget must
not keep old copies of this file.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from server.journal.connection import committed, connected, journal_error
from site_agent.units import PersonId

SCHEMA_VERSION = 1
KEY_BYTES = 32

_SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    person TEXT PRIMARY KEY,
    key BLOB CHECK (key IS NULL OR length(key) = 32)
) STRICT, WITHOUT ROWID;
"""

T = TypeVar("T")


class SqliteKeys:
    """Implements `server.engine.port.KeyStore`. One process opens it: the one that holds the journal."""

    def __init__(self, db: sqlite3.Connection, keys: dict[PersonId, bytes | None], writer: ThreadPoolExecutor) -> None:
        self._db = db
        self._keys = keys
        """Person → key; None for the forgotten."""
        self._writer = writer

    @classmethod
    async def open(cls, path: Path) -> "SqliteKeys":
        """Open or create the store, readable by its owner alone.

        Raises:
            JournalUnwritable: the file cannot be opened or created.
            JournalCorrupt: the file is no key store of ours.

        """
        writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="people")
        try:
            db, keys = await asyncio.get_running_loop().run_in_executor(writer, _opened, path)
        except BaseException:
            writer.shutdown(wait=False)
            raise
        return cls(db, keys, writer)

    def key(self, person: PersonId) -> bytes | None:
        return self._keys.get(person)

    def forgotten(self, person: PersonId) -> bool:
        return person in self._keys and self._keys[person] is None

    async def ensure(self, people: Collection[PersonId]) -> None:
        fresh = {person: os.urandom(KEY_BYTES) for person in people if person not in self._keys}
        if fresh:
            await self._in_writer(partial(_insert, self._db, fresh))
            self._keys.update(fresh)

    async def probe(self) -> None:
        await self._in_writer(partial(_probe, self._db))

    async def forget(self, *people: PersonId) -> None:
        await self._in_writer(partial(_destroy, self._db, people))
        self._keys |= dict.fromkeys(people)

    async def close(self) -> None:
        await self._in_writer(self._db.close)
        self._writer.shutdown(wait=False)

    async def _in_writer(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, call)


def _opened(path: Path) -> tuple[sqlite3.Connection, dict[PersonId, bytes | None]]:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        db = connected(path, _SCHEMA, SCHEMA_VERSION)
        return db, dict(db.execute("SELECT person, key FROM people"))
    except OSError as error:
        raise journal_error(sqlite3.OperationalError(f"{path}: {error.strerror}")) from error
    except sqlite3.Error as error:
        raise journal_error(error) from error


def _insert(db: sqlite3.Connection, fresh: dict[PersonId, bytes]) -> None:
    try:
        with committed(db):
            db.executemany("INSERT INTO people (person, key) VALUES (?, ?)", fresh.items())
    except sqlite3.Error as error:
        raise journal_error(error) from error


def _probe(db: sqlite3.Connection) -> None:
    """Write a page: the file's header, with what it holds already."""
    try:
        with committed(db):
            db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    except sqlite3.Error as error:
        raise journal_error(error) from error


def _destroy(db: sqlite3.Connection, people: Collection[PersonId]) -> None:
    """Null the keys (secure_delete zeroes the old bytes) and empty the write-ahead log, where they were too."""
    try:
        with committed(db):
            db.executemany("INSERT OR REPLACE INTO people (person, key) VALUES (?, NULL)", ((each,) for each in people))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise journal_error(error) from error
