"""How what happened becomes the figures."""

from typing import TYPE_CHECKING

from server.ceremony.attendance.events import (
    ChairDeclared,
    FiguresClosed,
    HeadCountChosen,
    HeadCountReported,
    SiteCheckedIn,
)
from server.ceremony.attendance.phases import book, books
from server.ceremony.attendance.state import AttendanceState, SiteAttendance
from server.ceremony.chairs import ChairSeated, chair_at
from server.ceremony.figures import (
    ALL,
    Rollup,
    Share,
    group_key,
    level_key,
    parent_key,
    share_of,
    snapshot,
)
from server.ceremony.roster import RosterImported, ancestors
from site_agent.units import SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony


def evolve_checked_in(state: "Ceremony", event: SiteCheckedIn) -> None:
    filed = book(state, event.rehearsal)
    site = _site(filed, event.site)
    before = _share(state, event.site, site)
    site.accepted += 1
    site.words.append(event)
    site.checked_in_at = event.occurred_at if site.checked_in_at is None else site.checked_in_at
    site.contact = event.contact or site.contact
    _move_sums(filed, event.site, before, _share(state, event.site, site))


def evolve_chair(state: "Ceremony", event: ChairDeclared) -> None:
    filed = book(state, event.rehearsal)
    site = _site(filed, event.site)
    before = _share(state, event.site, site)
    site.accepted += 1
    site.words.append(event)
    site.chair_as_planned, site.chair_substitute = event.as_planned, event.substitute
    _move_sums(filed, event.site, before, _share(state, event.site, site))


def evolve_head_count(state: "Ceremony", event: HeadCountReported) -> None:
    filed = book(state, event.rehearsal)
    site = _site(filed, event.site)
    before, figure = _share(state, event.site, site), site.in_force
    site.accepted += 1
    site.reports.append(event)
    place = len(site.reports) - 1
    gone = site.in_play if event.over is None else [old for old in site.in_play if site.figure(old) in event.over]
    _stand(site, [*(old for old in site.in_play if old not in gone), place], gone)
    _figure_moved(filed, event.site, figure, site.in_force)
    _move_sums(filed, event.site, before, _share(state, event.site, site))


def evolve_choice(state: "Ceremony", event: HeadCountChosen) -> None:
    filed = book(state, event.rehearsal)
    site = _site(filed, event.site)
    before, figure = _share(state, event.site, site), site.in_force
    site.accepted += 1
    site.words.append(event)
    gone = [old for old in site.in_play if site.figure(old) in event.over]
    _stand(site, [old for old in site.in_play if old not in gone], gone)
    _figure_moved(filed, event.site, figure, site.in_force)
    _move_sums(filed, event.site, before, _share(state, event.site, site))


def evolve_closed(state: "Ceremony", event: FiguresClosed) -> None:
    attendance = state.attendance
    attendance.closings.append(event)
    attendance.snapshots.append(snapshot(state, event.version, event.closed_by, event.at))
    attendance.after_close.clear()
    attendance.changed = False


def evolve_roster(state: "Ceremony", event: RosterImported) -> None:
    """Count everything again: groups, levels, parents and expected numbers may all be others."""
    for each in books(state):
        recount(state, each)


def evolve_seated(state: "Ceremony", event: ChairSeated) -> None:
    """A chair sits elsewhere, or is at home again: in every book."""
    for each in books(state):
        recount(state, each)


def recount(state: "Ceremony", filed: AttendanceState) -> None:
    """Make the sums of a book anew."""
    filed.rollups, filed.by_category, filed.sums_of = {}, {}, {}
    for code, site in state.roster.sites.items():
        said = filed.sites.get(code)
        parents = map(parent_key, ancestors(state.roster, code))
        filed.sums_of[code] = (ALL, group_key(site.group), level_key(site.level), *parents)
        share = _share(state, code, said)
        for key in filed.sums_of[code]:
            filed.rollups.setdefault(key, Rollup()).add(site.expected, share)
        if said is not None:
            _count_categories(filed, said.in_force, 1)
    filed.changed = True


def _stand(site: SiteAttendance, in_play: list[int], gone: list[int]) -> None:
    """Let these figures stand. The one that was typed last counts; of two at the same instant the one that came last."""
    was = site.counting
    site.in_play = in_play
    site.counting = max(in_play, key=lambda place: (site.reports[place].occurred_at, place))
    if was in gone:
        site.replaced = was


def _figure_moved(
    filed: AttendanceState, code: SiteCode, before: HeadCountReported | None, after: HeadCountReported | None
) -> None:
    if before is after:
        return
    if code in filed.sums_of:
        _count_categories(filed, before, -1)
        _count_categories(filed, after, 1)
    if filed.closings:
        filed.after_close.pop(code, None)
        filed.after_close[code] = None


def _site(filed: AttendanceState, code: SiteCode) -> SiteAttendance:
    site = filed.sites.get(code)
    if site is None:
        site = filed.sites[code] = SiteAttendance()
    return site


def _share(state: "Ceremony", code: SiteCode, said: SiteAttendance | None) -> Share:
    return share_of(said, elsewhere=chair_at(state, code) is not None)


def _move_sums(filed: AttendanceState, code: SiteCode, before: Share, after: Share) -> None:
    """Move every sum the site is in: as many as it has ancestors, and three."""
    filed.changed = True
    if before == after:
        return
    by = (
        after[0] - before[0], after[1] - before[1], after[2] - before[2],
        after[3] - before[3], after[4] - before[4], after[5] - before[5],
    )  # fmt: skip
    for key in filed.sums_of.get(code, ()):
        filed.rollups[key].move(by)


def _count_categories(filed: AttendanceState, report: HeadCountReported | None, sign: int) -> None:
    if report is None:
        return
    sums = filed.by_category
    for category, count in report.counts.items():
        sums[category] = sums.get(category, 0) + sign * count
