import sqlite3

import pytest

from server.engine.ids import new_id
from server.engine.port import Entry
from server.journal.memory import MemoryJournal, MemoryKeys
from server.journal.sqlite import SqliteJournal
from server.journal.verify import verify
from site_agent.units import Instant
from tests.support.engines import initiated, running_engine
from tests.support.programmes import ADMIN, import_programme, start


@pytest.fixture
async def path(tmp_path):
    """A journal of four entries."""
    place = tmp_path / "journal.sqlite3"
    journal = await SqliteJournal.open(place)
    async with running_engine(journal) as engine:
        await initiated(engine)
        await engine.submit_many([import_programme(), start(1), start(2)], ADMIN)
    await journal.close()
    return place


async def verdict_of(path):
    journal = await SqliteJournal.open(path)
    try:
        return await verify(journal, MemoryKeys())
    finally:
        await journal.close()


async def test_a_whole_journal_is_said_to_be_whole_and_counted(path):
    verdict = await verdict_of(path)
    assert (verdict.broken_at, verdict.reason) == (None, "")
    assert (verdict.entries, verdict.events, verdict.forgotten) == (4, 4, 0)
    assert verdict.by_kind == {"item_started": 2, "ceremony_initiated": 1, "programme_imported": 1}
    assert len(verdict.head) == 64


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ("UPDATE entries SET body = replace(CAST(body AS TEXT), 'item-1', 'item-2') WHERE seq = 3", 3),
        ("UPDATE entries SET hash = zeroblob(32) WHERE seq = 2", 2),
        ("DELETE FROM entries WHERE seq = 2", 3),
    ],
    ids=["a body", "a hash", "a gap"],
)
async def test_it_says_where_a_changed_journal_breaks(path, change, at):
    with sqlite3.connect(path) as db:
        db.execute(change.replace("replace(CAST", "CAST(replace(CAST").replace("'item-2')", "'item-2') AS BLOB)"))
    verdict = await verdict_of(path)
    assert verdict.broken_at == at
    assert verdict.reason
    assert verdict.entries < 4


async def test_an_entry_that_cannot_be_folded_is_named():
    journal = MemoryJournal()
    async with running_engine(journal) as engine:
        await initiated(engine)
    await journal.append(await journal.head(), [Entry(id=new_id(), at=Instant(1), body=b"{}")])
    verdict = await verify(journal, MemoryKeys())
    assert verdict.broken_at == 2
    assert "cannot be read" in verdict.reason


async def test_an_empty_journal_is_whole():
    verdict = await verify(MemoryJournal(), MemoryKeys())
    assert (verdict.entries, verdict.broken_at) == (0, None)
