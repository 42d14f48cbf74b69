"""Seen (tự điểm danh qua mã QR): people scan their site's poster and tap once. Optional, off by default, a side figure.

A person counts at one site: a browser (a keyed hash of a random id that it keeps; nothing else is known of it) counts once,
and at another site only if it asks to move. The figure stands beside what the site reports and is never made to match.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from server.ceremony.head_count import UNUSUAL_FACTOR, UNUSUAL_WITHOUT_EXPECTED
from server.ceremony.roster import RosterSite
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_BROWSER = 64
"""Characters of a browser's hash."""


class SwitchSeen(Command, frozen=True, kw_only=True, tag="switch_seen"):
    """Turn self-registration by poster on or off."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.DESK, Role.TECH, Role.ADMIN})

    on: bool


class CountSeen(Command, frozen=True, kw_only=True, tag="count_seen"):
    """Somebody tapped on the page of a site's poster. Given by the server: a poster has no powers."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    site: SiteCode
    browser: str
    move: bool = False
    """Where the browser counts at another site: move it here."""


class SeenSwitched(Event, frozen=True, kw_only=True, tag="seen_switched"):
    on: bool
    by: Role
    seat: str
    at: Instant


class PersonSeen(Event, frozen=True, kw_only=True, tag="person_seen"):
    site: SiteCode
    browser: str
    moved_from: SiteCode | None
    at: Instant


@dataclass(slots=True)
class SeenState:
    """Whether posters count. Who tapped is in the book of figures of the phase: `AttendanceState.seen`."""

    on: bool = False


def most_seen(site: RosterSite) -> int:
    """More people than that at one site are no people."""
    return site.expected * UNUSUAL_FACTOR or UNUSUAL_WITHOUT_EXPECTED


def decide_switch(state: "Ceremony", command: SwitchSeen, context: Context) -> list[Event]:
    """Only a change is an event."""
    if command.on == state.seen.on:
        return []
    return [SeenSwitched(on=command.on, by=context.principal.role, seat=context.principal.seat, at=context.now)]


def decide_seen(state: "Ceremony", command: CountSeen, context: Context) -> list[Event]:
    """Count the browser once; the second tap adds nothing."""
    site = state.roster.sites.get(command.site)
    if not state.seen.on:
        raise Refused("seen_off", "Buổi lễ này không dùng tự điểm danh qua mã QR. Cảm ơn anh/chị đã đến dự.")
    if site is None:
        raise Refused("site_unknown", "Mã QR này thuộc một điểm cầu không còn trong danh sách.")
    if not command.browser or len(command.browser) > MAX_BROWSER:
        raise Refused("bad_browser", "Trình duyệt này không giữ được mã. Mở lại trang bằng Chrome hoặc Safari.")
    before = state.attendance.seen.get(command.browser)
    if before == command.site:
        return []
    if before is not None and not command.move:
        name = state.roster.sites[before].name if before in state.roster.sites else before
        raise Refused("seen_elsewhere", f"Máy này đã tự điểm danh tại {name}. Mỗi người chỉ tính tại một điểm cầu.")
    if state.attendance.seen_at.get(command.site, 0) >= most_seen(site):
        raise Refused("seen_full", "Điểm cầu này đã nhận đủ lượt tự điểm danh. Cảm ơn anh/chị đã đến dự.")
    return [PersonSeen(site=command.site, browser=command.browser, moved_from=before, at=context.now)]


def evolve_switched(state: "Ceremony", event: SeenSwitched) -> None:
    state.seen.on = event.on


def evolve_seen(state: "Ceremony", event: PersonSeen) -> None:
    book = state.attendance
    book.seen[event.browser] = event.site
    book.seen_at[event.site] = book.seen_at.get(event.site, 0) + 1
    if event.moved_from is not None:
        left = book.seen_at.get(event.moved_from, 0) - 1
        if left > 0:
            book.seen_at[event.moved_from] = left
        else:
            book.seen_at.pop(event.moved_from, None)


CAPABILITY = Capability(
    name="seen",
    decide={SwitchSeen: decide_switch, CountSeen: decide_seen},
    evolve={SeenSwitched: evolve_switched, PersonSeen: evolve_seen},
)
