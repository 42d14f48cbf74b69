import dataclasses

import msgspec
import pytest
from msgspec import inspect

from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import CueState, OpenPolling, PlanCue, PrepareCue
from server.engine import kept
from server.engine.engine import Engine
from server.engine.ids import new_id
from server.engine.keeper import Keeper, due, launching
from server.engine.kept import NotKept, opened_kept, sealed_kept
from server.engine.port import Entry, JournalUnwritable
from server.engine.replay import replay
from server.engine.secret import NumberedSecret
from server.journal.memory import MemoryJournal, MemoryKeys
from server.journal.verify import verify
from site_agent.units import Instant
from tests.support.engines import FakeClock, FakeTimer, initiated, running, running_engine
from tests.support.houses import plan
from tests.support.programmes import ADMIN, CALLER, import_programme, start
from tests.support.rosters import roster_with_contact


class MemoryFile:
    """Holds one blob; `full` keeps it from taking another."""

    def __init__(self, blob=None):
        self.blob = blob
        self.full = False

    async def load(self):
        return self.blob

    async def save(self, sealed):
        if self.full:
            raise JournalUnwritable("disk full")
        self.blob = sealed


async def begun(engine) -> Engine:
    """A ceremony with a person, a programme and a cue in it."""
    await initiated(engine)
    made = plan(ceremony_id=engine.state.details.initiated.ceremony_id)
    for command, principal in (
        (roster_with_contact("Họ và tên"), ADMIN),
        (import_programme(), ADMIN),
        (start(1), ADMIN),
        (PlanCue(id=new_id(), plan=made), CALLER),
        (PrepareCue(id=new_id(), cue=made.cue), CALLER),
    ):
        answer = await engine.submit(command, principal)
        assert answer.outcome == "accepted", answer
    return engine


async def kept_history(more=()) -> tuple[MemoryJournal, MemoryKeys, MemoryFile]:
    """A journal whose state was kept in the midst of it."""
    journal, keys, file = MemoryJournal(), MemoryKeys(), MemoryFile()
    async with running_engine(journal, keys) as engine:
        await begun(engine)
        assert await Keeper(engine, keys, file).keep()
        for command, principal in more:
            assert (await engine.submit(command, principal)).outcome == "accepted"
    return journal, keys, file


async def test_the_kept_state_and_what_came_after_give_what_the_whole_journal_gives():
    journal, keys, file = await kept_history([(start(2), ADMIN), (OpenPolling(id=new_id(), cue="launch", live=False), CALLER)])
    whole, short = await replay(journal, keys), await replay(journal, keys, file)
    assert short.kept.seq == 6
    assert (whole.kept.seq, short.head, short.ids, short.events) == (0, whole.head, whole.ids, whole.events)
    assert short.state == whole.state
    assert (await verify(journal, keys)).broken_at is None


async def test_a_command_accepted_before_the_state_was_kept_is_known_after_the_restart():
    journal, keys, file = MemoryJournal(), MemoryKeys(), MemoryFile()
    command = import_programme()
    async with running_engine(journal, keys) as engine:
        await initiated(engine)
        first = await engine.submit(command, ADMIN)
        await Keeper(engine, keys, file).keep()
    clock = FakeClock()
    engine = Engine(journal, keys, clock, await replay(journal, keys, file), FakeTimer(clock))
    assert engine.kept_head == engine.head
    async with running(engine):
        assert await engine.submit(command, ADMIN) == first
        assert engine.head.seq == 2


async def test_nothing_that_is_kept_can_be_read_without_the_keys():
    _, keys, file = await kept_history()
    for words in ("Họ và tên", "Xã", "item-1", "le-phat-dong"):
        assert words.encode() not in file.blob
    with pytest.raises(NotKept):
        opened_kept(file.blob, MemoryKeys())
    assert opened_kept(file.blob, keys).head.seq == 6


async def test_what_another_program_kept_is_passed_over(monkeypatch):
    journal, keys, file = await kept_history()
    monkeypatch.setattr(kept, "program", lambda: "another")
    assert (await replay(journal, keys, file)).kept.seq == 0


@pytest.mark.parametrize("spoil", [lambda blob: b"", lambda blob: blob[:-1], lambda blob: blob[:-1] + bytes([blob[-1] ^ 1])])
async def test_what_was_torn_or_changed_is_passed_over(spoil):
    journal, keys, file = await kept_history()
    result = await replay(journal, keys, MemoryFile(spoil(file.blob)))
    assert (result.kept.seq, result.head.seq) == (0, 6)


async def test_a_state_of_another_journal_is_passed_over():
    _, keys, file = await kept_history()
    other = MemoryJournal()
    async with running_engine(other, keys) as engine:
        await begun(engine)
        expected = engine.state
    result = await replay(other, keys, file)
    assert (result.kept.seq, result.state) == (0, expected)


async def test_a_journal_that_ends_before_the_kept_state_is_replayed():
    journal, keys, file = await kept_history()
    shorter = MemoryJournal()
    shorter._entries = journal._entries[:4]
    result = await replay(shorter, keys, file)
    assert (result.kept.seq, result.head.seq) == (0, 4)


async def test_what_was_kept_before_somebody_was_forgotten_cannot_be_opened_again():
    journal, keys, file = await kept_history()
    before = file.blob
    async with running_engine(journal, keys) as engine:
        await engine.forget(engine.state.roster.sites["1"].contact.person)
        assert engine.settled
        assert await Keeper(engine, keys, file).keep()
    with pytest.raises(NotKept, match="forgotten"):
        opened_kept(before, keys)
    again = await replay(journal, keys, file)
    assert again.kept.seq == 6
    assert again.state.roster.sites["1"].contact.personal is None


class Unreadable(MemoryJournal):
    """Cannot be read back once `broken`."""

    broken = False

    async def read(self, after=0):
        if self.broken:
            raise JournalUnwritable("input/output error")
        async for block in super().read(after):
            yield block


async def test_a_state_that_still_holds_somebody_being_forgotten_is_not_kept():
    journal, keys, file = Unreadable(), MemoryKeys(), MemoryFile()
    async with running_engine(journal, keys) as engine:
        await begun(engine)
        journal.broken = True
        with pytest.raises(JournalUnwritable):
            await engine.forget(engine.state.roster.sites["1"].contact.person)
        assert engine.state.roster.sites["1"].contact.personal is not None
        assert not await Keeper(engine, keys, file).keep()
        assert file.blob is None
        journal.broken = False
        await engine.forget(engine.state.roster.sites["1"].contact.person)
        assert await Keeper(engine, keys, file).keep()


async def test_a_full_disk_leaves_what_was_kept_before():
    journal, keys, file = await kept_history()
    file.full = True
    async with running_engine(journal, keys) as engine:
        assert not await Keeper(engine, keys, file).keep()
    assert (await replay(journal, keys, file)).kept.seq == 6


async def test_the_state_is_kept_at_the_stop_when_enough_came_since(monkeypatch):
    journal, keys, file = MemoryJournal(), MemoryKeys(), MemoryFile()
    async with running_engine(journal, keys) as engine:
        await begun(engine)
        keeper = Keeper(engine, keys, file)
    await keeper.stop()
    assert file.blob is None
    monkeypatch.setattr("server.engine.keeper.ENTRIES_AT_STOP", 6)
    await keeper.stop()
    assert opened_kept(file.blob, keys).head == engine.head


@pytest.mark.parametrize(
    ("behind", "moved", "expected"), [(9_999, 0, False), (10_000, 250, True), (10_000, 251, False), (50_000, 9_000, True)]
)
def test_a_calm_moment_is_waited_for_but_not_for_ever(behind, moved, expected):
    assert due(behind, moved) is expected


async def test_no_pause_is_taken_while_a_button_may_be_pressed():
    async with running_engine() as engine:
        await begun(engine)
        assert not launching(engine.state)
        engine.state.cues.cues["launch"].state = CueState.ARMED
        assert launching(engine.state)


async def test_an_entry_that_does_not_follow_the_kept_state_is_named():
    journal, keys, file = await kept_history()
    await journal.append(await journal.head(), [Entry(id=new_id(), at=Instant(1), body=b"{}")])
    with pytest.raises(Exception, match="entry 7"):
        await replay(journal, keys, file)


def test_every_slice_of_state_can_be_kept_whole():
    loose = list(_unkeepable(inspect.type_info(Ceremony), "Ceremony", set()))
    assert not loose, f"these would not come back as they were: {loose}"


def _unkeepable(info, place, seen):
    """Places whose type says too little to be read back, and private fields, which are not written."""
    match info:
        case inspect.AnyType() | inspect.CustomType() | inspect.RawType():
            yield place
        case inspect.DataclassType(cls=cls, fields=fields) | inspect.StructType(cls=cls, fields=fields):
            if cls in seen:
                return
            seen.add(cls)
            written = {field.name for field in fields}
            if dataclasses.is_dataclass(cls):
                yield from (f"{cls.__name__}.{each.name}" for each in dataclasses.fields(cls) if each.name not in written)
            for field in fields:
                name = f"{cls.__name__}.{field.name}"
                if field.name.startswith("_"):
                    yield name
                yield from _unkeepable(field.type, name, seen)
        case inspect.DictType(key_type=key, value_type=value):
            yield from _unkeepable(key, place, seen)
            yield from _unkeepable(value, place, seen)
        case inspect.UnionType(types=types) | inspect.TupleType(item_types=types):
            for each in types:
                yield from _unkeepable(each, place, seen)
        case _ if (item := getattr(info, "item_type", None)) is not None:
            yield from _unkeepable(item, place, seen)


async def test_sealing_needs_a_durable_secret():
    keys = MemoryKeys()
    secret = NumberedSecret(keys, kept.PURPOSE)
    await keys.ensure([secret.key_name])
    async with running_engine(keys=keys) as engine:
        await initiated(engine)
        blob = sealed_kept(engine.state, engine.head, engine.events, engine.ids, secret)
        assert opened_kept(blob, keys).state == engine.state
    assert msgspec.msgpack.decode(blob)["secret"] == 0
