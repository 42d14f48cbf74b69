"""Rows of the checklist before the day, and of the conference room.

| feed | keys → rows |
| --- | --- |
| `ceremony` | `checklist` ChecklistRow, `readiness` ReadinessTotalsRow |
| `site:CODE` | `readiness` SiteReadinessRow; `conference` ConferenceRow where the site takes its picture so |
"""

import msgspec

from server.ceremony.readiness import ChecklistItem
from server.feeds.rows import Row
from site_agent.units import Instant


class ChecklistRow(Row, frozen=True):
    """The items in order: bit N of a `SiteRow.checks` is item N."""

    items: tuple[ChecklistItem, ...]


class ItemTotals(msgspec.Struct, frozen=True):
    """Sites where an item is good, of those it concerns."""

    good: int
    of: int


class ReadinessTotalsRow(Row, frozen=True):
    """The count of the technical team. `ready`: every item that concerns the site is good."""

    sites: int
    ready: int
    items: dict[str, ItemTotals]


class ItemStanding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One item of one site as it stands. `by` is a role, `system` for what the centre measured itself."""

    good: bool
    at: Instant
    by: str
    measured: bool = False
    percent: int | None = None


class SiteReadinessRow(Row, frozen=True):
    """Items that concern the site and were answered, by item id; `wanted` names those that must be good."""

    wanted: tuple[str, ...]
    found: dict[str, ItemStanding]
    ready: bool


class ConferenceRow(Row, frozen=True):
    """How to come into the conference room. For hosts of sites that join it, and for staff."""

    url: str
    password: str

    def __repr__(self) -> str:
        return "ConferenceRow(…)"
