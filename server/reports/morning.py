"""Content of the quick report before the ceremony: who is there, who has not reported, what changed since the last version.

Pure: built from the frozen figures of one closing (`FiguresSnapshot`), so that version N reads the same whenever it is
written. The writers (`docx`, `xlsx`, `as_json`) only lay it out.
"""

from collections.abc import Callable, Iterable

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.figures import FiguresSnapshot, GoneSite, SiteFigures, snapshot
from server.ceremony.head_count import UNSORTED
from server.ceremony.rules import FORGOTTEN, Person, Role, shown_name
from server.files.text import vietnamese_order
from server.reports.changes import changed_since
from server.reports.lines import CategoryLine, ChangeLine, IncidentLine, SiteLine, SumLine
from site_agent.units import Instant, SiteCode


class ReportUnavailable(Exception):
    """There is nothing to report on. `code` to search for, `detail` in Vietnamese."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class MorningReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the paper, the workbook and the JSON say."""

    title: str
    authority: str
    starts_at: Instant
    version: int
    """0: a draft, the figures are not closed."""
    closed_by: str
    closed_at: Instant
    total: SumLine
    levels: tuple[SumLine, ...]
    """By rank."""
    groups: tuple[SumLine, ...]
    """In Vietnamese order."""
    categories: tuple[CategoryLine, ...]
    chairs_planned: int
    chairs_substitute: int
    sites: tuple[SiteLine, ...]
    """By group, then name, both in Vietnamese order."""
    level_names: tuple[str, ...]
    previous_version: int | None = None
    previous_closed_at: Instant | None = None
    previous_present: int | None = None
    changes: tuple[ChangeLine, ...] = ()
    chairs_elsewhere: int = 0
    """Sites without a substitute whose planned chair sits at another site."""
    retired: tuple[SiteLine, ...] = ()
    """Sites taken out of the ceremony that had reported: in the record, in no sum."""
    rehearsal: int = 0
    """Number of the rehearsal whose figures these are; 0: the day."""
    incidents: tuple[IncidentLine, ...] = ()
    """Not over at the closing, oldest first."""
    gone: tuple[GoneSite, ...] = ()
    """Every site that was taken out of the ceremony before the closing."""

    @property
    def chairs_unsaid(self) -> int:
        """Sites that did not say who chairs."""
        return self.total.sites - self.chairs_planned - self.chairs_substitute - self.chairs_elsewhere

    @property
    def disagreeing(self) -> tuple[SiteLine, ...]:
        """Sites that gave two figures of which nobody has chosen."""
        return tuple(site for site in self.sites if site.disagreeing)

    @property
    def missing(self) -> tuple[SiteLine, ...]:
        """Sites that have not reported a head-count."""
        return tuple(site for site in self.sites if site.present is None)

    @property
    def substitutes(self) -> tuple[SiteLine, ...]:
        """Sites that are chaired by somebody else than planned."""
        return tuple(site for site in self.sites if site.chair_as_planned is False)

    @property
    def corrected(self) -> tuple[SiteLine, ...]:
        """Sites whose figure in force corrects an earlier one."""
        return tuple(site for site in self.sites if site.correction)


def build_morning(state: Ceremony, version: int | None = None) -> MorningReport:
    """The report of a closing; without a version, of the last one.

    Raises:
        ReportUnavailable: `not_closed`, `version_unknown`.

    """
    snapshots = state.attendance.snapshots
    if not snapshots:
        raise ReportUnavailable("not_closed", "Chưa chốt số liệu lần nào nên chưa có báo cáo.")
    wanted = len(snapshots) if version is None else version
    if not 1 <= wanted <= len(snapshots):
        raise ReportUnavailable("version_unknown", f"Không có lần chốt {wanted}. Đã chốt {len(snapshots)} lần.")
    return _build(state, snapshots[wanted - 1], snapshots[wanted - 2] if wanted > 1 else None)


def build_draft(state: Ceremony, now: Instant) -> MorningReport:
    """The report as it would be if the figures were closed now: version 0."""
    closed = state.attendance.snapshots
    return _build(state, snapshot(state, 0, None, now), closed[-1] if closed else None)


def _build(state: Ceremony, figures: FiguresSnapshot, previous: FiguresSnapshot | None) -> MorningReport:
    details = state.details.required
    levels = {level.id: level.name for level in figures.levels}
    categories = {category.id: category.name for category in details.categories} | {UNSORTED: "Chưa phân loại"}
    names = {site.code: site.name for site in (*figures.sites, *figures.retired)}
    lines = {site.code: _site_line(site, levels, categories, names) for site in figures.sites}
    ordered = tuple(sorted(lines.values(), key=_by_group_and_name))
    groups = sorted({site.group for site in figures.sites}, key=vietnamese_order)
    per_level = _sums(figures.sites, lambda site: levels.get(site.level, site.level))
    per_group = _sums(figures.sites, lambda site: site.group)
    level_names = tuple(level.name for level in figures.levels if level.name in per_level)
    return MorningReport(
        title=f"{details.title} (TỔNG DUYỆT)" if figures.rehearsal else details.title,
        authority=details.authority,
        starts_at=details.starts_at,
        version=figures.version,
        closed_by=shown_name(figures.closed_by),
        closed_at=figures.at,
        total=_sum_line("Toàn tỉnh", figures.sites),
        levels=tuple(per_level[name] for name in level_names),
        groups=tuple(per_group[name] for name in groups),
        categories=_categories(figures, categories),
        chairs_planned=sum(site.chair_as_planned is True and site.chair_at is None for site in figures.sites),
        chairs_substitute=sum(site.chair_as_planned is False for site in figures.sites),
        sites=ordered,
        level_names=level_names,
        previous_version=previous.version if previous else None,
        previous_closed_at=previous.at if previous else None,
        previous_present=sum(site.present or 0 for site in previous.sites) if previous else None,
        changes=changed_since(previous, figures, ordered, lambda each: _site_line(each, levels, categories, names))
        if previous
        else (),
        chairs_elsewhere=sum(site.chair_at is not None and site.chair_as_planned is not False for site in figures.sites),
        retired=tuple(_site_line(site, levels, categories, names) for site in figures.retired),
        rehearsal=figures.rehearsal,
        incidents=tuple(IncidentLine(each.name, each.kind, each.opened_at, len(each.lost)) for each in figures.incidents),
        gone=figures.gone,
    )


def _site_line(site: SiteFigures, levels: dict[str, str], categories: dict[str, str], names: dict[SiteCode, str]) -> SiteLine:
    contact = site.contact.personal if site.contact else None
    return SiteLine(
        code=site.code,
        name=site.name,
        level=levels.get(site.level, site.level),
        group=site.group,
        expected=site.expected,
        present=site.present,
        counts={categories.get(category, category): count for category, count in (site.counts or {}).items()},
        connected=site.connected,
        checked_in_at=site.checked_in_at,
        reported_at=site.reported_at,
        reported_by_desk=site.reported_by not in (None, Role.HOST),
        chair=site.chair,
        chair_as_planned=site.chair_as_planned,
        substitute=_titled(site.chair_substitute),
        contact=shown_name(site.contact),
        phone=contact.phone if contact else "",
        correction=site.correction,
        present_before=site.present_before,
        reporter=_reporter(site, names),
        disagreeing=site.figures,
        chair_at=names.get(site.chair_at, site.chair_at) if site.chair_at else "",
        seen=site.seen,
    )


def _reporter(site: SiteFigures, names: dict[SiteCode, str]) -> str:
    """Who reported in the site's place."""
    if site.reported_site is not None:
        return f"{names.get(site.reported_site, site.reported_site)} báo thay"
    if site.reported_by in (None, Role.HOST):
        return ""
    return f"bàn trực ({site.reported_seat}) nhập" if site.reported_seat else "bàn trực nhập"


def _titled(person: Person | None) -> str:
    """Title and name, or that they were erased."""
    if person is None:
        return ""
    personal = person.personal
    return FORGOTTEN if personal is None else ", ".join(filter(None, (personal.title, personal.name)))


def _by_group_and_name(site: SiteLine) -> tuple[object, ...]:
    return vietnamese_order(site.group), vietnamese_order(site.name), site.code


def _sums(sites: Iterable[SiteFigures], name_of: Callable[[SiteFigures], str]) -> dict[str, SumLine]:
    parts: dict[str, list[SiteFigures]] = {}
    for site in sites:
        parts.setdefault(name_of(site), []).append(site)
    return {name: _sum_line(name, part) for name, part in parts.items()}


def _sum_line(name: str, sites: Iterable[SiteFigures]) -> SumLine:
    every = list(sites)
    reported = [site.present for site in every if site.present is not None]
    return SumLine(
        name=name,
        sites=len(every),
        connected=sum(site.connected for site in every),
        checked_in=sum(site.checked_in_at is not None for site in every),
        reported=len(reported),
        missing=len(every) - len(reported),
        expected=sum(site.expected for site in every),
        present=sum(reported),
    )


def _categories(figures: FiguresSnapshot, names: dict[str, str]) -> tuple[CategoryLine, ...]:
    """In the order of the list; those nobody reported are left out."""
    sums: dict[str, int] = dict.fromkeys(names, 0)
    for site in figures.sites:
        for category, count in (site.counts or {}).items():
            sums[category] = sums.get(category, 0) + count
    return tuple(CategoryLine(names.get(category, category), count) for category, count in sums.items() if count)
