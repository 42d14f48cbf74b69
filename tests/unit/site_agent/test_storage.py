import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys

import pytest

from site_agent.storage import DeviceStore, Storage, StorageClosed, StorageInUse, StorageUnwritable


@pytest.fixture
def storage(tmp_path):
    storage = Storage(tmp_path / "devices.sqlite3")
    yield storage
    storage.close()


async def test_a_device_keeps_its_key_over_restarts(tmp_path):
    path = tmp_path / "devices.sqlite3"
    first = Storage(path)
    seed = await DeviceStore(first, "17329").seed()
    other = await DeviceStore(first, "17330").seed()
    first.close()
    again = Storage(path)
    assert await DeviceStore(again, "17329").seed() == seed
    assert seed != other
    assert len(seed) == 32
    again.close()


def test_only_the_owner_may_read_the_file(storage, tmp_path):
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_second_process_is_told_that_the_file_is_in_use(storage, tmp_path):
    with pytest.raises(StorageInUse):
        Storage(tmp_path / "devices.sqlite3")


async def test_nonces_rise_even_when_the_wall_clock_goes_back(storage):
    store = DeviceStore(storage, "1")
    await store.seed()
    assert [await store.next_nonce(wall) for wall in (100, 50, 101, 500)] == [100, 101, 102, 500]


async def test_the_outbox_keeps_order_and_takes_an_id_once(storage):
    store = DeviceStore(storage, "1")
    await store.put([("b", b"1"), ("a", b"2")])
    await store.put([("b", b"3"), ("c", b"4")])
    await DeviceStore(storage, "2").put([("a", b"other")])
    assert await store.outbox() == [b"1", b"2", b"4"]
    await asyncio.wrap_future(store.settle(["a", "b"]))
    assert await store.outbox() == [b"4"]
    assert await DeviceStore(storage, "2").outbox() == [b"other"]


async def test_receipts_stay_until_settled_and_are_never_rewritten(storage):
    store = DeviceStore(storage, "1")
    assert await store.put_receipt("order", "r", b"first") == b"first"
    assert await store.put_receipt("order", "s", b"second") == b"first"
    assert await store.receipts() == [b"first"]
    await asyncio.wrap_future(store.settle_receipt("r"))
    assert await store.receipts() == []
    await store.put_receipt("order", "r", b"third")
    assert await store.receipts() == []
    assert await store.orders_with_receipt() == {"order"}


async def test_kept_values_are_replaced(storage):
    store = DeviceStore(storage, "1")
    assert await store.kept("memory") is None
    await asyncio.wrap_future(store.keep("memory", b"1"))
    await asyncio.wrap_future(store.keep("memory", b"2"))
    assert await store.kept("memory") == b"2"


async def test_a_job_that_fails_does_not_take_its_neighbours_with_it(storage):
    def broken(db):
        db.execute("INSERT INTO kept VALUES ('1', 'half', x'00')")
        raise ValueError("broken")

    store = DeviceStore(storage, "1")
    jobs = [storage.submit(lambda db: None), store.keep("a", b"1"), storage.submit(broken), store.keep("b", b"2")]
    done = await asyncio.gather(*(asyncio.wrap_future(job) for job in jobs), return_exceptions=True)
    assert [type(result) for result in done] == [type(None), type(None), ValueError, type(None)]
    assert (await store.kept("a"), await store.kept("b"), await store.kept("half")) == (b"1", b"2", None)


async def test_a_disk_that_takes_nothing_fails_the_write_and_later_ones_work(storage):
    def full(db):
        raise sqlite3.OperationalError("database or disk is full")

    with pytest.raises(StorageUnwritable):
        await storage.write(full)
    await DeviceStore(storage, "1").put([("a", b"1")])
    assert await DeviceStore(storage, "1").outbox() == [b"1"]


async def test_after_close_writes_fail_and_do_not_hang(tmp_path):
    storage = Storage(tmp_path / "x.sqlite3")
    storage.close()
    with pytest.raises(StorageClosed):
        await DeviceStore(storage, "1").seed()


WRITER = """
import sys, itertools
from pathlib import Path
from site_agent.storage import Storage, DeviceStore
import asyncio
async def main():
    storage = Storage(Path(sys.argv[1]))
    store = DeviceStore(storage, "1")
    for n in itertools.count():
        await asyncio.gather(*(store.put([(f"{n}-{k}", b"x" * 200)]) for k in range(5)))
        print(n, flush=True)
asyncio.run(main())
"""


@pytest.mark.parametrize("lines", [1, 7, 40])
def test_a_process_killed_while_writing_loses_nothing_it_called_durable(tmp_path, lines):
    path = tmp_path / "devices.sqlite3"
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as process:
        confirmed = -1
        for _ in range(lines):
            confirmed = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read().splitlines()
    confirmed = int(rest[-1]) if rest and rest[-1].isdigit() else confirmed
    storage = Storage(path)
    try:
        count = storage.submit(lambda db: db.execute("SELECT COUNT(*) FROM outbox").fetchone()[0]).result()
        assert count >= (confirmed + 1) * 5
        assert storage.submit(lambda db: db.execute("PRAGMA integrity_check").fetchone()[0]).result() == "ok"
    finally:
        storage.close()
