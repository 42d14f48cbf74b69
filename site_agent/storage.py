"""What devices must not forget, in one SQLite file: keys, pins, outbox, launch memory, receipts, clock.

One writer thread owns the connection. Whatever queued up while it was writing goes into the next transaction (group
commit), so that hundreds of devices of one process share one fsync. A write is durable when its future is done; a disk that
does not take it fails the futures with `StorageUnwritable` and keeps nothing of the batch.

StorageError
├── StorageUnwritable   disk full, read-only: nothing of the batch was kept; may be tried again
├── StorageInUse        another process has the file
└── StorageClosed       written to after `close`
"""

import asyncio
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from site_agent.realtime import STORAGE, run_first

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS device (
  slot TEXT PRIMARY KEY, seed BLOB NOT NULL, nonce INTEGER NOT NULL DEFAULT 0, enrolled TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS kept (
  slot TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (slot, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT, slot TEXT NOT NULL, id TEXT NOT NULL, item BLOB NOT NULL, UNIQUE (slot, id)
) STRICT;
CREATE TABLE IF NOT EXISTS receipt (
  slot TEXT NOT NULL, order_hash TEXT NOT NULL, id TEXT NOT NULL, receipt BLOB NOT NULL,
  settled INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (slot, order_hash)
) STRICT;
"""
_SEED_BYTES = 32
_BATCH = 500


class StorageError(Exception):
    """Base; the tree is above."""


class StorageUnwritable(StorageError):
    """The batch could not be made durable, and none of it was kept."""


class StorageInUse(StorageError):
    """Another process has the file."""


class StorageClosed(StorageError):
    """Written to after `close`."""


class Storage:
    """The file and its writer thread. Made once a process; closed last."""

    def __init__(self, path: Path, gather_s: float = 0.0) -> None:
        """Open or make the file, with mode 0600.

        `gather_s`: how long a transaction waits for more to come, for a process of many devices: a thread that runs before all
        others would otherwise be there for each of them alone.

        Raises:
            StorageInUse: another process has it.
            StorageUnwritable: it cannot be opened.

        """
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._closed = False
        self._gather_s = gather_s
        self._connection = _connect(path)
        self._thread = threading.Thread(target=self._run, name="storage", daemon=True)
        self._thread.start()

    def submit(self, work: Work[Result]) -> "Future[Result]":
        """Run `work` inside the next transaction; its result comes once the transaction is durable."""
        future: Future[Result] = Future()
        if self._closed:
            future.set_exception(StorageClosed())
        else:
            self._queue.put((work, future))
        return future

    async def write(self, work: Work[Result]) -> Result:
        """`submit`, awaited.

        Raises:
            StorageUnwritable, StorageClosed

        """
        return await asyncio.wrap_future(self.submit(work))

    def close(self) -> None:
        """Finish what is queued and close the file."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join()
            self._connection.close()

    def _run(self) -> None:
        run_first(STORAGE)  # the marks: an output waits for them
        open_ = True
        while open_:
            batch = [self._queue.get()]
            if self._gather_s:
                time.sleep(self._gather_s)
            while len(batch) < _BATCH and not self._queue.empty():
                batch.append(self._queue.get())
            open_ = None not in batch
            self._commit([job for job in batch if job is not None and job[1].set_running_or_notify_cancel()])

    def _commit(self, jobs: Sequence[tuple[Work[Any], Future[Any]]]) -> None:
        """Run a batch in one transaction; if that fails for another reason than the disk, each job alone."""
        if not jobs:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            results = [work(self._connection) for work, _ in jobs]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it was, it belongs to the futures
            self._roll_back()
            if len(jobs) > 1:
                for job in jobs:
                    self._commit([job])
            else:
                jobs[0][1].set_exception(StorageUnwritable(str(error)) if isinstance(error, sqlite3.Error) else error)
        else:
            for (_, future), result in zip(jobs, results, strict=True):
                future.set_result(result)

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            pass  # an I/O error may have rolled back already


class DeviceStore:
    """One device's part of the storage. `slot` names the device before it has a key: its site's code, or "agent"."""

    def __init__(self, storage: Storage, slot: str) -> None:
        self.slot = slot
        self._storage = storage

    async def seed(self) -> bytes:
        """The 32 secret bytes of the device's key; made at the first call."""

        def work(db: sqlite3.Connection) -> bytes:
            db.execute("INSERT OR IGNORE INTO device (slot, seed) VALUES (?, ?)", (self.slot, os.urandom(_SEED_BYTES)))
            row = db.execute("SELECT seed FROM device WHERE slot = ?", (self.slot,)).fetchone()
            return bytes(row[0])

        return await self._storage.write(work)

    async def next_nonce(self, wall: int) -> int:
        """A hello's nonce: the wall clock in µs, or one more than the last where it did not advance."""

        def work(db: sqlite3.Connection) -> int:
            query = "UPDATE device SET nonce = MAX(nonce + 1, ?) WHERE slot = ? RETURNING nonce"
            return int(db.execute(query, (wall, self.slot)).fetchone()[0])

        return await self._storage.write(work)

    async def enrolled(self) -> str:
        """At which server this device enrolled; empty before."""
        query = "SELECT enrolled FROM device WHERE slot = ?"
        row = await self._storage.write(lambda db: db.execute(query, (self.slot,)).fetchone())
        return str(row[0]) if row else ""

    async def set_enrolled(self, server: str) -> None:
        """Remember the enrolment."""
        statement = "UPDATE device SET enrolled = ? WHERE slot = ?"
        await self._storage.write(lambda db: _do(db, statement, (server, self.slot)))

    def keep(self, name: str, value: bytes) -> "Future[None]":
        """Store a named value (pins, launch memory, clock, …), replacing the one before."""
        return self.keep_all({name: value})

    def keep_all(self, values: Mapping[str, bytes]) -> "Future[None]":
        """Store several named values together, or none of them."""
        statement = "INSERT INTO kept VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"
        rows = [(self.slot, name, value) for name, value in values.items()]
        return self._storage.submit(lambda db: _do_many(db, statement, rows))

    async def kept(self, name: str) -> bytes | None:
        """A named value; None if there is none."""
        query = "SELECT value FROM kept WHERE slot = ? AND name = ?"
        row = await self._storage.write(lambda db: db.execute(query, (self.slot, name)).fetchone())
        return bytes(row[0]) if row else None

    async def put(self, items: Sequence[tuple[str, bytes]]) -> None:
        """Add reports (id, encoded item) to the outbox; an id already there stays as it is."""
        statement = "INSERT OR IGNORE INTO outbox (slot, id, item) VALUES (?, ?, ?)"
        rows = [(self.slot, item_id, item) for item_id, item in items]
        await self._storage.write(lambda db: _do_many(db, statement, rows))

    async def outbox(self) -> list[bytes]:
        """The unsettled reports, oldest first."""
        query = "SELECT item FROM outbox WHERE slot = ? ORDER BY position"
        rows = await self._storage.write(lambda db: db.execute(query, (self.slot,)).fetchall())
        return [bytes(row[0]) for row in rows]

    def settle(self, ids: Sequence[str]) -> "Future[None]":
        """Drop settled reports. Nobody needs to wait: an item left by a crash is reported again and settled again."""
        rows = [(self.slot, item_id) for item_id in ids]
        return self._storage.submit(lambda db: _do_many(db, "DELETE FROM outbox WHERE slot = ? AND id = ?", rows))

    async def put_receipt(self, order_hash: str, receipt_id: str, receipt: bytes) -> bytes:
        """Keep the one receipt of an order; returns the one that is kept: this, or one made before."""

        def work(db: sqlite3.Connection) -> bytes:
            row = (self.slot, order_hash, receipt_id, receipt)
            db.execute("INSERT OR IGNORE INTO receipt (slot, order_hash, id, receipt) VALUES (?, ?, ?, ?)", row)
            query = "SELECT receipt FROM receipt WHERE slot = ? AND order_hash = ?"
            return bytes(db.execute(query, (self.slot, order_hash)).fetchone()[0])

        return await self._storage.write(work)

    async def orders_with_receipt(self) -> set[str]:
        """Hashes of the orders that have one, settled or not."""
        query = "SELECT order_hash FROM receipt WHERE slot = ?"
        rows = await self._storage.write(lambda db: db.execute(query, (self.slot,)).fetchall())
        return {str(row[0]) for row in rows}

    async def receipts(self) -> list[bytes]:
        """The unsettled receipts."""
        query = "SELECT receipt FROM receipt WHERE slot = ? AND settled = 0 ORDER BY rowid"
        rows = await self._storage.write(lambda db: db.execute(query, (self.slot,)).fetchall())
        return [bytes(row[0]) for row in rows]

    def settle_receipt(self, receipt_id: str) -> "Future[None]":
        """The server has this receipt."""
        statement = "UPDATE receipt SET settled = 1 WHERE slot = ? AND id = ?"
        return self._storage.submit(lambda db: _do(db, statement, (self.slot, receipt_id)))


def _do(db: sqlite3.Connection, statement: str, row: Sequence[Any]) -> None:
    db.execute(statement, row)


def _do_many(db: sqlite3.Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    db.executemany(statement, rows)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        connection = sqlite3.connect(path, timeout=0.5, isolation_level=None, check_same_thread=False)
        for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "cache_size=-512"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(_SCHEMA)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StorageInUse(f"{path} is used by another process") from error
        raise StorageUnwritable(f"{path}: {error}") from error
    except (OSError, sqlite3.Error) as error:
        raise StorageUnwritable(f"{path}: {error}") from error
    return connection
