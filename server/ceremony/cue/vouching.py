"""Decisions when nobody answers for a warrant: two people vouch that its holder is switched off and did not fire.

A warrant is *in doubt* when its holder is lost (the conductor finds no trace of it), or when its window is over and the
holder gave nothing back. The two words free the cue as a return does. What they rest on stays in the record, and so
does every sign that they were wrong: a receipt for an order nobody knew of, or a holder that comes back with one.
"""

from typing import TYPE_CHECKING

from server.ceremony.cue.arming import SECOND_ROLES, own_device
from server.ceremony.cue.commands import (
    RecordHolderLost,
    RecordOrderSurfaced,
    RecordVouch,
    RecordVouchRefused,
    VouchForWarrant,
)
from server.ceremony.cue.events import HolderLost, HolderVouchedFor, OrderSurfaced, VouchRefused, WarrantVouched
from server.ceremony.cue.finding import checked_order, moved, not_valid, record_of
from server.ceremony.cue.plan import MAX_TEXT, CueState
from server.ceremony.cue.state import AttemptState, CueRecord
from server.ceremony.cue.transitions import require
from server.ceremony.rules import Command, Context, Event, Refused, Role
from site_agent.launch.confirmations import TrustedKey
from site_agent.launch.objects import Receipt, Vouch
from site_agent.launch.signed import Signed, digest
from site_agent.launch.vouching import subject_of_warrant, verify_vouch_word
from site_agent.launch.warrants import Invalid, read_body, verify_ended, verify_warrant
from site_agent.units import Attempt, CueId

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_SURFACED = 50
"""Devices whose word against a vouch is kept: one tells enough, and no site may fill the journal."""


def warrant_in_doubt(record: CueRecord, attempt: AttemptState) -> Signed | None:
    """The warrant of an attempt that two people may vouch for."""
    if attempt.vouch is not None or attempt.returned is not None or attempt.order is not None:
        return None
    if any(later.warrant is not None for later in record.attempts if later.attempt > attempt.attempt):
        return None  # the signer had proof that it ended
    if attempt.lost is not None:
        return attempt.lost
    running = record.current is attempt and record.state in {CueState.POLLING, CueState.ARMED}
    return attempt.warrant if running and attempt.window_ended else None


def in_doubt(record: CueRecord) -> AttemptState | None:
    """The attempt whose holder does not answer, if there is one; a later one cannot get a warrant before."""
    return next((attempt for attempt in record.attempts if warrant_in_doubt(record, attempt) is not None), None)


def is_in_doubt(attempt: AttemptState) -> bool:
    """Whether an order of this attempt may exist that the journal does not know."""
    return attempt.lost is not None or attempt.vouch is not None


def both_vouched(attempt: AttemptState) -> bool:
    """The caller, and a tech or admin, have given their word."""
    return Role.CALLER in attempt.vouching and bool(SECOND_ROLES & attempt.vouching.keys())


def decide_lost(state: "Ceremony", command: RecordHolderLost, context: Context) -> list[Event]:
    """The conductor found nobody who answers for a warrant of this ceremony; or somebody again."""
    details = state.details.required
    try:
        warrant = verify_warrant(command.warrant, details.live_key, details.rehearsal_key, details.ceremony_id)
    except Invalid as error:
        raise not_valid(error) from error
    _, attempt = _attempt(state, warrant.cue, warrant.attempt, RecordHolderLost)
    if attempt.live != warrant.live or (attempt.warrant is not None and digest(attempt.warrant) != digest(command.warrant)):
        raise Refused("unknown_warrant", "Quyền kích hoạt này không thuộc lượt nào của buổi lễ.")
    if _is_over(attempt) or command.lost is (attempt.lost is not None):
        raise Refused("nothing_new", "Không có gì mới về nơi giữ quyền kích hoạt này.")
    lost = HolderLost(cue=warrant.cue, attempt=warrant.attempt, warrant=command.warrant, lost=command.lost, at=context.now)
    return [lost]


def decide_word(state: "Ceremony", command: VouchForWarrant, context: Context) -> list[Event]:
    """One person's word, by their own enrolled device, on a warrant that is in doubt."""
    record, attempt = _attempt(state, command.cue, command.attempt, VouchForWarrant)
    warrant = warrant_in_doubt(record, attempt)
    if warrant is None:
        raise Refused("nothing_to_vouch", "Máy giữ quyền vẫn trả lời, hoặc lượt này đã xong: không cần ai xác nhận thay.")
    role, seat = context.principal.role, context.principal.seat
    if attempt.vouching.keys() & (SECOND_ROLES if role in SECOND_ROLES else {role}):
        raise Refused("already_vouched", "Vai trò này đã xác nhận. Cần người còn lại xác nhận.")
    device = own_device(state, command.word, context)
    if any(word.word.key == command.word.key for word in attempt.vouching.values()):
        raise Refused("same_device", "Hai người phải xác nhận trên hai thiết bị khác nhau.")
    if any(word.seat == seat for word in attempt.vouching.values()):
        raise Refused("same_person", "Phải có hai người khác nhau xác nhận.")
    try:
        verify_vouch_word(
            command.word, TrustedKey(device.public_key, device.role.value, str(device.seat)), subject_of_warrant(warrant)
        )
    except Invalid as error:
        raise not_valid(error) from error
    said = HolderVouchedFor(cue=command.cue, attempt=command.attempt, role=role, seat=seat, word=command.word, at=context.now)
    return [said]


def decide_vouch(state: "Ceremony", command: RecordVouch, context: Context) -> list[Event]:
    """The signer signed on the two words: the warrant is over."""
    details = state.details.required
    try:
        vouch = read_body(command.vouch, Vouch)
        record, attempt = _attempt(state, vouch.cue, vouch.attempt, RecordVouch)
        warrant = warrant_in_doubt(record, attempt)
        if warrant is None or not both_vouched(attempt):
            raise Refused("not_vouched", "Chưa đủ hai người xác nhận, hoặc lượt này không còn cần xác nhận.")
        verify_ended(command.vouch, warrant, details.live_key, details.rehearsal_key)
    except Invalid as error:
        raise not_valid(error) from error
    if {digest(word) for word in vouch.words} != {digest(said.word) for said in attempt.vouching.values()}:
        raise Refused("other_words", "Xác nhận của bộ ký không khớp với lời hai người đã xác nhận.")
    vouched = WarrantVouched(cue=vouch.cue, attempt=vouch.attempt, vouch=command.vouch, at=context.now)
    if record.current is not attempt or record.state is CueState.HOLD:
        return [vouched]
    return [vouched, moved(record, command, CueState.EXPIRED, context, attempt, reason="hai người xác nhận")]


def decide_refused(state: "Ceremony", command: RecordVouchRefused, context: Context) -> list[Event]:
    """The words are void; the two may give them again."""
    _, attempt = _attempt(state, command.cue, command.attempt, RecordVouchRefused)
    if not attempt.vouching or attempt.vouch is not None:
        raise Refused("not_vouched", "Không có lời xác nhận nào đang chờ bộ ký.")
    return [VouchRefused(cue=command.cue, attempt=command.attempt, detail=command.detail[:MAX_TEXT])]


def decide_surfaced(state: "Ceremony", command: RecordOrderSurfaced, context: Context) -> list[Event]:
    """A holder people had vouched for came back, and had committed."""
    order = checked_order(state, command.order)
    record = record_of(state, order.cue)
    require(record.state, RecordOrderSurfaced)
    attempt = record.attempt(order.attempt)
    if attempt is None or attempt.live != order.live or attempt.vouch is None:
        raise Refused("not_vouched", "Lệnh này không thuộc lượt nào mà hai người đã xác nhận thay.")
    if any(known.order_hash == order.order_hash and known.device is None for known in attempt.surfaced):
        raise Refused("nothing_new", "Lệnh này đã được ghi vào biên bản.")
    return [
        OrderSurfaced(
            cue=order.cue,
            attempt=order.attempt,
            order_hash=order.order_hash,
            site=None,
            device=None,
            outcome="",
            at=context.now,
        )
    ]


def surfaced_by(receipt: Receipt, attempt: AttemptState, context: Context) -> OrderSurfaced:
    """A verified receipt for an order that nobody here knew of.

    Raises:
        Refused: `receipt_known`.

    """
    if len(attempt.surfaced) >= MAX_SURFACED or any(known.device == receipt.device for known in attempt.surfaced):
        raise Refused("receipt_known", "Biên nhận của thiết bị này đã được ghi nhận.")
    return OrderSurfaced(
        cue=receipt.cue,
        attempt=receipt.attempt,
        order_hash=receipt.order_hash,
        site=receipt.site,
        device=receipt.device,
        outcome=receipt.outcome.value,
        at=context.now,
    )


def _attempt(state: "Ceremony", cue: CueId, number: Attempt, on: type[Command]) -> tuple[CueRecord, AttemptState]:
    record = record_of(state, cue)
    attempt = record.attempt(number)
    if attempt is None:
        raise Refused("other_attempt", "Không có lượt này. Tải lại trang để xem lượt đang chạy.")
    require(record.state, on)
    return record, attempt


def _is_over(attempt: AttemptState) -> bool:
    return any(end is not None for end in (attempt.vouch, attempt.returned, attempt.order, attempt.abort))
