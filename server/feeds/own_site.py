"""What a host sees of its own site beyond the SiteRow. Feeds `site:CODE` exist while somebody looks."""

from collections.abc import Callable, Iterable

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
    """Tells which sites' own rows may differ. It keeps none: a row is made for those whose feed somebody reads."""

    def __init__(self, watched: Callable[[], Iterable[SiteCode]], tell: Callable[[SiteCode], None]) -> None:
        self._watched = watched
        self._tell = tell
        self._touched: set[SiteCode] = set()
        self._all = False

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
        """Tell of all at the next `settle`."""
        self._all = True

    def settle(self) -> None:
        """Tell of the touched sites."""
        touched = self._watched() if self._all else self._touched
        self._touched, self._all = set(), False
        for code in touched:
            self._tell(code)


def own_site_row(state: Ceremony, code: SiteCode, telemetry: TelemetryPort) -> OwnSiteRow:
    """The row of one site in the roster."""
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
