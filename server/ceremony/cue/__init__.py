"""The launch cue: one transition table, arming by two people, attempts, receipts. DESIGN §5.

| file | holds |
| --- | --- |
| `plan` | what a cue is: its states, its plan and the hash people confirm |
| `commands`, `events`, `state`, `evolving` | what is asked, what happened, what is known, how the one becomes the other |
| `transitions` | the one table of what may happen when, and its diagram |
| `planning`, `arming`, `launching` | the decisions, in the order of a launch |
"""

from server.ceremony.cue import arming, evolving, launching, planning
from server.ceremony.cue.arming import (
    both_confirmed,
    warrant_hash,
)
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
    RecordPress,
    RecordReadiness,
    RecordReceipt,
    RecordReturn,
    RecordWarrant,
    RecordWarrantRefused,
    WaiveSite,
)
from server.ceremony.cue.events import (
    AbortAsked,
    AbortRefused,
    ArmingConfirmed,
    CueAborted,
    CueCommitted,
    CueMoved,
    CuePlanned,
    PressRecorded,
    ReadinessChanged,
    ReceiptRecorded,
    SiteWaived,
    WarrantIssued,
    WarrantRefused,
    WarrantReturned,
    WindowEnded,
)
from server.ceremony.cue.launching import (
    RECEIPTS_CLOSE,
    commit_id,
)
from server.ceremony.cue.plan import (
    CueState,
    Plan,
    canonical,
    incomplete,
    plan_hash,
)
from server.ceremony.cue.planning import (
    no_go,
    required_sites,
)
from server.ceremony.cue.state import (
    AttemptState,
    CueRecord,
    CuesState,
    SeatState,
)
from server.ceremony.cue.transitions import (
    MOVES,
    STAYS,
    Move,
    may,
    mermaid,
)
from server.ceremony.rules import Capability

CAPABILITY = Capability(
    name="cue",
    decide={
        PlanCue: planning.decide_plan,
        PrepareCue: planning.decide_prepare,
        OpenPolling: planning.decide_open_polling,
        HoldCue: planning.decide_hold,
        WaiveSite: planning.decide_waive,
        RecordReadiness: planning.decide_readiness,
        ConfirmArming: arming.decide_confirm,
        RecordWarrant: arming.decide_warrant,
        RecordWarrantRefused: arming.decide_warrant_refused,
        RecordHeld: arming.decide_held,
        RecordReturn: arming.decide_return,
        EndWindow: arming.decide_end_window,
        RecordPress: launching.decide_press,
        CommitCue: launching.decide_commit,
        AbortCue: launching.decide_abort_ask,
        RecordAbort: launching.decide_abort,
        RecordReceipt: launching.decide_receipt,
        PassT0: launching.decide_pass_t0,
        CloseReceipts: launching.decide_close,
    },
    evolve={
        CuePlanned: evolving.planned,
        CueMoved: evolving.moved,
        SiteWaived: evolving.waived,
        ReadinessChanged: evolving.readiness_changed,
        ArmingConfirmed: evolving.confirmed,
        WarrantIssued: evolving.issued,
        WarrantRefused: evolving.refused,
        WarrantReturned: evolving.returned,
        WindowEnded: evolving.window_ended,
        PressRecorded: evolving.press_recorded,
        CueCommitted: evolving.committed,
        AbortAsked: evolving.abort_asked,
        CueAborted: evolving.aborted,
        AbortRefused: evolving.abort_refused,
        ReceiptRecorded: evolving.receipt_recorded,
    },
    deadlines=launching.deadlines,
)

__all__ = [
    "CAPABILITY",
    "MOVES",
    "RECEIPTS_CLOSE",
    "STAYS",
    "AbortAsked",
    "AbortCue",
    "AbortRefused",
    "ArmingConfirmed",
    "AttemptState",
    "CloseReceipts",
    "CommitCue",
    "ConfirmArming",
    "CueAborted",
    "CueCommitted",
    "CueMoved",
    "CuePlanned",
    "CueRecord",
    "CueState",
    "CuesState",
    "EndWindow",
    "HoldCue",
    "Move",
    "OpenPolling",
    "PassT0",
    "Plan",
    "PlanCue",
    "PrepareCue",
    "PressRecorded",
    "ReadinessChanged",
    "ReceiptRecorded",
    "RecordAbort",
    "RecordHeld",
    "RecordPress",
    "RecordReadiness",
    "RecordReceipt",
    "RecordReturn",
    "RecordWarrant",
    "RecordWarrantRefused",
    "SeatState",
    "SiteWaived",
    "WaiveSite",
    "WarrantIssued",
    "WarrantRefused",
    "WarrantReturned",
    "WindowEnded",
    "both_confirmed",
    "canonical",
    "commit_id",
    "incomplete",
    "may",
    "mermaid",
    "no_go",
    "plan_hash",
    "required_sites",
    "warrant_hash",
]
