"""The lines that the morning report is made of."""

import msgspec

from site_agent.units import Instant, SiteCode


class SumLine(msgspec.Struct, frozen=True):
    """Sums over the whole, a level or a group."""

    name: str
    sites: int
    connected: int
    checked_in: int
    reported: int
    missing: int
    expected: int
    present: int


class CategoryLine(msgspec.Struct, frozen=True):
    """Delegates of one category over all sites."""

    name: str
    present: int


class SiteLine(msgspec.Struct, frozen=True):
    """One site. The phone is for the desk's workbook; the paper does not print it."""

    code: SiteCode
    name: str
    level: str
    group: str
    expected: int
    present: int | None
    counts: dict[str, int]
    """By name of the category."""
    connected: bool
    checked_in_at: Instant | None
    reported_at: Instant | None
    reported_by_desk: bool
    chair: str
    """Title planned by the roster."""
    chair_as_planned: bool | None
    substitute: str
    """Who chairs instead: "title, name", as far as told."""
    contact: str
    phone: str
    correction: str
    present_before: int | None
    """Head-count that was corrected, with `correction` as the reason."""
    reporter: str = ""
    """Who reported in the site's place: "Huyện Nam Đàn báo thay", "bàn trực (desk-1) nhập"; empty where it did itself."""
    disagreeing: tuple[int, ...] = ()
    """Totals that two devices gave and nobody has chosen of; `present` is the one typed last."""
    chair_at: str = ""
    """Name of the other site at which the planned chair sits and counts."""
    seen: int | None = None
    """Taps on the site's poster, a side figure; None where posters do not count."""


class ChangeLine(msgspec.Struct, frozen=True):
    """A site that differs from the version before."""

    site: SiteLine
    before: int | None
    """Head-count in the version before."""
    after: int | None
    what: str = ""
    """What differs, in words, each with who said it and why where that is known."""
    at: Instant | None = None
    """When the figure in force was typed; None where the head-count is the same."""
    by: str = ""
    """Who reported the figure in force."""


class IncidentLine(msgspec.Struct, frozen=True):
    """An incident that was not over at the closing."""

    name: str
    kind: str
    opened_at: Instant
    lost: int
    """Sites that were not back."""
