"""/api/v1/link-probe: noise to measure a line with, which nothing compresses (see `site_agent.link.throughput`)."""

import os

import msgspec
from aiohttp import web

from server.endpoints.route import Call
from site_agent.link.throughput import DOWN_BYTES, UP_BYTES

_NOISE = os.urandom(DOWN_BYTES)


class ProbeQuery(msgspec.Struct, frozen=True):
    """`empty`: an answer of one byte, to know what an answer costs without any."""

    empty: bool = False


async def give_bytes(call: Call) -> web.Response:
    """32 KiB, or one byte."""
    query: ProbeQuery = call.query
    return web.Response(
        body=_NOISE[:1] if query.empty else _NOISE,
        content_type="application/octet-stream",
        headers={"Cache-Control": "no-store"},
    )


async def take_bytes(_call: Call) -> web.Response:
    """Takes up to 16 KiB and forgets them."""
    return web.Response(status=204)


MAX_PROBE_BYTES = UP_BYTES
