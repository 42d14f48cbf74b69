"""What the holder of a warrant may do with a press, an abort, or a wish to have the warrant back. Pure.

The holder keeps one `Holding` per warrant. `site_agent.holder` (and later the hall's agent) makes each decision here,
writes it to its disk, and only then tells anyone.
"""

from enum import StrEnum

import msgspec

from site_agent.launch.objects import Abort, Order, Return, Warrant
from site_agent.launch.orders import PRESS_SKEW, VerifiedPress, verify_press
from site_agent.launch.signed import Signed
from site_agent.launch.warrants import Invalid, last_commit
from site_agent.units import SECOND, Duration, Instant, SeatName, Sha256

ABORT_GUARD = Duration(1 * SECOND)
"""An abort is signed until this long before T0 at the latest, or longer where the sites were measured to be further off."""


MAX_PRESS_BYTES = 1_024
"""Of a signed press as JSON; none needs as much. A larger one would make an order that fits into no message of the site link."""


class Holding(msgspec.Struct, frozen=True):
    """A warrant in the holder's hands, and what it did with it."""

    signed: Signed
    warrant: Warrant
    warrant_hash: Sha256
    counted: tuple[VerifiedPress, ...] = ()
    order: Signed | None = None
    order_hash: Sha256 | None = None
    t0: Instant | None = None
    returned: bool = False
    abort: Signed | None = None


class PressKind(StrEnum):
    COUNTED = "counted"
    PAD = "pad"
    """Recorded, and never counted: a pad, or a trigger seat after the quorum."""
    DUPLICATE = "duplicate"
    """The seat has counted already."""
    REFUSED = "refused"


class PressDecision(msgspec.Struct, frozen=True):
    """What a press does. `t0` is set when it makes the quorum: commit `presses` with it."""

    kind: PressKind
    seat: SeatName | None = None
    press: VerifiedPress | None = None
    code: str = ""
    detail: str = ""
    """Vietnamese, for the person who pressed; set when refused."""
    t0: Instant | None = None
    presses: tuple[VerifiedPress, ...] = ()


_REFUSALS = {
    "malformed": "Tín hiệu bấm không đúng dạng. Tải lại trang rồi bấm lại.",
    "press_warrant": "Nút này thuộc lượt kích hoạt khác. Đợi trang cập nhật rồi bấm lại.",
    "press_seat": "Vị trí này không có trong lượt bấm nút.",
    "press_signature": "Máy này không phải là máy đã đăng ký cho vị trí bấm nút.",
}


def judge_press(holding: Holding, signed: Signed, now: Instant) -> PressDecision:
    """Count, light, ignore or refuse one press.

    1. A warrant given back takes no presses.
    2. The press must hold under this warrant, and be fresh: one that lay in a buffer is not a wish of now.
    3. Pads, and trigger seats after the quorum, are recorded only.
    4. A seat counts once; inside the window; the k-th fixes T0 = now + lead.
    """
    if holding.returned:
        return _refused("returned", "Quyền kích hoạt đã được trả lại. Nút bấm không còn hiệu lực.")
    if len(msgspec.json.encode(signed)) > MAX_PRESS_BYTES:
        return _refused("malformed", _REFUSALS["malformed"])
    try:
        press = verify_press(signed, holding.warrant, holding.warrant_hash)
    except Invalid as error:
        return _refused(error.code, _REFUSALS[error.code])
    if abs(now - press.pressed_at) > PRESS_SKEW:
        return _refused("press_stale", "Lần bấm này quá cũ hoặc đồng hồ của máy bị lệch. Bấm lại một lần nữa.")
    if any(counted.seat == press.seat for counted in holding.counted):
        return PressDecision(PressKind.DUPLICATE, seat=press.seat, press=press)
    if press.pad or holding.order is not None:
        return PressDecision(PressKind.PAD, seat=press.seat, press=press)
    if now < holding.warrant.window.opens:
        return _refused("window_not_open", "Chưa đến lúc bấm nút.")
    if now >= last_commit(holding.warrant):
        return _refused("window_over", "Đã hết thời gian kích hoạt. Tổng đạo diễn cần kích hoạt lại.")
    counted = (*holding.counted, press)
    t0 = Instant(now + holding.warrant.lead) if len(counted) == holding.warrant.k else None
    return PressDecision(PressKind.COUNTED, seat=press.seat, press=press, t0=t0, presses=counted)


def order_body(holding: Holding, decision: PressDecision) -> Order:
    """The order that a quorum makes; `decision.t0` must be set."""
    if decision.t0 is None:
        raise ValueError("no quorum")
    return Order(
        warrant=holding.signed,
        presses=tuple(press.signed for press in decision.presses),
        t0=decision.t0,
        not_after=Instant(decision.t0 + holding.warrant.not_after),
        late_policy=holding.warrant.late_policy,
    )


def may_abort(holding: Holding, now: Instant, guard: Duration = ABORT_GUARD) -> bool:
    """Whether an order that was committed can still be taken back."""
    return holding.t0 is not None and now < holding.t0 - guard


def abort_body(holding: Holding, now: Instant) -> Abort:
    """The abort of the committed order."""
    if holding.order_hash is None:
        raise ValueError("no order")
    warrant = holding.warrant
    return Abort(
        ceremony_id=warrant.ceremony_id,
        live=warrant.live,
        cue=warrant.cue,
        attempt=warrant.attempt,
        order_hash=holding.order_hash,
        aborted_at=now,
    )


def may_return(holding: Holding) -> bool:
    """A warrant can be given back until its order is committed."""
    return holding.order is None


def return_body(warrant: Warrant, warrant_hash: Sha256) -> Return:
    """The word that this warrant will never be committed."""
    return Return(
        ceremony_id=warrant.ceremony_id,
        live=warrant.live,
        cue=warrant.cue,
        attempt=warrant.attempt,
        warrant_hash=warrant_hash,
    )


def _refused(code: str, detail: str) -> PressDecision:
    return PressDecision(PressKind.REFUSED, code=code, detail=detail)
