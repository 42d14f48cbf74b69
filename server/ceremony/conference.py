"""The conference room that sites with picture `conference` join: its address and password, sealed at rest.

Both stand in the journal only encrypted, under a key of their own kept where the keys of persons are (`engine.sealing`):
addresses of meetings often carry the password. Clearing or replacing them leaves the old ones under their old key, which
`forget` destroys like a person's.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.rules import Capability, Command, Context, Event, Person, Refused, Role, derived_id
from site_agent.units import Instant, PersonId

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_URL = 500
MAX_PASSWORD = 60


class ConferenceAccess(msgspec.Struct, frozen=True, omit_defaults=True):
    """How to come in. Its `repr` tells nothing: it must not reach a log."""

    url: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return "ConferenceAccess(…)"


class SealedConference(Person, frozen=True):
    """Sealed as a person is."""

    personal: ConferenceAccess | None  # type: ignore[assignment]  # sealing reads the type from here


class SetConference(Command, frozen=True, kw_only=True, tag="set_conference"):
    """Where the sites meet; empty address clears it."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.ADMIN, Role.TECH, Role.SYSTEM})

    access: ConferenceAccess


class ConferenceSet(Event, frozen=True, kw_only=True, tag="conference_set"):
    access: SealedConference | None
    """None: there is none (any more)."""
    at: Instant


@dataclass(slots=True)
class ConferenceState:
    """Owned by this file; others read."""

    access: ConferenceAccess | None = None


def decide_set(state: "Ceremony", command: SetConference, context: Context) -> list[Event]:
    """An address that can be opened or dialled, and its password."""
    access = ConferenceAccess(command.access.url.strip(), command.access.password.strip())
    if not access.url:
        if access.password:
            raise Refused("conference_address", "Có mật khẩu mà chưa có địa chỉ phòng họp.", {"url": "Chưa ghi."})
        return [] if state.conference.access is None else [ConferenceSet(access=None, at=context.now)]
    if len(access.url) > MAX_URL or len(access.password) > MAX_PASSWORD or not (access.url + access.password).isprintable():
        raise Refused(
            "conference_long",
            f"Địa chỉ dài tối đa {MAX_URL} ký tự, mật khẩu tối đa {MAX_PASSWORD} ký tự, không có ký tự điều khiển.",
        )
    if access == state.conference.access:
        return []
    person = PersonId(derived_id(command.id, "conference"))
    return [ConferenceSet(access=SealedConference(person, access), at=context.now)]


def evolve_set(state: "Ceremony", event: ConferenceSet) -> None:
    state.conference.access = event.access.personal if event.access is not None else None


CAPABILITY = Capability(name="conference", decide={SetConference: decide_set}, evolve={ConferenceSet: evolve_set})
