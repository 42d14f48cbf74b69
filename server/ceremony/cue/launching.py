"""Decisions from the first press to the last receipt."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from server.ceremony.cue.commands import (
    AbortCue,
    CloseReceipts,
    CommitCue,
    EndWindow,
    PassT0,
    RecordAbort,
    RecordPress,
    RecordReceipt,
)
from server.ceremony.cue.events import AbortAsked, AbortRefused, CueAborted, CueCommitted, PressRecorded, ReceiptRecorded
from server.ceremony.cue.finding import checked_order, current, holding_warrant, moved, not_valid, record_of
from server.ceremony.cue.plan import MAX_TEXT, CueState
from server.ceremony.cue.state import AttemptState, CueRecord
from server.ceremony.cue.transitions import require
from server.ceremony.cue.vouching import is_in_doubt, surfaced_by
from server.ceremony.link_health import CONNECTED
from server.ceremony.roster import site_mode
from server.ceremony.rules import Context, Deadline, Event, Refused, derived_id
from site_agent.launch.objects import Press, Receipt, Warrant
from site_agent.launch.orders import verify_abort, verify_press
from site_agent.launch.signed import Signed, digest, read
from site_agent.launch.warrants import Invalid, read_body, verify_body
from site_agent.units import HOUR, SECOND, CommandId, DeviceId, Duration, Instant

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

BELIEVABLE = Duration(24 * HOUR)
"""How far a receipt's instants may lie from T0, and its clock's bound from 0: what is further off measures nothing."""
RECEIPTS_CLOSE = Duration(120 * SECOND)
"""After T0: an attempt is verified by then, whoever has not answered."""


def commit_id(order: Signed) -> CommandId:
    """The id of the one `CommitCue` of an order."""
    return derived_id("commit_cue", digest(order))


def decide_press(state: "Ceremony", command: RecordPress, context: Context) -> list[Event]:
    """Record what the holder counted, or what only lights."""
    try:
        press = read_body(command.press, Press)
        record, attempt, warrant = holding_warrant(state, press.warrant_hash, RecordPress)
        verified = verify_press(command.press, read(warrant, Warrant), press.warrant_hash)
    except Invalid as error:
        raise not_valid(error) from error
    touched = attempt.presses.get(verified.seat)
    if touched is not None and (touched.counted or not command.counted):
        raise Refused("press_known", "Lần bấm của vị trí này đã được ghi nhận.")
    recorded = PressRecorded(
        cue=record.plan.cue,
        attempt=attempt.attempt,
        seat=press.seat,
        substitute_for=press.substitute_for,
        counted=command.counted and not verified.pad,
        pressed_at=press.pressed_at,
    )
    return [recorded]


def decide_commit(state: "Ceremony", command: CommitCue, context: Context) -> list[Event]:
    """The order is a fact on the holder's disk; what is checked here is that it is this attempt's."""
    order = checked_order(state, command.order)
    if command.id != commit_id(command.order):
        raise Refused("wrong_id", "Mã lệnh không khớp với lệnh phát động.")
    record, attempt, _ = holding_warrant(state, order.warrant_hash, CommitCue)
    committed = CueCommitted(
        cue=order.cue,
        attempt=order.attempt,
        order=command.order,
        t0=order.t0,
        expected=_screens_connected(state),
    )
    return [committed, moved(record, command, CueState.COMMITTED, context, attempt)]


def decide_abort_ask(state: "Ceremony", command: AbortCue, context: Context) -> list[Event]:
    """Somebody wants it stopped: the holder is asked."""
    _, attempt = current(state, command.cue, command.attempt, AbortCue)
    if attempt.warrant is None:
        raise Refused("nothing_to_abort", "Nút bấm chưa kích hoạt, không có gì để hủy. Dùng “Tạm dừng”.")
    if attempt.t0 is not None and context.now >= attempt.t0:
        raise Refused("too_late", "Đã đến giờ phát động, không hủy được nữa.")
    if attempt.abort_asked:
        raise Refused("abort_asked", "Đã yêu cầu dừng, đang đợi nơi giữ quyền kích hoạt trả lời.")
    return [AbortAsked(cue=command.cue, attempt=command.attempt, reason=command.reason[:MAX_TEXT], at=context.now)]


def decide_abort(state: "Ceremony", command: RecordAbort, context: Context) -> list[Event]:
    """The holder's answer."""
    record, attempt = current(state, command.cue, command.attempt, RecordAbort)
    if attempt.order is None or attempt.abort is not None:
        raise Refused("nothing_to_abort", "Không có lệnh nào đang chờ hủy.")
    if command.abort is None:
        if not attempt.abort_asked:
            raise Refused("nothing_to_abort", "Không ai yêu cầu hủy lệnh.")
        return [AbortRefused(cue=command.cue, attempt=command.attempt)]
    try:
        verify_abort(command.abort, checked_order(state, attempt.order))
    except Invalid as error:
        raise not_valid(error) from error
    after = CueState.ABORTING if record.state is CueState.COMMITTED else CueState.ABORTED
    aborted = CueAborted(cue=command.cue, attempt=command.attempt, abort=command.abort)
    return [aborted, moved(record, command, after, context, attempt)]


def decide_pass_t0(state: "Ceremony", command: PassT0, context: Context) -> list[Event]:
    """T0 is behind us."""
    record, attempt = current(state, command.cue, command.attempt, PassT0)
    if attempt.t0 is None or context.now < attempt.t0:
        raise Refused("too_early", "Chưa đến giờ phát động.")
    after = CueState.ABORTED if record.state is CueState.ABORTING else CueState.FIRED
    return [moved(record, command, after, context, attempt)]


def decide_receipt(state: "Ceremony", command: RecordReceipt, context: Context) -> list[Event]:
    """A device's word, once; of the running attempt, or of one before."""
    try:
        receipt = read_body(command.receipt, Receipt)
        record, attempt = _attempt_of(state, receipt)
        device = state.access.devices.get(receipt.device)
        if device is None or device.site is None or device.site != receipt.site:
            raise Refused("unknown_device", "Thiết bị này chưa ghi danh cho điểm cầu của biên nhận.")
        verify_body(command.receipt, Receipt, device.public_key, "receipt_signature")
    except Invalid as error:
        raise not_valid(error, error.code) from error
    if attempt.order is None:
        return [surfaced_by(receipt, attempt, context)]
    if receipt.device in attempt.receipts:
        raise Refused("receipt_known", "Biên nhận của thiết bị này đã được ghi nhận.")
    if not _believable(receipt, attempt):
        raise Refused("receipt_absurd", "Thời điểm hoặc sai số trong biên nhận không thể có thật.")
    recorded = ReceiptRecorded(
        cue=receipt.cue,
        attempt=receipt.attempt,
        site=receipt.site,
        device=receipt.device,
        outcome=receipt.outcome.value,
        target=receipt.target,
        actual=receipt.actual,
        clock_bound=receipt.clock_bound,
        receipt=command.receipt,
    )
    complete = _completes(attempt, receipt.device)
    after = {CueState.FIRED: CueState.VERIFIED, CueState.ABORTING: CueState.ABORTED}.get(record.state)
    if complete and after is not None and record.current is attempt:
        return [recorded, moved(record, command, after, context, attempt)]
    return [recorded]


def _completes(attempt: AttemptState, device: DeviceId) -> bool:
    """Whether all who are expected have answered with this one. Counted first: 5,000 sets of 5,000 would be seconds."""
    if not attempt.expected or len(attempt.receipts) + 1 < len(attempt.expected):
        return False
    return attempt.expected - attempt.receipts.keys() <= {device}


def decide_close(state: "Ceremony", command: CloseReceipts, context: Context) -> list[Event]:
    """Those who have not answered are missing."""
    record, attempt = current(state, command.cue, command.attempt, CloseReceipts)
    if attempt.t0 is None or context.now < attempt.t0 + RECEIPTS_CLOSE:
        raise Refused("too_early", "Vẫn đang đợi biên nhận.")
    return [moved(record, command, CueState.VERIFIED, context, attempt)]


def deadlines(state: "Ceremony") -> Iterable[Deadline]:
    """What comes due by itself in running attempts."""
    for record in state.cues.cues.values():
        attempt = record.current
        if attempt is not None:
            yield from _deadline(record, attempt)


def _deadline(record: CueRecord, attempt: AttemptState) -> Iterable[Deadline]:
    cue, number = record.plan.cue, attempt.attempt
    if record.state in {CueState.POLLING, CueState.ARMED} and attempt.warrant is not None and not attempt.window_ended:
        ends = read(attempt.warrant, Warrant).window.ends
        yield Deadline(ends, EndWindow(id=derived_id("end_window", cue, str(number)), cue=cue, attempt=number))
    elif record.state in {CueState.COMMITTED, CueState.ABORTING} and attempt.t0 is not None:
        yield Deadline(attempt.t0, PassT0(id=derived_id("pass_t0", cue, str(number)), cue=cue, attempt=number))
    elif record.state is CueState.FIRED and attempt.t0 is not None:
        closes = Instant(attempt.t0 + RECEIPTS_CLOSE)
        yield Deadline(closes, CloseReceipts(id=derived_id("close_receipts", cue, str(number)), cue=cue, attempt=number))


def _attempt_of(state: "Ceremony", receipt: Receipt) -> tuple[CueRecord, AttemptState]:
    record = record_of(state, receipt.cue)
    attempt = record.attempt(receipt.attempt)
    if attempt is None or receipt.ceremony_id != record.plan.ceremony_id or receipt.live != attempt.live:
        raise Refused("other_attempt", "Biên nhận này không thuộc lượt nào của buổi lễ.")
    require(attempt.state, RecordReceipt)
    unknown = attempt.order is None and is_in_doubt(attempt)
    if not unknown and (attempt.order is None or digest(attempt.order) != receipt.order_hash):
        raise Refused("other_order", "Biên nhận này nói về một lệnh khác.")
    return record, attempt


def _believable(receipt: Receipt, attempt: AttemptState) -> bool:
    """Whether reports can reckon with it: one site's nonsense must not spoil the figures of all."""
    t0 = attempt.t0 or Instant(0)
    instants = (receipt.target, receipt.target if receipt.actual is None else receipt.actual)
    return all(abs(instant - t0) <= BELIEVABLE for instant in instants) and 0 <= receipt.clock_bound <= BELIEVABLE


def _screens_connected(state: "Ceremony") -> tuple[DeviceId, ...]:
    """Screens that the order reaches now, of sites that take cues."""
    grades = state.links.grades
    return tuple(
        device
        for site, device in state.access.screens.items()
        if site in state.roster.sites
        and site_mode(state.roster.sites[site].picture) is not None
        and site in grades
        and grades[site].grade in CONNECTED
    )
