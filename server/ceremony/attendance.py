"""Check-in, chair, head-counts, closing the figures."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.figures import (
    ALL,
    NOTHING,
    FiguresSnapshot,
    Rollup,
    Share,
    group_key,
    level_key,
    parent_key,
    share_of,
    snapshot,
)
from server.ceremony.head_count import refuse_bad_counts, refuse_unusual, written
from server.ceremony.roster import RosterImported, ancestors
from server.ceremony.rules import Capability, Command, Context, Event, Person, PersonalFields, Refused, Role, person_said
from site_agent.units import HOUR, CommandId, Duration, Instant, SiteCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.ceremony.ceremony import Ceremony

REPORTERS = frozenset({Role.HOST, Role.DESK, Role.TECH, Role.ADMIN})

OLDEST_NEWS = Duration(7 * 24 * HOUR)
"""What is said to have happened before that comes from a device whose clock is wrong."""
MAX_ACCEPTED = 500
"""News of one site that its own link may bring; a morning has ten."""
MAX_TEXT = 250
"""Characters of a name, a title or a reason."""


class Category(msgspec.Struct, frozen=True):
    """A category of delegates; the list is data of the ceremony."""

    id: str
    name: str


DEFAULT_CATEGORIES = (
    Category("leaders", "Lãnh đạo"),
    Category("officials", "Cán bộ, công chức"),
    Category("residents", "Người dân"),
)


class CheckIn(Command, frozen=True, kw_only=True, tag="check_in"):
    """The contact says the site is there. Name and phone may be left as the roster has them."""

    ROLES: ClassVar[frozenset[Role]] = REPORTERS
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    contact: PersonalFields | None = None
    occurred_at: Instant | None = None
    """When it was typed, on the ceremony clock as the device knew it; None means now."""


class DeclareChair(Command, frozen=True, kw_only=True, tag="declare_chair"):
    """The chair is as planned, or a substitute (name and title)."""

    ROLES: ClassVar[frozenset[Role]] = REPORTERS
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    as_planned: bool
    substitute: PersonalFields | None = None
    occurred_at: Instant | None = None


class ReportHeadCount(Command, frozen=True, kw_only=True, tag="report_head_count"):
    """How many sit there, by category id (or `unsorted`). After a first report, `reason` is asked for: a correction."""

    ROLES: ClassVar[frozenset[Role]] = REPORTERS
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    counts: dict[str, int]
    confirmed_unusual: bool = False
    reason: str = ""
    occurred_at: Instant | None = None


class CloseFigures(Command, frozen=True, kw_only=True, tag="close_figures"):
    """Close the figures (chốt số liệu) under a name; version 1, then 2 for what came later."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.DESK, Role.TECH, Role.ADMIN})

    closed_by: str


class SiteCheckedIn(Event, frozen=True, kw_only=True, tag="site_checked_in"):
    site: SiteCode
    contact: Person | None
    by: Role
    occurred_at: Instant
    at: Instant


class ChairDeclared(Event, frozen=True, kw_only=True, tag="chair_declared"):
    site: SiteCode
    as_planned: bool
    substitute: Person | None
    by: Role
    occurred_at: Instant
    at: Instant


class HeadCountReported(Event, frozen=True, kw_only=True, tag="head_count_reported"):
    """Supersedes the count before; the ones before stay in the history."""

    site: SiteCode
    counts: dict[str, int]
    reason: str
    by: Role
    occurred_at: Instant
    at: Instant


class FiguresClosed(Event, frozen=True, kw_only=True, tag="figures_closed"):
    version: int
    closed_by: Person
    at: Instant


@dataclass(slots=True)
class SiteAttendance:
    """What one site has said. Instants are of the ceremony clock."""

    checked_in_at: Instant | None = None
    contact: Person | None = None
    chair_as_planned: bool | None = None
    chair_substitute: Person | None = None
    reports: list[HeadCountReported] = field(default_factory=list)
    """Oldest first; the last is in force."""
    accepted: int = 0
    """How often it said something new."""

    @property
    def present(self) -> int | None:
        """Total of the report in force, or None."""
        return sum(self.reports[-1].counts.values()) if self.reports else None


@dataclass(slots=True)
class AttendanceState:
    """By site, with running totals kept by `evolve` so that a change costs the same with 5,000 sites as with 5."""

    sites: dict[SiteCode, SiteAttendance] = field(default_factory=dict)
    closings: list[FiguresClosed] = field(default_factory=list)
    snapshots: list[FiguresSnapshot] = field(default_factory=list)
    """The figures of each closing, in the same order: version N is at N − 1."""
    rollups: dict[str, Rollup] = field(default_factory=dict)
    """By the keys of `server.ceremony.figures`."""
    sums_of: dict[SiteCode, tuple[str, ...]] = field(default_factory=dict)
    """Keys of the sums that a site is in; follows from the roster."""
    by_category: dict[str, int] = field(default_factory=dict)
    """Present over all sites, by category id."""
    after_close: dict[SiteCode, None] = field(default_factory=dict)
    """Sites whose last head-count came after the last closing, in order of coming."""
    changed: bool = True
    """Something that a report shows is not in the last closing."""


def totals(state: "Ceremony") -> Rollup:
    """Sums over all sites."""
    return rollup(state, ALL)


def rollup(state: "Ceremony", key: str) -> Rollup:
    """Sums under a key of `server.ceremony.figures`; zeros where there is no such key. Read only."""
    return state.attendance.rollups.get(key) or Rollup()


def not_reported(state: "Ceremony") -> "Iterator[SiteCode]":
    """Sites without a head-count, in roster order."""
    sites = state.attendance.sites
    return (code for code in state.roster.sites if code not in sites or not sites[code].reports)


def decide_check_in(state: "Ceremony", command: CheckIn, context: Context) -> list[Event]:
    """The site is there. Saying it again adds nothing, unless another contact is named."""
    _refuse_unknown_site(state, command.site)
    _refuse_flood(state, command.site, context)
    before = state.attendance.sites.get(command.site)
    contact = _person(command.id, "contact", command.contact, before.contact if before else None)
    if before is not None and before.checked_in_at is not None and contact in (None, before.contact):
        return []
    return [
        SiteCheckedIn(
            site=command.site,
            contact=contact,
            by=context.principal.role,
            occurred_at=_occurred(command.occurred_at, context),
            at=context.now,
        )
    ]


def decide_chair(state: "Ceremony", command: DeclareChair, context: Context) -> list[Event]:
    """The planned chair, or a substitute who is named. The same again adds nothing."""
    _refuse_unknown_site(state, command.site)
    _refuse_flood(state, command.site, context)
    before = state.attendance.sites.get(command.site) or SiteAttendance()
    substitute = _person(command.id, "chair", command.substitute, before.chair_substitute)
    if command.as_planned and substitute is not None:
        raise Refused("chair_contradiction", "Chọn một trong hai: chủ trì theo kế hoạch, hoặc người chủ trì thay.")
    if not command.as_planned and substitute is None:
        raise Refused(
            "chair_unnamed", "Ghi họ tên hoặc chức danh người chủ trì thay.", {"substitute": "Chưa có họ tên hoặc chức danh."}
        )
    if (command.as_planned, substitute) == (before.chair_as_planned, before.chair_substitute):
        return []
    return [
        ChairDeclared(
            site=command.site,
            as_planned=command.as_planned,
            substitute=substitute,
            by=context.principal.role,
            occurred_at=_occurred(command.occurred_at, context),
            at=context.now,
        )
    ]


def decide_head_count(state: "Ceremony", command: ReportHeadCount, context: Context) -> list[Event]:
    """A first report, or a correction with its reason. The numbers already in force add nothing."""
    _refuse_unknown_site(state, command.site)
    _refuse_flood(state, command.site, context)
    refuse_bad_counts(command.counts, state.details.categories)
    _refuse_long(command.reason)
    before = state.attendance.sites.get(command.site)
    in_force = before.reports[-1] if before and before.reports else None
    if in_force is not None and in_force.counts == command.counts:
        return []
    if not command.confirmed_unusual:
        refuse_unusual(sum(command.counts.values()), state.roster.sites[command.site].expected)
    reason = " ".join(command.reason.split())
    if in_force is not None and not reason:
        raise Refused(
            "reason_needed",
            f"Điểm cầu đã báo {written(sum(in_force.counts.values()))} đại biểu. Ghi lý do để sửa số đã báo.",
            {"reason": "Chưa ghi lý do sửa."},
        )
    return [
        HeadCountReported(
            site=command.site,
            counts=command.counts,
            reason=reason if in_force is not None else "",
            by=context.principal.role,
            occurred_at=_occurred(command.occurred_at, context),
            at=context.now,
        )
    ]


def decide_close(state: "Ceremony", command: CloseFigures, context: Context) -> list[Event]:
    """The next version, if it would differ from the last."""
    closed_by = " ".join(command.closed_by.split())
    if not closed_by:
        raise Refused("name_missing", "Ghi họ tên hoặc chức danh người chốt số liệu.", {"closed_by": "Chưa ghi."})
    _refuse_long(closed_by)
    if not state.roster.sites:
        raise Refused("roster_missing", "Chưa có danh sách điểm cầu nên chưa thể chốt số liệu.")
    version = len(state.attendance.closings) + 1
    if not state.attendance.changed:
        raise Refused("nothing_new", f"Từ lần chốt {version - 1} đến nay không có số liệu nào mới.")
    before = (closing.closed_by for closing in state.attendance.closings)
    person = person_said(command.id, "closed_by", PersonalFields(name=closed_by), before)
    return [FiguresClosed(version=version, closed_by=person, at=context.now)]


def _refuse_unknown_site(state: "Ceremony", site: SiteCode) -> None:
    if site not in state.roster.sites:
        raise Refused("site_unknown", f"Không có điểm cầu mang mã “{site}”. Kiểm tra lại mã.", {"site": "Không có mã này."})


def _refuse_flood(state: "Ceremony", site: SiteCode, context: Context) -> None:
    """A link that fell into wrong hands must not fill the disk; the desk can go on in the site's place."""
    said = state.attendance.sites.get(site)
    if said is not None and said.accepted >= MAX_ACCEPTED and context.principal.role is Role.HOST:
        raise Refused("too_many_reports", "Điểm cầu này đã báo quá nhiều lần. Gọi bàn trực để báo tiếp.")


def _refuse_long(*texts: str) -> None:
    if any(len(text) > MAX_TEXT for text in texts):
        raise Refused("text_too_long", f"Nội dung dài quá {MAX_TEXT} ký tự.")


def _person(command: CommandId, part: str, said: PersonalFields | None, before: Person | None) -> Person | None:
    """Whoever is named, tidied; the person before if it is the same."""
    if said is None:
        return None
    _refuse_long(said.name, said.phone, said.title)
    tidy = PersonalFields(*(" ".join(text.split()) for text in (said.name, said.phone, said.title)))
    if not any((tidy.name, tidy.phone, tidy.title)):
        return None
    return person_said(command, part, tidy, (before,))


def _occurred(said: Instant | None, context: Context) -> Instant:
    """When it happened. A device that believes to be in the future, or long ago, is not believed: reports and pages must be
    able to write the instant down.
    """
    return said if said is not None and context.now - OLDEST_NEWS <= said <= context.now else context.now


def evolve_checked_in(state: "Ceremony", event: SiteCheckedIn) -> None:
    site = _site(state, event.site)
    site.accepted += 1
    before = share_of(site)
    site.checked_in_at = event.occurred_at if site.checked_in_at is None else site.checked_in_at
    site.contact = event.contact or site.contact
    _count_change(state, event.site, before, share_of(site))


def evolve_chair(state: "Ceremony", event: ChairDeclared) -> None:
    site = _site(state, event.site)
    site.accepted += 1
    before = share_of(site)
    site.chair_as_planned, site.chair_substitute = event.as_planned, event.substitute
    _count_change(state, event.site, before, share_of(site))


def evolve_head_count(state: "Ceremony", event: HeadCountReported) -> None:
    site = _site(state, event.site)
    site.accepted += 1
    before = site.present
    if site.reports:
        _count_categories(state, site.reports[-1], -1)
    site.reports.append(event)
    _count_categories(state, event, 1)
    _move_sums(state, event.site, (int(before is None), sum(event.counts.values()) - (before or 0), 0, 0, 0))
    if state.attendance.closings:
        state.attendance.after_close.pop(event.site, None)
        state.attendance.after_close[event.site] = None


def evolve_closed(state: "Ceremony", event: FiguresClosed) -> None:
    attendance = state.attendance
    attendance.closings.append(event)
    attendance.snapshots.append(snapshot(state, event.version, event.closed_by, event.at))
    attendance.after_close.clear()
    attendance.changed = False


def evolve_roster(state: "Ceremony", event: RosterImported) -> None:
    """Count everything again: groups, levels, parents and expected numbers may all be others."""
    attendance = state.attendance
    attendance.rollups, attendance.by_category, attendance.sums_of = {}, {}, {}
    for code, site in state.roster.sites.items():
        said = attendance.sites.get(code)
        parents = map(parent_key, ancestors(state.roster, code))
        attendance.sums_of[code] = (ALL, group_key(site.group), level_key(site.level), *parents)
        for key in attendance.sums_of[code]:
            attendance.rollups.setdefault(key, Rollup()).add(site.expected, share_of(said))
        if said is not None and said.reports:
            _count_categories(state, said.reports[-1], 1)
    attendance.changed = True


def _site(state: "Ceremony", code: SiteCode) -> SiteAttendance:
    site = state.attendance.sites.get(code)
    if site is None:
        site = state.attendance.sites[code] = SiteAttendance()
    return site


def _count_change(state: "Ceremony", code: SiteCode, before: Share, after: Share) -> None:
    by = (after[0] - before[0], after[1] - before[1], after[2] - before[2], after[3] - before[3], after[4] - before[4])
    _move_sums(state, code, by)


def _move_sums(state: "Ceremony", code: SiteCode, by: Share) -> None:
    """Move every sum the site is in: as many as it has ancestors, and three."""
    attendance = state.attendance
    attendance.changed = True
    if by != NOTHING:
        for key in attendance.sums_of[code]:
            attendance.rollups[key].move(by)


def _count_categories(state: "Ceremony", report: HeadCountReported, sign: int) -> None:
    sums = state.attendance.by_category
    for category, count in report.counts.items():
        sums[category] = sums.get(category, 0) + sign * count


CAPABILITY = Capability(
    name="attendance",
    decide={
        CheckIn: decide_check_in,
        DeclareChair: decide_chair,
        ReportHeadCount: decide_head_count,
        CloseFigures: decide_close,
    },
    evolve={
        RosterImported: evolve_roster,
        SiteCheckedIn: evolve_checked_in,
        ChairDeclared: evolve_chair,
        HeadCountReported: evolve_head_count,
        FiguresClosed: evolve_closed,
    },
)
