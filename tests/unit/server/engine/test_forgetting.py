import msgspec
import pytest

from server.ceremony.attendance import CloseFigures
from server.ceremony.cue import OpenPolling, PlanCue, PrepareCue, WaiveSite
from server.ceremony.rules import FORGOTTEN, Person
from server.engine.body_hashes import BodyHashes, _hashed
from server.engine.codec import body_hash, header
from server.engine.ids import new_id
from server.engine.kept import PURPOSE
from server.engine.port import JournalUnwritable
from server.engine.secret import NumberedSecret
from server.feeds.hub import FeedHub
from server.feeds.telemetry_port import ReadyCount
from server.journal.memory import MemoryJournal, MemoryKeys
from server.journal.verify import verify
from server.reports.morning import build_morning
from site_agent.units import Attempt, PersonId, SiteCode
from tests.support.engines import FakeClock, init_command, initiated, running_engine
from tests.support.houses import plan
from tests.support.programmes import ADMIN, CALLER, import_programme
from tests.support.rosters import roster_with_contact


class NobodyConnected:
    """The live side before anybody came."""

    def connected_devices(self, site):
        return set()

    def link(self, site):
        return None

    def readiness(self, cue, attempt):
        return ReadyCount()

    def on_change(self, devices, readiness):
        pass


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


async def test_who_closed_the_figures_or_waived_a_site_is_sealed_and_shown_as_erased_once_forgotten():
    journal, keys = MemoryJournal(), MemoryKeys()
    cue = plan(ceremony_id=init_command().ceremony_id)
    roster = roster_with_contact("Họ và tên")
    required = tuple(msgspec.structs.replace(site, required=True) for site in roster.sites)
    async with running_engine(journal, keys) as engine:
        await initiated(engine)
        feeds = FeedHub(engine, FakeClock(), NobodyConnected())
        for command in (
            msgspec.structs.replace(roster, sites=required),
            CloseFigures(id=new_id(), closed_by="Người chốt"),
            PlanCue(id=new_id(), plan=cue),
            PrepareCue(id=new_id(), cue=cue.cue),
            OpenPolling(id=new_id(), cue=cue.cue, live=False),
            WaiveSite(id=new_id(), cue=cue.cue, attempt=Attempt(1), site=SiteCode("1"), named="Người đồng ý", reason="Mất điện"),
        ):
            answer = await engine.submit(command, ADMIN)
            assert answer.outcome == "accepted", answer

        def shown() -> tuple[str, str, str]:
            names = feeds.read("names")["names"]
            return names.closed_by, names.waived["launch"]["1"], build_morning(engine.state).closed_by

        assert shown() == ("Người chốt", "Người đồng ý", "Người chốt")
        stored = b"".join([entry.body async for block in journal.read() for entry in block])
        assert "Người chốt".encode() not in stored
        assert "Người đồng ý".encode() not in stored
        [closing] = engine.state.attendance.closings
        [waiver] = engine.state.cues.cues[cue.cue].attempts[0].waived.values()
        await engine.forget(closing.closed_by.person)
        await engine.forget(waiver.named.person)
        assert shown() == (FORGOTTEN, FORGOTTEN, FORGOTTEN)
    assert (await verify(journal, keys)).forgotten == 2


async def test_names_and_phones_are_not_in_the_journal():
    journal = MemoryJournal()
    async with running_engine(journal) as engine:
        await initiated(engine)
        await engine.submit(roster_with_contact("Họ và tên"), ADMIN)
    stored = b"".join([entry.body async for block in journal.read() for entry in block])
    assert b"0912" not in stored
    assert "Họ và".encode() not in stored


async def test_a_stored_hash_cannot_be_guessed_from_without_the_keys_and_after_forgetting_not_at_all():
    journal, keys = MemoryJournal(), MemoryKeys()
    command = roster_with_contact("Họ và tên")
    other = msgspec.structs.replace(roster_with_contact("Người khác"), id=command.id)
    async with running_engine(journal, keys) as engine:
        await initiated(engine)
        first = await engine.submit(command, ADMIN)
        stored = header((await journal.find(command.id)).body)
        assert stored.body_hash != body_hash(command)
        assert BodyHashes(keys).stored(body_hash(command)) == stored.body_hash
        await engine.forget(contact(engine).person)
        secrets = {secret for secret in keys._keys.values() if secret is not None}
        assert stored.body_hash not in {_hashed(secret, body_hash(command)) for secret in secrets}
        # What cannot be compared any more is known by its id and sender.
        assert await engine.submit(command, ADMIN) == await engine.submit(other, ADMIN) == first
        assert (await engine.submit(command, CALLER)).problem.code == "id_reused"
        later = import_programme()
        assert (await engine.submit(later, ADMIN)).outcome == "accepted"
    async with running_engine(journal, keys) as again:
        assert (await again.submit(later, ADMIN)).outcome == "accepted"
        changed = msgspec.structs.replace(later, items=later.items[:1])
        assert (await again.submit(changed, ADMIN)).problem.code == "id_reused"
        assert again.head.seq == 3


class SecretsInOrder(MemoryKeys):
    """Says what was destroyed, in order; the person's own key cannot be."""

    def __init__(self):
        super().__init__()
        self.destroyed = []

    async def forget(self, person):
        if len(self.destroyed) == 2:
            raise JournalUnwritable("disk full")
        self.destroyed.append(person)
        await super().forget(person)


async def test_the_secrets_of_hashes_and_kept_state_go_before_the_persons_key_so_that_a_crash_between_leaves_nothing_to_guess():
    keys = SecretsInOrder()
    async with running_engine(keys=keys) as engine:
        await initiated(engine)
        await engine.submit(roster_with_contact("Họ và tên"), ADMIN)
        secrets = [NumberedSecret(keys, PURPOSE).key_name, BodyHashes(keys).key_name]
        person = contact(engine).person
        with pytest.raises(JournalUnwritable):
            await engine.forget(person)
        assert keys.destroyed == secrets
        assert contact(engine).personal.name == "Họ và tên"
        assert (await engine.submit(import_programme(), ADMIN)).outcome == "accepted"


class StuckKeys(MemoryKeys):
    """Cannot be written once `stuck`."""

    stuck = False

    async def forget(self, person):
        raise JournalUnwritable("disk full")

    async def ensure(self, people):
        if people and self.stuck:
            raise JournalUnwritable("disk full")
        await super().ensure(people)


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
    keys = StuckKeys()
    async with running_engine(journal, keys) as engine:
        await initiated(engine)
        keys.stuck = True
        answer = await engine.submit(roster_with_contact("Họ và tên"), ADMIN)
        assert answer.problem.code == "journal_unwritable"
        assert (await journal.head()).seq == 1
        assert not engine.state.roster.sites
