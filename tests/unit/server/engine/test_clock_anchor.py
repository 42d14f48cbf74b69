from server.ceremony.ceremony import Ceremony
from server.ceremony.details import ClockAnchored
from server.engine.clock_anchor import clock_of, journal_anchor, open_engine
from server.journal.memory import MemoryJournal, MemoryKeys
from tests.support.engines import running


async def test_within_one_boot_a_restarted_server_tells_the_same_time():
    journal, keys = MemoryJournal(), MemoryKeys()
    engine, clock = await open_engine(journal, keys)
    async with running(engine):
        await journal_anchor(engine, clock)
        await journal_anchor(engine, clock)
    assert engine.head.seq == 1
    engine, again = await open_engine(journal, keys)
    assert again.anchor == clock.anchor
    async with running(engine):
        await journal_anchor(engine, again)
    assert engine.head.seq == 1


def test_after_another_boot_the_clock_is_anchored_anew():
    state = Ceremony()
    state.details.anchor = ClockAnchored(clock_id="another boot", utc=5, monotonic=1)
    clock = clock_of(state, "this boot")
    assert clock.anchor[1] > 5
    assert clock_of(state, "another boot").anchor == ("another boot", 5, 1)
