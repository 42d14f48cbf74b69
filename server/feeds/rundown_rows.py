"""Rows of the feed `rundown`: what those who run the day and the MC need of the programme beyond what everybody sees.

| keys | row |
| --- | --- |
| `item:ID` | RundownRow: words to read, notes, the office's own columns, version |
| `sheet` | SheetRow: the office's own columns |
| `figures` | FiguresRow: what the placeholders stand for |
| `undo` | UndoRow: what can be taken back |
| `editors` | EditorsRow: who edits what at this moment |
| `guest:ID` | GuestRow: a delegate to introduce |
"""

from server.ceremony.guests import GuestStatus
from server.feeds.rows import Row
from site_agent.units import Instant


class RundownRow(Row, frozen=True):
    """An item for its editors and for the MC."""

    id: str
    words: str
    notes: str
    more: dict[str, str]
    version: int
    """To be named by whoever changes it."""
    edited: str
    """The last edit and who made it: “tổng đạo diễn (caller-1): đổi tên mục 4”; empty for none."""
    edited_at: Instant | None


class SheetRow(Row, frozen=True):
    """The office's own columns: (name, heading) in order."""

    columns: tuple[tuple[str, str], ...]


class FiguresRow(Row, frozen=True):
    """What placeholders stand for: from the closed report, else live and provisional (tạm tính)."""

    values: dict[str, int]
    closed_version: int
    """0: not closed."""
    closed_at: Instant | None


class UndoneRow(Row, frozen=True):
    """One thing that can be taken back, the newest first."""

    number: int
    words: str
    by: str
    at: Instant | None


class UndoRow(Row, frozen=True):
    """Edits of the plan, and the last step of the run."""

    edits: tuple[UndoneRow, ...]
    step: UndoneRow | None


class EditorRow(Row, frozen=True):
    """A page that may edit. `page` is its own name for itself, so that it can leave itself out."""

    page: str
    who: str
    item: str
    """Empty: it looks, and edits nothing."""


class EditorsRow(Row, frozen=True):
    """Kept in memory alone: it is true while the sockets are open."""

    editors: tuple[EditorRow, ...]


class GuestRow(Row, frozen=True):
    """A delegate in the order of introduction. The substitute stands beside them where somebody came in their place."""

    id: str
    index: int
    name: str
    title: str
    status: GuestStatus
    substitute_name: str
    substitute_title: str
    changed_at: Instant | None
    changed_by: str
