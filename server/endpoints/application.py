"""The HTTP application: the URL table on aiohttp, behind the middlewares."""

from functools import lru_cache

from aiohttp import web
from prometheus_client import Counter

from server.endpoints.problems import Handler, problems_middleware
from server.endpoints.routes import ROUTES
from server.endpoints.security import security_headers
from server.endpoints.services import SERVICES, Services
from server.observe.metrics import REQUESTS

SHUTDOWN_SECONDS = 3.0


def make_application(services: Services) -> web.Application:
    """All routes, wired to the services."""
    app = web.Application(middlewares=[security_headers, count_requests, problems_middleware])
    app[SERVICES] = services
    for route in ROUTES:
        app.router.add_route(route.method, route.path, route.run)
    return app


@web.middleware
async def count_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count answers by route (its pattern, never the path itself) and status class."""
    response = await handler(request)
    resource = request.match_info.route.resource
    _counter(resource.canonical if resource else "unknown", response.status // 100).inc()
    return response


@lru_cache(maxsize=1_024)
def _counter(route: str, status: int) -> Counter:
    """Finding a child by its labels costs as much as a handler."""
    return REQUESTS.labels(route, f"{status}xx")


class HttpListener:
    """The application on one address, from `start` to `stop`."""

    def __init__(self, services: Services, host: str, port: int) -> None:
        self._services = services
        self._host = host
        self.port = port
        """The number asked for; after `start` the number that is listened on."""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            OSError: the address is taken or not ours.

        """
        self._runner = web.AppRunner(
            make_application(self._services), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, handle_signals=False
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self.port, backlog=4096).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close sockets, finish requests, stop listening."""
        await self._services.sockets.close_all()
        if self._runner is not None:
            await self._runner.cleanup()
