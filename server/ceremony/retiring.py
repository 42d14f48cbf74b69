"""Sites taken out of the ceremony after they have reported: out of every total, kept in the record.

A retired site leaves the roster (its pages and totals follow by themselves), and what it said stays in its book of figures.
Its children go to its parent. Bringing it back puts it where it stood, with everything it had said.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.head_count import written
from server.ceremony.roster import ImportRoster, RosterImported, RosterSite, decide_import
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_REASON = 250


class RetireSite(Command, frozen=True, kw_only=True, tag="retire_site"):
    """Take a site out of the ceremony. Its figures are kept and no longer counted."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.DESK, Role.TECH, Role.ADMIN})

    site: SiteCode
    reason: str


class RestoreSite(Command, frozen=True, kw_only=True, tag="restore_site"):
    """Bring a retired site back, with everything it had said."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.DESK, Role.TECH, Role.ADMIN})

    site: SiteCode


class SiteRetired(Event, frozen=True, kw_only=True, tag="site_retired"):
    """Comes with the roster that remains."""

    site: RosterSite
    rank: int
    """Where it stood in the roster."""
    children: tuple[SiteCode, ...]
    """Those that went to its parent."""
    reason: str
    by: Role
    seat: str
    at: Instant


class SiteRestored(Event, frozen=True, kw_only=True, tag="site_restored"):
    """Comes with the roster that it is in again."""

    site: SiteCode
    by: Role
    seat: str
    at: Instant


@dataclass(slots=True)
class RetiredState:
    """Owned by this file; others read."""

    sites: dict[SiteCode, SiteRetired] = field(default_factory=dict)
    """In order of leaving."""


def decide_retire(state: "Ceremony", command: RetireSite, context: Context) -> list[Event]:
    """Any site but the main hall, with a reason."""
    roster = state.roster
    reason = " ".join(command.reason.split())
    if command.site in state.retired.sites:
        return []
    if command.site not in roster.sites:
        raise Refused("site_unknown", f"Không có điểm cầu mang mã “{command.site}”. Kiểm tra lại mã.")
    if command.site == roster.root:
        raise Refused("root_stays", "Điểm cầu chính không rút khỏi danh sách được.")
    if not reason or len(reason) > MAX_REASON:
        raise Refused(
            "reason_needed", f"Ghi lý do rút điểm cầu khỏi danh sách (tối đa {MAX_REASON} ký tự).", {"reason": "Chưa ghi lý do."}
        )
    left = [site for code, site in roster.sites.items() if code != command.site]
    return [
        _retired(state, roster.sites[command.site], reason, context),
        RosterImported(levels=roster.levels, sites=tuple(_moved_up(site, roster.sites[command.site]) for site in left)),
    ]


def decide_restore(state: "Ceremony", command: RestoreSite, context: Context) -> list[Event]:
    """Back to its place, under its parent if that is still there, else under the main hall."""
    retired = state.retired.sites.get(command.site)
    if retired is None:
        if command.site in state.roster.sites:
            return []
        raise Refused("site_unknown", f"Không có điểm cầu nào mang mã “{command.site}” đã rút khỏi danh sách.")
    roster = state.roster
    parent = retired.site.parent if retired.site.parent in roster.sites else roster.root
    known = {level.id for level in roster.levels}
    level = retired.site.level if retired.site.level in known else roster.levels[-1].id
    back = msgspec.structs.replace(retired.site, parent=parent, level=level)
    sites = [_moved_down(site, retired) for site in roster.sites.values()]
    sites.insert(min(retired.rank, len(sites)), back)
    principal = context.principal
    return [
        SiteRestored(site=command.site, by=principal.role, seat=principal.seat, at=context.now),
        RosterImported(levels=roster.levels, sites=tuple(sites)),
    ]


def decide_new_roster(state: "Ceremony", command: ImportRoster, context: Context) -> list[Event]:
    """The whole new roster. Sites that have reported and that it does not list are refused by name, or, where that was
    confirmed, retired.
    """
    imported = decide_import(state, command)
    kept = {site.code for site in command.sites}
    dropped = [state.roster.sites[code] for code in reporters(state) if code not in kept and code in state.roster.sites]
    if dropped and not command.retire_missing:
        _refuse_dropping({site.code: site.name for site in dropped})
    return [*(_retired(state, site, "không có trong danh sách mới", context) for site in dropped), *imported]


def _refuse_dropping(names: dict[SiteCode, str]) -> None:
    shown = ", ".join(f"{name} ({code})" for code, name in list(names.items())[:5])
    more = f" và {written(len(names) - 5)} điểm cầu khác" if len(names) > 5 else ""
    raise Refused(
        "roster_drops_reported",
        f"Danh sách mới thiếu {shown}{more}, là nơi đã điểm danh hoặc báo số liệu. Danh sách cũ giữ nguyên. Bổ sung các điểm cầu "
        "này, hoặc xác nhận rút khỏi danh sách: số đã báo được lưu lại nhưng không tính vào tổng.",
        {code: f"{name} đã báo, không được bỏ." for code, name in names.items()},
    )


def reporters(state: "Ceremony") -> list[SiteCode]:
    """Sites that said something, on the day or in a rehearsal."""
    earlier = (record.figures.sites for record in state.phases.records.values() if record.figures is not None)
    return list(dict.fromkeys(code for sites in (state.attendance.sites, *earlier) for code in sites))


def _retired(state: "Ceremony", site: RosterSite, reason: str, context: Context) -> SiteRetired:
    return SiteRetired(
        site=site,
        rank=state.roster.rank[site.code],
        children=tuple(state.roster.children.get(site.code, ())),
        reason=reason,
        by=context.principal.role,
        seat=context.principal.seat,
        at=context.now,
    )


def _moved_up(site: RosterSite, gone: RosterSite) -> RosterSite:
    return msgspec.structs.replace(site, parent=gone.parent) if site.parent == gone.code else site


def _moved_down(site: RosterSite, back: SiteRetired) -> RosterSite:
    ours = site.code in back.children and site.parent == back.site.parent
    return msgspec.structs.replace(site, parent=back.site.code) if ours else site


def evolve_retired(state: "Ceremony", event: SiteRetired) -> None:
    state.retired.sites[event.site.code] = event


def evolve_restored(state: "Ceremony", event: SiteRestored) -> None:
    state.retired.sites.pop(event.site, None)


def evolve_roster(state: "Ceremony", event: RosterImported) -> None:
    """A site that a new roster lists is no longer retired."""
    for code in [code for code in state.retired.sites if code in state.roster.sites]:
        del state.retired.sites[code]


CAPABILITY = Capability(
    name="retiring",
    decide={ImportRoster: decide_new_roster, RetireSite: decide_retire, RestoreSite: decide_restore},
    evolve={RosterImported: evolve_roster, SiteRetired: evolve_retired, SiteRestored: evolve_restored},
)
