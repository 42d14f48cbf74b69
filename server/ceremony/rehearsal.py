"""The rehearsal's own attendance (tổng duyệt): its figures are kept apart, so that the day starts clean.

    day (phase 0) ──begin──▶ rehearsal (1) ──end──▶ day (2) ──begin──▶ rehearsal (3) ──end──▶ day (4) …

Phases are numbered; the odd ones are rehearsals and give their book of figures its number. Until the last rehearsal has
ended nothing counts for the day: what was said before a rehearsal began goes into it (`take_over`). The last step can be
taken back: a begin at any time ("that was no rehearsal": what was said counts for the day), an end until the first report
of the day.
"""

from typing import TYPE_CHECKING, ClassVar

from server.ceremony.attendance import AttendanceState, recount
from server.ceremony.attendance.phases import PhaseUndone, RehearsalBegun, RehearsalEnded, RehearsalRecord
from server.ceremony.head_count import written
from server.ceremony.link_health import CONNECTED, GradesChanged
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

LEADERS = frozenset({Role.TECH, Role.DESK, Role.ADMIN})


class BeginRehearsal(Command, frozen=True, kw_only=True, tag="begin_rehearsal"):
    """From now on everything reported belongs to the rehearsal."""

    ROLES: ClassVar[frozenset[Role]] = LEADERS

    take_over: bool = False
    """What was reported before goes into the rehearsal too; asked for where there is something."""


class EndRehearsal(Command, frozen=True, kw_only=True, tag="end_rehearsal"):
    """The rehearsal's figures are put away, and the day begins with nothing checked in."""

    ROLES: ClassVar[frozenset[Role]] = LEADERS

    rehearsal: int
    """Which one, as the page showed it: pressed twice, it ends once."""


class UndoPhase(Command, frozen=True, kw_only=True, tag="undo_phase"):
    """Take back the last begin or end."""

    ROLES: ClassVar[frozenset[Role]] = LEADERS

    number: int
    """`PhasesState.number` as the page showed it."""


def decide_begin(state: "Ceremony", command: BeginRehearsal, context: Context) -> list[Event]:
    """A rehearsal begins from the day; what the day has so far must go with it."""
    if state.phases.rehearsal:
        raise Refused("rehearsal_on", "Tổng duyệt đang diễn ra rồi.")
    if state.attendance.closings:
        raise Refused("day_closed", "Số liệu chính thức đã chốt nên không thể bắt đầu tổng duyệt nữa.")
    said = len(state.attendance.sites)
    if said and not command.take_over:
        raise Refused(
            "day_has_reports",
            f"Đã có {written(said)} điểm cầu điểm danh hoặc báo số. Nếu bắt đầu tổng duyệt, các số này thuộc về tổng duyệt và "
            "ngày chính thức bắt đầu từ đầu.",
            {"take_over": "Đánh dấu để chuyển các số này sang tổng duyệt."},
        )
    number = state.phases.number + 1
    return [RehearsalBegun(rehearsal=number, by=context.principal.role, seat=context.principal.seat, at=context.now)]


def decide_end(state: "Ceremony", command: EndRehearsal, context: Context) -> list[Event]:
    """Ends the one that the page showed."""
    if command.rehearsal != state.phases.rehearsal or not command.rehearsal:
        raise Refused("rehearsal_over", "Lần tổng duyệt này đã kết thúc.")
    return [RehearsalEnded(rehearsal=command.rehearsal, by=context.principal.role, seat=context.principal.seat, at=context.now)]


def decide_undo(state: "Ceremony", command: UndoPhase, context: Context) -> list[Event]:
    """Back to the phase before."""
    if command.number != state.phases.number or not command.number:
        raise Refused("phase_moved", "Không còn bước nào để hoàn tác: trạng thái tổng duyệt đã đổi. Xem lại trang.")
    if not undoable(state):
        raise Refused(
            "day_begun", "Đã có điểm cầu báo số chính thức nên không mở lại tổng duyệt được. Số tổng duyệt vẫn xem được."
        )
    return [PhaseUndone(number=command.number - 1, by=context.principal.role, seat=context.principal.seat, at=context.now)]


def undoable(state: "Ceremony") -> bool:
    """Whether the last begin or end can be taken back: an end only until the first word of the day."""
    phases, attendance = state.phases, state.attendance
    untouched = not attendance.sites and not attendance.closings and not attendance.seen
    return phases.number > 0 and (phases.rehearsal > 0 or untouched)


def evolve_begun(state: "Ceremony", event: RehearsalBegun) -> None:
    """The open book becomes the rehearsal's: the day's was empty, or its reports go with it."""
    state.phases.number = state.attendance.rehearsal = event.rehearsal
    record = state.phases.records[event.rehearsal] = RehearsalRecord(begun=event)
    record.connected = {code: None for code, link in state.links.grades.items() if link.grade in CONNECTED}


def evolve_ended(state: "Ceremony", event: RehearsalEnded) -> None:
    """Put the book away and open an empty one for the day."""
    record = state.phases.records[event.rehearsal]
    record.ended, record.figures = event, state.attendance
    record.opened = dict.fromkeys(state.access.by_site)
    state.phases.number = event.rehearsal + 1
    state.attendance = AttendanceState()
    recount(state, state.attendance)


def evolve_undone(state: "Ceremony", event: PhaseUndone) -> None:
    """A begin: the rehearsal's book is the day's. An end: the rehearsal's book is open again; the day's was empty."""
    phases = state.phases
    phases.number = event.number
    if event.number % 2 == 0:
        del phases.records[event.number + 1]
        state.attendance.rehearsal = 0
        state.attendance.changed = True
        return
    record = phases.records[event.number]
    if record.figures is not None:
        state.attendance = record.figures
    record.ended, record.figures = None, None
    record.opened = {}


def evolve_grades(state: "Ceremony", event: GradesChanged) -> None:
    """Who was connected in the rehearsal that is on."""
    rehearsal = state.phases.rehearsal
    if not rehearsal:
        return
    connected = state.phases.records[rehearsal].connected
    for change in event.changes:
        if change.grade in CONNECTED:
            connected[change.site] = None


CAPABILITY = Capability(
    name="rehearsal",
    decide={BeginRehearsal: decide_begin, EndRehearsal: decide_end, UndoPhase: decide_undo},
    evolve={
        RehearsalBegun: evolve_begun,
        RehearsalEnded: evolve_ended,
        PhaseUndone: evolve_undone,
        GradesChanged: evolve_grades,
    },
)
