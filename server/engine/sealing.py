"""Persons in events: encrypted on the way to the journal, opened on the way back.

Where a `Person` may stand in an event is read from the event's type once, so a capability gains sealing by using the type.
A sealed person is `{"person": id, "sealed": base64(nonce ‖ AES-256-GCM(canonical JSON of the fields))}`, with the
person's id as associated data, so that a ciphertext cannot be moved to another person.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Union

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import inspect

from server.ceremony.rules import Event, Person
from server.engine.port import JournalCorrupt, KeyStore
from site_agent.units import PersonId

NONCE_BYTES = 12

Places = Union["_Here", "_Fields", "_Each", None]
"""Where persons stand in a value of some type; None for nowhere."""


class _Here(msgspec.Struct, frozen=True):
    """The value is a person, or another sealed like one (or null)."""

    fields: type
    """What is sealed: `PersonalFields`, or what a subclass of `Person` puts in its place."""


class _Fields(msgspec.Struct, frozen=True):
    """Some fields of the object hold persons."""

    places: dict[str, Any]


class _Each(msgspec.Struct, frozen=True):
    """Each element of the list, or each value of the mapping, holds persons."""

    places: Any


@lru_cache(maxsize=1024)
def places_in(event: type[Event]) -> Places:
    """Where persons stand in events of that type.

    Raises:
        TypeError: the type lets persons stand where they could not be found again (in two arms of one union).

    """
    return _places(inspect.type_info(event))


def _places(info: inspect.Type) -> Places:
    match info:
        case inspect.StructType(cls=cls, fields=fields) if issubclass(cls, Person):
            return _Here(_sealed_fields(fields))
        case inspect.StructType(fields=fields):
            inner = {field.encode_name: places for field in fields if (places := _places(field.type)) is not None}
            return _Fields(inner) if inner else None
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item) | inspect.DictType(value_type=item):
            return None if (places := _places(item)) is None else _Each(places)
        case inspect.UnionType(types=types):
            found = [places for kind in types if (places := _places(kind)) is not None]
            if len(found) > 1:
                raise TypeError(f"two arms of a union hold persons: {types}")
            return found[0] if found else None
        case _:
            return None


def _sealed_fields(fields: tuple[inspect.Field, ...]) -> type:
    personal = next(field.type for field in fields if field.name == "personal")
    assert isinstance(personal, inspect.UnionType)
    return next(each.cls for each in personal.types if isinstance(each, inspect.StructType))


def people_in(event: Event) -> Iterator[Person]:
    """Every person in the event."""
    places = places_in(type(event))
    if places is not None:
        yield from _people(event, places)


def _people(value: Any, places: Places) -> Iterator[Person]:
    if value is None:
        return
    match places:
        case _Here():
            yield value
        case _Fields(places=fields):
            for name, inner in fields.items():
                yield from _people(getattr(value, name), inner)
        case _Each(places=inner):
            for item in value.values() if isinstance(value, dict) else value:
                yield from _people(item, inner)


def sealed(event: Event, keys: KeyStore) -> Any:
    """What to store of the event: itself where it holds no persons, else its builtins with persons sealed.

    The key of every person must be there (`KeyStore.ensure`); a forgotten person's fields are left out.
    """
    places = places_in(type(event))
    if places is None:
        return event
    return _changed(msgspec.to_builtins(event), places, lambda person, _: _seal(person, keys))


def opened(event: dict[str, Any], kind: type[Event], keys: KeyStore) -> dict[str, Any]:
    """The builtins of a stored event with persons readable again; the fields of the forgotten are None.

    Raises:
        JournalCorrupt: a ciphertext does not belong to its person's key.

    """
    places = places_in(kind)
    if places is not None:
        _changed(event, places, lambda person, here: _open(person, keys, here.fields))
    return event


def without_forgotten(event: Event, keys: KeyStore) -> Event:
    """The event as replay would give it: without the fields of persons already forgotten."""
    if not any(keys.forgotten(person.person) for person in people_in(event)):
        return event
    builtins = _changed(
        msgspec.to_builtins(event),
        places_in(type(event)),
        lambda person, _: {**person, "personal": None} if keys.forgotten(person["person"]) else person,
    )
    return msgspec.convert(builtins, type(event))


def _changed(value: Any, places: Places, change: Any) -> Any:
    """The builtins with `change` applied to each person and its place; objects are changed in place."""
    if value is None:
        return None
    match places:
        case _Here():
            return change(value, places)
        case _Fields(places=fields):
            for name, inner in fields.items():
                if name in value:
                    value[name] = _changed(value[name], inner, change)
        case _Each(places=inner) if isinstance(value, dict):
            for name in value:
                value[name] = _changed(value[name], inner, change)
        case _Each(places=inner):
            return [_changed(item, inner, change) for item in value]
    return value


def _seal(person: dict[str, Any], keys: KeyStore) -> dict[str, Any]:
    name = PersonId(person["person"])
    key = keys.key(name)
    if person["personal"] is None or key is None:
        return {"person": name, "personal": None}
    nonce = os.urandom(NONCE_BYTES)
    plain = msgspec.json.encode(person["personal"], order="sorted")
    return {"person": name, "sealed": b64encode(nonce + AESGCM(key).encrypt(nonce, plain, name.encode())).decode()}


def _open(person: dict[str, Any], keys: KeyStore, fields: type) -> dict[str, Any]:
    name = PersonId(person["person"])
    text = person.get("sealed")
    key = keys.key(name)
    if text is None or key is None:
        return {"person": name, "personal": None}
    blob = b64decode(text)
    try:
        plain = AESGCM(key).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], name.encode())
    except InvalidTag:
        raise JournalCorrupt(f"the sealed fields of person {name} do not open with the key kept for them") from None
    return {"person": name, "personal": msgspec.json.decode(plain, type=fields)}
