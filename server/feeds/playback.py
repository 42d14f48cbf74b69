"""Read model: which sites truly see and hear the programme. From heartbeats, in memory; only changes are told."""

from enum import StrEnum

from server.ceremony.ceremony import Ceremony
from server.ceremony.roster import Picture, RosterImported
from server.ceremony.rules import Event
from server.feeds.playback_rows import PlaybackRow
from server.feeds.store import FeedStore
from site_agent.units import SiteCode

NAMED = 40
"""Sites that are named of those that lack something."""


class Seeing(StrEnum):
    """What a site's screen shows of the programme."""

    SEES_AND_HEARS = "sees_and_hears"
    SILENT = "silent"
    WAITING = "waiting"
    NOTHING = "nothing"


class PlaybackModel:
    """Keeps the row `playback`; none while no site gets its picture from us."""

    def __init__(self, store: FeedStore) -> None:
        self._store = store
        self._should: tuple[SiteCode, ...] = ()
        self._seeing: dict[SiteCode, Seeing] = {}
        self._all = True

    def note(self, event: Event) -> None:
        """A roster says who should."""
        if isinstance(event, RosterImported):
            self._all = True

    def mark_all(self) -> None:
        """Read the roster again at the next `settle`."""
        self._all = True

    def settle(self, state: Ceremony) -> None:
        """Make the row anew where the roster changed."""
        if self._all:
            self._all = False
            self._should = tuple(code for code, site in state.roster.sites.items() if site.picture is Picture.HLS)
            self._put()

    def site_changed(self, site: SiteCode, seeing: Seeing) -> None:
        """A site's screen tells something else than before."""
        if seeing is Seeing.NOTHING:
            self._seeing.pop(site, None)
        else:
            self._seeing[site] = seeing
        self._put()

    def _put(self) -> None:
        if not self._should:
            self._store.remove("playback")
            return
        counts = dict.fromkeys(Seeing, 0)
        lacking: list[SiteCode] = []
        for site in self._should:
            seeing = self._seeing.get(site, Seeing.NOTHING)
            counts[seeing] += 1
            if seeing is not Seeing.SEES_AND_HEARS and len(lacking) < NAMED:
                lacking.append(site)
        row = PlaybackRow(
            should=len(self._should),
            see_and_hear=counts[Seeing.SEES_AND_HEARS],
            silent=counts[Seeing.SILENT],
            waiting=counts[Seeing.WAITING],
            without=counts[Seeing.NOTHING],
            lacking=tuple(lacking),
        )
        if self._store.rows.get("playback") != row:
            self._store.put("playback", row)
