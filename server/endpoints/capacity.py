"""What the programme will ask of the line, reckoned with the roster, the relays and the profile of now."""

from collections import Counter

import msgspec

from server.ceremony.roster import Picture
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.media.capacity import Capacity, Demand, capacity
from server.media.messages import Profile
from server.media.plan import SIZES

MOST_AUDIENCE = 10_000_000
MOST_UPLINK = 1_000_000


class CapacityQuery(msgspec.Struct, frozen=True):
    """`audience`: people on /watch at once; `uplink`: Mbit/s of the line out; without it nothing is compared."""

    audience: int = 0
    uplink: float | None = None


async def read_capacity(call: Call) -> Capacity:
    """GET /api/v1/media/capacity: sites × bitrate against the uplink, in words.

    Raises:
        HttpProblem: 400 `out_of_range`.

    """
    query: CapacityQuery = call.query
    if not 0 <= query.audience <= MOST_AUDIENCE or not (query.uplink is None or 0 < query.uplink <= MOST_UPLINK):
        raise HttpProblem(400, "out_of_range", "Số khán giả từ 0 đến 10.000.000, đường truyền từ trên 0 đến 1.000.000 Mbit/s.")
    state = call.services.engine.state
    pictures = Counter(site.picture for site in state.roster.sites.values())
    width, height = SIZES[state.sources.size]
    demand = Demand(pictures[Picture.HLS], pictures[Picture.AUDIO], query.audience, len(state.relays.relays))
    return capacity(demand, Profile(width=width, height=height, video_kbps=state.sources.kbps), query.uplink)
