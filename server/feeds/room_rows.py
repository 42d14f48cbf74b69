"""Rows of the pictures of the rooms. The pictures themselves are read by HTTP; a row tells when there is a new one.

| feed | who | keys → rows |
| --- | --- | --- |
| `rooms` | admin tech caller | code → RoomRow for rooms that send, `kept:SHA256` KeptPictureRow |
| `ceremony` | as ever | `rooms` RoomsRow |
| `site:CODE` | as ever | `room` RoomSiteRow |
| `public` | everyone | `room` PublicRoomRow while the caller shows one |
"""

from server.feeds.rows import Row
from site_agent.units import Instant, Sha256, SiteCode


class RoomsRow(Row, frozen=True):
    """Whether rooms may send pictures at all, how many do, and which one is on the stage."""

    allowed: bool
    sharing: int
    chosen: SiteCode | None


class RoomSiteRow(Row, frozen=True):
    """The switch of one site. `since` is None while it is off."""

    allowed: bool
    since: Instant | None


class RoomRow(Row, frozen=True):
    """A room that sends. `taken_at` is when its last picture came; None: none is here."""

    code: SiteCode
    name: str
    group: str
    rank: int
    """Place in the roster, from 0."""
    since: Instant
    taken_at: Instant | None
    sha256: Sha256 | None


class KeptPictureRow(Row, frozen=True):
    """A picture that somebody kept."""

    site: SiteCode
    name: str
    sha256: Sha256
    taken_at: Instant
    reason: str
    by: str
    at: Instant


class PublicRoomRow(Row, frozen=True):
    """The room on the stage; a new `taken_at` means a new picture."""

    name: str
    taken_at: Instant | None
