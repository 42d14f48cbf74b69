"""The roster: which sites there are, in which levels and groups. Levels are data."""

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

import msgspec

from server.ceremony.rules import Capability, Command, Event, Person, Role
from site_agent.launch.objects import SiteMode
from site_agent.units import SiteCode


class Picture(StrEnum):
    """Where a site's picture comes from; decides its launch mode."""

    HLS = "hls"
    CONFERENCE = "conference"
    TV = "tv"
    AUDIO = "audio"


class Level(msgspec.Struct, frozen=True):
    """A level of the province: id in files, name for people. Order in the list is rank, the first is the top."""

    id: str
    name: str


LEVELS_BEFORE_JULY_2025 = (
    Level("province", "Cấp tỉnh"),
    Level("department", "Sở, ban, ngành"),
    Level("district", "Cấp huyện"),
    Level("commune", "Cấp xã"),
    Level("village", "Thôn, bản, tổ dân phố"),
)


class RosterSite(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row of the roster."""

    code: SiteCode
    name: str
    level: str
    parent: SiteCode | None
    group: str
    """Name of the group (cụm); defaults to the parent's name, the root's own name for the root."""
    expected: int = 0
    chair: str = ""
    """Title of the planned chair: an office, not a person."""
    contact: Person | None = None
    picture: Picture = Picture.CONFERENCE
    carrier: str = ""
    required: bool = False


class ImportRoster(Command, frozen=True, kw_only=True, tag="import_roster"):
    """Replace the roster. Sites that already reported may not vanish: refused with their codes."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.ADMIN, Role.TECH, Role.SYSTEM})

    levels: tuple[Level, ...]
    sites: tuple[RosterSite, ...]


class RosterImported(Event, frozen=True, kw_only=True, tag="roster_imported"):
    """The whole roster, in order."""

    levels: tuple[Level, ...]
    sites: tuple[RosterSite, ...]


def fold(text: str) -> str:
    """Text for searching: without case, diacritics and đ, so that "kim lien" finds "Xã Kim Liên"."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character)).replace("đ", "d")


def site_mode(picture: Picture) -> SiteMode | None:
    """How a site of that picture follows T0; None takes no cue (loudspeaker boxes)."""
    match picture:
        case Picture.AUDIO:
            return None
        case Picture.HLS | Picture.CONFERENCE | Picture.TV:
            # Video comes with step 3; until a site has a player, `hls` follows T0 like the others (DESIGN §5, Mode).
            return SiteMode.STAGE


@dataclass(slots=True)
class RosterState:
    """Sites in roster order; code identifies. Owned by this file; others read."""

    levels: tuple[Level, ...] = ()
    sites: dict[SiteCode, RosterSite] = field(default_factory=dict)
    groups: dict[str, list[SiteCode]] = field(default_factory=dict)
    """Group name → codes, both in roster order."""
    children: dict[SiteCode, list[SiteCode]] = field(default_factory=dict)
    root: SiteCode | None = None
    """The main hall."""


CAPABILITY = Capability(name="roster", decide={}, evolve={})
