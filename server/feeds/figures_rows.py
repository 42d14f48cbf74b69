"""Rows of who said what: the phase, a site's figures that stand, and its history. Built by `server.feeds.figures`.

| feed | key | row |
| --- | --- | --- |
| `ceremony` | `phase` | PhaseRow |
| `site:CODE` | `figures` | SiteFiguresRow |
"""

from server.feeds.rows import Row
from site_agent.units import CommandId, DeviceId, Instant, SiteCode


class PhaseRow(Row, frozen=True):
    """Whether the day or a rehearsal is on, and what is unsettled in its figures. Every page reads it: it changes rarely."""

    number: int
    """A page's reports carry it: see `server.ceremony.attendance.phases`."""
    rehearsal: int
    """Number of the rehearsal that is on; 0: the day."""
    since: Instant | None
    """When the phase began; None before the first rehearsal."""
    undoable: bool
    """The last begin or end can be taken back."""
    disagreeing: int
    """Sites with two figures of which nobody has chosen."""
    seen_on: bool
    """Posters count."""
    retired: int
    """Sites taken out of the ceremony that had reported."""
    ended: tuple[int, ...]
    """Rehearsals that can be read about."""


class SenderRow(Row, frozen=True, omit_defaults=True):
    """Who said something."""

    role: str
    seat: str = ""
    """Name of the desk's or the technical team's link."""
    site: SiteCode | None = None
    """The host of this other site said it in its place."""
    name: str = ""
    """That site, as people say it: "Huyện Nam Đàn", "Xã Kim Liên (cụm Nam Đàn)"."""
    device: DeviceId | None = None
    device_name: str = ""
    """"Chrome trên Android · A3F2"."""


class FigureRow(Row, frozen=True):
    """A figure that stands."""

    id: CommandId
    total: int
    counts: dict[str, int]
    occurred_at: Instant
    at: Instant
    sender: SenderRow
    counting: bool
    """It is the one in the totals."""


class WordRow(Row, frozen=True, omit_defaults=True):
    """One line of a site's history."""

    kind: str
    """check_in, chair, head_count or choice."""
    at: Instant
    occurred_at: Instant
    sender: SenderRow
    total: int | None = None
    reason: str = ""
    standing: str = ""
    """Of a head-count: counting, beside (does not agree with it) or superseded."""
    device_at: Instant | None = None
    """The device's own clock, where it differs by more than a minute."""


class GuestRow(Row, frozen=True):
    """A chair of another site who sits here."""

    site: SiteCode
    name: str
    chair: str


class SiteFiguresRow(Row, frozen=True):
    """What the centre knows of a site's figures and where it has it from."""

    phase: int
    figures: tuple[FigureRow, ...]
    """Those that stand: one, or several that do not agree, in order of coming."""
    history: tuple[WordRow, ...]
    """Newest first, at most 30."""
    chair_at: SiteCode | None
    """Where its planned chair sits, if not here."""
    chair_at_name: str
    guests: tuple[GuestRow, ...]
    seen: int | None
    """Taps on its poster; None where posters do not count."""
