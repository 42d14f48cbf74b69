"""Read model of papers and the pledge: in the feeds `help`, `ceremony`, `public` and each site's own."""

from collections.abc import Callable

from server.ceremony.attendance.phases import PhaseUndone, in_rehearsal
from server.ceremony.ceremony import Ceremony
from server.ceremony.papers import PaperOpened, PaperPublished, PaperWithdrawn
from server.ceremony.pledges import PersonPledged, PledgeClosed, PledgeOpened, SitePledged
from server.ceremony.roster import RosterImported
from server.ceremony.rules import Event
from server.feeds.paper_rows import OwnPaper, PaperRow, PledgeRow, SitePapersRow
from server.feeds.store import FeedStore
from site_agent.units import CommandId, SiteCode

KEY = "papers"
"""The key that `papers_part` gives to a site's feed."""


class PapersModel:
    """Keeps the rows; a change costs what it touches."""

    def __init__(self, store: FeedStore, ceremony: FeedStore, public: FeedStore, tell: Callable[[SiteCode], None]) -> None:
        self._store = store
        self._ceremony = ceremony
        self._public = public
        self._tell = tell
        self._papers: dict[CommandId, None] = {}
        self._told: dict[SiteCode, None] = {}
        self._all = self._pledge = True

    def note(self, event: Event) -> None:
        """Mark what an event touches."""
        match event:
            case PaperPublished(paper=paper, sites=sites):
                self._papers[paper] = None
                self._told.update(dict.fromkeys(sites))
            case PaperOpened(paper=paper, site=site):
                self._papers[paper] = None
                self._told[site] = None
            case PaperWithdrawn(paper=paper):
                self._papers[paper] = None
            case PledgeOpened() | PledgeClosed() | RosterImported() | PhaseUndone():
                self._all = self._pledge = True
            case SitePledged(site=site):
                self._pledge = True
                self._told[site] = None
            case PersonPledged():
                self._pledge = True

    def mark_all(self) -> None:
        """Make every row anew at the next `settle`."""
        self._all = self._pledge = True

    def settle(self, state: Ceremony) -> None:
        """Make the touched rows anew."""
        if self._all:
            self._papers = dict.fromkeys(state.papers.papers)
            self._told = dict.fromkeys(state.roster.sites)
        for number in self._papers:
            paper = state.papers.papers[number]
            row = paper_row(state, number)
            before = self._store.rows.get(f"paper:{number}")
            self._store.put(f"paper:{number}", row)
            if isinstance(before, PaperRow) and before.withdrawn != row.withdrawn:
                self._told.update(dict.fromkeys(paper.published.sites))
        if self._pledge:
            self._put_pledge(state)
        told, self._told = self._told, {}
        self._papers, self._all, self._pledge = {}, False, False
        for site in told:
            self._tell(site)

    def _put_pledge(self, state: Ceremony) -> None:
        current = state.pledges.current
        if current is None:
            return
        row = PledgeRow(
            number=current.number,
            text=current.text,
            open=current.closed_at is None,
            sites=len(current.sites),
            people=len(current.people),
        )
        self._ceremony.put("pledge", row)
        self._public.put("pledge", row)


def paper_row(state: Ceremony, number: CommandId) -> PaperRow:
    """A paper and how many have opened it."""
    paper = state.papers.papers[number]
    published = paper.published
    return PaperRow(
        id=number,
        title=published.title,
        media_type=published.media_type,
        bytes=published.bytes,
        at=published.at,
        by=published.by.value,
        of=len(published.sites),
        opened=len(paper.opened),
        withdrawn=paper.withdrawn,
        rehearsal=in_rehearsal(state, published.at),
    )


def papers_part(state: Ceremony, code: SiteCode) -> SitePapersRow:
    """The row `papers` of a site's own feed."""
    papers = (state.papers.papers[number] for number in reversed(state.papers.by_site.get(code, [])))
    current = state.pledges.current
    return SitePapersRow(
        papers=tuple(
            OwnPaper(
                id=paper.published.paper,
                title=paper.published.title,
                media_type=paper.published.media_type,
                bytes=paper.published.bytes,
                at=paper.published.at,
                opened=code in paper.opened,
            )
            for paper in papers
            if not paper.withdrawn
        ),
        pledged_at=current.sites.get(code) if current is not None else None,
    )
