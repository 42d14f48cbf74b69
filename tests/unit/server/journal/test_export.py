from hashlib import sha256

import msgspec
import pytest

from server.engine.port import GENESIS_HASH
from server.journal.export import export
from server.journal.memory import MemoryJournal, MemoryKeys
from tests.support.engines import initiated, running_engine
from tests.support.programmes import ADMIN, import_programme
from tests.support.rosters import roster_with_contact


@pytest.fixture
async def kept():
    journal, keys = MemoryJournal(), MemoryKeys()
    async with running_engine(journal, keys) as engine:
        await initiated(engine)
        await engine.submit_many([import_programme(), roster_with_contact("Họ và tên")], ADMIN)
    return journal, keys


async def test_every_entry_is_a_line_of_json_in_order(kept):
    lines = [msgspec.json.decode(line) async for line in export(*kept)]
    assert [line["seq"] for line in lines] == [1, 2, 3]
    assert [line["body"]["command"] for line in lines] == ["init_ceremony", "import_programme", "import_roster"]


async def test_without_the_flag_persons_stay_sealed_and_the_chain_can_be_computed_again(kept):
    before = GENESIS_HASH
    async for line in export(*kept):
        assert b"0912" not in line
        assert line.endswith(b"\n")
        parts = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        before = sha256(before + bytes(parts["body"])).digest()
        assert before.hex() == msgspec.json.decode(parts["hash"])


async def test_with_the_flag_persons_can_be_read_but_not_the_forgotten(kept):
    journal, keys = kept
    text = b"".join([line async for line in export(journal, keys, personal=True)]).decode()
    assert "Họ và tên" in text
    for person in list(keys._keys):
        await keys.forget(person)
    text = b"".join([line async for line in export(journal, keys, personal=True)]).decode()
    assert "Họ và tên" not in text


async def test_an_export_can_go_on_where_the_last_one_ended(kept):
    assert [msgspec.json.decode(line)["seq"] async for line in export(*kept, after=2)] == [3]
