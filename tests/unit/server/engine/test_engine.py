import asyncio
import sys
from pathlib import Path

import msgspec
import pytest
from blockbuster import blockbuster_ctx

from server.ceremony import ceremony
from server.ceremony.programme import StartItem
from server.ceremony.rules import SYSTEM, Deadline
from server.engine.engine import MAX_BATCH, PROBE_EVERY, Engine
from server.engine.ids import new_id
from server.engine.port import Entry, HeadMoved
from server.journal.memory import MemoryJournal, MemoryKeys
from server.journal.people import SqliteKeys
from server.journal.sqlite import SqliteJournal
from server.journal.verify import verify
from site_agent.units import MINUTE, SECOND, Instant
from tests.support.disks import full_disk
from tests.support.engines import FakeClock, FakeTimer, init_command, initiated, running, running_engine
from tests.support.journals import FailingJournal, GatedJournal
from tests.support.programmes import ADMIN, CALLER, VIEWER, import_programme, start


async def settled(*tasks):
    """Let everything that can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)
    return tasks


async def test_an_accepted_command_is_in_state_and_journal_and_is_told():
    journal = MemoryJournal()
    async with running_engine(journal) as engine:
        told = []
        engine.listen(told.extend)
        command = import_programme()
        answer = await engine.submit(command, ADMIN)
        assert (answer.id, answer.outcome, answer.seq, answer.problem) == (command.id, "accepted", 1, None)
        assert list(engine.state.programme.items) == ["item-1", "item-2", "item-3"]
        assert [(p.seq, p.command, p.principal) for p in told] == [(1, command, ADMIN)]
        assert (await journal.find(command.id)).seq == 1
        assert engine.head == await journal.head()


async def test_a_refused_command_changes_nothing_and_is_decided_anew():
    journal = MemoryJournal()
    async with running_engine(journal) as engine:
        early = start(1)
        refused = await engine.submit(early, CALLER)
        assert (refused.outcome, refused.seq, refused.problem.code) == ("refused", None, "item_unknown")
        assert (await journal.head()).seq == 0
        await engine.submit(import_programme(), ADMIN)
        assert (await engine.submit(early, CALLER)).outcome == "accepted"


async def test_a_role_that_may_not_is_refused():
    async with running_engine() as engine:
        answer = await engine.submit(import_programme(), VIEWER)
        assert answer.problem.code == "forbidden"


async def test_nobody_sees_anything_before_it_is_durable():
    journal = GatedJournal()
    async with running_engine(journal) as engine:
        order = []
        engine.listen(lambda published: order.append("told"))
        journal.gate.clear()
        task = asyncio.create_task(engine.submit(import_programme(), ADMIN))
        task.add_done_callback(lambda _: order.append("answered"))
        await journal.begun.wait()
        await settled()
        assert not engine.state.programme.items
        assert order == []
        journal.gate.set()
        await task
        await settled()
        assert order == ["told", "answered"]
        assert engine.state.programme.items


async def test_listeners_hear_of_a_batch_when_all_of_it_is_in_the_state():
    async with running_engine() as engine:
        seen = []
        engine.listen(lambda published: seen.append((len(published), engine.state.programme.current)))
        answers = await engine.submit_many([import_programme(), start(1), start(2)], ADMIN)
        assert [answer.seq for answer in answers] == [1, 2, 3]
        assert seen == [(3, "item-2")]


async def test_commands_that_wait_for_the_disk_are_appended_together():
    journal = GatedJournal()
    async with running_engine(journal) as engine:
        journal.gate.clear()
        first = asyncio.create_task(engine.submit(import_programme(), ADMIN))
        await journal.begun.wait()
        rest = [asyncio.create_task(engine.submit(start(1 + n % 2), CALLER)) for n in range(50)]
        await settled()
        journal.gate.set()
        await asyncio.gather(first, *rest)
        assert journal.batches == [1, 50]


async def test_a_batch_has_a_limit_but_one_ask_is_never_split():
    journal = GatedJournal()
    async with running_engine(journal) as engine:
        await engine.submit(import_programme(), ADMIN)
        big = [start(1 + n % 2) for n in range(MAX_BATCH + 10)]
        journal.gate.clear()
        journal.begun.clear()
        first = asyncio.create_task(engine.submit(start(3), CALLER))
        await journal.begun.wait()
        asks = [asyncio.create_task(engine.submit_many(big, CALLER))]
        asks += [asyncio.create_task(engine.submit(start(1 + n % 2), CALLER)) for n in range(MAX_BATCH + 1)]
        await settled()
        journal.gate.set()
        await asyncio.gather(first, *asks)
        assert journal.batches == [1, 1, MAX_BATCH + 10, MAX_BATCH, 1]


async def test_a_refusal_in_a_list_leaves_the_others_alone():
    async with running_engine() as engine:
        answers = await engine.submit_many([start(1), import_programme(), start(9), start(1)], ADMIN)
        assert [answer.outcome for answer in answers] == ["refused", "accepted", "refused", "accepted"]
        assert [answer.seq for answer in answers] == [None, 1, None, 2]
        assert await engine.submit_many([], ADMIN) == []


async def test_the_same_id_again_gets_the_first_answer():
    async with running_engine() as engine:
        command = import_programme()
        first = await engine.submit(command, ADMIN)
        await engine.submit(start(1), CALLER)
        assert await engine.submit(command, ADMIN) == first
        assert engine.head.seq == 2


async def test_the_same_id_twice_in_one_batch_is_accepted_once():
    journal = GatedJournal()
    async with running_engine(journal) as engine:
        command = import_programme()
        other = msgspec.structs.replace(command, items=command.items[:1])
        same, different, stranger = (
            await engine.submit_many([command, command], ADMIN),
            await engine.submit(other, ADMIN),
            await engine.submit(command, CALLER),
        )
        assert [answer.seq for answer in same] == [1, 1]
        assert different.problem.code == stranger.problem.code == "id_reused"
        again = import_programme(2)
        assert [
            a.outcome for a in await engine.submit_many([again, msgspec.structs.replace(again, items=other.items)], ADMIN)
        ] == [
            "accepted",
            "refused",
        ]


async def test_answers_outlive_a_restart():
    journal, keys = MemoryJournal(), MemoryKeys()
    command = import_programme()
    async with running_engine(journal, keys) as engine:
        first = await engine.submit(command, ADMIN)
        before = engine.state
    async with running_engine(journal, keys) as engine:
        assert engine.state == before
        assert await engine.submit(command, ADMIN) == first
        assert (await engine.submit(command, CALLER)).problem.code == "id_reused"


@pytest.mark.parametrize("wrong", ["", "1", "018F0000-0000-7000-8000-00000000000A", "018f000000007000800000000000000a"])
async def test_an_id_has_one_spelling(wrong):
    async with running_engine() as engine:
        answer = await engine.submit(msgspec.structs.replace(import_programme(), id=wrong), ADMIN)
        assert answer.problem.code == "bad_id"


async def test_while_the_journal_cannot_be_written_all_is_refused_and_nothing_half_done():
    journal, clock = FailingJournal(), FakeClock()
    timer = FakeTimer(clock)
    async with running_engine(journal, clock=clock, timer=timer) as engine:
        problems, told = [], []
        engine.listen_problem(problems.append)
        engine.listen(told.extend)
        journal.full = True
        lost = import_programme()
        answers = await engine.submit_many([lost, start(1), start(9)], ADMIN)
        assert {answer.problem.code for answer in answers} == {"journal_unwritable"}
        assert engine.problem == problems[-1] != ""
        assert told == []
        assert not engine.state.programme.items
        assert (await engine.submit(start(1), CALLER)).problem.code == "journal_unwritable"

        timer.advance(PROBE_EVERY)
        await settled()
        assert (journal.probes, engine.problem) == (1, problems[-1])
        journal.full = False
        timer.advance(PROBE_EVERY)
        await settled()
        assert (journal.probes, engine.problem, problems[-1], len(problems)) == (2, "", "", 2)
        assert (await engine.submit(start(1), CALLER)).problem.code == "item_unknown", "the lost programme left no trace"
        assert (await engine.submit(lost, ADMIN)).seq == 1
        assert timer.earliest is None, "a healthy journal is not probed"


async def test_commands_that_are_refused_meanwhile_do_not_put_the_probe_off():
    journal, clock = FailingJournal(), FakeClock()
    timer = FakeTimer(clock)
    async with running_engine(journal, clock=clock, timer=timer) as engine:
        journal.full = True
        await engine.submit(import_programme(), ADMIN)
        due = timer.earliest
        clock.move(PROBE_EVERY // 2)
        await engine.submit(import_programme(), ADMIN)
        assert timer.earliest == due


async def test_a_full_disk_under_sqlite_is_survived(tmp_path):
    clock = FakeClock()
    timer = FakeTimer(clock)
    journal, keys = await SqliteJournal.open(tmp_path / "journal.sqlite3"), await SqliteKeys.open(tmp_path / "people.sqlite3")
    async with running_engine(journal, keys, clock, timer) as engine:
        await initiated(engine)
        recovered = asyncio.Event()
        engine.listen_problem(lambda problem: None if problem else recovered.set())
        with full_disk((tmp_path / "journal.sqlite3-wal").stat().st_size):
            assert (await engine.submit(import_programme(), ADMIN)).problem.code == "journal_unwritable"
            assert engine.head.seq == (await journal.head()).seq == 1
        timer.advance(PROBE_EVERY)
        await recovered.wait()
        assert (await engine.submit(import_programme(), ADMIN)).seq == 2
    await journal.close()
    await keys.close()


async def test_a_bug_in_a_rule_refuses_one_command_and_harms_nothing(monkeypatch):
    async with running_engine() as engine:
        await engine.submit(import_programme(), ADMIN)
        real = ceremony.evolve

        def broken(state, event):
            real(state, event)
            if getattr(event, "item", "") == "item-2":
                raise KeyError("bug")

        monkeypatch.setattr(ceremony, "evolve", broken)
        answers = await engine.submit_many([start(1), start(2), start(3)], CALLER)
        assert [answer.outcome for answer in answers] == ["accepted", "refused", "accepted"]
        assert answers[1].problem.code == "internal_error"
        assert list(engine.state.programme.started) == ["item-1", "item-3"]
        monkeypatch.setattr(ceremony, "decide", lambda *_: 1 / 0)
        assert (await engine.submit(start(1), CALLER)).problem.code == "internal_error"


async def test_a_listener_that_fails_does_not_keep_the_others_from_hearing():
    async with running_engine() as engine:
        told = []
        engine.listen(lambda published: 1 / 0)
        engine.listen(told.extend)
        assert (await engine.submit(import_programme(), ADMIN)).outcome == "accepted"
        assert len(told) == 1


async def test_stopping_finishes_what_has_begun_and_tells_the_rest():
    journal = GatedJournal()
    engine = await Engine.opened(journal, MemoryKeys(), FakeClock())
    task = asyncio.create_task(engine.run())
    journal.gate.clear()
    begun = asyncio.create_task(engine.submit(import_programme(), ADMIN))
    await journal.begun.wait()
    waiting = asyncio.create_task(engine.submit(start(1), CALLER))
    await settled()
    task.cancel()
    await settled()
    assert not task.done()
    journal.gate.set()
    await asyncio.gather(task, return_exceptions=True)
    assert (await begun).outcome == "accepted"
    assert (await waiting).problem.code == "engine_stopped"
    assert (await engine.submit(start(1), CALLER)).problem.code == "engine_stopped"
    assert (await journal.head()).seq == 1


async def test_a_journal_that_somebody_else_writes_stops_the_engine():
    journal = MemoryJournal()
    engine = await Engine.opened(journal, MemoryKeys(), FakeClock())
    await journal.append(await journal.head(), [Entry(id=new_id(), at=Instant(1), body=b"{}")])
    task = asyncio.create_task(engine.run())
    answer = await engine.submit(import_programme(), ADMIN)
    assert answer.problem.code == "engine_stopped"
    with pytest.raises(HeadMoved):
        await task
    assert not engine.state.programme.items


async def test_a_killed_server_has_lost_nothing_that_it_answered(tmp_path):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.engine_sender",
        str(tmp_path),
        cwd=Path(__file__).parents[4],
        stdout=asyncio.subprocess.PIPE,
    )
    told = [(await process.stdout.readline()).split() for _ in range(40)]
    process.kill()
    told += [line.split() async for line in process.stdout if line.endswith(b"\n")]
    await process.wait()
    journal, keys = await SqliteJournal.open(tmp_path / "journal.sqlite3"), await SqliteKeys.open(tmp_path / "people.sqlite3")
    async with running_engine(journal, keys) as engine:
        for line in told:
            seq, command = int(line[0]), msgspec.json.decode(line[1], type=StartItem)
            again = await engine.submit(command, ADMIN)
            assert (again.outcome, again.seq) == ("accepted", seq)
        assert (await verify(journal, keys)).broken_at is None
    await journal.close()
    await keys.close()


async def test_a_sender_that_went_away_does_not_stop_its_command():
    journal = GatedJournal()
    async with running_engine(journal) as engine:
        journal.gate.clear()
        gone = asyncio.create_task(engine.submit(import_programme(), ADMIN))
        await journal.begun.wait()
        gone.cancel()
        journal.gate.set()
        assert (await engine.submit(start(1), CALLER)).seq == 2


class Due:
    """A deadline capability: start each item at its instant, until it has started."""

    def __init__(self, *deadlines: Deadline) -> None:
        self.deadlines = deadlines

    def __call__(self, state):
        return [deadline for deadline in self.deadlines if deadline.command.item not in state.programme.started]


@pytest.fixture
def due(monkeypatch):
    """Items that anybody may start, and start by themselves."""
    monkeypatch.setattr("server.ceremony.access.authorise", lambda *_: None)

    def set_due(*deadlines):
        monkeypatch.setattr(ceremony, "deadlines", Due(*deadlines))

    return set_due


async def test_a_deadline_is_given_once_when_its_instant_has_come(due):
    clock = FakeClock()
    timer = FakeTimer(clock)
    journal, keys = MemoryJournal(), MemoryKeys()
    late, soon = (Deadline(Instant(clock.now() + wait), start(number)) for number, wait in ((1, 2 * MINUTE), (2, MINUTE)))
    due(late, soon)
    async with running_engine(journal, keys, clock, timer) as engine:
        await engine.submit(import_programme(), ADMIN)
        assert timer.earliest == soon.at
        timer.advance(MINUTE)
        await settled()
        assert engine.state.programme.started == {"item-2": soon.at}
        assert (await engine.submit(soon.command, SYSTEM)).seq == 2
        assert timer.earliest == late.at
    timer = FakeTimer(clock)
    clock.move(5 * MINUTE)
    async with running_engine(journal, keys, clock, timer) as engine:
        await settled()
        timer.advance(0)
        await settled()
        assert list(engine.state.programme.started) == ["item-2", "item-1"]
        assert timer.earliest is None


async def test_a_deadline_that_is_refused_waits_for_a_change(due):
    clock = FakeClock()
    timer = FakeTimer(clock)
    due(Deadline(clock.now(), start(1)))
    async with running_engine(clock=clock, timer=timer) as engine:
        await settled()
        timer.advance(SECOND)
        await settled()
        assert timer.earliest is None
        await engine.submit(import_programme(), ADMIN)
        timer.advance(SECOND)
        await settled()
        assert engine.state.programme.current == "item-1"


async def test_a_deadline_that_fell_due_while_the_disk_was_full_is_given_afterwards(due):
    clock = FakeClock()
    timer = FakeTimer(clock)
    journal = FailingJournal()
    due(Deadline(Instant(clock.now() + MINUTE), start(1)))
    async with running_engine(journal, clock=clock, timer=timer) as engine:
        await engine.submit(import_programme(), ADMIN)
        journal.full = True
        timer.advance(MINUTE)
        await settled()
        assert engine.problem
        journal.full = False
        timer.advance(PROBE_EVERY)
        await settled()
        timer.advance(0)
        await settled()
        assert engine.state.programme.current == "item-1"


async def test_nothing_blocks_the_event_loop(tmp_path):
    with blockbuster_ctx():
        journal, keys = await SqliteJournal.open(tmp_path / "journal.sqlite3"), await SqliteKeys.open(tmp_path / "people.sqlite3")
        clock = FakeClock()
        engine = await Engine.opened(journal, keys, clock)
        async with running(engine):
            await engine.submit(init_command(), SYSTEM)
            command = import_programme()
            await asyncio.gather(engine.submit(command, ADMIN), engine.submit(command, ADMIN))
            await engine.submit(command, ADMIN)
        await Engine.opened(journal, keys, clock)
        await journal.close()
        await keys.close()


async def test_ids_of_many_commands_are_kept_as_sixteen_bytes_each():
    async with running_engine() as engine:
        await engine.submit(import_programme(), ADMIN)
        assert {len(key) for key in engine._ids} == {16}
        assert new_id() != new_id()
