import pytest

from server.engine.port import JournalUnwritable
from server.journal.memory import MemoryKeys
from server.journal.people import SqliteKeys
from tests.support.disks import full_disk


@pytest.fixture(params=["memory", "sqlite"])
async def keys(request, tmp_path):
    store = MemoryKeys() if request.param == "memory" else await SqliteKeys.open(tmp_path / "people.sqlite3")
    yield store
    await store.close()


async def test_a_person_gets_one_key_of_32_bytes_and_keeps_it(keys):
    assert keys.key("a") is None
    await keys.ensure(["a", "b"])
    first = keys.key("a")
    assert len(first) == 32
    assert first != keys.key("b")
    await keys.ensure(["a", "c"])
    assert keys.key("a") == first


async def test_a_forgotten_person_has_no_key_and_never_gets_one_again(keys):
    await keys.ensure(["a"])
    assert not keys.forgotten("a")
    await keys.forget("a")
    await keys.ensure(["a"])
    assert keys.key("a") is None
    assert keys.forgotten("a")
    assert not keys.forgotten("b")


async def test_somebody_unknown_can_be_forgotten_beforehand(keys):
    await keys.forget("z")
    await keys.ensure(["z"])
    assert keys.forgotten("z")


async def test_keys_and_forgetting_outlive_the_process(tmp_path):
    keys = await SqliteKeys.open(tmp_path / "people.sqlite3")
    await keys.ensure(["a", "b"])
    kept = keys.key("a")
    await keys.forget("b")
    await keys.close()
    keys = await SqliteKeys.open(tmp_path / "people.sqlite3")
    assert keys.key("a") == kept
    assert keys.forgotten("b")
    await keys.close()


async def test_the_bytes_of_a_forgotten_key_are_in_no_file(tmp_path):
    keys = await SqliteKeys.open(tmp_path / "people.sqlite3")
    await keys.ensure([f"person-{n}" for n in range(50)])
    key = keys.key("person-7")
    assert any(key in file.read_bytes() for file in tmp_path.iterdir())
    await keys.forget("person-7")
    assert not any(key in file.read_bytes() for file in tmp_path.iterdir())
    await keys.close()


async def test_only_the_owner_may_read_the_keys(tmp_path):
    keys = await SqliteKeys.open(tmp_path / "people.sqlite3")
    await keys.ensure(["a"])
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    await keys.close()


async def test_on_a_full_disk_no_key_is_handed_out_that_is_not_durable(tmp_path):
    keys = await SqliteKeys.open(tmp_path / "people.sqlite3")
    await keys.ensure(["a"])
    with full_disk((tmp_path / "people.sqlite3-wal").stat().st_size):
        with pytest.raises(JournalUnwritable):
            await keys.ensure(["b"])
        assert keys.key("b") is None
        with pytest.raises(JournalUnwritable):
            await keys.probe()
    await keys.probe()
    await keys.ensure(["b"])
    assert keys.key("b") is not None
    await keys.close()
