"""What every capability of the ceremony shares: commands, events, principals, refusals, and the context of a decision.

A capability file (roster, attendance, cue, …) owns its slice of state, its commands and events, `decide_*` functions
(state, command, context → events, or `Refused`), `evolve_*` functions (state, event → mutation of its own slice) and its
deadlines. `ceremony.py` only dispatches. Rules are pure: time comes in as `context.now`, randomness as ids in commands.
"""

import uuid
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from site_agent.units import CommandId, DeviceId, Instant, PersonId, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony


class Role(StrEnum):
    """Who somebody is to the system. DESIGN §4."""

    ADMIN = "admin"
    TECH = "tech"
    DESK = "desk"
    CALLER = "caller"
    MC = "mc"
    HOST = "host"
    PRESSER = "presser"
    VIEWER = "viewer"
    SYSTEM = "system"
    """The server itself (deadlines, telemetry, the holder). No token has this role."""


class Principal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who gives a command: role, the seat or site its link names, and the device. Never the token."""

    role: Role
    seat: str = ""
    """Name of the person or seat the link was made for; empty for hosts."""
    site: SiteCode | None = None
    """A host's own site."""
    device: DeviceId | None = None


SYSTEM = Principal(role=Role.SYSTEM)


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """Base of all commands; subclasses are imperative (`ReportHeadCount`) with a `tag` in snake_case.

    A subclass states `ROLES`, those who may give it; a command without is refused to all (deny by default). Where
    `SITE_SCOPED` is true it has a field `site`, and a host may give it only for a site granted to it.
    """

    ROLES: ClassVar[frozenset[Role]] = frozenset()
    SITE_SCOPED: ClassVar[bool] = False

    id: CommandId


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", gc=False):
    """Base of all events; subclasses are past tense (`HeadCountReported`) with a `tag` in snake_case.

    Hundreds of thousands live as long as the process and none can be part of a cycle, so Python's cycle collector is
    told to leave them out (`gc=False`).
    """


class PersonalFields(msgspec.Struct, frozen=True, omit_defaults=True):
    """What identifies a person. Stored only encrypted."""

    name: str = ""
    phone: str = ""
    title: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    """Free text that may name people, by what it is: words to read aloud, an office's own notes and columns."""


class Person(msgspec.Struct, frozen=True):
    """A person in an event. `server.engine.sealing` encrypts `personal` with the key of `person` on the way to the
    journal and puts it back on the way out; `personal` is None once the person was forgotten.
    """

    person: PersonId
    personal: PersonalFields | None


FORGOTTEN = "(đã xóa thông tin)"
"""Stands where the name of a forgotten person stood."""


def shown_name(person: Person | None) -> str:
    """What people read: the name, that it was erased, or nothing where nobody was named."""
    if person is None:
        return ""
    return FORGOTTEN if person.personal is None else person.personal.name


class Refused(Exception):
    """A command that the rules do not accept. The answer to the sender, RFC 9457 in spirit.

    Args:
        code: searchable, snake_case, e.g. "head_count_unusual".
        detail: Vietnamese, one or two sentences: what happened and what to do.
        fields: field or row → what is wrong with it, where that helps.

    """

    def __init__(self, code: str, detail: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.fields = fields or {}


class Context(msgspec.Struct, frozen=True):
    """What a decision may know beside state and command."""

    now: Instant
    principal: Principal


_DERIVED = uuid.UUID("6f1c1c5e-3d0f-5a0b-9c56-0b7a3f3f6d11")
"""Namespace of derived ids; changing it would make every deadline of an old journal due again."""


def derived_id(*parts: str) -> CommandId:
    """The id (UUIDv5) of a command that anybody who knows `parts` would give, so that it is accepted once: deadlines,
    what the holder's files say, and the key names of persons.
    """
    return CommandId(str(uuid.uuid5(_DERIVED, "\x1f".join(parts))))


def person_said(command: CommandId, part: str, said: PersonalFields, known: Iterable[Person | None]) -> Person:
    """Somebody named by a command: the same as one of the `known`, so that one person has one key, else with a key of
    their own that the command's id and `part` give a name to.
    """
    same = (person for person in known if person is not None and person.personal == said)
    return next(same, None) or Person(PersonId(derived_id(command, part)), said)


class Deadline(msgspec.Struct, frozen=True):
    """A command the engine gives by itself when `at` has come. Its id is deterministic: see `derived_id`."""

    at: Instant
    command: Command


Decide = Callable[["Ceremony", Any, Context], list[Event]]
Evolve = Callable[["Ceremony", Any], None]
Deadlines = Callable[["Ceremony"], Iterable[Deadline]]


class Capability(msgspec.Struct, frozen=True):
    """What a capability file gives to the dispatcher."""

    name: str
    decide: dict[type[Command], Decide]
    evolve: dict[type[Event], Evolve]
    deadlines: Deadlines | None = None
