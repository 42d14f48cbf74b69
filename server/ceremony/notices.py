"""Notices from the centre to a selection of sites, and who has read them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.roster import RosterState
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import CommandId, Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

SENDERS = frozenset({Role.ADMIN, Role.TECH, Role.DESK, Role.CALLER})
MAX_TEXT = 500
MAX_NOTICES = 200
MAX_CHOSEN = 20_000


class Selection(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which sites: all, or whoever is in one of the groups, levels or sites named."""

    all: bool = False
    groups: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    sites: tuple[SiteCode, ...] = ()


def chosen(roster: RosterState, selection: Selection) -> list[SiteCode]:
    """The sites of a selection, in roster order."""
    if selection.all:
        return list(roster.sites)
    groups, levels, sites = frozenset(selection.groups), frozenset(selection.levels), frozenset(selection.sites)
    return [code for code, site in roster.sites.items() if site.group in groups or site.level in levels or code in sites]


def refuse_unknown(roster: RosterState, to: Selection) -> None:
    """Name whatever a selection names that the roster does not know.

    Raises:
        Refused: `selection_unknown`.

    """
    unknown = {str(code): "không có trong danh sách" for code in to.sites if code not in roster.sites}
    unknown |= {group: "không có cụm này" for group in to.groups if group not in roster.groups}
    unknown |= {level: "không có cấp này" for level in to.levels if level not in {each.id for each in roster.levels}}
    if unknown:
        raise Refused("selection_unknown", "Có nơi nhận không nằm trong danh sách.", unknown)


class SendNotice(Command, frozen=True, kw_only=True, tag="send_notice"):
    """Say something to many at once. Official words: no names or phones of people."""

    ROLES: ClassVar[frozenset[Role]] = SENDERS

    text: str
    to: Selection
    urgent: bool = False


class ReadNotice(Command, frozen=True, kw_only=True, tag="read_notice"):
    """“Đã đọc”, said by somebody at the site."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.HOST})
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    notice: CommandId
    occurred_at: Instant | None = None


class WithdrawNotice(Command, frozen=True, kw_only=True, tag="withdraw_notice"):
    """Take it off the pages; the record keeps it."""

    ROLES: ClassVar[frozenset[Role]] = SENDERS

    notice: CommandId


class NoticeSent(Event, frozen=True, kw_only=True, tag="notice_sent"):
    notice: CommandId
    text: str
    sites: tuple[SiteCode, ...]
    urgent: bool
    by: Role
    seat: str
    at: Instant


class NoticeRead(Event, frozen=True, kw_only=True, tag="notice_read"):
    site: SiteCode
    notice: CommandId
    at: Instant


class NoticeWithdrawn(Event, frozen=True, kw_only=True, tag="notice_withdrawn"):
    notice: CommandId
    by: Role
    at: Instant


@dataclass(slots=True)
class Notice:
    """A notice as it stands."""

    sent: NoticeSent
    read: dict[SiteCode, Instant] = field(default_factory=dict)
    withdrawn: bool = False


@dataclass(slots=True)
class NoticesState:
    """Owned by this file; others read."""

    notices: dict[CommandId, Notice] = field(default_factory=dict)
    """Oldest first."""
    by_site: dict[SiteCode, list[CommandId]] = field(default_factory=dict)

    def unread(self, notice: Notice) -> list[SiteCode]:
        """Who was told and has not read it."""
        return [site for site in notice.sent.sites if site not in notice.read]


def decide_send(state: "Ceremony", command: SendNotice, context: Context) -> list[Event]:
    """The sites are fixed when it is sent: who comes to the roster later was not told."""
    text = "\n".join(line.strip() for line in command.text.strip().splitlines())
    if not text:
        raise Refused("text_missing", "Chưa ghi nội dung thông báo.", {"text": "Chưa ghi."})
    if len(text) > MAX_TEXT:
        raise Refused("text_too_long", f"Thông báo dài quá {MAX_TEXT} ký tự.", {"text": f"{len(text)} ký tự."})
    if len(state.notices.notices) >= MAX_NOTICES:
        raise Refused("too_many_notices", f"Đã gửi {MAX_NOTICES} thông báo. Dùng tin nhắn cho từng điểm cầu.")
    refuse_unknown(state.roster, command.to)
    sites = tuple(chosen(state.roster, command.to))
    if not sites:
        raise Refused("selection_empty", "Chưa chọn điểm cầu nào để gửi.", {"to": "Chưa chọn."})
    return [
        NoticeSent(
            notice=command.id,
            text=text,
            sites=sites,
            urgent=command.urgent,
            by=context.principal.role,
            seat=context.principal.seat,
            at=context.now,
        )
    ]


def decide_read(state: "Ceremony", command: ReadNotice, context: Context) -> list[Event]:
    """Once a site, whoever of its devices says so first."""
    notice = _notice(state, command.notice)
    if command.site not in notice.sent.sites:
        raise Refused("forbidden_site", "Thông báo này không gửi cho điểm cầu của bạn.")
    if command.site in notice.read:
        return []
    return [NoticeRead(site=command.site, notice=command.notice, at=context.now)]


def decide_withdraw(state: "Ceremony", command: WithdrawNotice, context: Context) -> list[Event]:
    """Once."""
    if _notice(state, command.notice).withdrawn:
        return []
    return [NoticeWithdrawn(notice=command.notice, by=context.principal.role, at=context.now)]


def _notice(state: "Ceremony", notice: CommandId) -> Notice:
    found = state.notices.notices.get(notice)
    if found is None:
        raise Refused("notice_unknown", "Không có thông báo này.")
    return found


def evolve_sent(state: "Ceremony", event: NoticeSent) -> None:
    state.notices.notices[event.notice] = Notice(event)
    for site in event.sites:
        state.notices.by_site.setdefault(site, []).append(event.notice)


def evolve_read(state: "Ceremony", event: NoticeRead) -> None:
    state.notices.notices[event.notice].read[event.site] = event.at


def evolve_withdrawn(state: "Ceremony", event: NoticeWithdrawn) -> None:
    state.notices.notices[event.notice].withdrawn = True


CAPABILITY = Capability(
    name="notices",
    decide={SendNotice: decide_send, ReadNotice: decide_read, WithdrawNotice: decide_withdraw},
    evolve={NoticeSent: evolve_sent, NoticeRead: evolve_read, NoticeWithdrawn: evolve_withdrawn},
)
