import pytest

from server.engine.ids import new_id
from server.engine.port import GENESIS, Entry, Head, StoredEntry
from server.journal.background import BROKEN_AT, check_chain
from server.journal.memory import MemoryJournal
from site_agent.units import Instant


async def journal_of(entries: int) -> MemoryJournal:
    journal = MemoryJournal()
    await journal.append(GENESIS, [Entry(id=new_id(), at=Instant(1), body=b"%d" % number) for number in range(entries)])
    return journal


async def test_a_whole_chain_passes():
    journal = await journal_of(1_200)
    assert await check_chain(journal, await journal.head(), pause=0) is None
    place = journal._entries[599]
    assert await check_chain(journal, Head(seq=place.seq, hash=place.hash), pause=0) is None


@pytest.mark.parametrize("entry", [1, 700, 1_200])
async def test_the_first_entry_that_was_changed_is_named(entry):
    journal = await journal_of(1_200)
    head = await journal.head()
    before = journal._entries[entry - 1]
    journal._entries[entry - 1] = StoredEntry(before.seq, before.hash, before.body + b"!")
    assert await check_chain(journal, head, pause=0) == entry
    assert BROKEN_AT._value.get() == entry
    BROKEN_AT.set(0)


async def test_a_chain_that_ends_elsewhere_than_it_should_is_told():
    journal = await journal_of(3)
    assert await check_chain(journal, Head(seq=3, hash=bytes(32)), pause=0) == 3
    assert await check_chain(journal, Head(seq=5, hash=bytes(32)), pause=0) == 4
    BROKEN_AT.set(0)
