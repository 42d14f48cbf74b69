"""The pledge (ký cam kết): opened by the caller, signed by sites and by people, counted live.

Each opening is a pledge of its own, so that the one of the rehearsal counts nothing on the day. Of a person only a keyed
hash of a random id of the browser is kept, as for `seen`.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_TEXT = 1_000
MAX_PEOPLE = 200_000
"""Browsers counted in one pledge."""
MAX_BROWSER = 64


class OpenPledge(Command, frozen=True, kw_only=True, tag="open_pledge"):
    """Show the words on every page and begin to count."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN})

    text: str


class ClosePledge(Command, frozen=True, kw_only=True, tag="close_pledge"):
    """Count no more; the numbers stay. `reopen` takes that back."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN})

    reopen: bool = False


class SignPledge(Command, frozen=True, kw_only=True, tag="sign_pledge"):
    """A site signs, in the name of all who sit there."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.HOST, Role.DESK, Role.TECH, Role.ADMIN})
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    occurred_at: Instant | None = None


class CountPledge(Command, frozen=True, kw_only=True, tag="count_pledge"):
    """Somebody watching signs. Given by the server, which has hashed the browser's id."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    browser: str


class PledgeOpened(Event, frozen=True, kw_only=True, tag="pledge_opened"):
    number: int
    text: str
    by: Role
    at: Instant


class PledgeClosed(Event, frozen=True, kw_only=True, tag="pledge_closed"):
    closed: bool
    by: Role
    at: Instant


class SitePledged(Event, frozen=True, kw_only=True, tag="site_pledged"):
    site: SiteCode
    by: Role
    at: Instant


class PersonPledged(Event, frozen=True, kw_only=True, tag="person_pledged"):
    browser: str
    at: Instant


@dataclass(slots=True)
class Pledge:
    """One pledge, from its opening."""

    number: int
    text: str
    opened_at: Instant
    closed_at: Instant | None = None
    sites: dict[SiteCode, Instant] = field(default_factory=dict)
    people: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class PledgesState:
    """Owned by this file; others read."""

    pledges: list[Pledge] = field(default_factory=list)
    """The last is the one that pages show."""

    @property
    def current(self) -> Pledge | None:
        return self.pledges[-1] if self.pledges else None


def decide_open(state: "Ceremony", command: OpenPledge, context: Context) -> list[Event]:
    """One at a time."""
    text = "\n".join(line.strip() for line in command.text.strip().splitlines())
    if not text:
        raise Refused("text_missing", "Chưa ghi lời cam kết.", {"text": "Chưa ghi."})
    if len(text) > MAX_TEXT:
        raise Refused("text_too_long", f"Lời cam kết dài quá {MAX_TEXT} ký tự.", {"text": f"{len(text)} ký tự."})
    current = state.pledges.current
    if current is not None and current.closed_at is None:
        raise Refused("pledge_open", "Đang mở ký một cam kết. Kết thúc trước khi mở cam kết khác.")
    return [PledgeOpened(number=len(state.pledges.pledges) + 1, text=text, by=context.principal.role, at=context.now)]


def decide_close(state: "Ceremony", command: ClosePledge, context: Context) -> list[Event]:
    """Only a change is an event."""
    current = state.pledges.current
    if current is None:
        raise Refused("no_pledge", "Chưa mở ký cam kết.")
    if (current.closed_at is None) == command.reopen:
        return []
    return [PledgeClosed(closed=not command.reopen, by=context.principal.role, at=context.now)]


def decide_sign(state: "Ceremony", command: SignPledge, context: Context) -> list[Event]:
    """A site counts once."""
    if command.site not in state.roster.sites:
        raise Refused("site_unknown", f"Không có điểm cầu mang mã “{command.site}”.", {"site": "Không có mã này."})
    current = _running(state)
    if command.site in current.sites:
        return []
    return [SitePledged(site=command.site, by=context.principal.role, at=context.now)]


def decide_count(state: "Ceremony", command: CountPledge, context: Context) -> list[Event]:
    """A browser counts once."""
    current = _running(state)
    if not command.browser or len(command.browser) > MAX_BROWSER:
        raise Refused("bad_browser", "Trình duyệt này không giữ được mã. Mở lại trang bằng Chrome hoặc Safari.")
    if command.browser in current.people:
        return []
    if len(current.people) >= MAX_PEOPLE:
        raise Refused("pledge_full", "Đã nhận đủ lượt ký cam kết. Cảm ơn anh/chị.")
    return [PersonPledged(browser=command.browser, at=context.now)]


def _running(state: "Ceremony") -> Pledge:
    current = state.pledges.current
    if current is None or current.closed_at is not None:
        raise Refused("pledge_closed", "Hiện không mở ký cam kết.")
    return current


def evolve_opened(state: "Ceremony", event: PledgeOpened) -> None:
    state.pledges.pledges.append(Pledge(event.number, event.text, event.at))


def evolve_closed(state: "Ceremony", event: PledgeClosed) -> None:
    state.pledges.pledges[-1].closed_at = event.at if event.closed else None


def evolve_site(state: "Ceremony", event: SitePledged) -> None:
    state.pledges.pledges[-1].sites[event.site] = event.at


def evolve_person(state: "Ceremony", event: PersonPledged) -> None:
    state.pledges.pledges[-1].people[event.browser] = None


CAPABILITY = Capability(
    name="pledges",
    decide={OpenPledge: decide_open, ClosePledge: decide_close, SignPledge: decide_sign, CountPledge: decide_count},
    evolve={PledgeOpened: evolve_opened, PledgeClosed: evolve_closed, SitePledged: evolve_site, PersonPledged: evolve_person},
)
