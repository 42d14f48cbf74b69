"""What load balancers, monitors and Prometheus ask."""

import hmac

import msgspec
from aiohttp import web

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.observe.metrics import metrics_response


class Health(msgspec.Struct, frozen=True):
    """The process runs its loop."""

    status: str


class Readiness(msgspec.Struct, frozen=True):
    """Whether commands are taken now; `problem` says in words why not."""

    ready: bool
    problem: str


async def healthz(_call: Call) -> Health:
    """GET /healthz: alive."""
    return Health("ok")


async def readyz(call: Call) -> web.Response:
    """GET /readyz: 200 when commands are taken, else 503. Pages keep being served while the journal is unwritable."""
    problem = call.services.engine.problem
    body = msgspec.json.encode(Readiness(not problem, problem))
    return web.Response(body=body, status=503 if problem else 200, content_type="application/json")


async def metrics(call: Call) -> web.Response:
    """GET /metrics with its own token; without one configured there is nothing here.

    Raises:
        HttpProblem: 404 when no token is configured, 401 for another one.

    """
    token = call.services.metrics_token
    if not token:
        raise HttpProblem(404, "not_found", "Không có địa chỉ này.")
    given = call.request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(errors="surrogateescape"), token.encode()):
        call.services.failures.failed(call.address, call.services.clock.now())
        raise HttpProblem(401, "bad_token", "Mã truy cập số liệu giám sát không đúng.")
    return await metrics_response()
