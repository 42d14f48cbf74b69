"""Finding the record and the attempt a command speaks of, or refusing it in words."""

from typing import TYPE_CHECKING

from server.ceremony.cue.events import CueMoved
from server.ceremony.cue.plan import CueState
from server.ceremony.cue.state import AttemptState, CueRecord
from server.ceremony.cue.transitions import arrow, require
from server.ceremony.rules import Command, Context, Refused
from site_agent.launch.orders import VerifiedOrder, verify_order
from site_agent.launch.signed import Signed, digest
from site_agent.launch.warrants import Invalid
from site_agent.units import Attempt, CueId, Sha256

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony


def record_of(state: "Ceremony", cue: CueId) -> CueRecord:
    """The cue.

    Raises:
        Refused: `unknown_cue`.

    """
    record = state.cues.cues.get(cue)
    if record is None:
        raise Refused("unknown_cue", "Không có nút phát động nào mang mã này.")
    return record


def current(state: "Ceremony", cue: CueId, attempt: Attempt, on: type[Command]) -> tuple[CueRecord, AttemptState]:
    """The running attempt, if it is the one named and the table knows the command in its state.

    Raises:
        Refused: `unknown_cue`, `other_attempt`, `wrong_state`.

    """
    record = record_of(state, cue)
    running = record.current
    if running is None or running.attempt != attempt:
        raise Refused("other_attempt", "Lượt này không còn là lượt đang chạy. Tải lại trang để xem lượt mới.")
    require(record.state, on)
    return record, running


def holding_warrant(state: "Ceremony", warrant_hash: Sha256, on: type[Command]) -> tuple[CueRecord, AttemptState, Signed]:
    """The running attempt whose warrant has that hash.

    Raises:
        Refused: `unknown_warrant`, `wrong_state`.

    """
    for record in state.cues.cues.values():
        attempt = record.current
        if attempt is not None and attempt.warrant is not None and digest(attempt.warrant) == warrant_hash:
            require(record.state, on)
            return record, attempt, attempt.warrant
    raise Refused("unknown_warrant", "Quyền kích hoạt này không thuộc lượt đang chạy.")


def checked_order(state: "Ceremony", signed: Signed) -> VerifiedOrder:
    """An order whose chain holds down to this ceremony's keys.

    Raises:
        Refused: `bad_object`.

    """
    details = state.details.required
    try:
        return verify_order(signed, details.live_key, details.rehearsal_key, details.ceremony_id)
    except Invalid as error:
        raise not_valid(error) from error


def not_valid(error: Invalid, code: str = "bad_object") -> Refused:
    """A signed object that does not hold, as a refusal."""
    return Refused(code, "Chữ ký hoặc nội dung ký không hợp lệ.", {"code": error.code, "detail": error.detail})


def moved(
    record: CueRecord, command: Command, after: CueState, context: Context, attempt: AttemptState | None = None, reason: str = ""
) -> CueMoved:
    """The event of a move that the table knows; of the running attempt, or of a new one."""
    arrow(record.state, type(command), after)
    of = attempt or record.current
    return CueMoved(
        cue=record.plan.cue,
        attempt=of.attempt if of else Attempt(0),
        live=of.live if of else False,
        before=record.state,
        after=after,
        reason=reason,
        at=context.now,
    )
