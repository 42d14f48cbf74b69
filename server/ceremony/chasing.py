"""Chasing those who are missing: who calls which site, what they noted, and until when a site is left in peace.

Who is missing is not kept here: it follows from the sites themselves, so the list shrinks by itself.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from server.ceremony.messages import MAX_OWNER, SealedWords, Words, thread_person
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import HOUR, Duration, Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

CHASERS = frozenset({Role.ADMIN, Role.TECH, Role.DESK})
MAX_SITES = 5_000
"""Sites assigned by one command."""
MAX_NOTE = 250
MAX_NOTES = 50
"""Notes kept of one site; the oldest go first."""
MAX_SNOOZE = Duration(12 * HOUR)


class AssignChase(Command, frozen=True, kw_only=True, tag="assign_chase"):
    """`owner` calls these sites; empty: nobody in particular."""

    ROLES: ClassVar[frozenset[Role]] = CHASERS

    sites: tuple[SiteCode, ...]
    owner: str


class NoteChase(Command, frozen=True, kw_only=True, tag="note_chase"):
    """What came of a call: “không nghe máy”, “7 giờ 10 báo lại”."""

    ROLES: ClassVar[frozenset[Role]] = CHASERS

    site: SiteCode
    text: str


class SnoozeChase(Command, frozen=True, kw_only=True, tag="snooze_chase"):
    """Leave a site in peace until an instant; None wakes it."""

    ROLES: ClassVar[frozenset[Role]] = CHASERS

    site: SiteCode
    until: Instant | None


class ChaseAssigned(Event, frozen=True, kw_only=True, tag="chase_assigned"):
    sites: tuple[SiteCode, ...]
    owner: str
    by: Role
    at: Instant


class ChaseNoted(Event, frozen=True, kw_only=True, tag="chase_noted"):
    site: SiteCode
    words: SealedWords
    by: Role
    seat: str
    at: Instant


class ChaseSnoozed(Event, frozen=True, kw_only=True, tag="chase_snoozed"):
    site: SiteCode
    until: Instant | None
    by: Role
    at: Instant


@dataclass(slots=True)
class Chase:
    """What is known of chasing one site."""

    owner: str = ""
    snoozed_until: Instant | None = None
    notes: list[ChaseNoted] = field(default_factory=list)


@dataclass(slots=True)
class ChasingState:
    """Owned by this file; others read. Only sites that somebody touched are in it."""

    sites: dict[SiteCode, Chase] = field(default_factory=dict)


def decide_assign(state: "Ceremony", command: AssignChase, context: Context) -> list[Event]:
    """Those who have another owner so far."""
    owner = " ".join(command.owner.split())
    if len(owner) > MAX_OWNER:
        raise Refused("text_too_long", f"Tên người phụ trách dài quá {MAX_OWNER} ký tự.")
    if len(command.sites) > MAX_SITES:
        raise Refused("too_many_sites", f"Giao tối đa {MAX_SITES} điểm cầu một lần.")
    unknown = {str(code): "không có trong danh sách" for code in command.sites if code not in state.roster.sites}
    if unknown:
        raise Refused("site_unknown", "Có mã điểm cầu không nằm trong danh sách.", unknown)
    chases = state.chasing.sites
    moved = tuple(code for code in dict.fromkeys(command.sites) if chases.get(code, _NOTHING).owner != owner)
    return [ChaseAssigned(sites=moved, owner=owner, by=context.principal.role, at=context.now)] if moved else []


def decide_note(state: "Ceremony", command: NoteChase, context: Context) -> list[Event]:
    """Words, never empty."""
    _refuse_unknown(state, command.site)
    text = " ".join(command.text.split())
    if not text:
        raise Refused("text_missing", "Chưa ghi nội dung.", {"text": "Chưa ghi."})
    if len(text) > MAX_NOTE:
        raise Refused("text_too_long", f"Ghi chú dài quá {MAX_NOTE} ký tự.", {"text": f"{len(text)} ký tự."})
    words = SealedWords(thread_person(state, command.site), Words(text))
    return [ChaseNoted(site=command.site, words=words, by=context.principal.role, seat=context.principal.seat, at=context.now)]


def decide_snooze(state: "Ceremony", command: SnoozeChase, context: Context) -> list[Event]:
    """Into the future, half a day at most."""
    _refuse_unknown(state, command.site)
    if command.until is not None and not context.now < command.until <= context.now + MAX_SNOOZE:
        raise Refused("snooze_when", "Chọn giờ nhắc lại trong vòng 12 giờ tới.", {"until": "Không hợp lệ."})
    if state.chasing.sites.get(command.site, _NOTHING).snoozed_until == command.until:
        return []
    return [ChaseSnoozed(site=command.site, until=command.until, by=context.principal.role, at=context.now)]


def _refuse_unknown(state: "Ceremony", site: SiteCode) -> None:
    if site not in state.roster.sites:
        raise Refused("site_unknown", f"Không có điểm cầu mang mã “{site}”.", {"site": "Không có mã này."})


def evolve_assigned(state: "Ceremony", event: ChaseAssigned) -> None:
    for site in event.sites:
        _chase(state, site).owner = event.owner


def evolve_noted(state: "Ceremony", event: ChaseNoted) -> None:
    notes = _chase(state, event.site).notes
    notes.append(event)
    del notes[:-MAX_NOTES]


def evolve_snoozed(state: "Ceremony", event: ChaseSnoozed) -> None:
    _chase(state, event.site).snoozed_until = event.until


def _chase(state: "Ceremony", site: SiteCode) -> Chase:
    return state.chasing.sites.setdefault(site, Chase())


_NOTHING = Chase()

CAPABILITY = Capability(
    name="chasing",
    decide={AssignChase: decide_assign, NoteChase: decide_note, SnoozeChase: decide_snooze},
    evolve={ChaseAssigned: evolve_assigned, ChaseNoted: evolve_noted, ChaseSnoozed: evolve_snoozed},
)
