import asyncio
import os
import sqlite3
import sys
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from server.engine.ids import new_id
from server.engine.port import GENESIS, Entry, JournalCorrupt, JournalInUse, JournalUnwritable
from server.journal.lock import DataLock, holder_of
from server.journal.sqlite import SqliteJournal
from site_agent.units import Instant
from tests.support.disks import full_disk


def entry(body: bytes = b"{}") -> Entry:
    return Entry(id=new_id(), at=Instant(1), body=body)


async def test_a_second_opening_is_refused_and_names_the_process_that_holds_it(tmp_path):
    journal = await SqliteJournal.open(tmp_path / "journal.sqlite3")
    with pytest.raises(JournalInUse, match=str(os.getpid())):
        await SqliteJournal.open(tmp_path / "journal.sqlite3")
    assert holder_of(tmp_path / "server.lock") == os.getpid()
    await journal.close()
    assert holder_of(tmp_path / "server.lock") is None
    await (await SqliteJournal.open(tmp_path / "journal.sqlite3")).close()


async def test_another_process_is_told_the_pid_of_the_holder(tmp_path):
    journal = await SqliteJournal.open(tmp_path / "journal.sqlite3")
    code = f"from pathlib import Path; from server.journal.lock import DataLock; DataLock.taken(Path({str(tmp_path / 'server.lock')!r}))"
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stderr=asyncio.subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(Path.cwd())}
    )
    _, said = await other.communicate()
    assert other.returncode == 1
    assert f"JournalInUse: Dữ liệu đang được tiến trình {os.getpid()} sử dụng" in said.decode()
    await journal.close()


def test_nobody_holds_a_lock_that_was_never_taken(tmp_path):
    assert holder_of(tmp_path / "server.lock") is None


def test_a_lock_that_was_left_by_a_dead_process_is_free(tmp_path):
    (tmp_path / "server.lock").write_text("999999\n")
    assert holder_of(tmp_path / "server.lock") is None
    lock = DataLock.taken(tmp_path / "server.lock")
    assert holder_of(tmp_path / "server.lock") == os.getpid()
    lock.release()


async def test_on_a_full_disk_nothing_of_the_batch_is_kept_and_it_recovers(tmp_path):
    journal = await SqliteJournal.open(tmp_path / "journal.sqlite3")
    head = await journal.append(GENESIS, [entry(b"before")])
    lost = [entry(b"small"), entry(b"x" * 400_000)]
    with full_disk((tmp_path / "journal.sqlite3-wal").stat().st_size + 50_000):
        with pytest.raises(JournalUnwritable):
            await journal.append(head, lost)
        with pytest.raises(JournalUnwritable):
            await journal.probe()
        assert await journal.head() == head
        assert await journal.find(lost[0].id) is None
    await journal.probe()
    after = await journal.append(head, lost)
    assert after.seq == 3
    await journal.close()
    journal = await SqliteJournal.open(tmp_path / "journal.sqlite3")
    assert await journal.head() == after
    await journal.close()


async def test_a_journal_in_a_place_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(JournalUnwritable, match="missing"):
        await SqliteJournal.open(tmp_path / "missing" / "journal.sqlite3")


async def test_a_file_that_is_no_database_is_refused_and_the_lock_is_free_again(tmp_path):
    (tmp_path / "journal.sqlite3").write_bytes(b"these are the minutes of a meeting " * 100)
    with pytest.raises(JournalCorrupt):
        await SqliteJournal.open(tmp_path / "journal.sqlite3")
    assert holder_of(tmp_path / "server.lock") is None


async def test_a_journal_of_a_newer_program_is_refused(tmp_path):
    await (await SqliteJournal.open(tmp_path / "journal.sqlite3")).close()
    with sqlite3.connect(tmp_path / "journal.sqlite3") as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(JournalCorrupt, match="newer"):
        await SqliteJournal.open(tmp_path / "journal.sqlite3")


async def test_every_commit_is_made_durable_in_write_ahead_mode(tmp_path):
    journal = await SqliteJournal.open(tmp_path / "journal.sqlite3")
    db = journal._store._db
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    tables = db.execute(
        "SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND name IN ('entries', 'probe')"
    ).fetchall()
    assert sorted(tables) == [("entries", 1), ("probe", 1)]
    await journal.close()


async def test_nothing_blocks_the_event_loop(tmp_path):
    with blockbuster_ctx():
        journal = await SqliteJournal.open(tmp_path / "journal.sqlite3")
        head = await journal.append(GENESIS, [first := entry()])
        await journal.append(head, [entry() for _ in range(100)])
        await journal.find(first.id)
        await journal.probe()
        assert sum([len(block) async for block in journal.read()]) == 101
        await journal.close()
