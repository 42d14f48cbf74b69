"""What a row of the URL table is, and how a request runs through it: identify, authorise, decode, handle, encode."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from aiohttp import web

from server.ceremony.rules import Principal, Refused, Role
from server.endpoints.identity import Identity
from server.endpoints.problems import HttpProblem, ProblemDetails, as_problem
from server.endpoints.security import MAX_BODY_BYTES, check_origin, read_body
from server.endpoints.services import SERVICES, Services

ANYONE = frozenset(Role) - {Role.SYSTEM}
"""Every link, and only those who have one."""


class Open(StrEnum):
    """Said explicitly where no session is asked for; there is no default."""

    PUBLIC = "public"
    KEY = "key"
    """Opened by a secret of its own, which the handler checks; no link or cookie counts, so no page's origin is asked for."""


class Reads(StrEnum):
    """How the body reaches the handler."""

    JSON = "json"
    RAW = "raw"
    """JSON that the handler decodes item by item; `body` is its type for the OpenAPI document."""
    BYTES = "bytes"
    STREAM = "stream"
    """The handler reads it from the request itself, and bounds it."""


@dataclass(slots=True)
class Call:
    """One request on its way through a handler."""

    request: web.Request
    services: Services
    identity: Identity | None
    query: Any = None
    """An instance of the route's `query`."""
    body: Any = None
    """An instance of the route's `body`, or bytes."""

    @property
    def who(self) -> Identity:
        """The identity; there is one on every route that is not public."""
        assert self.identity is not None
        return self.identity

    @property
    def principal(self) -> Principal:
        return self.who.principal

    @property
    def address(self) -> str:
        """The client's address, for the rate limits; behind a trusted proxy the last one it added."""
        if self.services.trust_proxy and (forwarded := self.request.headers.get("X-Forwarded-For")):
            return forwarded.rpartition(",")[2].strip()
        return self.request.remote or ""


Answer = msgspec.Struct | list[Any] | dict[str, Any] | web.StreamResponse
Handle = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the URL table."""

    method: str
    path: str
    handler: Handle
    role: frozenset[Role] | Open
    query: type[msgspec.Struct] | None = None
    body: Any = None
    """Type of the JSON body; None where there is none or where it is bytes."""
    answer: Any = None
    """Type of the JSON answer; None where it is a page, a file or a socket."""
    reads: Reads = Reads.JSON
    limit: int = MAX_BODY_BYTES
    page: Callable[[Call, ProblemDetails], web.StreamResponse] | None = None
    """Set for a page: what people see instead of a problem."""

    async def run(self, request: web.Request) -> web.StreamResponse:
        """Run one request through the row."""
        call = Call(request, request.app[SERVICES], None)
        if self.page is None:
            return await self._answer(call)
        try:
            return await self._answer(call)
        except (HttpProblem, Refused) as error:
            problem, _ = as_problem(error)
            return self.page(call, problem)

    async def _answer(self, call: Call) -> web.StreamResponse:
        request, services = call.request, call.services
        call.identity = self._admit(request, services, call.address)
        if self.query is not None:
            call.query = msgspec.convert(dict(request.query), type=self.query, strict=False)
        if self.reads is Reads.BYTES:
            call.body = await read_body(request, self.limit)
        elif self.reads is Reads.RAW:
            call.body = msgspec.Raw(await read_body(request, self.limit))
        elif self.reads is Reads.JSON and self.body is not None:
            call.body = msgspec.json.decode(await read_body(request, self.limit), type=self.body)
        answer = await self.handler(call)
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.Response(body=msgspec.json.encode(answer), content_type="application/json")

    def _admit(self, request: web.Request, services: Services, address: str) -> Identity | None:
        if self.role is Open.KEY:
            return None
        roles = self.role if isinstance(self.role, frozenset) else frozenset[Role]()
        try:
            identity = services.door.identify(request, roles)
        except HttpProblem:
            if isinstance(self.role, frozenset):
                if request.headers.get("Authorization"):
                    services.failures.failed(address, services.clock.now())
                raise
            identity = None
        by_program = identity is not None and not identity.by_cookie
        if not by_program and (request.method not in {"GET", "HEAD"} or "Upgrade" in request.headers):
            check_origin(request, services.public_url)
        if isinstance(self.role, Open):
            return identity
        if identity is None:
            raise HttpProblem(401, "no_session", "Hãy mở liên kết đã được cấp cho bạn.")
        if identity.principal.role not in self.role:
            raise HttpProblem(403, "forbidden", "Liên kết của bạn không có quyền xem hay làm việc này.")
        return identity
