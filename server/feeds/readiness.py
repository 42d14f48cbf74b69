"""Read model: the checklist, its counts over all sites, and what a site's own feed shows of it and of the conference room."""

from collections.abc import Callable

from server.ceremony.attendance.phases import PhaseUndone, RehearsalEnded
from server.ceremony.ceremony import Ceremony
from server.ceremony.conference import ConferenceSet
from server.ceremony.link_health import GradesChanged
from server.ceremony.readiness import (
    ChecklistItem,
    ChecklistSet,
    Found,
    ReadinessReported,
    gates,
    items_for,
    standing,
    wanted_bits,
)
from server.ceremony.roster import Picture, RosterImported
from server.ceremony.rules import Event
from server.feeds.readiness_rows import (
    ChecklistRow,
    ConferenceRow,
    ItemStanding,
    ItemTotals,
    ReadinessTotalsRow,
    SiteReadinessRow,
)
from server.feeds.rows import Row, SiteRow
from server.feeds.store import FeedStore
from site_agent.units import SiteCode

Tell = Callable[[SiteCode], None]
"""Says that `site_parts` of a site may differ; whoever looks at the site's feed is told."""

PARTS = ("readiness", "conference")
"""The keys that `site_parts` may give."""


class ReadinessModel:
    """Counts from the SiteRows, so a change costs the same with 5,000 sites as with 5."""

    def __init__(self, ceremony: FeedStore, tell: Tell) -> None:
        self._ceremony = ceremony
        self._tell = tell
        self._touched: dict[SiteCode, None] = {}
        self._all = self._list = True
        self._moved = True
        self._sites: dict[Picture, int] = {}
        self._good: dict[int, int] = {}
        """Bit number → sites where it is set."""
        self._by_bits: dict[tuple[Picture, int], int] = {}
        """(picture, bits) → sites that stand so: few, whatever the number of sites."""

    def note(self, event: Event) -> None:
        """Mark what an event touches."""
        match event:
            case ReadinessReported(site=site):
                self._touched[site] = None
            case GradesChanged(changes=changes):
                self._touched.update(dict.fromkeys(change.site for change in changes))
            case ChecklistSet():
                self._all = self._list = self._moved = True
            case ConferenceSet() | RosterImported() | RehearsalEnded() | PhaseUndone():
                self._all = True

    def mark_all(self) -> None:
        """Make every row anew at the next `settle`."""
        self._all = self._list = True

    def site_changed(self, before: SiteRow | None, after: SiteRow | None) -> None:
        """Listener of the sites' rows."""
        for row, sign in ((before, -1), (after, 1)):
            if row is None:
                continue
            self._moved = True
            self._sites[row.picture] = self._sites.get(row.picture, 0) + sign
            self._by_bits[row.picture, row.checks] = self._by_bits.get((row.picture, row.checks), 0) + sign
            for bit in range(row.checks.bit_length()):
                if row.checks >> bit & 1:
                    self._good[bit] = self._good.get(bit, 0) + sign

    def settle(self, state: Ceremony) -> None:
        """After the sites settled."""
        items = state.readiness.items
        if self._list:
            self._ceremony.put("checklist", ChecklistRow(items))
        if self._moved:
            self._ceremony.put("readiness", self._totals(items))
        codes = list(state.roster.sites) if self._all else [code for code in self._touched if code in state.roster.sites]
        self._touched.clear()
        self._all = self._list = self._moved = False
        for code in codes:
            self._tell(code)

    def _totals(self, items: tuple[ChecklistItem, ...]) -> ReadinessTotalsRow:
        self._by_bits = {key: count for key, count in self._by_bits.items() if count}
        wanted = {picture: wanted_bits(items, picture) for picture in Picture}
        return ReadinessTotalsRow(
            sites=sum(self._sites.values()),
            ready=sum(count for (picture, bits), count in self._by_bits.items() if bits & wanted[picture] == wanted[picture]),
            items={
                item.id: ItemTotals(
                    good=self._good.get(bit, 0),
                    of=sum(count for picture, count in self._sites.items() if not item.pictures or picture in item.pictures),
                )
                for bit, item in enumerate(items)
            },
        )


def site_parts(state: Ceremony, code: SiteCode) -> dict[str, Row]:
    """The rows of a site's feed that this file makes, by key."""
    parts: dict[str, Row] = {"readiness": site_readiness_row(state, code)}
    access = state.conference.access
    if access is not None and state.roster.sites[code].picture is Picture.CONFERENCE:
        parts["conference"] = ConferenceRow(access.url, access.password)
    return parts


def site_readiness_row(state: Ceremony, code: SiteCode) -> SiteReadinessRow:
    """How one site stands."""
    site = state.roster.sites[code]
    items = items_for(state, site)
    found = {item.id: now for item in items if (now := standing(state, site, item)) is not None}
    wanted = tuple(item.id for item in items if gates(item))
    return SiteReadinessRow(
        wanted=wanted,
        found={name: _standing(now) for name, now in found.items()},
        ready=all(name in found and found[name].answer.good for name in wanted),
    )


def _standing(found: Found) -> ItemStanding:
    answer = found.answer
    return ItemStanding(good=answer.good, at=found.at, by=found.by.value, measured=answer.measured, percent=answer.percent)
