from hashlib import sha256

import msgspec
import pytest

from server.ceremony.programme import ItemStarted
from server.ceremony.roster import Level, RosterImported, RosterSite
from server.ceremony.rules import Person, PersonalFields
from server.engine.codec import body_hash, decoded, encoded, header
from server.engine.ids import new_id
from server.engine.port import JournalCorrupt
from server.journal.memory import MemoryKeys
from site_agent.units import Instant
from tests.support.programmes import ADMIN, CALLER, import_programme, start


def test_the_body_hash_names_the_ask_whatever_its_id():
    command = start(1)
    assert body_hash(command) == body_hash(msgspec.structs.replace(command, id=new_id()))
    assert body_hash(command) != body_hash(start(2))
    assert body_hash(command) == sha256(b'{"item":"item-1","kind":"start_item"}').hexdigest()


def test_an_entry_is_canonical_json_with_sorted_keys():
    command = start(1)
    entry = encoded(command, "hash", CALLER, Instant(5), [ItemStarted(item="item-1", at=Instant(5))], MemoryKeys())
    assert (
        entry.body.decode() == '{"answer":{"outcome":"accepted"},"at":5,"body_hash":"hash","command":"start_item",'
        '"events":[{"at":5,"item":"item-1","kind":"item_started"}],'
        f'"id":"{command.id}","principal":{{"role":"caller","seat":"caller-1"}}}}'
    )


async def test_what_was_encoded_is_decoded_with_and_without_persons():
    keys = MemoryKeys()
    await keys.ensure(["a"])
    contact = Person("a", PersonalFields(name="Họ và tên"))
    site = RosterSite(code="1", name="Xã", level="commune", parent=None, group="Cụm", contact=contact)
    for events in (
        [ItemStarted(item="item-1", at=Instant(5))],
        [RosterImported(levels=(Level("commune", "Cấp xã"),), sites=(site,)), ItemStarted(item="item-1", at=Instant(5))],
        [],
    ):
        entry = encoded(start(1), "hash", CALLER, Instant(5), events, keys)
        body = decoded(entry.body, keys)
        assert (body.id, body.at, body.principal, body.command, body.events) == (entry.id, 5, CALLER, "start_item", events)


def test_the_header_tells_who_asked_what():
    command = import_programme()
    entry = encoded(command, body_hash(command), ADMIN, Instant(5), [], MemoryKeys())
    assert (header(entry.body).principal, header(entry.body).body_hash) == (ADMIN, body_hash(command))


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"id":"x"}', b'{"sealed":1}', "không phải JSON".encode()],
)
def test_bytes_that_are_no_entry_are_called_corrupt(body):
    with pytest.raises(JournalCorrupt):
        decoded(body, MemoryKeys())


def test_an_event_of_no_known_kind_is_called_corrupt():
    entry = encoded(start(1), "hash", CALLER, Instant(5), [], MemoryKeys())
    for event in (b'[{"kind":"moon_landed"}]', b'[{"kind":"moon_landed","x":{"person":"a","sealed":"b"}}]'):
        with pytest.raises(JournalCorrupt):
            decoded(entry.body.replace(b"[]", event), MemoryKeys())
