import pytest

from server.ceremony.rules import Person
from server.engine.port import JournalUnwritable
from server.journal.memory import MemoryJournal, MemoryKeys
from server.journal.verify import verify
from site_agent.units import PersonId
from tests.support.engines import initiated, running_engine
from tests.support.programmes import ADMIN
from tests.support.rosters import roster_with_contact


def contact(engine) -> Person:
    return engine.state.roster.sites["1"].contact


async def test_a_forgotten_person_is_gone_from_the_state_at_once_and_after_a_restart():
    journal, keys = MemoryJournal(), MemoryKeys()
    async with running_engine(journal, keys) as engine:
        await initiated(engine)
        assert (await engine.submit(roster_with_contact("Họ và tên"), ADMIN)).outcome == "accepted"
        person = contact(engine).person
        assert contact(engine).personal.name == "Họ và tên"
        rebuilt = []
        engine.listen_reload(lambda: rebuilt.append(contact(engine)))
        await engine.forget(person)
        assert rebuilt == [Person(person, None)]
        assert contact(engine) == Person(person, None)
        assert (await engine.submit(roster_with_contact("Người khác"), ADMIN)).outcome == "accepted"
        assert contact(engine).personal.name == "Người khác"
        assert contact(engine).person != person
    async with running_engine(journal, keys) as again:
        assert again.state == engine.state
    verdict = await verify(journal, keys)
    assert (verdict.broken_at, verdict.forgotten) == (None, 1)


async def test_names_and_phones_are_not_in_the_journal():
    journal = MemoryJournal()
    async with running_engine(journal) as engine:
        await initiated(engine)
        await engine.submit(roster_with_contact("Họ và tên"), ADMIN)
    stored = b"".join([entry.body async for block in journal.read() for entry in block])
    assert b"0912" not in stored
    assert "Họ và".encode() not in stored


class StuckKeys(MemoryKeys):
    async def forget(self, person):
        raise JournalUnwritable("disk full")

    async def ensure(self, people):
        if people:
            raise JournalUnwritable("disk full")


async def test_a_person_is_not_forgotten_by_half():
    async with running_engine(keys=StuckKeys()) as engine:
        with pytest.raises(JournalUnwritable):
            await engine.forget(PersonId("a"))


async def test_a_stopped_engine_says_that_it_forgets_nobody():
    async with running_engine() as engine:
        await initiated(engine)
    with pytest.raises(JournalUnwritable):
        await engine.forget(PersonId("a"))


async def test_without_a_durable_key_nothing_personal_is_accepted():
    journal = MemoryJournal()
    async with running_engine(journal, StuckKeys()) as engine:
        await initiated(engine)
        answer = await engine.submit(roster_with_contact("Họ và tên"), ADMIN)
        assert answer.problem.code == "journal_unwritable"
        assert (await journal.head()).seq == 1
        assert not engine.state.roster.sites
