"""Read model: the phase and its unsettled figures for all pages, and for each site's feed who said what."""

from collections import Counter
from collections.abc import Callable

from server.ceremony.access import Device
from server.ceremony.attendance import (
    ChairDeclared,
    FiguresClosed,
    HeadCountChosen,
    HeadCountReported,
    Said,
    SiteAttendance,
    SiteCheckedIn,
)
from server.ceremony.attendance.phases import PhaseUndone, RehearsalBegun, RehearsalEnded
from server.ceremony.ceremony import Ceremony
from server.ceremony.chairs import ChairSeated, chair_at, guests
from server.ceremony.rehearsal import undoable
from server.ceremony.retiring import SiteRestored, SiteRetired
from server.ceremony.roster import RosterImported
from server.ceremony.rules import Event
from server.ceremony.seen import PersonSeen, SeenSwitched
from server.feeds.figures_rows import FigureRow, GuestRow, PhaseRow, SenderRow, SiteFiguresRow, WordRow
from server.feeds.rows import SiteRow
from server.feeds.store import FeedStore
from site_agent.units import MINUTE, DeviceId, Instant, SiteCode

HISTORY = 30
CLOCK_DIFFERS = MINUTE
"""A device's own time is worth telling where it is this far off."""
KEY = "figures"

_SILENT = SiteAttendance()


class FiguresModel:
    """Keeps `phase` in the feed `ceremony`, and says whose site feeds differ."""

    def __init__(self, ceremony: FeedStore, tell: Callable[[SiteCode], None]) -> None:
        self._ceremony = ceremony
        self._tell = tell
        self._touched: dict[SiteCode, None] = {}
        self._all = self._phase = True
        self._disagreeing = 0

    def note(self, event: Event) -> None:
        """Mark what an event touches."""
        match event:
            case Said(site=site):
                self._touch(site)
            case PersonSeen(site=site, moved_from=left):
                self._touch(site)
                if left is not None:
                    self._touch(left)
            case RehearsalBegun() | RehearsalEnded() | PhaseUndone() | RosterImported() | ChairSeated() | SeenSwitched():
                self.mark_all()
            case SiteRetired() | SiteRestored() | FiguresClosed():
                self._phase = True

    def mark_all(self) -> None:
        """Make everything anew at the next `settle`."""
        self._all = self._phase = True

    def site_changed(self, before: SiteRow | None, after: SiteRow | None) -> None:
        """Listener of the sites' rows."""
        by = int(after is not None and after.disagrees) - int(before is not None and before.disagrees)
        if by:
            self._disagreeing += by
            self._phase = True

    def settle(self, state: Ceremony) -> None:
        """After the sites settled."""
        if self._phase:
            self._ceremony.put("phase", phase_row(state, self._disagreeing))
        touched = state.roster.sites if self._all else [code for code in self._touched if code in state.roster.sites]
        codes = list(touched)
        self._touched.clear()
        self._all = self._phase = False
        for code in codes:
            self._tell(code)

    def _touch(self, site: SiteCode) -> None:
        self._touched[site] = None
        self._phase = True


def phase_row(state: Ceremony, disagreeing: int) -> PhaseRow:
    """Which phase is on."""
    phases, book = state.phases, state.attendance
    return PhaseRow(
        number=phases.number,
        rehearsal=phases.rehearsal,
        since=_since(state),
        undoable=undoable(state),
        disagreeing=disagreeing,
        seen_on=state.seen.on,
        retired=sum(code in book.sites for code in state.retired.sites),
        ended=tuple(number for number, record in phases.records.items() if record.ended is not None),
    )


def _since(state: Ceremony) -> Instant | None:
    phases = state.phases
    if phases.rehearsal:
        return phases.records[phases.rehearsal].begun.at
    last = phases.records.get(phases.number - 1)
    return last.ended.at if last is not None and last.ended is not None else None


def site_figures(state: Ceremony, code: SiteCode) -> SiteFiguresRow:
    """The row of one site."""
    said = state.attendance.sites.get(code, _SILENT)
    teller = _Teller(state, code)
    standing = dict.fromkeys(said.in_play, "beside") | {said.counting: "counting"}
    words = [teller.word(word) for word in said.words]
    words += [teller.count(report, standing.get(place, "superseded")) for place, report in enumerate(said.reports)]
    words.sort(key=lambda word: word.at, reverse=True)
    other = chair_at(state, code)
    return SiteFiguresRow(
        phase=state.phases.number,
        figures=tuple(teller.figure(said, place) for place in said.in_play),
        history=tuple(words[:HISTORY]),
        chair_at=other,
        chair_at_name=state.roster.sites[other].name if other is not None else "",
        guests=tuple(
            GuestRow(guest, state.roster.sites[guest].name, state.roster.sites[guest].chair) for guest in _guests(state, code)
        ),
        seen=state.attendance.seen_at.get(code, 0) if state.seen.on else None,
    )


def _guests(state: Ceremony, code: SiteCode) -> list[SiteCode]:
    """Looked for where somebody may have been invited: most ceremonies name none."""
    if not state.chairs.said and code != state.roster.root:
        return []
    return list(guests(state, code))


class _Teller:
    """Names senders of one site; devices of the same name are told apart by the beginning of their key's fingerprint."""

    def __init__(self, state: Ceremony, code: SiteCode) -> None:
        self._state = state
        self._code = code
        self._names = device_names(state, code)

    def sender(self, said: Said) -> SenderRow:
        return SenderRow(
            role=said.by.value,
            seat=said.seat,
            site=said.by_site,
            name=site_label(self._state, said.by_site),
            device=said.device,
            device_name=self._device(said.device),
        )

    def word(self, said: SiteCheckedIn | ChairDeclared | HeadCountChosen) -> WordRow:
        kind, total = "check_in", None
        match said:
            case ChairDeclared():
                kind = "chair"
            case HeadCountChosen():
                kind = "choice"
                total = self._total(said)
        return self._row(said, kind, total)

    def count(self, report: HeadCountReported, standing: str) -> WordRow:
        return self._row(report, "head_count", report.total, report.reason, standing)

    def figure(self, said: SiteAttendance, place: int) -> FigureRow:
        report = said.reports[place]
        return FigureRow(
            id=said.figure(place),
            total=report.total,
            counts=dict(report.counts),
            occurred_at=report.occurred_at,
            at=report.at,
            sender=self.sender(report),
            counting=place == said.counting,
        )

    def _row(self, said: Said, kind: str, total: int | None, reason: str = "", standing: str = "") -> WordRow:
        own = said.device_at
        return WordRow(
            kind=kind,
            at=said.at,
            occurred_at=said.occurred_at,
            sender=self.sender(said),
            total=total,
            reason=reason,
            standing=standing,
            device_at=own if own is not None and abs(own - said.occurred_at) > CLOCK_DIFFERS else None,
        )

    def _total(self, choice: HeadCountChosen) -> int | None:
        said = self._state.attendance.sites.get(self._code, _SILENT)
        places = (place for place in range(len(said.reports)) if said.figure(place) == choice.figure)
        return next((said.reports[place].total for place in places), None)

    def _device(self, device: DeviceId | None) -> str:
        known = self._state.access.devices.get(device) if device is not None else None
        return "" if known is None else device_label(known, self._names)


def device_names(state: Ceremony, code: SiteCode) -> Counter[str]:
    """How many devices of a site have each name: a forwarded link makes five “Chrome trên Android”."""
    devices = state.access.devices
    return Counter(devices[device].name for device in state.access.by_site.get(code, ()))


def device_label(device: Device, names: Counter[str]) -> str:
    """The device's name, with the beginning of its key's fingerprint where another one has the same."""
    return f"{device.name} · {device.id[:4].upper()}" if names[device.name] > 1 else device.name


def site_label(state: Ceremony, code: SiteCode | None) -> str:
    """A site that speaks for others, as people say it; with its group where that is not its own name."""
    site = state.roster.sites.get(code) if code is not None else None
    if site is None:
        return str(code or "")
    group = site.group.removeprefix("Cụm ").removeprefix("cụm ")
    return site.name if site.group == site.name else f"{site.name} (cụm {group})"
