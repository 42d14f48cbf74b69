"""Decisions of arming: two people's words, the warrant, the holder's answer, the warrant's return."""

from typing import TYPE_CHECKING

from server.ceremony.access import Device
from server.ceremony.cue.commands import (
    ConfirmArming,
    EndWindow,
    RecordHeld,
    RecordReturn,
    RecordWarrant,
    RecordWarrantRefused,
)
from server.ceremony.cue.events import ArmingConfirmed, WarrantIssued, WarrantRefused, WarrantReturned, WindowEnded
from server.ceremony.cue.finding import current, holding_warrant, moved, not_valid
from server.ceremony.cue.plan import MAX_TEXT, CueState
from server.ceremony.cue.planning import no_go
from server.ceremony.cue.state import AttemptState, CueRecord
from server.ceremony.rules import Context, Event, Refused, Role
from site_agent.launch.confirmations import Subject, TrustedKey, verify_confirmation
from site_agent.launch.objects import Confirmation, Held, Part, Return, Warrant
from site_agent.launch.signed import Signed, digest, fingerprint, read
from site_agent.launch.warrants import Invalid, read_body, verify_held, verify_return, verify_warrant
from site_agent.units import DeviceId, Sha256

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

SECOND_ROLES = frozenset({Role.TECH, Role.ADMIN})


def both_confirmed(attempt: AttemptState) -> bool:
    """The caller, and a tech or admin, have confirmed."""
    return Role.CALLER in attempt.confirmations and bool(SECOND_ROLES & attempt.confirmations.keys())


def decide_confirm(state: "Ceremony", command: ConfirmArming, context: Context) -> list[Event]:
    """One person's word, by their own enrolled device, while everything is go."""
    record, attempt = current(state, command.cue, command.attempt, ConfirmArming)
    if attempt.warrant is not None:
        raise Refused("already_confirmed", "Hai người đã xác nhận; đang kích hoạt nút bấm.")
    problems = no_go(state, attempt)
    if problems:
        raise Refused("no_go", "Còn điểm cầu bắt buộc chưa sẵn sàng. Chờ sẵn sàng hoặc ghi người đồng ý tiếp tục.", problems)
    without_device = {str(seat): "chưa có thiết bị" for seat in record.plan.trigger_seats if seat not in state.access.by_seat}
    if without_device:
        raise Refused("seat_without_device", "Có vị trí bấm nút chưa mở trang trên thiết bị nào.", without_device)
    role, seat = context.principal.role, context.principal.seat
    taken = attempt.confirmations.keys() & (SECOND_ROLES if role in SECOND_ROLES else {role})
    if taken:
        raise Refused("already_confirmed", "Vai trò này đã xác nhận. Cần người còn lại xác nhận.")
    device = own_device(state, command.confirmation, context)
    if any(word.confirmation.key == command.confirmation.key for word in attempt.confirmations.values()):
        raise Refused("same_device", "Hai người phải xác nhận trên hai thiết bị khác nhau.")
    if any(word.seat == seat for word in attempt.confirmations.values()):
        raise Refused("same_person", "Phải có hai người khác nhau xác nhận.")
    _check_word(command.confirmation, device, record, attempt)
    confirmed = ArmingConfirmed(
        cue=command.cue, attempt=command.attempt, role=role, seat=seat, confirmation=command.confirmation, at=context.now
    )
    return [confirmed]


def decide_warrant(state: "Ceremony", command: RecordWarrant, context: Context) -> list[Event]:
    """Believe a warrant only for what the two confirmed, and for seats and devices that are enrolled here."""
    details = state.details.required
    try:
        warrant = verify_warrant(command.warrant, details.live_key, details.rehearsal_key, details.ceremony_id)
    except Invalid as error:
        raise not_valid(error) from error
    record, attempt = current(state, warrant.cue, warrant.attempt, RecordWarrant)
    if not both_confirmed(attempt) or attempt.warrant is not None:
        raise Refused("not_confirmed", "Chưa đủ hai người xác nhận, hoặc đã có quyền kích hoạt cho lượt này.")
    if not _as_planned(record, attempt, warrant):
        raise Refused("other_plan", "Quyền kích hoạt không khớp với kế hoạch đã xác nhận.")
    if warrant.term <= state.cues.term:
        raise Refused("old_term", "Quyền kích hoạt này cũ hơn quyền đã cấp trước đó.")
    if not _seats_are_enrolled(state, warrant):
        raise Refused("unknown_seat_device", "Quyền kích hoạt nêu thiết bị chưa ghi danh cho vị trí bấm nút.")
    return [WarrantIssued(cue=warrant.cue, attempt=warrant.attempt, term=warrant.term, warrant=command.warrant)]


def decide_warrant_refused(state: "Ceremony", command: RecordWarrantRefused, context: Context) -> list[Event]:
    """Nothing was issued; the two may confirm again."""
    _, attempt = current(state, command.cue, command.attempt, RecordWarrantRefused)
    if attempt.warrant is not None:
        raise Refused("already_issued", "Đã cấp quyền kích hoạt cho lượt này.")
    return [WarrantRefused(cue=command.cue, attempt=command.attempt, detail=command.detail[:MAX_TEXT])]


def decide_held(state: "Ceremony", command: RecordHeld, context: Context) -> list[Event]:
    """The holder has it on disk: armed."""
    try:
        held = read_body(command.held, Held)
        record, attempt, warrant = holding_warrant(state, held.warrant_hash, RecordHeld)
        verify_held(command.held, read(warrant, Warrant), held.warrant_hash)
    except Invalid as error:
        raise not_valid(error) from error
    return [moved(record, command, CueState.ARMED, context, attempt)]


def decide_return(state: "Ceremony", command: RecordReturn, context: Context) -> list[Event]:
    """The holder will never commit it: the attempt is over."""
    try:
        returned = read_body(command.returned, Return)
        record, attempt, signed = holding_warrant(state, returned.warrant_hash, RecordReturn)
        warrant = read(signed, Warrant)
        verify_return(command.returned, warrant, returned.warrant_hash)
    except Invalid as error:
        raise not_valid(error) from error
    over = record.state is CueState.ARMED and (attempt.window_ended or context.now >= warrant.window.ends)
    after = CueState.EXPIRED if over else CueState.HOLD
    given_back = WarrantReturned(cue=warrant.cue, attempt=warrant.attempt, returned=command.returned)
    return [given_back, moved(record, command, after, context, attempt)]


def decide_end_window(state: "Ceremony", command: EndWindow, context: Context) -> list[Event]:
    """The window is over; that alone frees nothing."""
    _, attempt = current(state, command.cue, command.attempt, EndWindow)
    if attempt.warrant is None or attempt.window_ended:
        raise Refused("no_window", "Lượt này không có thời gian kích hoạt đang chạy.")
    if context.now < read(attempt.warrant, Warrant).window.ends:
        raise Refused("too_early", "Chưa hết thời gian kích hoạt.")
    return [WindowEnded(cue=command.cue, attempt=command.attempt, at=context.now)]


def own_device(state: "Ceremony", signed: Signed, context: Context) -> Device:
    """The enrolled device of the very person who brings a signed word.

    Raises:
        Refused: `not_your_device`.

    """
    principal = context.principal
    device = state.access.devices.get(DeviceId(str(signed.key)))
    if device is None or device.part is not Part.SEAT or (device.role, device.seat) != (principal.role, principal.seat):
        raise Refused("not_your_device", "Thiết bị này chưa ghi danh cho bạn. Tải lại trang rồi xác nhận lại.")
    if principal.device is not None and principal.device != device.id:
        raise Refused("not_your_device", "Lời xác nhận phải được ký bằng chính thiết bị này.")
    return device


def _check_word(signed: Signed, device: Device, record: CueRecord, attempt: AttemptState) -> None:
    subject = Subject(record.plan_hash, attempt.live, record.plan.cue, attempt.attempt)
    try:
        read_body(signed, Confirmation)
        verify_confirmation(signed, TrustedKey(device.public_key, device.role.value, str(device.seat)), subject)
    except Invalid as error:
        raise not_valid(error) from error


def _as_planned(record: CueRecord, attempt: AttemptState, warrant: Warrant) -> bool:
    plan = record.plan
    same = (warrant.live, warrant.plan_hash, warrant.trigger, warrant.k) == (attempt.live, record.plan_hash, plan.trigger, plan.k)
    seats = tuple(seat.seat for seat in warrant.trigger_seats) == plan.trigger_seats
    pads = {seat.seat for seat in warrant.pad_seats} <= set(plan.pad_seats)
    return same and seats and pads and warrant.lead == plan.lead


def _seats_are_enrolled(state: "Ceremony", warrant: Warrant) -> bool:
    devices = state.access.devices
    seats = all(
        (device := devices.get(DeviceId(str(fingerprint(seat.key))))) is not None and device.seat == seat.seat
        for seat in (*warrant.trigger_seats, *warrant.pad_seats)
    )
    return seats and all(
        (device := devices.get(DeviceId(str(fingerprint(other.key))))) is not None and device.role.value == other.role
        for other in warrant.substitutes
    )


def warrant_hash(attempt: AttemptState) -> Sha256 | None:
    """The hash that presses of the attempt must name."""
    return digest(attempt.warrant) if attempt.warrant is not None else None
