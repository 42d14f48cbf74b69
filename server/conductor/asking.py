"""What is asked of the signer: a pure function of the ceremony and of the devices the signer trusts."""

from collections.abc import Callable, Collection, Iterable

from server.ceremony.access import Device
from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import AttemptState, CueRecord, canonical
from server.ceremony.rules import Role
from server.signer.port import WarrantRequest
from site_agent.launch.objects import Part, SeatKey, Substitute
from site_agent.launch.signed import Signed
from site_agent.units import DeviceId, PublicKey, SeatName

MAX_SUBSTITUTES = 8
ARMING_ROLES = frozenset({Role.CALLER, Role.TECH, Role.ADMIN})
PRESSING_ROLES = frozenset({Role.MC, Role.PRESSER})


def warrant_request(
    state: Ceremony,
    record: CueRecord,
    attempt: AttemptState,
    trusted: Collection[str],
    commit_key: PublicKey,
    ended: Signed | None = None,
    fired: Signed | None = None,
    connected: Callable[[str], bool] = lambda _: True,
) -> WarrantRequest:
    """The request for an attempt that two people confirmed.

    Args:
        state: the ceremony.
        record: the cue.
        attempt: its running attempt.
        trusted: fingerprints the signer trusts: of a seat's devices a trusted one is named before the latest.
        commit_key: the holder's, for this attempt.
        ended: proof that the warrant before is over.
        fired: the order of the warrant before, where it fired.
        connected: whether a page of a link's subject is open now: those people can press in a seat's place.

    """
    plan = record.plan
    seats = tuple(SeatKey(seat, device.public_key) for seat, device in _devices(state, plan.trigger_seats, trusted))
    counting = {seat.key for seat in seats}
    substitutes = tuple(
        Substitute(device.role.value, device.public_key)
        for device in _substitutes(state, plan.substitutes, trusted, connected)
        if device.public_key not in counting
    )[:MAX_SUBSTITUTES]
    counting |= {substitute.key for substitute in substitutes}
    pads = tuple(
        SeatKey(seat, device.public_key)
        for seat, device in _devices(state, plan.pad_seats, trusted)
        if device.public_key not in counting
    )
    return WarrantRequest(
        ceremony_id=plan.ceremony_id,
        live=attempt.live,
        cue=plan.cue,
        attempt=attempt.attempt,
        plan=canonical(plan),
        confirmations=tuple(word.confirmation for word in attempt.confirmations.values()),
        trigger_seats=seats,
        pad_seats=pads,
        substitutes=substitutes,
        commit_key=commit_key,
        ended=ended,
        fired=fired,
    )


def to_trust_on_enrolment(state: Ceremony, trusted: Collection[str]) -> list[Device]:
    """Demo only: every person's device that arms or presses, so that nobody is stuck with a second browser."""
    return [
        device
        for device in state.access.devices.values()
        if device.part is Part.SEAT and device.id not in trusted and device.role in PRESSING_ROLES | ARMING_ROLES
    ]


def _devices(state: Ceremony, seats: Iterable[SeatName], trusted: Collection[str]) -> Iterable[tuple[SeatName, Device]]:
    for seat in seats:
        device = _device_of(state, seat, trusted)
        if device is not None:
            yield seat, device


def _device_of(state: Ceremony, seat: SeatName, trusted: Collection[str]) -> Device | None:
    """The seat's current device if it is trusted, else its latest trusted one, else the current one: the signer will
    refuse that by name.
    """
    current = state.access.by_seat.get(seat)
    if current is None:
        return None
    own = [device for device in state.access.devices.values() if device.seat == seat and device.part is Part.SEAT]
    candidates: list[DeviceId] = [current, *(device.id for device in reversed(own))]
    return state.access.devices[next((one for one in candidates if one in trusted), current)]


def _substitutes(
    state: Ceremony, roles: Collection[Role], trusted: Collection[str], connected: Callable[[str], bool]
) -> list[Device]:
    """Whose page is open first, then the latest enrolled: there is room for few, and old browsers press nothing."""
    newest_first = reversed(state.access.devices.values())
    able = [one for one in newest_first if one.role in roles and one.part is Part.SEAT and one.id in trusted]
    return sorted(able, key=lambda device: not connected(f"{device.role}:{device.seat}"))
