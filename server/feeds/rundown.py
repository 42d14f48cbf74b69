"""Read model of the feed `rundown`: words and notes, what can be taken back, figures to read out, delegates to introduce."""

from server.ceremony.ceremony import Ceremony
from server.ceremony.guests import GUEST_EVENTS, Guest, GuestMark, GuestStatus
from server.ceremony.programme import PROGRAMME_EVENTS
from server.ceremony.programme.editing import who
from server.ceremony.programme.state import Edit
from server.ceremony.programme.words import CONNECTED, EXPECTED, PRESENT, REPORTED, SITES, closed_figures
from server.ceremony.rules import Event, Person, shown_name
from server.feeds.rollups import RollupsModel
from server.feeds.rows import Row
from server.feeds.rundown_rows import FiguresRow, GuestRow, RundownRow, SheetRow, UndoneRow, UndoRow
from server.feeds.store import FeedStore

SHOWN_EDITS = 10


class RundownModel:
    """Keeps the rows of the feed `rundown`, but for `editors` (see `presence`)."""

    def __init__(self, store: FeedStore, rollups: RollupsModel) -> None:
        self._store = store
        self._rollups = rollups
        self._programme = self._guests = True
        self._book: tuple[int, int] | None = None
        """Which book of figures was shown, the day's or a rehearsal's, and how often it was closed."""

    def note(self, event: Event) -> None:
        """Mark the rows that an event touches."""
        if isinstance(event, PROGRAMME_EVENTS):
            self._programme = True
        elif isinstance(event, GUEST_EVENTS):
            self._guests = True

    def mark_all(self) -> None:
        """Make every row anew at the next `settle`."""
        self._programme = self._guests = True
        self._book = None

    def settle(self, state: Ceremony) -> None:
        """Make the touched rows anew. Before the rollups forget what was touched."""
        if self._programme:
            self._replace("item:", _item_rows(state))
            self._store.put("sheet", _sheet_row(state))
            self._store.put("undo", _undo_row(state))
            self._programme = False
        if self._guests:
            self._replace("guest:", _guest_rows(state))
            self._guests = False
        book = (id(state.attendance), len(state.attendance.closings))
        if book != self._book or (self._rollups.touched and not state.attendance.closings):
            self._store.put("figures", self._figures_row(state))
            self._book = book

    def _replace(self, prefix: str, rows: dict[str, Row]) -> None:
        self._store.replace(rows, [key for key in self._store.rows if key.startswith(prefix)])

    def _figures_row(self, state: Ceremony) -> FiguresRow:
        attendance = state.attendance
        if attendance.closings and attendance.snapshots:
            closing = attendance.closings[-1]
            return FiguresRow(closed_figures(attendance.snapshots[-1]), closing.version, closing.at)
        totals = self._rollups.totals()
        live = {
            CONNECTED: totals.connected,
            SITES: totals.sites,
            REPORTED: totals.reported,
            PRESENT: totals.present,
            EXPECTED: totals.expected,
        }
        return FiguresRow(live, 0, None)


def _item_rows(state: Ceremony) -> dict[str, Row]:
    programme = state.programme
    rows: dict[str, Row] = {}
    for item in programme.items.values():
        edit = programme.versions.get(item.id)
        rows[f"item:{item.id}"] = RundownRow(
            id=item.id,
            words=item.words,
            notes=item.notes,
            more=item.more,
            version=programme.version(item.id),
            edited=_told(edit) if edit is not None else "",
            edited_at=edit.at if edit is not None else None,
        )
    return rows


def _told(edit: Edit) -> str:
    return f"{who(edit.by, edit.seat)}: {edit.words}"


def _sheet_row(state: Ceremony) -> SheetRow:
    sheet = state.programme.sheet
    return SheetRow(tuple((column.name, column.heading) for column in sheet.own) if sheet is not None else ())


def _undo_row(state: Ceremony) -> UndoRow:
    programme = state.programme
    edits = (each.edit for each in reversed(programme.last_edits[-SHOWN_EDITS:]))
    step = programme.last_steps[-1] if programme.last_steps else None
    return UndoRow(
        edits=tuple(UndoneRow(edit.number, edit.words, who(edit.by, edit.seat), edit.at) for edit in edits),
        step=UndoneRow(step.number, step.words, "", step.at) if step is not None else None,
    )


def _guest_rows(state: Ceremony) -> dict[str, Row]:
    marks = state.guests.marks
    return {
        f"guest:{guest.id}": _guest_row(guest, index, marks.get(guest.id))
        for index, guest in enumerate(state.guests.guests.values())
    }


def _guest_row(guest: Guest, index: int, mark: GuestMark | None) -> GuestRow:
    substitute = mark.substitute if mark is not None else None
    return GuestRow(
        id=guest.id,
        index=index,
        name=shown_name(guest.person),
        title=_title(guest.person),
        status=mark.status if mark is not None else GuestStatus.EXPECTED,
        substitute_name=shown_name(substitute),
        substitute_title=_title(substitute),
        changed_at=mark.at if mark is not None else None,
        changed_by=who(mark.by, mark.seat) if mark is not None else "",
    )


def _title(person: Person | None) -> str:
    return person.personal.title if person is not None and person.personal is not None else ""
