"""Read model of the feed `public`: what screens seen by the public may know. Successes only, no denominators."""

from server.ceremony.ceremony import Ceremony
from server.ceremony.details import CeremonyInitiated
from server.ceremony.programme import PROGRAMME_EVENTS
from server.ceremony.rules import Event
from server.feeds.ceremony_feed import CeremonyModel
from server.feeds.cue_rows import public_launch_row
from server.feeds.rollups import ALL, RollupsModel
from server.feeds.rows import ItemRow, PublicGroupRow, PublicInfoRow
from server.feeds.store import FeedStore

_GROUP = "group:"
_PROGRAMME = "programme:"


class PublicModel:
    """Keeps the rows of the feed `public` from what the other models have just worked out."""

    def __init__(self, store: FeedStore, ceremony_store: FeedStore, ceremony: CeremonyModel, rollups: RollupsModel) -> None:
        self._store = store
        self._ceremony_store = ceremony_store
        self._ceremony = ceremony
        self._rollups = rollups
        self._all = True

    def note(self, event: Event) -> None:
        """All that touches the public passes through the other models; the programme and the words are cheap."""
        if isinstance(event, (CeremonyInitiated, *PROGRAMME_EVENTS)):
            self._all = True

    def mark_all(self) -> None:
        """Make every row anew at the next `settle`."""
        self._all = True

    def settle(self, state: Ceremony) -> None:
        """Before the ceremony model and the rollups forget what was touched."""
        if self._all or ALL in self._rollups.touched:
            self._put_info(state)
        if self._all:
            self._store.replace(
                {key: row for key, row in self._ceremony_store.rows.items() if isinstance(row, ItemRow)},
                [key for key in self._store.rows if key.startswith(_PROGRAMME)],
            )
            self._all = False
        for key in self._rollups.touched:
            if key.startswith(_GROUP):
                self._put_group(key)
        self._put_launch(state)

    def _put_info(self, state: Ceremony) -> None:
        details = state.details.initiated
        if details is None:
            return
        tally = self._rollups.tallies[ALL]
        self._store.put(
            "info",
            PublicInfoRow(
                ceremony_id=details.ceremony_id,
                title=details.title,
                authority=details.authority,
                starts_at=details.starts_at,
                connected=tally.connected,
                present=tally.present,
                live_key=details.live_key,
                rehearsal_key=details.rehearsal_key,
            ),
        )

    def _put_group(self, key: str) -> None:
        lit = self._rollups.tallies[key].lit
        if lit:
            self._store.put(key, PublicGroupRow(name=key.removeprefix(_GROUP), lit=lit))
        else:
            self._store.remove(key)

    def _put_launch(self, state: Ceremony) -> None:
        cue = self._ceremony.last_cue
        record = state.cues.cues.get(cue) if cue is not None else None
        if record is not None:
            self._store.put("launch", public_launch_row(record, self._ceremony.fired(record.plan.cue)))
