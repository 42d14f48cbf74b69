"""Read model: sums over all sites, groups and levels, kept from the differences of site rows."""

from dataclasses import dataclass, field

from server.ceremony.ceremony import Ceremony
from server.ceremony.link_health import CONNECTED, Grade
from server.ceremony.roster import RosterImported
from server.ceremony.rules import Event
from server.feeds import metrics
from server.feeds.rows import RollupRow, SiteRow, TotalsRow
from server.feeds.store import FeedStore

ALL = "all"


@dataclass(slots=True)
class Tally:
    """Running sums of some sites."""

    sites: int = 0
    connected: int = 0
    expected: int = 0
    present: int = 0
    reported: int = 0
    checked_in: int = 0
    lit: int = 0
    by_grade: dict[Grade, int] = field(default_factory=lambda: dict.fromkeys(Grade, 0))
    measured: dict[Grade, int] = field(default_factory=dict)
    """`by_grade` as the metrics last said it."""

    def add(self, row: SiteRow, sign: int) -> None:
        """Count a site in (sign 1) or out (sign -1)."""
        self.sites += sign
        self.connected += sign * (row.grade in CONNECTED)
        self.expected += sign * row.expected
        self.present += sign * (row.present or 0)
        self.reported += sign * (row.present is not None)
        self.checked_in += sign * (row.checked_in_at is not None)
        self.lit += sign * row.lit
        self.by_grade[row.grade] += sign


class RollupsModel:
    """Keeps the rows of the feed `rollups`; `tallies` are read by the models of totals and public lamps."""

    def __init__(self, store: FeedStore) -> None:
        self._store = store
        self._level_names: dict[str, str] = {}
        self.tallies: dict[str, Tally] = {ALL: Tally()}
        self.touched: dict[str, None] = {}
        """Keys whose sums changed since the last `settle`, for the models that settle before this one."""

    def site_changed(self, before: SiteRow | None, after: SiteRow | None) -> None:
        """Move one site's numbers from its old row to its new."""
        for row, sign in ((before, -1), (after, 1)):
            if row is None:
                continue
            for key in (ALL, f"group:{row.group}", f"level:{row.level}"):
                tally = self.tallies.get(key)
                if tally is None:
                    tally = self.tallies[key] = Tally()
                tally.add(row, sign)
                self.touched[key] = None

    def note(self, event: Event) -> None:
        """Only the site rows touch a sum; a new roster may also rename levels."""
        if isinstance(event, RosterImported):
            self.touched.update(dict.fromkeys(self.tallies))

    def settle(self, state: Ceremony) -> None:
        """Put the rows whose sums changed."""
        if not self.touched:
            return
        self._level_names = {level.id: level.name for level in state.roster.levels}
        for key in self.touched:
            tally = self.tallies[key]
            _measure(key, tally)
            if tally.sites == 0 and key != ALL:
                del self.tallies[key]
                self._store.remove(key)
            else:
                self._store.put(key, self._row(key, tally))
        self.touched.clear()

    def totals(self) -> TotalsRow:
        """The four figures of the wall."""
        tally = self.tallies[ALL]
        return TotalsRow(
            sites=tally.sites,
            connected=tally.connected,
            checked_in=tally.checked_in,
            reported=tally.reported,
            expected=tally.expected,
            present=tally.present,
            by_grade=dict(tally.by_grade),
        )

    def _row(self, key: str, tally: Tally) -> RollupRow:
        family, _, name = key.partition(":")
        return RollupRow(
            key=key,
            name=self._level_names.get(name, name) if family == "level" else name,
            sites=tally.sites,
            connected=tally.connected,
            expected=tally.expected,
            present=tally.present,
            reported=tally.reported,
            checked_in=tally.checked_in,
        )


def _measure(key: str, tally: Tally) -> None:
    family, _, level = key.partition(":")
    if family != "level" or tally.measured == tally.by_grade:
        return
    tally.measured = dict(tally.by_grade)
    for grade, sites in tally.by_grade.items():
        metrics.SITES.labels(level, grade.value).set(sites)
