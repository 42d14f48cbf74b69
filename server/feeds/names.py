"""Read model of the feed `names`: who closed the figures and who agreed to go on, for the staff alone.

Everybody else reads in `ceremony` that somebody of a role and seat did; a host's or a leader's page needs no names.
"""

import msgspec

from server.ceremony.attendance import FiguresClosed
from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import CueMoved, SiteWaived
from server.ceremony.rules import Event, shown_name
from server.feeds.rows import Row
from server.feeds.store import FeedStore
from site_agent.units import CueId, SiteCode


class NamesRow(Row, frozen=True):
    """The one row of the feed, under the key `names`."""

    closed_by: str = ""
    """Who closed the figures last."""
    waived: dict[CueId, dict[SiteCode, str]] = msgspec.field(default_factory=dict)
    """Of each cue's current attempt: required site → who agreed to go on without it."""


class NamesModel:
    """Keeps the row."""

    def __init__(self, store: FeedStore) -> None:
        self._store = store
        self._touched = True

    def note(self, event: Event) -> None:
        """Mark what an event touches."""
        self._touched |= isinstance(event, FiguresClosed | SiteWaived | CueMoved)

    def mark_all(self) -> None:
        """Make the row anew at the next `settle`: a person may have been forgotten."""
        self._touched = True

    def settle(self, state: Ceremony) -> None:
        """Make the row anew if it was touched."""
        if self._touched:
            self._store.put("names", names_row(state))
            self._touched = False


def names_row(state: Ceremony) -> NamesRow:
    """The names as the journal knows them, or that they were erased."""
    closings = state.attendance.closings
    return NamesRow(
        closed_by=shown_name(closings[-1].closed_by) if closings else "",
        waived={
            cue: {site: shown_name(waiver.named) for site, waiver in record.current.waived.items() if site is not None}
            for cue, record in state.cues.cues.items()
            if record.current is not None and record.current.waived
        },
    )
