"""Read model: one SiteRow a site. The other models sum what changes here, so a change costs the same with 5,000 sites."""

from collections.abc import Callable

from server.ceremony.access import DeviceEnrolled, ScreenTaken
from server.ceremony.attendance import FiguresClosed, HeadCountReported, Said, SiteAttendance
from server.ceremony.attendance.phases import PhaseUndone, RehearsalBegun, RehearsalEnded
from server.ceremony.ceremony import Ceremony
from server.ceremony.chairs import ChairSeated, chair_at
from server.ceremony.cue import CueMoved, CueState, ReceiptRecorded
from server.ceremony.link_health import Grade, GradesChanged
from server.ceremony.readiness import ChecklistSet, ReadinessReported, good_bits
from server.ceremony.roster import RosterImported, RosterSite
from server.ceremony.rules import Event, Person, PersonalFields
from server.ceremony.seen import PersonSeen, SeenSwitched
from server.feeds.figures import site_label
from server.feeds.rows import SiteRow
from server.feeds.store import FeedStore
from site_agent.launch.objects import FireOutcome
from site_agent.units import SiteCode

FIRED = frozenset({FireOutcome.FIRED, FireOutcome.FIRED_LATE, FireOutcome.ALREADY_FIRED})
"""Outcomes that light a site's lamp."""

SiteListener = Callable[[SiteRow | None, SiteRow | None], None]
"""Told (row before, row after) of a site; None where there was or is none."""

_NOBODY = PersonalFields()
_SILENT = SiteAttendance()


class SitesModel:
    """Keeps the rows of the feed `sites`."""

    def __init__(self, store: FeedStore) -> None:
        self._store = store
        self._listeners: list[SiteListener] = []
        self._touched: set[SiteCode] = set()
        self._all = False
        self._after_close: set[SiteCode] = set()
        self._lit: set[SiteCode] = set()
        self.rows: dict[SiteCode, SiteRow] = {}

    def listen(self, listener: SiteListener) -> None:
        """Be told of every row that changes from now on."""
        self._listeners.append(listener)

    def note(self, event: Event) -> None:
        """Mark the sites that an event touches."""
        match event:
            case GradesChanged(changes=changes):
                self._touched.update(change.site for change in changes)
            case Said(site=site):
                self._touched.add(site)
            case PersonSeen(site=site, moved_from=left):
                self._touched.add(site)
                if left is not None:
                    self._touched.add(left)
            case RehearsalBegun() | RehearsalEnded() | PhaseUndone() | SeenSwitched() | ChairSeated():
                self._all = True
            case ReceiptRecorded(site=site) | ScreenTaken(site=site) | ReadinessReported(site=site):
                self._touched.add(site)
            case DeviceEnrolled(site=site) if site is not None:
                self._touched.add(site)
            case CueMoved(after=CueState.POLLING):
                self._touched |= self._lit
            case FiguresClosed():
                self._touched |= self._after_close
            case RosterImported() | ChecklistSet():
                self._all = True

    def mark_all(self) -> None:
        """Make every row anew at the next `settle`."""
        self._all = True

    def settle(self, state: Ceremony) -> None:
        """Make the rows of the touched sites anew and tell those who sum them."""
        if self._all:
            self._settle_all(state)
        for code in self._touched:
            self._change(state, code)
        self._touched.clear()

    def _settle_all(self, state: Ceremony) -> None:
        self._all = False
        self._touched.clear()
        for code in [*state.roster.sites, *(code for code in self.rows if code not in state.roster.sites)]:
            self._change(state, code)
        self._store.reorder(state.roster.sites)

    def _change(self, state: Ceremony, code: SiteCode) -> None:
        before = self.rows.get(code)
        site = state.roster.sites.get(code)
        after = None if site is None else site_row(state, site)
        if before == after:
            return
        if after is None:
            del self.rows[code]
            self._store.remove(code)
        else:
            self.rows[code] = after
            self._store.put(code, after)
        _keep(self._after_close, code, after is not None and after.after_close)
        _keep(self._lit, code, after is not None and after.lit)
        for listener in self._listeners:
            listener(before, after)


def site_row(state: Ceremony, site: RosterSite) -> SiteRow:
    """The row of one site, from the state alone."""
    said = state.attendance.sites.get(site.code, _SILENT)
    link = state.links.grades.get(site.code)
    contact = _personal(said.contact) or _personal(site.contact) or _NOBODY
    substitute = _personal(said.chair_substitute) or _NOBODY
    last = said.in_force
    return SiteRow(
        code=site.code,
        name=site.name,
        level=site.level,
        parent=site.parent,
        group=site.group,
        grade=link.grade if link else Grade.NEVER_SEEN,
        reason=link.reason if link else "",
        grade_since=state.links.since.get(site.code),
        expected=site.expected,
        present=said.present,
        checked_in_at=said.checked_in_at,
        chair=site.chair,
        chair_as_planned=said.chair_as_planned,
        chair_name=" ".join(words for words in (substitute.title, substitute.name) if words),
        contact_name=contact.name,
        contact_phone=contact.phone,
        picture=site.picture,
        carrier=site.carrier,
        required=site.required,
        reported_at=last.at if last else None,
        reported_by=last.by.value if last else "",
        after_close=site.code in state.attendance.after_close,
        screen=state.access.screens.get(site.code),
        lit=_lit(state, site.code),
        checks=good_bits(state, site),
        unopened=link is None and site.code not in state.access.by_site,
        reported_for=_reported_for(state, last),
        disagrees=said.disagrees,
        chair_at=chair_at(state, site.code),
        seen=state.attendance.seen_at.get(site.code) if state.seen.on else None,
    )


def _reported_for(state: Ceremony, report: HeadCountReported | None) -> str:
    if report is None:
        return ""
    return site_label(state, report.by_site) if report.by_site is not None else report.seat


def _lit(state: Ceremony, code: SiteCode) -> bool:
    devices = state.access.by_site.get(code, ())
    for record in state.cues.cues.values():
        attempt = record.current
        if attempt is None or not attempt.receipts:
            continue
        for device in devices:
            receipt = attempt.receipts.get(device)
            if receipt is not None and receipt.outcome in FIRED:
                return True
    return False


def _personal(person: Person | None) -> PersonalFields | None:
    return person.personal if person is not None else None


def _keep(members: set[SiteCode], code: SiteCode, wanted: bool) -> None:
    if wanted:
        members.add(code)
    else:
        members.discard(code)
