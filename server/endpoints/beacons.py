"""POST /api/v1/beacons: pages of /watch tell how the programme plays there. Counted and forgotten."""

import re

import msgspec

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from site_agent.units import Duration

MAX_BEACON_BYTES = 1024
_PAGE = re.compile(r"[0-9a-f]{24}")


class BeaconRequest(msgspec.Struct, frozen=True):
    """What a page saw since its last beacon. `page` is made up by the page and forgotten with it."""

    page: str
    playing: bool
    latency: Duration | None = None
    stalls: int = 0
    frozen: bool = False
    sound: bool = False
    played: float = 0.0
    """Seconds in which pictures moved, and in which they did not."""
    stood: float = 0.0
    left: bool = False
    """The page is being closed."""


class BeaconAnswer(msgspec.Struct, frozen=True):
    """When to come again, in seconds."""

    again_after: int


async def take_beacon(call: Call) -> BeaconAnswer:
    """Count one page.

    Raises:
        HttpProblem: 400 `bad_page`, 429 `too_many_tries`.

    """
    services, beacon, now = call.services, call.body, call.services.clock.now()
    if not _PAGE.fullmatch(beacon.page):
        raise HttpProblem(400, "bad_page", "Trang tự xưng tên sai định dạng.")
    services.beacons.failed(call.address, now)
    audience = services.feeds.audience
    if beacon.left:
        audience.left(beacon.page)
        return BeaconAnswer(0)
    playing = beacon.playing and not beacon.frozen
    return BeaconAnswer(audience.heard(beacon.page, now, playing=playing, sound=beacon.sound, stalled=beacon.stalls > 0))
