"""The whole ceremony: one slice of state per capability, and the dispatch of commands, events and deadlines to them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from server.ceremony import (
    access,
    attendance,
    chairs,
    chasing,
    conference,
    cue,
    details,
    forgetting,
    guests,
    incidents,
    link_health,
    media_history,
    messages,
    notices,
    papers,
    pledges,
    programme,
    readiness,
    rehearsal,
    relays,
    retiring,
    rooms,
    roster,
    seen,
    sheet_codes,
    sources,
    watching,
)
from server.ceremony.access import AccessState
from server.ceremony.attendance import AttendanceState
from server.ceremony.attendance.phases import PhasesState
from server.ceremony.chairs import ChairsState
from server.ceremony.chasing import ChasingState
from server.ceremony.conference import ConferenceState
from server.ceremony.cue import CuesState
from server.ceremony.details import DetailsState
from server.ceremony.forgetting import ForgettingState
from server.ceremony.guests import GuestsState
from server.ceremony.incidents import IncidentsState
from server.ceremony.link_health import LinksState
from server.ceremony.media_history import MediaState
from server.ceremony.messages import MessagesState
from server.ceremony.notices import NoticesState
from server.ceremony.papers import PapersState
from server.ceremony.pledges import PledgesState
from server.ceremony.programme import ProgrammeState
from server.ceremony.readiness import ReadinessState
from server.ceremony.relays import RelaysState
from server.ceremony.retiring import RetiredState
from server.ceremony.rooms import RoomsState
from server.ceremony.roster import RosterState
from server.ceremony.rules import Capability, Command, Context, Deadline, Decide, Event, Evolve, Refused
from server.ceremony.seen import SeenState
from server.ceremony.sheet_codes import SheetCodesState
from server.ceremony.sources import SourcesState
from server.ceremony.watching import WatchingState

CAPABILITIES: tuple[Capability, ...] = (
    details.CAPABILITY,
    roster.CAPABILITY,
    retiring.CAPABILITY,
    access.CAPABILITY,
    chairs.CAPABILITY,
    attendance.CAPABILITY,
    rehearsal.CAPABILITY,
    seen.CAPABILITY,
    link_health.CAPABILITY,
    incidents.CAPABILITY,
    watching.CAPABILITY,
    programme.CAPABILITY,
    guests.CAPABILITY,
    cue.CAPABILITY,
    readiness.CAPABILITY,
    conference.CAPABILITY,
    sheet_codes.CAPABILITY,
    rooms.CAPABILITY,
    messages.CAPABILITY,
    notices.CAPABILITY,
    chasing.CAPABILITY,
    papers.CAPABILITY,
    pledges.CAPABILITY,
    sources.CAPABILITY,
    relays.CAPABILITY,
    media_history.CAPABILITY,
    forgetting.CAPABILITY,
)

_DECIDE: dict[type[Command], Decide] = reduce(or_, (c.decide for c in CAPABILITIES))
_EVOLVE: dict[type[Event], tuple[Evolve, ...]] = {
    kind: tuple(c.evolve[kind] for c in CAPABILITIES if kind in c.evolve) for c in CAPABILITIES for kind in c.evolve
}
"""In the order of CAPABILITIES: a new roster is in place before attendance and links count over it again."""

EVENT_TYPES: tuple[type[Event], ...] = tuple(_EVOLVE)
"""Every event there is, for those who look into their types."""

AnyCommand: Any = reduce(or_, _DECIDE)
"""Tagged union of all commands, for decoding."""
AnyEvent: Any = reduce(or_, _EVOLVE)
"""Tagged union of all events, for decoding."""


@dataclass(slots=True)
class Ceremony:
    """The state. Only `evolve` changes it; the engine alone calls that."""

    details: DetailsState = field(default_factory=DetailsState)
    roster: RosterState = field(default_factory=RosterState)
    access: AccessState = field(default_factory=AccessState)
    retired: RetiredState = field(default_factory=RetiredState)
    chairs: ChairsState = field(default_factory=ChairsState)
    attendance: AttendanceState = field(default_factory=AttendanceState)
    """The open book of figures: of the day, or of the rehearsal that is on."""
    phases: PhasesState = field(default_factory=PhasesState)
    seen: SeenState = field(default_factory=SeenState)
    links: LinksState = field(default_factory=LinksState)
    incidents: IncidentsState = field(default_factory=IncidentsState)
    watching: WatchingState = field(default_factory=WatchingState)
    programme: ProgrammeState = field(default_factory=ProgrammeState)
    guests: GuestsState = field(default_factory=GuestsState)
    cues: CuesState = field(default_factory=CuesState)
    readiness: ReadinessState = field(default_factory=ReadinessState)
    conference: ConferenceState = field(default_factory=ConferenceState)
    sheet_codes: SheetCodesState = field(default_factory=SheetCodesState)
    rooms: RoomsState = field(default_factory=RoomsState)
    messages: MessagesState = field(default_factory=MessagesState)
    notices: NoticesState = field(default_factory=NoticesState)
    chasing: ChasingState = field(default_factory=ChasingState)
    papers: PapersState = field(default_factory=PapersState)
    pledges: PledgesState = field(default_factory=PledgesState)
    sources: SourcesState = field(default_factory=SourcesState)
    relays: RelaysState = field(default_factory=RelaysState)
    media: MediaState = field(default_factory=MediaState)
    forgetting: ForgettingState = field(default_factory=ForgettingState)


def decide(state: Ceremony, command: Command, context: Context) -> list[Event]:
    """Events that follow from a command, after access was checked.

    Raises:
        Refused: with a code, and words for the sender.

    """
    access.authorise(state, command, context)
    return _DECIDE[type(command)](state, command, context)


def evolve(state: Ceremony, event: Event) -> None:
    """Fold one event into the state."""
    for fold_in in _EVOLVE[type(event)]:
        fold_in(state, event)


def deadlines(state: Ceremony) -> Iterable[Deadline]:
    """Every command that is due by itself at a known instant."""
    for capability in CAPABILITIES:
        if capability.deadlines is not None:
            yield from capability.deadlines(state)


__all__ = ["CAPABILITIES", "EVENT_TYPES", "AnyCommand", "AnyEvent", "Ceremony", "Refused", "deadlines", "decide", "evolve"]
