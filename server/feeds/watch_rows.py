"""The rows of the feed `watch`: what the technical team watches beside the grades. Few, however many sites there are.

| keys | rows |
| --- | --- |
| `incident:NUMBER` | IncidentRow: all that are open, and the last that were |
| `maintenance:ID` | MaintenanceRow: planned and running |
| `site:CODE` | NotedRow: sites of which there is something to say |
| `alerts` | AlertsRow: whether messages to people outside go out |
"""

from server.ceremony.incident_rule import CauseKind
from server.ceremony.incidents import IncidentNote
from server.ceremony.link_health import Power
from server.ceremony.watching import Scope
from server.feeds.rows import Row
from site_agent.units import CommandId, Instant, SiteCode


class IncidentRow(Row, frozen=True, omit_defaults=True):
    """Sites that were lost together."""

    number: int
    kind: CauseKind
    target: str
    """Group's or carrier's name, parent's code."""
    name: str
    since: Instant
    opened_at: Instant
    total: int
    """All its sites."""
    lost: tuple[SiteCode, ...]
    """Those that are not back."""
    notes: tuple[IncidentNote, ...]
    sites: tuple[SiteCode, ...] = ()
    carrier: str = ""
    power_likely: bool = False
    closed_at: Instant | None = None
    into: int | None = None
    ack_by: str = ""
    ack_reason: str = ""
    ack_at: Instant | None = None


class MaintenanceRow(Row, frozen=True):
    """Planned off."""

    maintenance: CommandId
    scope: Scope
    target: str
    name: str
    starts: Instant
    until: Instant
    reason: str
    by: str


class NotedRow(Row, frozen=True, omit_defaults=True):
    """What there is to say of a site beside its grade."""

    code: SiteCode
    power: Power = Power.UNKNOWN
    battery: float | None = None
    flapping: bool = False
    ack_by: str = ""
    ack_reason: str = ""
    ack_at: Instant | None = None


class AlertsRow(Row, frozen=True):
    """The gateways of alerts; `problem` is "" or words for the wall. Addresses are told without their secrets."""

    gateways: tuple[str, ...]
    problem: str = ""
    since: Instant | None = None
