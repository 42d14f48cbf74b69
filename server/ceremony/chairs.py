"""Chairs who sit at another site than their own: invited to the main hall, they are not at home. A person counts at one site.

The roster names them (`chair_at`); the desk's word on one site goes over the roster's until a roster says otherwise.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from server.ceremony.roster import RosterImported
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import Instant, SiteCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.ceremony.ceremony import Ceremony


class SeatChair(Command, frozen=True, kw_only=True, tag="seat_chair"):
    """The planned chair of `site` sits at `elsewhere`; None: at home, as usual."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.DESK, Role.TECH, Role.ADMIN})

    site: SiteCode
    elsewhere: SiteCode | None


class ChairSeated(Event, frozen=True, kw_only=True, tag="chair_seated"):
    site: SiteCode
    elsewhere: SiteCode | None
    by: Role
    seat: str
    at: Instant


@dataclass(slots=True)
class ChairsState:
    """Owned by this file; others ask `chair_at`."""

    said: dict[SiteCode, SiteCode | None] = field(default_factory=dict)
    """Where the desk says that a site's chair sits; None: at home whatever the roster says."""


def chair_at(state: "Ceremony", site: SiteCode) -> SiteCode | None:
    """The other site at which the planned chair of `site` sits; None: at home, or nobody knows the site."""
    listed = state.roster.sites.get(site)
    if listed is None:
        return None
    other = state.chairs.said.get(site, listed.chair_at)
    return other if other in state.roster.sites else None


def guests(state: "Ceremony", site: SiteCode) -> "Iterator[SiteCode]":
    """Sites whose chair sits at `site`, in roster order."""
    return (code for code in state.roster.sites if chair_at(state, code) == site)


def decide_seat(state: "Ceremony", command: SeatChair, context: Context) -> list[Event]:
    """Between two sites of the roster."""
    unknown = [code for code in (command.site, command.elsewhere) if code is not None and code not in state.roster.sites]
    if unknown:
        raise Refused("site_unknown", f"Không có điểm cầu mang mã “{unknown[0]}”. Kiểm tra lại mã.")
    if command.elsewhere == command.site:
        raise Refused("chair_at_home", "Điểm cầu này là nơi chủ trì của chính điểm cầu. Chọn điểm cầu khác.")
    if command.elsewhere == chair_at(state, command.site):
        return []
    principal = context.principal
    return [ChairSeated(site=command.site, elsewhere=command.elsewhere, by=principal.role, seat=principal.seat, at=context.now)]


def evolve_seated(state: "Ceremony", event: ChairSeated) -> None:
    state.chairs.said[event.site] = event.elsewhere


def evolve_roster(state: "Ceremony", event: RosterImported) -> None:
    """Forget sites that left the roster, and words that the new roster now says itself."""
    said = state.chairs.said
    for code in [code for code in said if code not in state.roster.sites or state.roster.sites[code].chair_at == said[code]]:
        del said[code]


CAPABILITY = Capability(
    name="chairs",
    decide={SeatChair: decide_seat},
    evolve={RosterImported: evolve_roster, ChairSeated: evolve_seated},
)
