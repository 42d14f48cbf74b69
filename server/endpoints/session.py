"""Trading a link for a session: the token stays in the fragment, the cookie stays out of scripts."""

import msgspec
from aiohttp import web

from server.endpoints.identity import COOKIE_PREFIX, ROLE_PAGES, Identity
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.endpoints.tokens import BadToken
from site_agent.units import SiteCode


class SessionRequest(msgspec.Struct, frozen=True):
    """What /enter posts: the text after `#`."""

    token: str


class SessionAnswer(msgspec.Struct, frozen=True):
    """Who this link is for, and the page it opens. `as` names the cookie in headers, queries and pages."""

    as_: str = msgspec.field(name="as")
    role: str
    seat: str
    site: SiteCode | None
    page: str


def describe(identity: Identity) -> SessionAnswer:
    """What a page may know of its session."""
    principal = identity.principal
    return SessionAnswer(
        as_=identity.name,
        role=principal.role,
        seat=principal.seat,
        site=principal.site,
        page=ROLE_PAGES[principal.role],
    )


async def open_session(call: Call) -> web.Response:
    """POST /api/v1/session: a good token becomes a cookie beside those of other links."""
    return enter(call, call.body.token)


def enter(call: Call, token: str) -> web.Response:
    """The answer that opens a session with a token.

    Raises:
        HttpProblem: 401 `bad_token`.

    """
    services = call.services
    try:
        identity = services.door.by_token(token.strip())
    except BadToken as error:
        services.failures.failed(call.address, services.clock.now())
        raise HttpProblem(
            401, "bad_token", "Liên kết không hợp lệ hoặc đã bị thu hồi. Hãy xin liên kết mới từ đội kỹ thuật."
        ) from error
    response = web.Response(body=msgspec.json.encode(describe(identity)), content_type="application/json")
    services.door.set_cookie(response, identity, secure=services.public_url.startswith("https://"))
    return response


async def read_session(call: Call) -> SessionAnswer:
    """GET /api/v1/session: whether the session still holds."""
    return describe(call.who)


async def close_session(call: Call) -> web.Response:
    """DELETE /api/v1/session: forget this link in this browser; the link itself lives on."""
    response = web.Response(status=204)
    response.del_cookie(COOKIE_PREFIX + call.who.name, path="/")
    return response
