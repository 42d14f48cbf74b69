"""The short codes printed on the sheets of sites: each opens one session and is then spent (ops/decisions/0020).

A code is not stored: `endpoints.sheet_codes` derives it from the master key, the link's generation and how many were spent
here, so that a lost sheet is printed again, a revoked link takes its code along, and a used code never works twice.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony


class SpendSheetCode(Command, frozen=True, kw_only=True, tag="spend_sheet_code"):
    """Somebody at the desk confirmed the code that stands at `number`; it opens no second session."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    site: SiteCode
    number: int


class SheetCodeSpent(Event, frozen=True, kw_only=True, tag="sheet_code_spent"):
    site: SiteCode
    number: int
    at: Instant


@dataclass(slots=True)
class SheetCodesState:
    """Owned by this file; others read."""

    spent: dict[SiteCode, int] = field(default_factory=dict)
    """How many codes of a site were used; absent means none."""


def decide_spend(state: "Ceremony", command: SpendSheetCode, context: Context) -> list[Event]:
    """The code in force, once."""
    if command.site not in state.roster.sites:
        raise Refused("site_unknown", f"Không có điểm cầu mang mã “{command.site}” trong danh sách.")
    if command.number != state.sheet_codes.spent.get(command.site, 0):
        raise Refused("code_spent", "Mã trên phiếu này đã dùng. Gọi bàn trực để lấy mã mới.")
    return [SheetCodeSpent(site=command.site, number=command.number, at=context.now)]


def evolve_spent(state: "Ceremony", event: SheetCodeSpent) -> None:
    state.sheet_codes.spent[event.site] = event.number + 1


CAPABILITY = Capability(name="sheet_codes", decide={SpendSheetCode: decide_spend}, evolve={SheetCodeSpent: evolve_spent})
