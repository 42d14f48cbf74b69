import gc

import pytest

from server.ceremony.rules import SYSTEM
from server.engine.engine import Engine
from server.engine.ids import new_id
from server.engine.port import GENESIS, Entry, JournalCorrupt, StoredEntry
from server.engine.replay import replay
from server.journal.memory import MemoryJournal, MemoryKeys
from site_agent.units import Instant
from tests.support.engines import FakeClock, init_command, initiated, running_engine
from tests.support.programmes import ADMIN, import_programme, start


class BrokenJournal(MemoryJournal):
    """Reads back what `spoil` makes of each entry."""

    def __init__(self, entries, spoil):
        super().__init__()
        self._entries = [spoil(entry) for entry in entries]


async def history() -> MemoryJournal:
    journal = MemoryJournal()
    async with running_engine(journal) as engine:
        await initiated(engine)
        await engine.submit_many([import_programme(), start(1), start(2)], ADMIN)
    return journal


async def test_the_whole_history_leads_to_the_same_state():
    journal, keys = MemoryJournal(), MemoryKeys()
    async with running_engine(journal, keys) as engine:
        await initiated(engine)
        await engine.submit_many([import_programme(), start(1), start(9), start(2)], ADMIN)
    result = await replay(journal, keys)
    assert result.state == engine.state
    assert result.head == engine.head
    assert (result.events, len(result.ids)) == (4, 4)
    assert gc.isenabled()


async def test_an_empty_journal_leads_to_an_empty_ceremony():
    result = await replay(MemoryJournal(), MemoryKeys())
    assert (result.head, result.events) == (GENESIS, 0)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda entry: StoredEntry(entry.seq, entry.hash, entry.body.replace(b"item-1", b"item-3")),
        lambda entry: StoredEntry(entry.seq, bytes(32) if entry.seq == 3 else entry.hash, entry.body),
        lambda entry: StoredEntry(entry.seq + (entry.seq > 2), entry.hash, entry.body),
    ],
    ids=["another body", "another hash", "a gap"],
)
async def test_a_journal_that_was_tampered_with_does_not_start(spoil):
    journal = BrokenJournal((await history())._entries, spoil)
    with pytest.raises(JournalCorrupt, match=r"entry [23]"):
        await Engine.opened(journal, MemoryKeys(), FakeClock())


async def test_an_entry_nobody_understands_is_named():
    journal = await history()
    await journal.append(await journal.head(), [Entry(id=new_id(), at=Instant(1), body=b"{}")])
    with pytest.raises(JournalCorrupt, match="entry 5"):
        await replay(journal, MemoryKeys())


async def test_a_second_ceremony_in_one_journal_is_refused_after_a_restart_too():
    journal = await history()
    async with running_engine(journal) as engine:
        assert (await engine.submit(init_command(), SYSTEM)).problem.code == "already_initiated"
