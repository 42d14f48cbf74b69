"""/live and /whip: the programme out and a source in, both through the media worker's own listener."""

from aiohttp import web

from server.endpoints.route import Call
from server.endpoints.security import read_body

MAX_SDP_BYTES = 64 * 1024


async def live(call: Call) -> web.StreamResponse:
    """GET /live/{tail}: playlists, segments and the sound of the programme. Open to all, as the programme is."""
    services = call.services
    path = f"/live/{call.request.match_info['tail']}"
    return await services.live.pass_on(call.request, services.media.http_port, path, call.address)


async def whip(call: Call) -> web.StreamResponse:
    """POST, PATCH and DELETE /whip/{source} (RFC 9725): the worker checks the key, which is the bearer token."""
    info = call.request.match_info
    session = f"/{info['session']}" if "session" in info else ""
    body = await read_body(call.request, MAX_SDP_BYTES)
    services = call.services
    path = f"/whip/{info['source']}{session}"
    return await services.live.pass_on(call.request, services.media.http_port, path, call.address, body)
