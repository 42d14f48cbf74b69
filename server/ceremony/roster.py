"""The roster: which sites there are, in which levels and groups. Levels are data."""

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.rules import Capability, Command, Event, Person, Refused, Role, derived_id
from site_agent.launch.objects import SiteMode
from site_agent.units import CommandId, PersonId, SiteCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from server.ceremony.ceremony import Ceremony

MAX_SITES = 20_000
MAX_EXPECTED = 99_999
"""Largest expected number of delegates at one site."""
MAX_CODE = 40
MAX_TEXT = 250
"""Characters of a name, a group or a title."""


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
    """In a command the id of the person is left empty: the rules give it."""
    picture: Picture = Picture.CONFERENCE
    carrier: str = ""
    required: bool = False
    chair_at: SiteCode | None = None
    """Another site at which the planned chair sits that morning; see `server.ceremony.chairs`."""


class ImportRoster(Command, frozen=True, kw_only=True, tag="import_roster"):
    """Replace the roster. Sites that already reported may not vanish: refused with their codes, unless that was confirmed."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.ADMIN, Role.TECH, Role.SYSTEM})

    levels: tuple[Level, ...]
    sites: tuple[RosterSite, ...]
    retire_missing: bool = False
    """Confirmed: sites that reported and are not in the new roster are retired, their figures kept and not counted."""


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
        case Picture.HLS:
            # A device without a player (an installed agent) follows T0 itself: it knows best whether it shows pictures.
            return SiteMode.PROGRAMME
        case Picture.CONFERENCE | Picture.TV:
            return SiteMode.STAGE


@dataclass(slots=True)
class RosterState:
    """Sites in roster order; code identifies. Owned by this file; others read."""

    levels: tuple[Level, ...] = ()
    sites: dict[SiteCode, RosterSite] = field(default_factory=dict)
    groups: dict[str, list[SiteCode]] = field(default_factory=dict)
    """Group name → codes, both in roster order."""
    children: dict[SiteCode, list[SiteCode]] = field(default_factory=dict)
    """Code → codes right beneath it; no entry for a leaf."""
    root: SiteCode | None = None
    """The main hall."""
    rank: dict[SiteCode, int] = field(default_factory=dict)
    """Place in the roster, from 0."""
    folded: dict[SiteCode, str] = field(default_factory=dict)
    """What `search` looks in."""

    def level_name(self, level: str) -> str:
        """What people call the level; its id where the roster does not know it."""
        return next((known.name for known in self.levels if known.id == level), level)


class SiteProblem(msgspec.Struct, frozen=True):
    """One thing wrong with one site of a list."""

    index: int
    """Place in the list, from 0."""
    field: str
    value: str
    reason: str
    """Vietnamese."""


def inconsistencies(levels: "Sequence[Level]", sites: "Sequence[RosterSite]") -> list[SiteProblem]:
    """Everything that keeps the sites from being a roster, in order of the list.

    A roster is a tree with one root over known levels, in which every code stands once.
    """
    known_levels = {level.id for level in levels}
    first_with: dict[SiteCode, int] = {}
    for index, site in enumerate(sites):
        first_with.setdefault(site.code, index)
    first_root = next((index for index, site in enumerate(sites) if site.parent is None), None)
    circling = _on_a_circle(sites, first_with)
    problems: list[SiteProblem] = []
    for index, site in enumerate(sites):
        problems += _own_problems(index, site, known_levels)
        if site.code and first_with[site.code] != index:
            reason = f"Mã trùng với “{sites[first_with[site.code]].name}”. Mỗi điểm cầu một mã."
            problems.append(SiteProblem(index, "code", site.code, reason))
        if site.parent is None and index != first_root:
            reason = f"Thiếu mã cấp trên: chỉ một điểm cầu chính được để trống, đã có “{sites[first_root or 0].name}”."
            problems.append(SiteProblem(index, "parent", "", reason))
        elif site.parent is not None and site.parent not in first_with:
            problems.append(SiteProblem(index, "parent", site.parent, "Không có điểm cầu nào mang mã cấp trên này."))
        elif site.code in circling:
            problems.append(SiteProblem(index, "parent", site.parent or "", "Quan hệ cấp trên đi thành vòng tròn."))
        if site.chair_at is not None and (site.chair_at == site.code or site.chair_at not in first_with):
            reason = "Nơi chủ trì dự phải là mã của một điểm cầu khác trong danh sách."
            problems.append(SiteProblem(index, "chair_at", site.chair_at, reason))
    return problems


def _own_problems(index: int, site: RosterSite, known_levels: set[str]) -> "Iterator[SiteProblem]":
    """What is wrong with a site looked at alone."""
    if not site.code:
        yield SiteProblem(index, "code", "", "Thiếu mã.")
    elif len(site.code) > MAX_CODE or not site.code.isprintable() or "/" in site.code or site.code != site.code.strip():
        yield SiteProblem(index, "code", site.code, f"Mã dài quá {MAX_CODE} ký tự hoặc có ký tự không dùng được.")
    if not site.name.strip():
        yield SiteProblem(index, "name", site.name, "Thiếu tên điểm cầu.")
    if site.level not in known_levels:
        yield SiteProblem(index, "level", site.level, "Không có cấp này trong danh sách các cấp.")
    if not 0 <= site.expected <= MAX_EXPECTED:
        yield SiteProblem(index, "expected", str(site.expected), f"Số dự kiến phải từ 0 đến {MAX_EXPECTED}.")
    for name, text in (("name", site.name), ("group", site.group), ("chair", site.chair), ("carrier", site.carrier)):
        if len(text) > MAX_TEXT:
            yield SiteProblem(index, name, text[:40] + "…", f"Dài quá {MAX_TEXT} ký tự.")


def _on_a_circle(sites: "Sequence[RosterSite]", first_with: dict[SiteCode, int]) -> set[SiteCode]:
    """Codes that stand on a circle of parents. Those who merely hang on one are not named: mending the circle mends them."""
    on_circle: set[SiteCode] = set()
    done: set[SiteCode] = set()
    for start in first_with:
        way: dict[SiteCode, None] = {}
        code: SiteCode | None = start
        while code is not None and code in first_with and code not in done and code not in way:
            way[code] = None
            code = sites[first_with[code]].parent
        if code is not None and code in way:
            steps = list(way)
            on_circle.update(steps[steps.index(code) :])
        done.update(way)
    return on_circle


def with_groups(sites: "Sequence[RosterSite]") -> tuple[RosterSite, ...]:
    """The sites, an empty group filled with the parent's name, the root's with its own."""
    names = {site.code: site.name for site in sites}
    return tuple(
        site if site.group else msgspec.structs.replace(site, group=names.get(site.parent or site.code, site.name))
        for site in sites
    )


def decide_import(state: "Ceremony", command: ImportRoster) -> list[Event]:
    """The whole new roster, or a refusal that names every row (`fields`: "row.field" from 1 → reason). Whether it may drop
    sites that have reported is for `server.ceremony.retiring`.
    """
    if not command.sites or len(command.sites) > MAX_SITES:
        raise Refused("roster_size", f"Danh sách phải có từ 1 đến {MAX_SITES} điểm cầu.")
    if not command.levels or len({level.id for level in command.levels}) != len(command.levels):
        raise Refused("roster_levels", "Danh sách các cấp trống hoặc có cấp trùng nhau.")
    if problems := inconsistencies(command.levels, command.sites):
        fields = {f"{problem.index + 1}.{problem.field}": problem.reason for problem in problems}
        raise Refused("roster_inconsistent", f"Danh sách có {len(problems)} chỗ chưa đúng. Danh sách cũ giữ nguyên.", fields)
    sites = tuple(_with_person(state, command.id, site) for site in with_groups(command.sites))
    return [RosterImported(levels=command.levels, sites=sites)]


def _with_person(state: "Ceremony", command: CommandId, site: RosterSite) -> RosterSite:
    """The site with an id for its contact: the old one while the contact is the same, so that one person has one key."""
    if site.contact is None or site.contact.personal is None:
        return msgspec.structs.replace(site, contact=None)
    before = state.roster.sites.get(site.code)
    if before is not None and before.contact is not None and before.contact.personal == site.contact.personal:
        return msgspec.structs.replace(site, contact=before.contact)
    person = PersonId(derived_id(command, "contact", site.code))
    return msgspec.structs.replace(site, contact=Person(person, site.contact.personal))


def evolve_imported(state: "Ceremony", event: RosterImported) -> None:
    """Replace the roster and what is derived from it."""
    roster = RosterState(levels=event.levels)
    for rank, site in enumerate(event.sites):
        roster.sites[site.code] = site
        roster.rank[site.code] = rank
        roster.groups.setdefault(site.group, []).append(site.code)
        roster.folded[site.code] = fold(f"{site.code} {site.name} {site.group}")
        if site.parent is None:
            roster.root = site.code
        else:
            roster.children.setdefault(site.parent, []).append(site.code)
    state.roster = roster


def ancestors(roster: RosterState, code: SiteCode) -> "Iterator[SiteCode]":
    """The site's parent, its parent's parent, …, the root last."""
    parent = roster.sites[code].parent
    while parent is not None:
        yield parent
        parent = roster.sites[parent].parent


def descendants(roster: RosterState, code: SiteCode) -> "Iterator[SiteCode]":
    """Everything beneath the site, not itself: each site before its children, siblings in roster order."""
    waiting = list(reversed(roster.children.get(code, ())))
    while waiting:
        site = waiting.pop()
        yield site
        waiting.extend(reversed(roster.children.get(site, ())))


def search(roster: RosterState, query: str) -> list[SiteCode]:
    """Sites in which every word of the query occurs, as `fold` sees it, in code, name or group.

    A site with exactly this code comes first, then names that begin with the query, then the rest; each in roster order.
    """
    whole = " ".join(fold(query).split())
    words = whole.split()
    hits = [code for code, text in roster.folded.items() if all(word in text for word in words)]

    def nearness(code: SiteCode) -> tuple[bool, bool]:
        return fold(code) != whole, not fold(roster.sites[code].name).startswith(whole)

    return sorted(hits, key=nearness)


CAPABILITY = Capability(name="roster", decide={}, evolve={RosterImported: evolve_imported})
"""`ImportRoster` is decided by `server.ceremony.retiring`, which looks after the sites that it would drop."""
