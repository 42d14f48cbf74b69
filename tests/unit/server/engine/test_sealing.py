import msgspec
import pytest

from server.ceremony.ceremony import EVENT_TYPES
from server.ceremony.conference import ConferenceAccess, ConferenceSet, SealedConference
from server.ceremony.roster import Level, RosterImported, RosterSite
from server.ceremony.rules import Event, Person, PersonalFields
from server.engine.port import JournalCorrupt
from server.engine.sealing import opened, people_in, places_in, sealed, without_forgotten
from server.journal.memory import MemoryKeys
from site_agent.units import Instant, PersonId

FIELDS = PersonalFields(name="Họ và tên", phone="0912 000 000")


class Told(Event, frozen=True, kw_only=True, tag="told"):
    one: Person
    maybe: Person | None = None
    many: tuple[Person, ...] = ()
    by_name: dict[str, list[Person]] = msgspec.field(default_factory=dict)
    plain: dict[str, str] = msgspec.field(default_factory=dict)


class Simple(Event, frozen=True, kw_only=True, tag="simple"):
    person: str
    sealed: str


@pytest.fixture
async def keys():
    keys = MemoryKeys()
    await keys.ensure(["a", "b", "c", "d"])
    return keys


def told() -> Told:
    return Told(
        one=Person("a", FIELDS),
        many=(Person("b", FIELDS), Person("c", None)),
        by_name={"x": [Person("d", FIELDS)]},
        plain={"person": "a", "sealed": "not ours"},
    )


def again(stored, keys):
    return msgspec.convert(opened(msgspec.json.decode(msgspec.json.encode(stored)), Told, keys), Told)


def test_persons_are_found_wherever_the_type_lets_them_stand():
    assert [person.person for person in people_in(told())] == ["a", "b", "c", "d"]
    assert list(people_in(Simple(person="a", sealed="b"))) == []


async def test_no_personal_field_can_be_read_in_what_is_stored(keys):
    stored = msgspec.json.encode(sealed(told(), keys))
    assert b"0912" not in stored
    assert "Họ".encode() not in stored
    assert b'"person":"a"' in stored


async def test_opening_gives_back_what_was_sealed(keys):
    assert again(sealed(told(), keys), keys) == told()


async def test_the_same_fields_are_sealed_differently_each_time(keys):
    assert sealed(told(), keys) != sealed(told(), keys)


async def test_a_forgotten_person_keeps_the_place_and_loses_the_fields(keys):
    stored = sealed(told(), keys)
    await keys.forget("b")
    back = again(stored, keys)
    assert back.many == (Person("b", None), Person("c", None))
    assert back.one == Person("a", FIELDS)


async def test_what_is_said_of_a_forgotten_person_later_is_left_out_at_once_and_in_the_journal(keys):
    await keys.forget("a")
    event = without_forgotten(told(), keys)
    assert event.one == Person("a", None)
    assert event.many == told().many
    assert again(sealed(told(), keys), keys) == event
    await keys.forget("c")
    same = Told(one=Person("b", FIELDS))
    assert without_forgotten(same, keys) is same


async def test_a_ciphertext_cannot_be_moved_to_another_person(keys):
    stored = sealed(told(), keys)
    stored["one"], stored["many"][0] = (
        {"person": "a", "sealed": stored["many"][0]["sealed"]},
        {"person": "b", "sealed": stored["one"]["sealed"]},
    )
    with pytest.raises(JournalCorrupt, match="person a"):
        again(stored, keys)


async def test_events_without_persons_are_stored_as_they_are(keys):
    event = Simple(person="a", sealed="b")
    assert sealed(event, keys) is event


def test_a_type_whose_persons_could_not_be_found_again_is_refused():
    class One(msgspec.Struct, tag="one"):
        who: Person

    class Two(msgspec.Struct, tag="two"):
        whose: Person

    class Doubtful(Event, frozen=True, tag="doubtful"):
        what: One | Two

    with pytest.raises(TypeError, match="two arms"):
        places_in(Doubtful)


def test_every_event_of_the_ceremony_can_be_sealed():
    assert {kind.__name__ for kind in EVENT_TYPES if places_in(kind) is not None} >= {"RosterImported"}


async def test_contacts_deep_in_a_roster_are_sealed(keys):
    site = RosterSite(code="1", name="Xã", level="commune", parent=None, group="Cụm", contact=Person("a", FIELDS))
    event = RosterImported(levels=(Level("commune", "Cấp xã"),), sites=(site,))
    stored = msgspec.json.decode(msgspec.json.encode(sealed(event, keys)))
    assert set(stored["sites"][0]["contact"]) == {"person", "sealed"}
    assert msgspec.convert(opened(stored, RosterImported, keys), RosterImported) == event


async def test_the_conference_is_sealed_as_a_person_is(keys):
    access = SealedConference(PersonId("hop-1"), ConferenceAccess("https://hop.test/j/1", "mat-khau"))
    event = ConferenceSet(access=access, at=Instant(1))
    await keys.ensure([person.person for person in people_in(event)])
    stored = msgspec.json.encode(sealed(event, keys))
    assert b"mat-khau" not in stored
    assert b"hop.test" not in stored
    builtins = opened(msgspec.json.decode(stored), ConferenceSet, keys)
    assert msgspec.convert(builtins, ConferenceSet) == event
    await keys.forget(PersonId("hop-1"))
    assert without_forgotten(event, keys).access.personal is None
