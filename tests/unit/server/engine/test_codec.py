from hashlib import sha256

import msgspec
import pytest

from server.ceremony.programme import ItemStarted
from server.ceremony.roster import Level, RosterImported, RosterSite
from server.ceremony.rules import Person, PersonalFields
from server.engine.answers import Published
from server.engine.body_hashes import BodyHashes
from server.engine.codec import Header, body_hash, decoded, encoded, header
from server.engine.ids import new_id
from server.engine.port import Entry, JournalCorrupt
from server.journal.memory import MemoryKeys
from site_agent.units import Instant
from tests.support.programmes import ADMIN, CALLER, import_programme, start


async def keys_for_hashes() -> MemoryKeys:
    keys = MemoryKeys()
    await keys.ensure([BodyHashes(keys).key_name])
    return keys


def entry_of(command, principal, events, keys) -> Entry:
    published = Published(seq=1, at=Instant(5), command=command, principal=principal, events=events)
    return encoded(published, body_hash(command), keys, BodyHashes(keys))


def test_the_body_hash_names_the_ask_whatever_its_id():
    command = start(1)
    assert body_hash(command) == body_hash(msgspec.structs.replace(command, id=new_id()))
    assert body_hash(command) != body_hash(start(2))
    assert body_hash(command) == sha256(b'{"item":"item-1","kind":"start_item"}').hexdigest()


async def test_an_entry_is_canonical_json_with_sorted_keys():
    command = start(1)
    keys = await keys_for_hashes()
    entry = entry_of(command, CALLER, [ItemStarted(item="item-1", at=Instant(5))], keys)
    stored = BodyHashes(keys).stored(body_hash(command))
    assert (
        entry.body.decode() == f'{{"answer":{{"outcome":"accepted"}},"at":5,"body_hash":"{stored}","command":"start_item",'
        '"events":[{"at":5,"item":"item-1","kind":"item_started"}],"hash_key":0,'
        f'"id":"{command.id}","principal":{{"role":"caller","seat":"caller-1"}}}}'
    )


async def test_what_was_encoded_is_decoded_with_and_without_persons():
    keys = await keys_for_hashes()
    await keys.ensure(["a"])
    contact = Person("a", PersonalFields(name="Họ và tên"))
    site = RosterSite(code="1", name="Xã", level="commune", parent=None, group="Cụm", contact=contact)
    for events in (
        [ItemStarted(item="item-1", at=Instant(5))],
        [RosterImported(levels=(Level("commune", "Cấp xã"),), sites=(site,)), ItemStarted(item="item-1", at=Instant(5))],
        [],
    ):
        entry = entry_of(start(1), CALLER, events, keys)
        body = decoded(entry.body, keys)
        assert (body.id, body.at, body.principal, body.command, body.events) == (entry.id, 5, CALLER, "start_item", events)


async def test_the_header_tells_who_asked_what():
    command = import_programme()
    keys = await keys_for_hashes()
    told = header(entry_of(command, ADMIN, [], keys).body)
    assert told == Header(ADMIN, BodyHashes(keys).stored(body_hash(command)), 0)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"id":"x"}', b'{"sealed":1}', "không phải JSON".encode()],
)
def test_bytes_that_are_no_entry_are_called_corrupt(body):
    with pytest.raises(JournalCorrupt):
        decoded(body, MemoryKeys())


async def test_an_event_of_no_known_kind_is_called_corrupt():
    entry = entry_of(start(1), CALLER, [], await keys_for_hashes())
    for event in (b'[{"kind":"moon_landed"}]', b'[{"kind":"moon_landed","x":{"person":"a","sealed":"b"}}]'):
        with pytest.raises(JournalCorrupt):
            decoded(entry.body.replace(b"[]", event), MemoryKeys())
