"""Words between a site and the centre: one thread a site, in both directions, and small tickets for help.

What people write may name anybody, so a text is sealed under a key of its site's thread (`engine.sealing`); forgetting
that key empties the whole thread.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.attendance.phases import PhaseUndone, RehearsalEnded
from server.ceremony.rules import FORGOTTEN, Capability, Command, Context, Event, Person, Refused, Role, derived_id
from site_agent.units import CommandId, Instant, PersonId, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

STAFF = frozenset({Role.ADMIN, Role.TECH, Role.DESK, Role.CALLER})
HELPERS = frozenset({Role.ADMIN, Role.TECH, Role.DESK})
MAX_TEXT = 500
"""Characters of a message."""
MAX_FROM_SITE = 200
"""Messages and calls for help that a site's own links may send; a morning has ten."""
MAX_OWNER = 120
REHEARSAL_OVER = "kết thúc tổng duyệt"
"""Owner of a ticket that nobody finished before its rehearsal ended."""


class Topic(StrEnum):
    """What a call for help is about."""

    SOUND = "sound"
    PICTURE = "picture"
    CALL_BACK = "call_back"
    OTHER = "other"


class TicketState(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"


class Words(msgspec.Struct, frozen=True):
    """What somebody wrote."""

    text: str


class SealedWords(Person, frozen=True):
    """Sealed as a person is."""

    personal: Words | None  # type: ignore[assignment]  # sealing reads the type from here


def shown_text(words: SealedWords | None) -> str:
    """What people read: the text, or that it was erased."""
    if words is None:
        return ""
    return FORGOTTEN if words.personal is None else words.personal.text


def thread_person(state: "Ceremony", site: SiteCode) -> PersonId:
    """Names the key of a site's thread, for sealing and forgetting. A thread that was erased goes on under another."""
    erased = state.forgetting.round(site)
    return PersonId(derived_id("thread", site, *([str(erased)] if erased else ())))


class AskForHelp(Command, frozen=True, kw_only=True, tag="ask_for_help"):
    """“Mất tiếng”, “Mất hình”, “Cần gọi lại”. The same call while it is open adds nothing."""

    ROLES: ClassVar[frozenset[Role]] = HELPERS | {Role.HOST}
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    topic: Topic
    text: str = ""
    occurred_at: Instant | None = None


class TakeTicket(Command, frozen=True, kw_only=True, tag="take_ticket"):
    """“Tôi xử lý”: whoever gives it owns the ticket, also one that another had. `give_back` frees it."""

    ROLES: ClassVar[frozenset[Role]] = HELPERS

    ticket: CommandId
    give_back: bool = False


class FinishTicket(Command, frozen=True, kw_only=True, tag="finish_ticket"):
    """Done; or with `reopen` not done after all."""

    ROLES: ClassVar[frozenset[Role]] = HELPERS

    ticket: CommandId
    reopen: bool = False


class WithdrawHelp(Command, frozen=True, kw_only=True, tag="withdraw_help"):
    """“Đã hết sự cố”: the site says itself that it needs no help any more."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.HOST})
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    ticket: CommandId
    occurred_at: Instant | None = None


class SendMessage(Command, frozen=True, kw_only=True, tag="send_message"):
    """A few words to a site, or from it."""

    ROLES: ClassVar[frozenset[Role]] = STAFF | {Role.HOST}
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    text: str
    occurred_at: Instant | None = None


class ReadMessages(Command, frozen=True, kw_only=True, tag="read_messages"):
    """The site, or somebody at the centre, has read the thread as far as its message number `upto` (from 1)."""

    ROLES: ClassVar[frozenset[Role]] = STAFF | {Role.HOST}
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    upto: int
    occurred_at: Instant | None = None


class HelpAsked(Event, frozen=True, kw_only=True, tag="help_asked"):
    ticket: CommandId
    site: SiteCode
    topic: Topic
    words: SealedWords | None
    by: Role
    at: Instant


class TicketMoved(Event, frozen=True, kw_only=True, tag="ticket_moved"):
    """`owner` is the seat of whoever has it; empty for nobody."""

    ticket: CommandId
    state: TicketState
    owner: str
    by: Role
    at: Instant


class MessageSent(Event, frozen=True, kw_only=True, tag="message_sent"):
    site: SiteCode
    words: SealedWords
    by: Role
    seat: str
    at: Instant


class MessagesRead(Event, frozen=True, kw_only=True, tag="messages_read"):
    """Read by the site, or (`by_site` false) by the centre."""

    site: SiteCode
    upto: int
    by_site: bool
    at: Instant


@dataclass(slots=True)
class Ticket:
    """A call for help as it stands."""

    id: CommandId
    site: SiteCode
    topic: Topic
    words: SealedWords | None
    by: Role
    at: Instant
    moved_at: Instant
    state: TicketState = TicketState.OPEN
    owner: str = ""


@dataclass(slots=True)
class Thread:
    """What was said between a site and the centre, oldest first."""

    messages: list[MessageSent] = field(default_factory=list)
    read_by_site: int = 0
    """So many messages the site has seen."""
    read_by_centre: int = 0
    from_site: int = 0
    """How often the site wrote or asked."""


@dataclass(slots=True)
class MessagesState:
    """Owned by this file; others read."""

    tickets: dict[CommandId, Ticket] = field(default_factory=dict)
    by_site: dict[SiteCode, list[CommandId]] = field(default_factory=dict)
    threads: dict[SiteCode, Thread] = field(default_factory=dict)
    put_aside: dict[CommandId, tuple[TicketState, str, Instant]] = field(default_factory=dict)
    """Tickets that the end of the last rehearsal closed, as they stood."""

    def waiting(self, site: SiteCode) -> list[Ticket]:
        """The site's tickets that are not done."""
        tickets = (self.tickets[ticket] for ticket in self.by_site.get(site, ()))
        return [ticket for ticket in tickets if ticket.state is not TicketState.DONE]


def decide_ask(state: "Ceremony", command: AskForHelp, context: Context) -> list[Event]:
    """A new ticket, unless the same call waits already and nothing was written."""
    _refuse_unknown(state, command.site)
    _refuse_flood(state, command.site, context)
    text = _text(command.text, needed=False)
    if not text and any(ticket.topic is command.topic for ticket in state.messages.waiting(command.site)):
        return []
    words = _seal(state, command.site, text) if text else None
    return [
        HelpAsked(
            ticket=command.id,
            site=command.site,
            topic=command.topic,
            words=words,
            by=context.principal.role,
            at=context.now,
        )
    ]


def decide_take(state: "Ceremony", command: TakeTicket, context: Context) -> list[Event]:
    """Own it; whoever had it sees who has it now."""
    ticket = _ticket(state, command.ticket)
    if ticket.state is TicketState.DONE:
        raise Refused("ticket_done", "Yêu cầu này đã xử lý xong. Mở lại trước khi nhận.")
    wanted = (TicketState.OPEN, "") if command.give_back else (TicketState.TAKEN, _seat(context))
    if wanted == (ticket.state, ticket.owner):
        return []
    return [_moved(ticket.id, *wanted, context)]


def decide_finish(state: "Ceremony", command: FinishTicket, context: Context) -> list[Event]:
    """Done by whoever says so; reopened it waits for somebody again."""
    ticket = _ticket(state, command.ticket)
    if command.reopen == (ticket.state is not TicketState.DONE):
        return []
    if command.reopen:
        return [_moved(ticket.id, TicketState.OPEN, "", context)]
    return [_moved(ticket.id, TicketState.DONE, ticket.owner or _seat(context), context)]


def decide_withdraw(state: "Ceremony", command: WithdrawHelp, context: Context) -> list[Event]:
    """Only of the site's own tickets."""
    ticket = _ticket(state, command.ticket)
    if ticket.site != command.site:
        raise Refused("forbidden_site", "Yêu cầu hỗ trợ này của điểm cầu khác.")
    if ticket.state is TicketState.DONE:
        return []
    return [_moved(ticket.id, TicketState.DONE, ticket.owner, context)]


def decide_send(state: "Ceremony", command: SendMessage, context: Context) -> list[Event]:
    """Words, never empty."""
    _refuse_unknown(state, command.site)
    _refuse_flood(state, command.site, context)
    words = _seal(state, command.site, _text(command.text, needed=True))
    return [MessageSent(site=command.site, words=words, by=context.principal.role, seat=context.principal.seat, at=context.now)]


def decide_read(state: "Ceremony", command: ReadMessages, context: Context) -> list[Event]:
    """Only forward, and never beyond what was written."""
    thread = state.messages.threads.get(command.site)
    by_site = context.principal.role is Role.HOST
    if thread is None or command.upto > len(thread.messages):
        raise Refused("not_written", "Chưa có tin nhắn đến số thứ tự này.")
    before = thread.read_by_site if by_site else thread.read_by_centre
    if command.upto <= before:
        return []
    return [MessagesRead(site=command.site, upto=command.upto, by_site=by_site, at=context.now)]


def _moved(ticket: CommandId, state: TicketState, owner: str, context: Context) -> TicketMoved:
    return TicketMoved(ticket=ticket, state=state, owner=owner, by=context.principal.role, at=context.now)


def _seat(context: Context) -> str:
    return (context.principal.seat or context.principal.role.value)[:MAX_OWNER]


def _ticket(state: "Ceremony", ticket: CommandId) -> Ticket:
    found = state.messages.tickets.get(ticket)
    if found is None:
        raise Refused("ticket_unknown", "Không có yêu cầu hỗ trợ này.")
    return found


def _refuse_unknown(state: "Ceremony", site: SiteCode) -> None:
    if site not in state.roster.sites:
        raise Refused("site_unknown", f"Không có điểm cầu mang mã “{site}”. Kiểm tra lại mã.", {"site": "Không có mã này."})


def _refuse_flood(state: "Ceremony", site: SiteCode, context: Context) -> None:
    """A link in wrong hands must not fill the disk."""
    thread = state.messages.threads.get(site)
    if context.principal.role is Role.HOST and thread is not None and thread.from_site >= MAX_FROM_SITE:
        raise Refused("too_many_messages", "Điểm cầu này đã gửi quá nhiều tin. Gọi điện cho đội kỹ thuật.")


def _text(text: str, *, needed: bool) -> str:
    tidy = "\n".join(line.strip() for line in text.strip().splitlines())
    if needed and not tidy:
        raise Refused("text_missing", "Chưa ghi nội dung.", {"text": "Chưa ghi."})
    if len(tidy) > MAX_TEXT:
        raise Refused("text_too_long", f"Nội dung dài quá {MAX_TEXT} ký tự.", {"text": f"{len(tidy)} ký tự."})
    return tidy


def _seal(state: "Ceremony", site: SiteCode, text: str) -> SealedWords:
    return SealedWords(thread_person(state, site), Words(text))


def evolve_asked(state: "Ceremony", event: HelpAsked) -> None:
    messages = state.messages
    messages.tickets[event.ticket] = Ticket(event.ticket, event.site, event.topic, event.words, event.by, event.at, event.at)
    messages.by_site.setdefault(event.site, []).append(event.ticket)
    if event.by is Role.HOST:
        _thread(state, event.site).from_site += 1


def evolve_moved(state: "Ceremony", event: TicketMoved) -> None:
    ticket = state.messages.tickets[event.ticket]
    ticket.state, ticket.owner, ticket.moved_at = event.state, event.owner, event.at


def evolve_sent(state: "Ceremony", event: MessageSent) -> None:
    """Whoever writes has read what stands above."""
    thread = _thread(state, event.site)
    thread.messages.append(event)
    if event.by is Role.HOST:
        thread.from_site += 1
        thread.read_by_site = len(thread.messages)
    else:
        thread.read_by_centre = len(thread.messages)


def evolve_read(state: "Ceremony", event: MessagesRead) -> None:
    thread = _thread(state, event.site)
    if event.by_site:
        thread.read_by_site = event.upto
    else:
        thread.read_by_centre = event.upto


def evolve_rehearsal_ended(state: "Ceremony", event: RehearsalEnded) -> None:
    """The day begins with no call for help of a rehearsal; those from before it stay."""
    messages, begun = state.messages, state.phases.records[event.rehearsal].begun.at
    messages.put_aside = {}
    for ticket in messages.tickets.values():
        if ticket.state is not TicketState.DONE and ticket.at >= begun:
            messages.put_aside[ticket.id] = (ticket.state, ticket.owner, ticket.moved_at)
            ticket.state, ticket.owner, ticket.moved_at = TicketState.DONE, REHEARSAL_OVER, event.at


def evolve_phase_undone(state: "Ceremony", event: PhaseUndone) -> None:
    """A rehearsal that is on again has its calls again."""
    if event.number % 2 == 0:
        return
    for name, before in state.messages.put_aside.items():
        ticket = state.messages.tickets[name]
        ticket.state, ticket.owner, ticket.moved_at = before
    state.messages.put_aside = {}


def _thread(state: "Ceremony", site: SiteCode) -> Thread:
    return state.messages.threads.setdefault(site, Thread())


CAPABILITY = Capability(
    name="messages",
    decide={
        AskForHelp: decide_ask,
        TakeTicket: decide_take,
        FinishTicket: decide_finish,
        WithdrawHelp: decide_withdraw,
        SendMessage: decide_send,
        ReadMessages: decide_read,
    },
    evolve={
        HelpAsked: evolve_asked,
        TicketMoved: evolve_moved,
        MessageSent: evolve_sent,
        MessagesRead: evolve_read,
        RehearsalEnded: evolve_rehearsal_ended,
        PhaseUndone: evolve_phase_undone,
    },
)
