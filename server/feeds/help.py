"""Read model of the feed `help`, and what each site's own feed shows of messages, calls for help and notices."""

from collections.abc import Callable

from server.ceremony.attendance.phases import PhaseUndone, RehearsalEnded, in_rehearsal
from server.ceremony.ceremony import Ceremony
from server.ceremony.chasing import ChaseAssigned, ChaseNoted, ChaseSnoozed
from server.ceremony.messages import HelpAsked, MessageSent, MessagesRead, Thread, Ticket, TicketMoved, TicketState, shown_text
from server.ceremony.notices import NoticeRead, NoticeSent, NoticeWithdrawn
from server.ceremony.roster import RosterImported, RosterSite
from server.ceremony.rules import Event, Role
from server.feeds.help_rows import (
    ChaseNote,
    ChaseRow,
    MessageLine,
    NoticeRow,
    OwnNotice,
    OwnTicket,
    SiteMessagesRow,
    SiteNoticesRow,
    ThreadRow,
    TicketRow,
)
from server.feeds.rows import Row
from server.feeds.store import FeedStore
from site_agent.units import CommandId, SiteCode

PARTS = ("messages", "notices")
"""The keys that `help_parts` gives to a site's feed."""
LINES = 50
OWN_TICKETS = 10
OWN_NOTICES = 20
NOTES = 3
DONE_TICKETS = 50
"""Finished tickets that the feed keeps in sight."""


class HelpModel:
    """Keeps the rows of the feed `help`; a change costs what it touches."""

    def __init__(self, store: FeedStore, tell: Callable[[SiteCode], None]) -> None:
        self._store = store
        self._tell = tell
        self._all = True
        self._tickets: dict[CommandId, None] = {}
        self._threads: dict[SiteCode, None] = {}
        self._notices: dict[CommandId, None] = {}
        self._chases: dict[SiteCode, None] = {}
        self._told: dict[SiteCode, None] = {}
        self._done: dict[CommandId, None] = {}

    def note(self, event: Event) -> None:
        """Mark what an event touches."""
        match event:
            case HelpAsked(ticket=ticket) | TicketMoved(ticket=ticket):
                self._tickets[ticket] = None
            case MessageSent(site=site) | MessagesRead(site=site):
                self._threads[site] = None
                self._told[site] = None
            case NoticeSent(notice=notice, sites=sites):
                self._notices[notice] = None
                self._told.update(dict.fromkeys(sites))
            case NoticeRead(notice=notice, site=site):
                self._notices[notice] = None
                self._told[site] = None
            case NoticeWithdrawn(notice=notice):
                self._notices[notice] = None
            case ChaseAssigned(sites=sites):
                self._chases.update(dict.fromkeys(sites))
            case ChaseNoted(site=site) | ChaseSnoozed(site=site):
                self._chases[site] = None
            case RosterImported() | RehearsalEnded() | PhaseUndone():
                self._all = True

    def mark_all(self) -> None:
        """Make every row anew at the next `settle`."""
        self._all = True

    def settle(self, state: Ceremony) -> None:
        """Make the touched rows anew."""
        if self._all:
            self._take_all(state)
        for ticket in self._tickets:
            self._put_ticket(state, ticket)
        for site in self._threads:
            self._put(f"thread:{site}", thread_row(state, site))
        for notice in self._notices:
            row = notice_row(state, notice)
            self._store.put(f"notice:{notice}", row)
            if row.withdrawn:
                self._told.update(dict.fromkeys(state.notices.notices[notice].sent.sites))
        for site in self._chases:
            self._put(f"chase:{site}", chase_row(state, site))
        told, self._told = self._told, {}
        self._all = False
        self._tickets, self._threads, self._notices, self._chases = {}, {}, {}, {}
        for site in told:
            self._tell(site)

    def _take_all(self, state: Ceremony) -> None:
        self._done = {}
        self._tickets = dict.fromkeys(state.messages.tickets)
        self._threads = dict.fromkeys(state.messages.threads)
        self._notices = dict.fromkeys(state.notices.notices)
        self._chases = dict.fromkeys(state.chasing.sites)
        self._told = dict.fromkeys(state.roster.sites)

    def _put_ticket(self, state: Ceremony, number: CommandId) -> None:
        ticket = state.messages.tickets[number]
        self._told[ticket.site] = None
        self._put(f"ticket:{number}", ticket_row(state, ticket))
        self._done.pop(number, None)
        if ticket.state is TicketState.DONE:
            self._done[number] = None
            if len(self._done) > DONE_TICKETS:
                oldest = next(iter(self._done))
                del self._done[oldest]
                self._store.remove(f"ticket:{oldest}")

    def _put(self, key: str, row: Row | None) -> None:
        if row is None:
            self._store.remove(key)
        else:
            self._store.put(key, row)


def ticket_row(state: Ceremony, ticket: Ticket) -> TicketRow | None:
    """None where its site has left the roster."""
    site = state.roster.sites.get(ticket.site)
    if site is None:
        return None
    return TicketRow(
        id=ticket.id,
        site=site.code,
        name=site.name,
        group=site.group,
        topic=ticket.topic,
        text=shown_text(ticket.words),
        state=ticket.state,
        owner=ticket.owner,
        by=ticket.by.value,
        at=ticket.at,
        moved_at=ticket.moved_at,
    )


def thread_row(state: Ceremony, code: SiteCode) -> ThreadRow | None:
    """None where nothing was written, or the site has left the roster."""
    site: RosterSite | None = state.roster.sites.get(code)
    thread = state.messages.threads.get(code)
    if site is None or thread is None or not thread.messages:
        return None
    last = thread.messages[-1]
    return ThreadRow(
        site=code,
        name=site.name,
        group=site.group,
        last=shown_text(last.words),
        last_at=last.at,
        from_site=last.by is Role.HOST,
        messages=len(thread.messages),
        unread=sum(message.by is Role.HOST for message in thread.messages[thread.read_by_centre :]),
    )


def notice_row(state: Ceremony, number: CommandId) -> NoticeRow:
    """A notice and how many have read it."""
    notice = state.notices.notices[number]
    sent = notice.sent
    return NoticeRow(
        id=number,
        text=sent.text,
        urgent=sent.urgent,
        by=sent.by.value,
        seat=sent.seat,
        at=sent.at,
        of=len(sent.sites),
        read=len(notice.read),
        withdrawn=notice.withdrawn,
        rehearsal=in_rehearsal(state, sent.at),
    )


def chase_row(state: Ceremony, code: SiteCode) -> ChaseRow | None:
    """None where nothing is known any more."""
    chase = state.chasing.sites.get(code)
    if chase is None or not (chase.owner or chase.snoozed_until or chase.notes) or code not in state.roster.sites:
        return None
    newest = reversed(chase.notes[-NOTES:])
    return ChaseRow(
        owner=chase.owner,
        snoozed_until=chase.snoozed_until,
        notes=tuple(ChaseNote(note.at, note.seat, shown_text(note.words)) for note in newest),
        noted=len(chase.notes),
    )


def help_parts(state: Ceremony, code: SiteCode) -> dict[str, Row]:
    """The rows of a site's feed that this file makes, by key."""
    return {"messages": _site_messages(state, code), "notices": _site_notices(state, code)}


def _site_messages(state: Ceremony, code: SiteCode) -> SiteMessagesRow:
    thread = state.messages.threads.get(code) or Thread()
    first = max(0, len(thread.messages) - LINES)
    lines = tuple(
        MessageLine(first + number, shown_text(message.words), message.by is Role.HOST, message.seat, message.at)
        for number, message in enumerate(thread.messages[first:], start=1)
    )
    tickets = [state.messages.tickets[ticket] for ticket in reversed(state.messages.by_site.get(code, []))]
    own = (
        OwnTicket(each.id, each.topic, shown_text(each.words), each.state, each.owner, each.at) for each in tickets[:OWN_TICKETS]
    )
    return SiteMessagesRow(lines, thread.read_by_site, thread.read_by_centre, tuple(own))


def _site_notices(state: Ceremony, code: SiteCode) -> SiteNoticesRow:
    numbers = reversed(state.notices.by_site.get(code, []))
    notices = (notice for number in numbers if not (notice := state.notices.notices[number]).withdrawn)
    own = [
        OwnNotice(sent.notice, sent.text, sent.urgent, sent.at, code in notice.read, in_rehearsal(state, sent.at))
        for notice in notices
        for sent in (notice.sent,)
    ]
    return SiteNoticesRow(tuple(own[:OWN_NOTICES]))
