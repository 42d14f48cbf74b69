"""What is journalled of incidents. Beside `incidents`, because acknowledgements end with them."""

from server.ceremony.incident_rule import Cause
from server.ceremony.rules import Event
from site_agent.units import Instant, SiteCode


class IncidentOpened(Event, frozen=True, kw_only=True, tag="incident_opened"):
    number: int
    """From 1, in the order of the ceremony."""
    cause: Cause
    sites: tuple[SiteCode, ...]
    since: Instant
    """When the first site fell."""
    at: Instant
    carrier: str = ""
    """The carrier of them all, where the cause is another."""
    on_battery: int = 0
    """How many of them ran on a battery or a generator when they fell: perhaps the power went."""
    absorbs: tuple[int, ...] = ()


class IncidentGrown(Event, frozen=True, kw_only=True, tag="incident_grown"):
    """More sites were lost, or some that were back fell again."""

    number: int
    sites: tuple[SiteCode, ...]
    at: Instant


class IncidentRecovered(Event, frozen=True, kw_only=True, tag="incident_recovered"):
    number: int
    sites: tuple[SiteCode, ...]
    at: Instant


class IncidentClosed(Event, frozen=True, kw_only=True, tag="incident_closed"):
    """All its sites are back, or left the roster."""

    number: int
    at: Instant
