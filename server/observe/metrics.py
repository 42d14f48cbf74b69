"""/metrics in the Prometheus text format: on a listener of its own, or on the main one behind a token.

Labels are levels, grades, kinds, outcomes and codes, never a site: a province has thousands and a name may be a person's.
"""

import asyncio

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Info, generate_latest

COMMANDS = Counter("diemcau_commands_total", "Commands answered at the HTTP door.", ["kind", "outcome"])
COMMANDS_REFUSED = Counter("diemcau_commands_refused_total", "Commands refused at the HTTP door, by code.", ["code"])
REQUESTS = Counter("diemcau_http_requests_total", "HTTP requests by route and status class.", ["route", "status"])
PROBLEMS = Counter("diemcau_http_problems_total", "Requests answered with a problem, by code.", ["code"])
REVOKED_SOCKETS = Counter("diemcau_sockets_revoked_total", "Open sockets closed because their link was revoked.")
CEREMONY = Info("diemcau_ceremony", "Which ceremony this process serves.")


async def metrics_response() -> web.Response:
    """All metrics of this process; collected in a thread, because the process's own are read from /proc."""
    return web.Response(body=await asyncio.to_thread(generate_latest, REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})


class MetricsListener:
    """A listener that knows /metrics only."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self.port = port
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: the address is taken or not ours.

        """
        app = web.Application()
        app.router.add_get("/metrics", _metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self.port).start()

    async def stop(self) -> None:
        """Close the listener."""
        if self._runner is not None:
            await self._runner.cleanup()


async def _metrics(_request: web.Request) -> web.Response:
    return await metrics_response()
