"""What every journal must do. A new journal passes by adding a house to `test_journals.py`."""

import asyncio
import os
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from server.engine.ids import new_id
from server.engine.port import GENESIS, AlreadyStored, Entry, Head, HeadMoved, Journal, StoredEntry
from site_agent.units import Instant

ROOT = Path(__file__).parents[2]


class House(ABC):
    """A place where one journal lives."""

    durable = True
    """Whether `open` after `close`, or after a crash of the process, finds what was appended."""

    @abstractmethod
    async def open(self) -> Journal:
        """The journal of this place."""

    def writer(self) -> Sequence[str]:
        """Arguments of `journal_writer`, which appends in a process of its own until it is killed."""
        raise NotImplementedError


def entry(body: bytes = b"{}") -> Entry:
    return Entry(id=new_id(), at=Instant(1), body=body)


async def everything(journal: Journal, after: int = 0) -> list[StoredEntry]:
    return [stored async for block in journal.read(after) for stored in block]


class JournalContract:
    """Inherit in a class named Test…, with a fixture `house`."""

    @pytest.fixture
    async def journal(self, house: House):
        journal = await house.open()
        yield journal
        await journal.close()

    async def test_an_empty_journal_stands_at_genesis(self, journal):
        assert await journal.head() == GENESIS
        assert await everything(journal) == []

    async def test_the_hash_of_an_entry_follows_from_the_one_before_and_its_bytes(self, journal):
        head = await journal.append(GENESIS, [entry(b"one"), entry(b"two")])
        first = sha256(GENESIS.hash + b"one").digest()
        second = sha256(first + b"two").digest()
        assert head == Head(seq=2, hash=second)
        assert await everything(journal) == [StoredEntry(1, first, b"one"), StoredEntry(2, second, b"two")]
        assert await journal.head() == head

    async def test_entries_come_back_byte_for_byte(self, journal):
        bodies = [b"", b"\x00\xff", "Điểm cầu".encode(), b"x" * 300_000]
        await journal.append(GENESIS, [entry(body) for body in bodies])
        assert [stored.body for stored in await everything(journal)] == bodies

    async def test_an_append_behind_another_head_is_refused_and_keeps_nothing(self, journal):
        head = await journal.append(GENESIS, [entry(b"one")])
        for wrong in (GENESIS, Head(seq=1, hash=bytes(32)), Head(seq=2, hash=head.hash)):
            with pytest.raises(HeadMoved):
                await journal.append(wrong, [entry(b"two")])
        assert await journal.head() == head
        assert len(await everything(journal)) == 1

    async def test_of_two_appends_at_once_behind_one_head_one_wins(self, journal):
        results = await asyncio.gather(*(journal.append(GENESIS, [entry(bytes([n]))]) for n in range(8)), return_exceptions=True)
        assert sum(isinstance(result, Head) for result in results) == 1
        assert sum(isinstance(result, HeadMoved) for result in results) == 7
        assert len(await everything(journal)) == 1

    async def test_a_batch_with_an_id_that_is_stored_is_kept_not_even_in_part(self, journal):
        known = entry(b"one")
        head = await journal.append(GENESIS, [known])
        fresh = entry(b"two")
        with pytest.raises(AlreadyStored):
            await journal.append(head, [fresh, known])
        with pytest.raises(AlreadyStored):
            await journal.append(head, [fresh, fresh])
        assert await journal.head() == head
        assert await journal.find(fresh.id) is None
        assert (await journal.append(head, [fresh])).seq == 2

    async def test_an_empty_batch_moves_nothing(self, journal):
        assert await journal.append(GENESIS, []) == GENESIS
        head = await journal.append(GENESIS, [entry()])
        assert await journal.append(head, []) == head

    async def test_find_gives_the_entry_of_an_id_or_nothing(self, journal):
        entries = [entry(bytes([n])) for n in range(5)]
        await journal.append(GENESIS, entries)
        found = await journal.find(entries[3].id)
        assert (found.seq, found.body) == (4, b"\x03")
        assert found in await everything(journal)
        assert await journal.find(new_id()) is None

    async def test_a_long_history_is_read_in_order_in_blocks_from_any_place(self, journal):
        head = GENESIS
        for start in range(0, 10_000, 1_000):
            head = await journal.append(head, [entry(str(n).encode()) for n in range(start, start + 1_000)])
        blocks = [block async for block in journal.read()]
        assert len(blocks) > 1
        assert [int(stored.body) for block in blocks for stored in block] == list(range(10_000))
        assert [stored.seq for stored in await everything(journal, after=9_990)] == list(range(9_991, 10_001))
        assert await everything(journal, after=10_000) == []

    async def test_appends_may_happen_while_somebody_reads(self, journal):
        head = await journal.append(GENESIS, [entry() for _ in range(10)])
        seen = []
        async for block in journal.read():
            seen += block
            if len(seen) == 10:
                head = await journal.append(head, [entry()])
        assert [stored.seq for stored in seen] == list(range(1, 12))

    async def test_a_probe_adds_nothing(self, journal):
        head = await journal.append(GENESIS, [entry()])
        await journal.probe()
        assert await journal.head() == head
        assert (await journal.append(head, [entry()])).seq == 2

    async def test_what_was_appended_is_there_after_closing_and_opening(self, house):
        if not house.durable:
            pytest.skip("lives as long as its process")
        first = entry(b"one")
        journal = await house.open()
        head = await journal.append(GENESIS, [first])
        await journal.close()
        journal = await house.open()
        assert await journal.head() == head
        assert (await journal.find(first.id)).body == b"one"
        assert (await journal.append(head, [entry(b"two")])).seq == 2
        await journal.close()

    @pytest.mark.parametrize("acknowledged", [1, 7, 60])
    async def test_a_killed_process_leaves_a_whole_prefix_with_all_it_acknowledged(self, house, acknowledged):
        if not house.durable:
            pytest.skip("lives as long as its process")
        told = await _killed_after(house.writer(), acknowledged)
        assert len(told) >= acknowledged
        journal = await house.open()
        stored = await everything(journal)
        digest = GENESIS.hash
        for seq, place in enumerate(stored, start=1):
            digest = sha256(digest + place.body).digest()
            assert (place.seq, place.hash) == (seq, digest)
        assert [place.body.decode() for place in stored[: len(told)]] == told
        assert len(stored) % 3 == 0, "batches are of three: none was kept in part"
        assert await journal.head() == Head(seq=len(stored), hash=digest)
        await journal.append(await journal.head(), [entry()])
        await journal.close()


async def _killed_after(arguments: Sequence[str], lines: int) -> list[str]:
    """Start the writer, kill it with SIGKILL after that many acknowledged bodies; all it told before it died."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.journal_writer",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    told = []
    while len(told) < lines:
        line = await process.stdout.readline()
        assert line, "the writer died by itself"
        told.append(line.decode().strip())
    process.send_signal(signal.SIGKILL)
    told += [line.decode().strip() async for line in process.stdout if line.endswith(b"\n")]
    await process.wait()
    return told
