"""What the feeds ask of the live side of the house. Implemented by `server.sites.telemetry`.

None of this is journalled: it is true of this process at this moment and gone with it.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from server.ceremony.link_health import LinkSample, Power
from site_agent.units import Attempt, CueId, DeviceId, Duration, SiteCode


class ReadyCount(msgspec.Struct, frozen=True):
    """Cue-taking sites in one attempt: how many said ready, of how many connected; how many have the order on disk."""

    ready: int = 0
    of: int = 0
    loaded: int = 0
    reach: Duration = Duration(0)
    """While an order runs: how long an abort takes to them, as far as was measured."""


class PowerNow(msgspec.Struct, frozen=True):
    """What feeds a site's screen, and its battery from 0 to 1 where that is known."""

    power: Power = Power.UNKNOWN
    battery: float | None = None


class TelemetryPort(Protocol):
    """Who is connected, how well, and how many are ready."""

    def connected_devices(self, site: SiteCode) -> set[DeviceId]:
        """Devices of the site with an open session."""
        ...

    def link(self, site: SiteCode) -> LinkSample | None:
        """The site's link now; None if nothing was heard of it since the server started."""
        ...

    def readiness(self, cue: CueId, attempt: Attempt) -> ReadyCount:
        """Counts of one attempt; zeros for another attempt than the current."""
        ...

    def on_change(self, devices: Callable[[SiteCode], None], readiness: Callable[[CueId], None]) -> None:
        """Be told when `connected_devices` of a site or the counts of a cue changed."""
        ...
