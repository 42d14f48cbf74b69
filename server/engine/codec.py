"""Entry bodies: canonical JSON of one accepted command with its events, as it is stored and hashed."""

from hashlib import sha256
from typing import Any

import msgspec

from server.ceremony.ceremony import EVENT_TYPES, AnyEvent
from server.ceremony.rules import Command, Event, Principal
from server.engine.answers import Published
from server.engine.body_hashes import BodyHashes
from server.engine.port import Entry, JournalCorrupt, KeyStore
from server.engine.sealing import opened, places_in, sealed
from site_agent.units import CommandId, Instant


class StoredAnswer(msgspec.Struct, frozen=True):
    """The answer that was given; its `seq` is the entry's own."""

    outcome: str = "accepted"


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """An entry's body, decoded, with persons opened."""

    id: CommandId
    at: Instant
    principal: Principal
    command: str
    """The command's kind, for people who read the history."""
    body_hash: str
    """See `BodyHashes`; hexadecimal."""
    hash_key: int = 0
    """Number of the secret it was made with."""
    answer: StoredAnswer
    events: list[Any]


class Header(msgspec.Struct, frozen=True):
    """What an entry says about its command, without the events."""

    principal: Principal
    body_hash: str
    hash_key: int = 0


class Facts(msgspec.Struct, frozen=True):
    """What a replay needs of an entry, and no more: it is decoded for every entry of a restart."""

    id: CommandId
    events: list[AnyEvent]


class _TypedBody(Body, frozen=True, kw_only=True):
    events: list[AnyEvent]


_encoder = msgspec.json.Encoder(order="sorted")
_header = msgspec.json.Decoder(Header)
_facts = msgspec.json.Decoder(Facts)
_typed = msgspec.json.Decoder(_TypedBody)
_loose = msgspec.json.Decoder(Body)
_TYPE_OF: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in EVENT_TYPES}
_SEALED_MARK = b'"sealed":'


def body_hash(command: Command) -> str:
    """Names what a command asks, whatever its id: SHA-256 of its canonical JSON without `id`, hexadecimal. Covers persons
    in clear: for comparing in memory, never to be stored (`BodyHashes.stored`).
    """
    builtins = msgspec.to_builtins(command)
    del builtins["id"]
    return sha256(_encoder.encode(builtins)).hexdigest()


def encoded(published: Published, digest: str, keys: KeyStore, hashes: BodyHashes) -> Entry:
    """The entry of an accepted command with its plain hash, persons sealed. All keys must be durable before it is appended."""
    command = published.command
    body = {
        "id": command.id,
        "at": published.at,
        "principal": published.principal,
        "command": command.__struct_config__.tag,
        "body_hash": hashes.stored(digest),
        "hash_key": hashes.number,
        "answer": StoredAnswer(),
        "events": [sealed(event, keys) for event in published.events],
    }
    return Entry(id=command.id, at=published.at, body=_encoder.encode(body))


def decoded(body: bytes, keys: KeyStore) -> Body:
    """The body with typed events and persons opened.

    Raises:
        JournalCorrupt: it is not a body this program understands.

    """
    try:
        # Most entries hold no person; those decode in one step.
        if _SEALED_MARK not in body:
            return _typed.decode(body)
        loose = _loose.decode(body)
        return msgspec.structs.replace(loose, events=[_typed_event(event, keys) for event in loose.events])
    except (msgspec.MsgspecError, KeyError, TypeError) as error:
        raise JournalCorrupt(f"an entry cannot be read: {error}") from error


def facts(body: bytes, keys: KeyStore) -> Facts:
    """The id and events of a body, persons opened.

    Raises:
        JournalCorrupt: it is not a body this program understands.

    """
    if _SEALED_MARK in body:
        whole = decoded(body, keys)
        return Facts(whole.id, whole.events)
    try:
        return _facts.decode(body)
    except msgspec.MsgspecError as error:
        raise JournalCorrupt(f"an entry cannot be read: {error}") from error


def _typed_event(event: dict[str, Any], keys: KeyStore) -> Event:
    kind = _TYPE_OF[event["kind"]]
    return msgspec.convert(opened(event, kind, keys), kind)


def header(body: bytes) -> Header:
    """Who asked what, of a stored body."""
    return _header.decode(body)


def check_event_types() -> None:
    """Fail at start rather than at the first event that could not be sealed.

    Raises:
        TypeError: see `places_in`.

    """
    for kind in EVENT_TYPES:
        places_in(kind)
