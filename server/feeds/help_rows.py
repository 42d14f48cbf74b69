"""Rows of help calls, messages, notices and the chase.

| feed | who | keys → rows |
| --- | --- | --- |
| `help` | admin tech desk caller | `ticket:ID` TicketRow, `thread:CODE` ThreadRow, `notice:ID` NoticeRow, `chase:CODE` ChaseRow |
| `site:CODE` | as ever | `messages` SiteMessagesRow, `notices` SiteNoticesRow |
"""

import msgspec

from server.ceremony.messages import TicketState, Topic
from server.feeds.rows import Row
from site_agent.units import CommandId, Instant, SiteCode


class TicketRow(Row, frozen=True):
    """A call for help."""

    id: CommandId
    site: SiteCode
    name: str
    group: str
    topic: Topic
    text: str
    state: TicketState
    owner: str
    by: str
    at: Instant
    moved_at: Instant


class ThreadRow(Row, frozen=True):
    """A site's thread as the list of threads shows it."""

    site: SiteCode
    name: str
    group: str
    last: str
    last_at: Instant
    from_site: bool
    """The last word is the site's."""
    messages: int
    unread: int
    """Messages that nobody at the centre has read."""


class NoticeRow(Row, frozen=True):
    """A notice and how many have read it; who has not is read by HTTP."""

    id: CommandId
    text: str
    urgent: bool
    by: str
    seat: str
    at: Instant
    of: int
    read: int
    withdrawn: bool
    rehearsal: bool = False
    """Sent while a rehearsal was on."""


class ChaseNote(msgspec.Struct, frozen=True):
    """What came of a call."""

    at: Instant
    seat: str
    text: str


class ChaseRow(Row, frozen=True):
    """Who chases a site. `notes` newest first, at most three."""

    owner: str
    snoozed_until: Instant | None
    notes: tuple[ChaseNote, ...]
    noted: int


class MessageLine(msgspec.Struct, frozen=True):
    """One message; `number` counts from 1."""

    number: int
    text: str
    from_site: bool
    seat: str
    at: Instant


class OwnTicket(msgspec.Struct, frozen=True):
    """A call for help as its site sees it."""

    id: CommandId
    topic: Topic
    text: str
    state: TicketState
    owner: str
    at: Instant


class SiteMessagesRow(Row, frozen=True):
    """The thread of one site, oldest first, at most the last fifty; its calls for help, newest first, at most ten."""

    lines: tuple[MessageLine, ...]
    read_by_site: int
    read_by_centre: int
    tickets: tuple[OwnTicket, ...]


class OwnNotice(msgspec.Struct, frozen=True):
    """A notice to one site."""

    id: CommandId
    text: str
    urgent: bool
    at: Instant
    read: bool
    rehearsal: bool = False


class SiteNoticesRow(Row, frozen=True):
    """Notices to one site that were not withdrawn, newest first, at most twenty."""

    notices: tuple[OwnNotice, ...]
