"""How our SQLite files are opened, committed to, and what their errors mean."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.engine.port import JournalCorrupt, JournalError, JournalUnwritable


def connected(path: Path, schema: str, version: int) -> sqlite3.Connection:
    """A connection in write-ahead mode that makes every commit durable, with the schema laid.

    Raises:
        sqlite3.Error: the file cannot be opened, created or understood.
        JournalCorrupt: the file was written by a newer version of this program.

    """
    # The thread that opens is the thread that uses it; closing may happen in another at interpreter exit.
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA secure_delete=ON")
        _lay(db, path, schema, version)
    except BaseException:
        db.close()
        raise
    return db


def _lay(db: sqlite3.Connection, path: Path, schema: str, version: int) -> None:
    (found,) = db.execute("PRAGMA user_version").fetchone()
    if found > version:
        raise JournalCorrupt(f"{path}: format {found} is newer than this program's {version}")
    if found < version:
        db.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version={version}; COMMIT;")


@contextmanager
def committed(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction: committed and fsynced at the end, or rolled back whole when anything raises."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled back already by itself.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def journal_error(error: sqlite3.Error) -> JournalError:
    """What a SQLite error means for the engine: a broken file, or a file that cannot be written now."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return JournalCorrupt(str(error))
    return JournalUnwritable(str(error))
