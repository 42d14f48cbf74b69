"""Read model of the feed `watch`: incidents, maintenances, what is noted of sites, and how the alerts go."""

from typing import Protocol

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.incident_events import IncidentClosed, IncidentGrown, IncidentOpened, IncidentRecovered
from server.ceremony.incidents import Incident
from server.ceremony.link_health import GradesChanged, Power
from server.ceremony.roster import RosterImported
from server.ceremony.rules import Event
from server.ceremony.watching import (
    Acknowledged,
    AcknowledgementWithdrawn,
    MaintenanceEnded,
    MaintenancePlanned,
    Scope,
    incident_subject,
    site_subject,
)
from server.feeds import metrics
from server.feeds.store import FeedStore
from server.feeds.telemetry_port import PowerNow
from server.feeds.watch_rows import AlertsRow, IncidentRow, MaintenanceRow, NotedRow
from site_agent.units import SiteCode

CLOSED_KEPT = 30
"""Incidents that are over and still shown."""


class PowerPort(Protocol):
    """What feeds a site's screen now."""

    def power(self, site: SiteCode) -> PowerNow: ...


class WatchModel:
    """Keeps the rows of the feed `watch`."""

    def __init__(self, store: FeedStore) -> None:
        self._store = store
        self._sites: set[SiteCode] = set()
        self._power: dict[SiteCode, PowerNow] = {}
        self._incidents = self._maintenances = True
        self._all = True

    def note(self, event: Event) -> None:
        """Mark the rows that an event touches."""
        match event:
            case GradesChanged(changes=changes):
                for change in changes:
                    if change.flapping or f"site:{change.site}" in self._store.rows:
                        self._sites.add(change.site)
            case IncidentOpened(cause=cause):
                metrics.INCIDENTS.labels(cause.kind.value).inc()
                self._incidents = True
            case IncidentGrown() | IncidentRecovered() | IncidentClosed():
                self._incidents = True
            case Acknowledged(subject=subject) | AcknowledgementWithdrawn(subject=subject):
                self._incidents = True
                self._sites.add(SiteCode(subject.removeprefix("site:")))
            case MaintenancePlanned() | MaintenanceEnded():
                self._maintenances = True
            case RosterImported():
                self._all = True

    def mark_all(self) -> None:
        """Make every row anew at the next `settle`."""
        self._all = True

    def settle(self, state: Ceremony) -> None:
        """Make the touched rows anew."""
        if self._all:
            noted = (SiteCode(key.removeprefix("site:")) for key in self._store.rows if key.startswith("site:"))
            self._sites |= {*noted, *(site for site, change in state.links.grades.items() if change.flapping)}
            self._sites |= {SiteCode(subject.removeprefix("site:")) for subject in state.watching.acks}
            self._incidents = self._maintenances = True
            self._all = False
        if self._sites:
            for site in self._sites:
                self._put_site(state, site)
            self._sites.clear()
            metrics.FLAPPING.set(sum(isinstance(row, NotedRow) and row.flapping for row in self._store.rows.values()))
        if self._incidents:
            self._put_incidents(state)
        if self._maintenances:
            rows = {f"maintenance:{name}": _maintenance(state, each) for name, each in state.watching.maintenances.items()}
            self._store.replace(rows, [key for key in self._store.rows if key.startswith("maintenance:")])
            metrics.MAINTENANCES.set(len(rows))
            self._maintenances = False
        metrics.ACKNOWLEDGED.set(len(state.watching.acks))

    def power_changed(self, site: SiteCode, now: PowerNow) -> None:
        """What feeds a site changed: no event, and the state is not asked. The mains are nothing to note."""
        if now.power in {Power.UNKNOWN, Power.MAINS}:
            self._power.pop(site, None)
        else:
            self._power[site] = now
        row = self._store.rows.get(f"site:{site}")
        before = row if isinstance(row, NotedRow) else NotedRow(code=site)
        self._put(self._with_power(before))
        for power in (Power.BATTERY, Power.GENERATOR):
            metrics.POWER.labels(power.value).set(sum(each.power is power for each in self._power.values()))

    def alerts(self, row: AlertsRow) -> None:
        """How the gateways of alerts are."""
        self._store.put("alerts", row)

    def _put_site(self, state: Ceremony, code: SiteCode) -> None:
        grade = state.links.grades.get(code)
        ack = state.watching.acks.get(site_subject(code))
        row = NotedRow(
            code=code,
            flapping=grade.flapping if grade is not None else False,
            ack_by=ack.by if ack else "",
            ack_reason=ack.reason if ack else "",
            ack_at=ack.at if ack else None,
        )
        if code in state.roster.sites:
            self._put(self._with_power(row))
        else:
            self._store.remove(f"site:{code}")
            self._power.pop(code, None)

    def _with_power(self, row: NotedRow) -> NotedRow:
        now = self._power.get(row.code, PowerNow())
        return msgspec.structs.replace(row, power=now.power, battery=now.battery)

    def _put(self, row: NotedRow) -> None:
        if row == NotedRow(code=row.code):
            self._store.remove(f"site:{row.code}")
        else:
            self._store.put(f"site:{row.code}", row)

    def _put_incidents(self, state: Ceremony) -> None:
        incidents = list(state.incidents.all.values())
        closed = [incident.number for incident in incidents if incident.closed_at is not None][-CLOSED_KEPT:]
        shown = [each for each in incidents if each.closed_at is None or each.number in closed]
        rows = {f"incident:{each.number}": incident_row(state, each) for each in shown}
        self._store.replace(rows, [key for key in self._store.rows if key.startswith("incident:")])
        metrics.INCIDENTS_OPEN.set(sum(each.closed_at is None for each in incidents))
        self._incidents = False


def incident_row(state: Ceremony, incident: Incident) -> IncidentRow:
    """One incident, as pages know it."""
    ack = state.watching.acks.get(incident_subject(incident.number))
    return IncidentRow(
        number=incident.number,
        kind=incident.cause.kind,
        target=incident.cause.target,
        name=incident.name,
        since=incident.since,
        opened_at=incident.opened_at,
        total=len(incident.sites),
        lost=tuple(incident.lost) if incident.closed_at is None else (),
        notes=tuple(incident.notes),
        sites=tuple(incident.sites),
        carrier=incident.carrier,
        power_likely=incident.power_likely,
        closed_at=incident.closed_at,
        into=incident.into,
        ack_by=ack.by if ack else "",
        ack_reason=ack.reason if ack else "",
        ack_at=ack.at if ack else None,
    )


def _maintenance(state: Ceremony, planned: MaintenancePlanned) -> MaintenanceRow:
    site = state.roster.sites.get(SiteCode(planned.target)) if planned.scope is Scope.SITE else None
    return MaintenanceRow(
        maintenance=planned.maintenance,
        scope=planned.scope,
        target=planned.target,
        name=site.name if site is not None else planned.target,
        starts=planned.starts,
        until=planned.until,
        reason=planned.reason,
        by=planned.by,
    )
