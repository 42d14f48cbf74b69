"""Check-in, chair, head-counts, closing the figures.

| file | holds |
| --- | --- |
| `commands`, `events`, `state` | what is asked, what happened, what is known; and the rule which of two figures counts |
| `deciding`, `evolving` | what follows from a command, and how it becomes the figures |
| `server.ceremony.rehearsal` | whether the day or a rehearsal is on, and in which book a report is filed |
| `server.ceremony.figures`, `head_count` | the sums and their frozen copies; what a number may be |
"""

from server.ceremony.attendance import deciding, evolving
from server.ceremony.attendance.commands import (
    REPORTERS,
    CheckIn,
    ChooseHeadCount,
    CloseFigures,
    DeclareChair,
    ReportHeadCount,
    SiteReport,
)
from server.ceremony.attendance.deciding import MAX_ACCEPTED, MAX_TEXT, OLDEST_NEWS
from server.ceremony.attendance.events import (
    ChairDeclared,
    FiguresClosed,
    HeadCountChosen,
    HeadCountReported,
    Said,
    SiteCheckedIn,
)
from server.ceremony.attendance.evolving import recount
from server.ceremony.attendance.state import (
    DEFAULT_CATEGORIES,
    AttendanceState,
    Category,
    SiteAttendance,
    disagreeing,
    not_reported,
    rollup,
    totals,
)
from server.ceremony.chairs import ChairSeated
from server.ceremony.roster import RosterImported
from server.ceremony.rules import Capability

CAPABILITY = Capability(
    name="attendance",
    decide={
        CheckIn: deciding.decide_check_in,
        DeclareChair: deciding.decide_chair,
        ReportHeadCount: deciding.decide_head_count,
        ChooseHeadCount: deciding.decide_choice,
        CloseFigures: deciding.decide_close,
    },
    evolve={
        RosterImported: evolving.evolve_roster,
        ChairSeated: evolving.evolve_seated,
        SiteCheckedIn: evolving.evolve_checked_in,
        ChairDeclared: evolving.evolve_chair,
        HeadCountReported: evolving.evolve_head_count,
        HeadCountChosen: evolving.evolve_choice,
        FiguresClosed: evolving.evolve_closed,
    },
)

__all__ = [
    "CAPABILITY",
    "DEFAULT_CATEGORIES",
    "MAX_ACCEPTED",
    "MAX_TEXT",
    "OLDEST_NEWS",
    "REPORTERS",
    "AttendanceState",
    "Category",
    "ChairDeclared",
    "CheckIn",
    "ChooseHeadCount",
    "CloseFigures",
    "DeclareChair",
    "FiguresClosed",
    "HeadCountChosen",
    "HeadCountReported",
    "ReportHeadCount",
    "Said",
    "SiteAttendance",
    "SiteCheckedIn",
    "SiteReport",
    "disagreeing",
    "not_reported",
    "recount",
    "rollup",
    "totals",
]
