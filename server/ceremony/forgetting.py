"""What is kept of people, for how long, and the record of what was erased (Law 91/2025/QH15).

Erasing itself destroys keys (`server.engine.forgetting`); here is only the word that it was done: who, when, of whom (key
names, which tell nothing), never what stood there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from server.ceremony.programme.timing import place_reached
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import HOUR, Duration, Instant, PersonId, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

KEEP_DAYS = 90
"""Days after the ceremony that names and phones are kept, unless the ceremony says otherwise: time for the report of results,
corrections and thanks.
"""
MOST_DAYS = 730
LONGEST = Duration(12 * HOUR)
"""No ceremony lasts longer, whatever its programme tells."""
DAY = Duration(24 * HOUR)


class Scope(StrEnum):
    """Whose data was erased."""

    SITE = "site"
    PERSON = "person"
    ALL = "all"


class SetRetention(Command, frozen=True, kw_only=True, tag="set_retention"):
    """How many days after the ceremony personal data are kept."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.ADMIN})

    days: int


class RecordForgetting(Command, frozen=True, kw_only=True, tag="record_forgetting"):
    """Somebody had data erased. Given by the server in the name of `by`, before the keys are destroyed."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    scope: Scope
    site: SiteCode | None
    people: tuple[PersonId, ...]
    pictures: int
    by: Role
    seat: str


class RetentionSet(Event, frozen=True, kw_only=True, tag="retention_set"):
    days: int
    by: Role
    seat: str
    at: Instant


class PersonalForgotten(Event, frozen=True, kw_only=True, tag="personal_forgotten"):
    scope: Scope
    site: SiteCode | None
    people: tuple[PersonId, ...]
    """Names of the keys that were destroyed."""
    pictures: int
    """Kept room pictures that were erased with them."""
    by: Role
    seat: str
    at: Instant


@dataclass(slots=True)
class ForgettingState:
    """Owned by this file; others read."""

    keep_days: int = KEEP_DAYS
    records: list[PersonalForgotten] = field(default_factory=list)
    """Oldest first."""
    rounds: dict[SiteCode, int] = field(default_factory=dict)
    """How often a site's data were erased by themselves."""
    whole_rounds: int = 0
    """How often everybody's were."""

    def round(self, site: SiteCode) -> int:
        """A key that was destroyed is never made again: a site's thread goes on under the next name."""
        return self.rounds.get(site, 0) + self.whole_rounds


def due_at(state: "Ceremony") -> Instant:
    """From when on nothing personal may be kept any more."""
    return Instant(state.details.required.starts_at + state.forgetting.keep_days * DAY)


def is_over(state: "Ceremony", now: Instant) -> bool:
    """The programme ran to its last item, or half a day has passed since it was to begin."""
    going = state.programme.going
    if now >= state.details.required.starts_at + LONGEST:
        return True
    if going.current is not None or not going.runs:
        return False
    order = list(state.programme.items)
    rest = order[place_reached(order, going.runs, None) + 1 :]
    return all(item in going.skipped or item in going.runs for item in rest)


def erased_people(state: "Ceremony") -> Iterator[PersonId]:
    """Everybody whose key must be gone."""
    for record in state.forgetting.records:
        yield from record.people


def decide_retention(state: "Ceremony", command: SetRetention, context: Context) -> list[Event]:
    """Between a day and two years."""
    if not 1 <= command.days <= MOST_DAYS:
        raise Refused(
            "retention_out_of_range", f"Thời gian lưu từ 1 đến {MOST_DAYS} ngày sau buổi lễ.", {"days": "Ngoài khoảng cho phép."}
        )
    if command.days == state.forgetting.keep_days:
        return []
    principal = context.principal
    return [RetentionSet(days=command.days, by=principal.role, seat=principal.seat, at=context.now)]


def decide_record(state: "Ceremony", command: RecordForgetting, context: Context) -> list[Event]:
    """What is to be erased, once said, is not taken back."""
    return [
        PersonalForgotten(
            scope=command.scope,
            site=command.site,
            people=command.people,
            pictures=command.pictures,
            by=command.by,
            seat=command.seat,
            at=context.now,
        )
    ]


def evolve_retention(state: "Ceremony", event: RetentionSet) -> None:
    state.forgetting.keep_days = event.days


def evolve_forgotten(state: "Ceremony", event: PersonalForgotten) -> None:
    forgetting = state.forgetting
    forgetting.records.append(event)
    if event.scope is Scope.ALL:
        forgetting.whole_rounds += 1
    elif event.scope is Scope.SITE and event.site is not None:
        forgetting.rounds[event.site] = forgetting.rounds.get(event.site, 0) + 1


CAPABILITY = Capability(
    name="forgetting",
    decide={SetRetention: decide_retention, RecordForgetting: decide_record},
    evolve={RetentionSet: evolve_retention, PersonalForgotten: evolve_forgotten},
)
