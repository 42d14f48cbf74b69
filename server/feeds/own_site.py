"""Read model: what a host sees of its own site beyond the SiteRow. Feeds `site:CODE` exist while somebody looks."""

from collections.abc import Callable

import msgspec

from server.ceremony.access import DeviceEnrolled, ScreenTaken, SitesGranted
from server.ceremony.attendance import HeadCountChosen, HeadCountReported, SiteAttendance
from server.ceremony.attendance.phases import PhaseUndone, RehearsalBegun, RehearsalEnded
from server.ceremony.ceremony import Ceremony
from server.ceremony.roster import RosterImported
from server.ceremony.rules import Event
from server.feeds.figures import device_label, device_names
from server.feeds.rows import OwnDeviceRow, OwnSiteRow
from server.feeds.telemetry_port import TelemetryPort
from site_agent.units import SiteCode

HISTORY = 20

_SILENT = SiteAttendance()


class OwnSiteModel:
    """Keeps one OwnSiteRow a rostered site, and tells of those that changed."""

    def __init__(self, telemetry: TelemetryPort, changed: Callable[[SiteCode, OwnSiteRow | None], None]) -> None:
        self._telemetry = telemetry
        self._changed = changed
        self._touched: set[SiteCode] = set()
        self._all = False
        self.rows: dict[SiteCode, OwnSiteRow] = {}

    def note(self, event: Event) -> None:
        """Mark the sites that an event touches."""
        match event:
            case HeadCountReported(site=site) | HeadCountChosen(site=site) | ScreenTaken(site=site) | SitesGranted(site=site):
                self._touched.add(site)
            case DeviceEnrolled(site=site) if site is not None:
                self._touched.add(site)
            case RosterImported() | RehearsalBegun() | RehearsalEnded() | PhaseUndone():
                self._all = True

    def mark_all(self) -> None:
        """Make every row anew at the next `settle`."""
        self._all = True

    def settle(self, state: Ceremony) -> None:
        """Make the rows of the touched sites anew."""
        if self._all:
            self._touched = set(state.roster.sites) | set(self.rows)
            self._all = False
        for code in self._touched:
            if code in state.roster.sites:
                self._put(code, own_site_row(state, code, self._telemetry))
            elif self.rows.pop(code, None) is not None:
                self._changed(code, None)
        self._touched.clear()

    def devices_changed(self, code: SiteCode) -> None:
        """A session opened or closed: only the `connected` flags can differ, so the state is not asked."""
        row = self.rows.get(code)
        if row is None:
            return
        connected = self._telemetry.connected_devices(code)
        devices = tuple(msgspec.structs.replace(device, connected=device.id in connected) for device in row.devices)
        self._put(code, msgspec.structs.replace(row, devices=devices))

    def _put(self, code: SiteCode, row: OwnSiteRow) -> None:
        if self.rows.get(code) != row:
            self.rows[code] = row
            self._changed(code, row)


def own_site_row(state: Ceremony, code: SiteCode, telemetry: TelemetryPort) -> OwnSiteRow:
    """The row of one site."""
    said = state.attendance.sites.get(code, _SILENT)
    connected = telemetry.connected_devices(code)
    devices = (state.access.devices[device] for device in state.access.by_site.get(code, ()))
    names = device_names(state, code)
    newest_first = reversed(said.reports[-HISTORY:])
    return OwnSiteRow(
        counts=dict(said.in_force.counts) if said.in_force else {},
        history=tuple((report.at, report.by.value, sum(report.counts.values())) for report in newest_first),
        devices=tuple(
            OwnDeviceRow(id=device.id, name=device_label(device, names), part=device.part.value, connected=device.id in connected)
            for device in devices
        ),
        others=_granted(state, code),
    )


def _granted(state: Ceremony, code: SiteCode) -> tuple[tuple[SiteCode, str], ...]:
    others = state.access.grants.get(code)
    if not others:
        return ()
    wanted = frozenset(others)
    return tuple((site.code, site.name) for site in state.roster.sites.values() if site.code in wanted)
