"""The transition table of the cue: the one place that says what may happen when. Its diagram is made from it.

A command that has no row for the state it meets is refused. `MOVES` change the state, `STAYS` add facts within it.
"""

from typing import NamedTuple

from server.ceremony.cue.commands import (
    AbortCue,
    CloseReceipts,
    CommitCue,
    ConfirmArming,
    EndWindow,
    HoldCue,
    OpenPolling,
    PassT0,
    PlanCue,
    PrepareCue,
    RecordAbort,
    RecordHeld,
    RecordHolderLost,
    RecordOrderSurfaced,
    RecordPress,
    RecordReadiness,
    RecordReceipt,
    RecordReturn,
    RecordVouch,
    RecordVouchRefused,
    RecordWarrant,
    RecordWarrantRefused,
    VouchForWarrant,
    WaiveSite,
)
from server.ceremony.cue.plan import CueState
from server.ceremony.rules import Command, Refused

DRAFT, PREPARED, POLLING, HOLD, ARMED, EXPIRED, COMMITTED, FIRED, ABORTING, ABORTED, VERIFIED = CueState


class Move(NamedTuple):
    """One arrow."""

    before: CueState
    on: type[Command]
    after: CueState
    when: str


MOVES: tuple[Move, ...] = (
    Move(DRAFT, PrepareCue, PREPARED, "plan complete"),
    Move(PREPARED, OpenPolling, POLLING, "attempt + 1"),
    Move(POLLING, HoldCue, HOLD, "no warrant is out"),
    Move(HOLD, OpenPolling, POLLING, "attempt + 1 if it was confirmed or armed"),
    Move(POLLING, RecordHeld, ARMED, "two confirmed, warrant issued, holder holds it"),
    Move(POLLING, RecordReturn, HOLD, "the holder gives the warrant back"),
    Move(ARMED, RecordReturn, HOLD, "the holder gives the warrant back"),
    Move(ARMED, RecordReturn, EXPIRED, "window over, and given back"),
    Move(POLLING, RecordVouch, EXPIRED, "window over or holder lost, and two people vouch"),
    Move(ARMED, RecordVouch, EXPIRED, "window over or holder lost, and two people vouch"),
    Move(ARMED, CommitCue, COMMITTED, "the order is on the holder's disk"),
    Move(COMMITTED, PassT0, FIRED, "T0 passes"),
    Move(COMMITTED, RecordAbort, ABORTING, "abort signed"),
    Move(ABORTING, PassT0, ABORTED, "T0 passes"),
    Move(ABORTING, RecordReceipt, ABORTED, "all confirmed"),
    Move(FIRED, RecordAbort, ABORTED, "abort signed before T0, learned of after"),
    Move(VERIFIED, RecordAbort, ABORTED, "abort signed before T0, learned of after"),
    Move(FIRED, RecordReceipt, VERIFIED, "all receipts"),
    Move(FIRED, CloseReceipts, VERIFIED, "T0 + 120 s"),
    Move(ABORTED, OpenPolling, POLLING, "attempt + 1"),
    Move(EXPIRED, OpenPolling, POLLING, "attempt + 1"),
    Move(VERIFIED, OpenPolling, POLLING, "attempt + 1, after a rehearsal only"),
    Move(PREPARED, PlanCue, DRAFT, "plan changed"),
    Move(HOLD, PlanCue, DRAFT, "plan changed"),
    Move(ABORTED, PlanCue, DRAFT, "plan changed"),
    Move(EXPIRED, PlanCue, DRAFT, "plan changed"),
    Move(VERIFIED, PlanCue, DRAFT, "plan changed, after a rehearsal only"),
)

STAYS: dict[type[Command], frozenset[CueState]] = {
    PlanCue: frozenset({DRAFT}),
    HoldCue: frozenset({POLLING, ARMED}),
    WaiveSite: frozenset({POLLING, HOLD}),
    RecordReadiness: frozenset({POLLING, HOLD, ARMED}),
    ConfirmArming: frozenset({POLLING}),
    RecordWarrant: frozenset({POLLING}),
    RecordWarrantRefused: frozenset({POLLING}),
    RecordPress: frozenset({ARMED, COMMITTED, ABORTING, FIRED}),
    AbortCue: frozenset({POLLING, ARMED, COMMITTED}),
    RecordAbort: frozenset({COMMITTED, FIRED}),
    # Of an attempt whose holder was lost, too: a receipt for an order that nobody knew of.
    RecordReceipt: frozenset({POLLING, HOLD, ARMED, EXPIRED, COMMITTED, ABORTING, ABORTED, FIRED, VERIFIED}),
    EndWindow: frozenset({POLLING, ARMED}),
    # The warrant may be an older attempt's: one that the journal never heard of before its holder was lost.
    RecordHolderLost: frozenset({POLLING, HOLD, ARMED}),
    VouchForWarrant: frozenset({POLLING, HOLD, ARMED}),
    RecordVouch: frozenset({POLLING, HOLD, ARMED}),
    RecordVouchRefused: frozenset({POLLING, HOLD, ARMED}),
    RecordOrderSurfaced: frozenset(CueState),
}

WORDS = {
    DRAFT: "đang soạn",
    PREPARED: "đã chuẩn bị",
    POLLING: "đang kiểm tra sẵn sàng",
    HOLD: "tạm dừng",
    ARMED: "đã kích hoạt",
    EXPIRED: "hết giờ kích hoạt",
    COMMITTED: "đã bấm nút",
    FIRED: "đã phát động",
    ABORTING: "đang hủy lệnh",
    ABORTED: "đã hủy lệnh",
    VERIFIED: "đã hoàn tất",
}


def may(state: CueState, on: type[Command]) -> bool:
    """Whether the table has a row for the command in the state."""
    return state in STAYS.get(on, ()) or any(move.before is state and move.on is on for move in MOVES)


def require(state: CueState, on: type[Command]) -> None:
    """Refuse what the table does not know.

    Raises:
        Refused: `wrong_state`.

    """
    if not may(state, on):
        raise Refused("wrong_state", f"Không làm được việc này khi nút phát động ở trạng thái “{WORDS[state]}”.")


def arrow(before: CueState, on: type[Command], after: CueState) -> Move:
    """The row that allows a move.

    Raises:
        LookupError: a decision wanted a move that the table does not know: a bug, not a refusal.

    """
    for move in MOVES:
        if (move.before, move.on, move.after) == (before, on, after):
            return move
    raise LookupError(f"no move {before} → {after} on {on.__name__}")


def mermaid() -> str:
    """The diagram for ARCHITECTURE.md: `python -c "from server.ceremony.cue import mermaid; print(mermaid())"`."""
    lines = ["stateDiagram-v2", f"    [*] --> {DRAFT.name}"]
    lines += [f"    {move.before.name} --> {move.after.name}: {move.on.__name__} ({move.when})" for move in MOVES]
    return "\n".join([*lines, f"    {VERIFIED.name} --> [*]: after the real one"])
