"""Social networks and other servers that the programme is sent on to: where to, when, and whether it should be sending now.

What is true of a relay is told by the media worker (`media_history`); here is only what is wanted. Address and key stand in
the journal only sealed (`engine.sealing`) under a key of their own, and are never told again: pages learn that there is one.
A relay starts and stops by hand, with an item of the programme, or at an instant.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from msgspec import UNSET, UnsetType

from server.ceremony.programme import ItemEnded, ItemStarted
from server.ceremony.relay_plan import (
    BY_HAND,
    Moment,
    Platform,
    RelayAccess,
    SealedRelay,
    check_moments,
    check_order,
    checked_access,
    checked_name,
)
from server.ceremony.rules import Capability, Command, Context, Deadline, Event, Refused, Role, derived_id
from server.ceremony.sources import CREW
from site_agent.units import CommandId, Instant, PersonId

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_RELAYS = 8
"""More than any uplink of a province's hall carries."""


class AddRelay(Command, frozen=True, kw_only=True, tag="add_relay"):
    """A new destination. Without an address the platform's own is taken where it has one."""

    ROLES: ClassVar[frozenset[Role]] = CREW

    name: str
    platform: Platform
    access: RelayAccess
    start: Moment = BY_HAND
    """With an item: when it goes on air."""
    stop: Moment = BY_HAND
    """With an item: when it has ended."""


class ChangeRelay(Command, frozen=True, kw_only=True, tag="change_relay"):
    """Change what is given. A key is only ever replaced."""

    ROLES: ClassVar[frozenset[Role]] = CREW

    relay: str
    name: str | UnsetType = UNSET
    platform: Platform | UnsetType = UNSET
    access: RelayAccess | UnsetType = UNSET
    """An empty address or key: as before."""
    start: Moment | UnsetType = UNSET
    stop: Moment | UnsetType = UNSET


class RemoveRelay(Command, frozen=True, kw_only=True, tag="remove_relay"):
    """Take a destination away that is not wanted now."""

    ROLES: ClassVar[frozenset[Role]] = CREW

    relay: str


class StartRelay(Command, frozen=True, kw_only=True, tag="start_relay"):
    """It should be sending."""

    ROLES: ClassVar[frozenset[Role]] = CREW

    relay: str


class StopRelay(Command, frozen=True, kw_only=True, tag="stop_relay"):
    """It should not be sending."""

    ROLES: ClassVar[frozenset[Role]] = CREW

    relay: str


class RelayDue(Command, frozen=True, kw_only=True, tag="relay_due"):
    """The instant of a relay's start or stop has come. Given by the engine itself."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    relay: str
    wanted: bool
    due: Instant


class RelaySet(Event, frozen=True, kw_only=True, tag="relay_set"):
    """A relay as it stands from now on, whole."""

    relay: str
    name: str
    platform: Platform
    access: SealedRelay
    start: Moment
    stop: Moment
    by: Role
    seat: str
    at: Instant


class RelayRemoved(Event, frozen=True, kw_only=True, tag="relay_removed"):
    relay: str
    by: Role
    seat: str
    at: Instant


class RelayWanted(Event, frozen=True, kw_only=True, tag="relay_wanted"):
    """By hand, or by role `system` because its instant came. With an item of the programme nothing is told: it follows."""

    relay: str
    wanted: bool
    by: Role
    seat: str
    at: Instant


@dataclass(slots=True)
class RelayState:
    """One destination as it should be."""

    name: str
    platform: Platform
    access: SealedRelay
    start: Moment
    stop: Moment
    wanted: bool = False
    wanted_since: Instant | None = None
    """When `wanted` changed last."""

    @property
    def sealed(self) -> RelayAccess | None:
        """Address and key; None once they were erased."""
        return self.access.personal


@dataclass(slots=True)
class RelaysState:
    """Owned by this file; others read."""

    relays: dict[str, RelayState] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    """Names of those that were taken away, for the record."""

    def name(self, relay: str) -> str:
        """How people know it, also after it was taken away."""
        known = self.relays.get(relay)
        return known.name if known is not None else self.gone.get(relay, relay)


def decide_add(state: "Ceremony", command: AddRelay, context: Context) -> list[Event]:
    """A name of its own, an address and a key."""
    if len(state.relays.relays) >= MAX_RELAYS:
        raise Refused("too_many_relays", f"Tối đa {MAX_RELAYS} nơi phát lại.")
    relay = f"relay-{command.id[-12:]}"
    if relay in state.relays.relays or relay in state.relays.gone:
        raise Refused("relay_twice", "Không thêm được nơi phát lại này. Thử lại.")
    access = checked_access(command.access, command.platform)
    name = checked_name(command.name, _other_names(state, relay))
    check_moments(state, command.start, command.stop, context.now)
    check_order(command.start, command.stop)
    return [_set(command.id, context, relay, name, command.platform, access, command.start, command.stop)]


def decide_change(state: "Ceremony", command: ChangeRelay, context: Context) -> list[Event]:
    """What is not given stays."""
    relay = _known(state, command.relay)
    platform = relay.platform if command.platform is UNSET else command.platform
    name = relay.name if command.name is UNSET else checked_name(command.name, _other_names(state, command.relay))
    start = relay.start if command.start is UNSET else command.start
    stop = relay.stop if command.stop is UNSET else command.stop
    if command.start is not UNSET or command.stop is not UNSET:
        check_moments(state, BY_HAND if start == relay.start else start, BY_HAND if stop == relay.stop else stop, context.now)
        check_order(start, stop)
    before = relay.sealed or RelayAccess()
    given = RelayAccess() if command.access is UNSET else command.access
    other = command.platform is not UNSET and command.platform is not relay.platform
    access = checked_access(RelayAccess(given.url or ("" if other else before.url), given.key or before.key), platform)
    if (name, platform, access, start, stop) == (relay.name, relay.platform, relay.sealed, relay.start, relay.stop):
        return []
    return [_set(command.id, context, command.relay, name, platform, access, start, stop)]


def decide_remove(state: "Ceremony", command: RemoveRelay, context: Context) -> list[Event]:
    """Not while it should be sending."""
    if _known(state, command.relay).wanted:
        raise Refused("relay_wanted", "Nơi phát lại này đang được bật. Dừng phát lại trước rồi bỏ.")
    return [RelayRemoved(relay=command.relay, by=context.principal.role, seat=context.principal.seat, at=context.now)]


def decide_start(state: "Ceremony", command: StartRelay, context: Context) -> list[Event]:
    """It needs an address and a key that were not erased."""
    relay = _known(state, command.relay)
    if relay.sealed is None:
        raise Refused("relay_key_erased", "Khóa của nơi phát lại này đã bị xóa. Nhập lại địa chỉ và khóa.")
    return _wanted(relay, command.relay, context, wanted=True)


def decide_stop(state: "Ceremony", command: StopRelay, context: Context) -> list[Event]:
    """Stopping what is not wanted changes nothing."""
    return _wanted(_known(state, command.relay), command.relay, context, wanted=False)


def decide_due(state: "Ceremony", command: RelayDue, context: Context) -> list[Event]:
    """Where the instant still stands as it did when the deadline was set."""
    relay = _known(state, command.relay)
    moment = relay.start if command.wanted else relay.stop
    if moment.at != command.due or context.now < command.due or (command.wanted and relay.sealed is None):
        raise Refused("not_due", "Giờ phát lại đã được đổi.")
    return _wanted(relay, command.relay, context, wanted=command.wanted)


def deadlines(state: "Ceremony") -> Iterable[Deadline]:
    """Starts and stops at an instant. One that has been given is not given again: its id is the same."""
    for name, relay in state.relays.relays.items():
        for wanted, moment in ((True, relay.start), (False, relay.stop)):
            if moment.at is not None and (relay.sealed is not None or not wanted):
                given = derived_id("relay_due", name, "start" if wanted else "stop", str(moment.at))
                yield Deadline(moment.at, RelayDue(id=given, relay=name, wanted=wanted, due=moment.at))


def _wanted(relay: RelayState, name: str, context: Context, *, wanted: bool) -> list[Event]:
    if relay.wanted == wanted:
        return []
    return [RelayWanted(relay=name, wanted=wanted, by=context.principal.role, seat=context.principal.seat, at=context.now)]


def _set(
    command: CommandId,
    context: Context,
    relay: str,
    name: str,
    platform: Platform,
    access: RelayAccess,
    start: Moment,
    stop: Moment,
) -> RelaySet:
    return RelaySet(
        relay=relay,
        name=name,
        platform=platform,
        access=SealedRelay(PersonId(derived_id(command, "relay access")), access),
        start=start,
        stop=stop,
        by=context.principal.role,
        seat=context.principal.seat,
        at=context.now,
    )


def _known(state: "Ceremony", relay: str) -> RelayState:
    known = state.relays.relays.get(relay)
    if known is None:
        raise Refused("relay_unknown", "Không có nơi phát lại này.")
    return known


def _other_names(state: "Ceremony", relay: str) -> list[str]:
    return [other.name for key, other in state.relays.relays.items() if key != relay]


def evolve_set(state: "Ceremony", event: RelaySet) -> None:
    known = state.relays.relays.get(event.relay)
    state.relays.relays[event.relay] = RelayState(
        name=event.name,
        platform=event.platform,
        access=event.access,
        start=event.start,
        stop=event.stop,
        wanted=known.wanted if known is not None else False,
        wanted_since=known.wanted_since if known is not None else None,
    )


def evolve_removed(state: "Ceremony", event: RelayRemoved) -> None:
    gone = state.relays.relays.pop(event.relay)
    state.relays.gone[event.relay] = gone.name


def evolve_wanted(state: "Ceremony", event: RelayWanted) -> None:
    _follow(state.relays.relays[event.relay], event.at, wanted=event.wanted)


def evolve_started(state: "Ceremony", event: ItemStarted) -> None:
    """The item before ends with it: relays that stop then do, those that start now do.

    A step taken back (`undo_step`) leaves relays as they are: a broadcast that was begun is not cut for a slip of the hand.
    """
    before, steps = None, state.programme.last_steps
    if steps:
        before = steps[-1].before.current
    for relay in state.relays.relays.values():
        if before is not None and relay.stop.item == before:
            _follow(relay, event.at, wanted=False)
        if relay.start.item == event.item and relay.sealed is not None:
            _follow(relay, event.at, wanted=True)


def evolve_ended(state: "Ceremony", event: ItemEnded) -> None:
    for relay in state.relays.relays.values():
        if relay.stop.item == event.item:
            _follow(relay, event.at, wanted=False)


def _follow(relay: RelayState, at: Instant, *, wanted: bool) -> None:
    if relay.wanted != wanted:
        relay.wanted, relay.wanted_since = wanted, at


RELAY_EVENTS = (RelaySet, RelayRemoved, RelayWanted, ItemStarted, ItemEnded)
"""After which other relays are wanted: some go with an item of the programme."""

CAPABILITY = Capability(
    name="relays",
    decide={
        AddRelay: decide_add,
        ChangeRelay: decide_change,
        RemoveRelay: decide_remove,
        StartRelay: decide_start,
        StopRelay: decide_stop,
        RelayDue: decide_due,
    },
    evolve={
        RelaySet: evolve_set,
        RelayRemoved: evolve_removed,
        RelayWanted: evolve_wanted,
        ItemStarted: evolve_started,
        ItemEnded: evolve_ended,
    },
    deadlines=deadlines,
)
