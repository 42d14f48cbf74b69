"""Erasing what is known of people: which keys that means, the record of it, and then the keys' end.

The record is durable before the first key goes, so that a crash in between is ended at the next start (`finish`).
"""

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.chasing import ChaseNoted
from server.ceremony.conference import ConferenceSet
from server.ceremony.cue import SiteWaived
from server.ceremony.forgetting import RecordForgetting, Scope, erased_people
from server.ceremony.guests import GuestAdded, GuestMarked, GuestsListed
from server.ceremony.messages import HelpAsked, MessageSent
from server.ceremony.relays import RelaySet
from server.ceremony.retiring import SiteRetired
from server.ceremony.roster import RosterImported
from server.ceremony.rules import SYSTEM, Command, Event, Person, Principal
from server.ceremony.sources import SourceConfigured
from server.engine.answers import Answer
from server.engine.codec import decoded
from server.engine.ids import new_id
from server.engine.port import Journal, KeyStore
from server.engine.sealing import people_in
from site_agent.units import PersonId, SiteCode

_WORDS: dict[type[Event], str] = {
    RosterImported: "đầu mối trong danh sách điểm cầu",
    SiteRetired: "đầu mối trong danh sách điểm cầu",
    HelpAsked: "tin nhắn, yêu cầu hỗ trợ, ghi chú gọi điện",
    MessageSent: "tin nhắn, yêu cầu hỗ trợ, ghi chú gọi điện",
    ChaseNoted: "tin nhắn, yêu cầu hỗ trợ, ghi chú gọi điện",
    GuestsListed: "đại biểu được giới thiệu",
    GuestAdded: "đại biểu được giới thiệu",
    GuestMarked: "đại biểu được giới thiệu",
    SiteWaived: "người đồng ý tiếp tục khi điểm cầu chưa sẵn sàng",
    ConferenceSet: "địa chỉ và mật khẩu phòng họp trực tuyến",
    RelaySet: "địa chỉ và khóa phát lại lên mạng xã hội",
    SourceConfigured: "địa chỉ nguồn hình kéo về",
}
_BY_TAG = {
    "site_checked_in": "đầu mối đã điểm danh",
    "chair_declared": "người chủ trì thay",
    "figures_closed": "người chốt số liệu",
}
PROGRAMME = "lời dẫn, ghi chú và cột riêng của chương trình"


class Erasing(Protocol):
    """What is needed of the engine."""

    state: Ceremony

    async def submit(self, command: Command, principal: Principal) -> Answer: ...

    async def forget(self, *people: PersonId) -> None: ...


class NotErased(Exception):
    """The record could not be made durable: nothing was erased. Says why, in Vietnamese."""


class Found(msgspec.Struct, frozen=True):
    """Whose keys would be destroyed."""

    people: tuple[PersonId, ...]
    kinds: dict[str, int]
    """How many, by what they are, in Vietnamese."""


class Forgetting:
    """Finds and erases. One per process, beside the engine."""

    def __init__(self, engine: Erasing, journal: Journal, keys: KeyStore) -> None:
        self._engine = engine
        self._journal = journal
        self._keys = keys

    async def find(self, *, site: SiteCode | None = None, person: PersonId | None = None) -> Found:
        """Everybody in the journal whose fields can still be read: of a site, or one person, or all where neither is named.

        Raises:
            JournalError

        """
        found: dict[PersonId, str] = {}
        async for block in self._journal.read():
            for stored in block:
                if b'"sealed":' not in stored.body:
                    continue
                for event in decoded(stored.body, self._keys).events:
                    for whose, of in _belonging(event):
                        if site in (None, of) and person in (None, whose.person) and self._keys.key(whose.person) is not None:
                            found[whose.person] = _words(event)
        return Found(tuple(found), dict(Counter(found.values()).most_common()))

    async def forget(self, found: Found, scope: Scope, site: SiteCode | None, pictures: int, principal: Principal) -> None:
        """Journal that it is done, then do it.

        Raises:
            NotErased: nothing happened.
            JournalError: it is recorded and not done; it will be at the next start.

        """
        record = RecordForgetting(
            id=new_id(),
            scope=scope,
            site=site,
            people=found.people,
            pictures=pictures,
            by=principal.role,
            seat=principal.seat,
        )
        answer = await self._engine.submit(record, SYSTEM)
        if answer.problem is not None:
            raise NotErased(answer.problem.detail)
        if found.people:
            await self._engine.forget(*found.people)

    async def finish(self) -> None:
        """Destroy the keys that a record says are gone and that a crash left.

        Raises:
            JournalError

        """
        left = [person for person in erased_people(self._engine.state) if self._keys.key(person) is not None]
        if left:
            await self._engine.forget(*left)


def _belonging(event: Event) -> Iterator[tuple[Person, SiteCode | None]]:
    """Every person of an event, and the site whose person it is; None where it is nobody's of a site."""
    match event:
        case RosterImported(sites=sites):
            yield from ((each.contact, each.code) for each in sites if each.contact is not None)
        case SiteRetired(site=gone):
            if gone.contact is not None:
                yield gone.contact, gone.code
        case SiteWaived(named=named):
            # Somebody of the staff, who answers for the site.
            yield named, None
        case _:
            yield from ((each, getattr(event, "site", None)) for each in people_in(event))


def _words(event: Event) -> str:
    return _WORDS.get(type(event)) or _BY_TAG.get(str(event.__struct_config__.tag), PROGRAMME)
