"""The delegates whom the MC introduces, in order, and which of them are there. Names and titles are personal: `Person`."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.rules import (
    Capability,
    Command,
    Context,
    Event,
    Person,
    PersonalFields,
    Refused,
    Role,
    person_said,
)
from site_agent.units import Instant

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_GUESTS = 400
MAX_TEXT = 250
KEEPERS = frozenset({Role.ADMIN, Role.TECH, Role.DESK, Role.CALLER})
"""Who writes the list. The MC only says who is there."""


class GuestStatus(StrEnum):
    EXPECTED = "expected"
    ARRIVED = "arrived"
    ABSENT = "absent"
    REPLACED = "replaced"
    """Somebody else came in their place, and is there."""


class Guest(msgspec.Struct, frozen=True):
    """One delegate of the list; `id` is their person's, so that the same person in a new list keeps their arrival."""

    id: str
    person: Person


class ListGuests(Command, frozen=True, kw_only=True, tag="list_guests"):
    """Replace the whole list, in order of introduction. Who stands in both keeps what was said of them."""

    ROLES: ClassVar[frozenset[Role]] = KEEPERS | {Role.SYSTEM}

    guests: tuple[PersonalFields, ...]


class AddGuest(Command, frozen=True, kw_only=True, tag="add_guest"):
    """Somebody nobody had listed; they are there."""

    ROLES: ClassVar[frozenset[Role]] = KEEPERS | {Role.MC}

    guest: PersonalFields
    after: str | None
    """None: introduced first."""


class MarkGuest(Command, frozen=True, kw_only=True, tag="mark_guest"):
    """There, absent, replaced (by whom), or expected again."""

    ROLES: ClassVar[frozenset[Role]] = KEEPERS | {Role.MC}

    guest: str
    status: GuestStatus
    substitute: PersonalFields | None = None


class MoveGuest(Command, frozen=True, kw_only=True, tag="move_guest"):
    """Introduce somebody behind another."""

    ROLES: ClassVar[frozenset[Role]] = KEEPERS

    guest: str
    after: str | None


class RemoveGuest(Command, frozen=True, kw_only=True, tag="remove_guest"):
    """Take somebody off the list."""

    ROLES: ClassVar[frozenset[Role]] = KEEPERS

    guest: str


class GuestsListed(Event, frozen=True, kw_only=True, tag="guests_listed"):
    guests: tuple[Guest, ...]


class GuestAdded(Event, frozen=True, kw_only=True, tag="guest_added"):
    guest: Guest
    after: str | None
    by: Role
    seat: str
    at: Instant


class GuestMarked(Event, frozen=True, kw_only=True, tag="guest_marked"):
    guest: str
    status: GuestStatus
    substitute: Person | None
    by: Role
    seat: str
    at: Instant


class GuestMoved(Event, frozen=True, kw_only=True, tag="guest_moved"):
    guest: str
    after: str | None


class GuestRemoved(Event, frozen=True, kw_only=True, tag="guest_removed"):
    guest: str


class GuestMark(msgspec.Struct, frozen=True):
    """What was last said of a guest."""

    status: GuestStatus
    substitute: Person | None
    by: Role
    seat: str
    at: Instant


@dataclass(slots=True)
class GuestsState:
    """Owned by this file; others read."""

    guests: dict[str, Guest] = field(default_factory=dict)
    """In order of introduction."""
    marks: dict[str, GuestMark] = field(default_factory=dict)
    """A guest without one is expected."""


def decide_list(state: "Ceremony", command: ListGuests, context: Context) -> list[Event]:
    """Names once, none empty."""
    if not command.guests:
        raise Refused("guests_empty", "Danh sách giới thiệu chưa có ai.")
    if len(command.guests) > MAX_GUESTS:
        raise Refused("too_many_guests", f"Danh sách giới thiệu có tối đa {MAX_GUESTS} đại biểu.")
    known = [guest.person for guest in state.guests.guests.values()]
    guests: dict[str, Guest] = {}
    wrong: dict[str, str] = {}
    for number, said in enumerate(command.guests, start=1):
        tidy = _tidy(said)
        if (fault := _fault(tidy)) is not None:
            wrong[str(number)] = fault
            continue
        person = person_said(command.id, f"guest-{number}", tidy, known)
        if person.person in guests or any(each.person.personal == tidy for each in guests.values()):
            wrong[str(number)] = "đã có trong danh sách"
            continue
        guests[person.person] = Guest(person.person, person)
    if wrong:
        raise Refused("guests_wrong", "Danh sách giới thiệu có chỗ chưa đúng; chưa thay đổi gì.", wrong)
    if list(guests) == list(state.guests.guests):
        return []
    return [GuestsListed(guests=tuple(guests.values()))]


def decide_add(state: "Ceremony", command: AddGuest, context: Context) -> list[Event]:
    """Listed and there at once."""
    guests = state.guests.guests
    tidy = _tidy(command.guest)
    if (fault := _fault(tidy)) is not None:
        raise Refused("guest_wrong", f"Chưa thêm: {fault}.")
    if len(guests) >= MAX_GUESTS:
        raise Refused("too_many_guests", f"Danh sách giới thiệu có tối đa {MAX_GUESTS} đại biểu.")
    if any(guest.person.personal == tidy for guest in guests.values()):
        raise Refused("guest_twice", "Đại biểu này đã có trong danh sách.")
    if command.after is not None:
        _known(state, command.after)
    person = person_said(command.id, "guest", tidy, ())
    by = context.principal
    return [
        GuestAdded(guest=Guest(person.person, person), after=command.after, by=by.role, seat=by.seat, at=context.now),
    ]


def decide_mark(state: "Ceremony", command: MarkGuest, context: Context) -> list[Event]:
    """The last word counts; a substitute has a name."""
    _known(state, command.guest)
    before = state.guests.marks.get(command.guest)
    substitute: Person | None = None
    if command.status is GuestStatus.REPLACED:
        tidy = _tidy(command.substitute or PersonalFields())
        if (fault := _fault(tidy)) is not None:
            raise Refused("guest_wrong", f"Người dự thay: {fault}.")
        substitute = person_said(command.id, "substitute", tidy, (before.substitute if before is not None else None,))
    now = (before.status, before.substitute) if before is not None else (GuestStatus.EXPECTED, None)
    if now == (command.status, substitute):
        return []
    by = context.principal
    return [
        GuestMarked(guest=command.guest, status=command.status, substitute=substitute, by=by.role, seat=by.seat, at=context.now)
    ]


def decide_move(state: "Ceremony", command: MoveGuest, context: Context) -> list[Event]:
    _known(state, command.guest)
    if command.after is not None:
        _known(state, command.after)
    order = list(state.guests.guests)
    if command.after == command.guest or _moved(order, command.guest, command.after) == order:
        return []
    return [GuestMoved(guest=command.guest, after=command.after)]


def decide_remove(state: "Ceremony", command: RemoveGuest, context: Context) -> list[Event]:
    _known(state, command.guest)
    return [GuestRemoved(guest=command.guest)]


def _known(state: "Ceremony", guest: str) -> None:
    if guest not in state.guests.guests:
        raise Refused("guest_unknown", "Không có đại biểu này trong danh sách giới thiệu; có thể vừa bị bỏ.")


def _tidy(said: PersonalFields) -> PersonalFields:
    name, phone, title = (" ".join(text.split()) for text in (said.name, said.phone, said.title))
    return PersonalFields(name=name, phone=phone, title=title)


def _fault(said: PersonalFields) -> str | None:
    if not said.name:
        return "thiếu họ tên"
    if any(len(text) > MAX_TEXT for text in (said.name, said.phone, said.title)):
        return f"có chỗ dài quá {MAX_TEXT} ký tự"
    return None


def _moved(order: list[str], guest: str, after: str | None) -> list[str]:
    rest = [each for each in order if each != guest]
    place = 0 if after is None else rest.index(after) + 1
    return [*rest[:place], guest, *rest[place:]]


def evolve_listed(state: "Ceremony", event: GuestsListed) -> None:
    state.guests.guests = {guest.id: guest for guest in event.guests}
    state.guests.marks = {name: mark for name, mark in state.guests.marks.items() if name in state.guests.guests}


def evolve_added(state: "Ceremony", event: GuestAdded) -> None:
    guests = {**state.guests.guests, event.guest.id: event.guest}
    after = event.after if event.after in guests else None
    state.guests.guests = {name: guests[name] for name in _moved(list(guests), event.guest.id, after)}
    state.guests.marks[event.guest.id] = GuestMark(GuestStatus.ARRIVED, None, event.by, event.seat, event.at)


def evolve_marked(state: "Ceremony", event: GuestMarked) -> None:
    state.guests.marks[event.guest] = GuestMark(event.status, event.substitute, event.by, event.seat, event.at)


def evolve_moved(state: "Ceremony", event: GuestMoved) -> None:
    guests = state.guests.guests
    state.guests.guests = {name: guests[name] for name in _moved(list(guests), event.guest, event.after)}


def evolve_removed(state: "Ceremony", event: GuestRemoved) -> None:
    state.guests.guests = {name: guest for name, guest in state.guests.guests.items() if name != event.guest}
    state.guests.marks.pop(event.guest, None)


CAPABILITY = Capability(
    name="guests",
    decide={
        ListGuests: decide_list,
        AddGuest: decide_add,
        MarkGuest: decide_mark,
        MoveGuest: decide_move,
        RemoveGuest: decide_remove,
    },
    evolve={
        GuestsListed: evolve_listed,
        GuestAdded: evolve_added,
        GuestMarked: evolve_marked,
        GuestMoved: evolve_moved,
        GuestRemoved: evolve_removed,
    },
)
GUEST_EVENTS = tuple(CAPABILITY.evolve)
"""Every event that changes the list."""
