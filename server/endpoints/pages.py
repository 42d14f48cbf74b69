"""The pages: templates of web/, rendered for the session they are opened with."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web

from server.ceremony.rules import Role
from server.endpoints.identity import ROLE_PAGES
from server.endpoints.problems import ProblemDetails
from server.endpoints.report_page import privacy_values, report_values
from server.endpoints.route import ANYONE, Call, Handle
from server.endpoints.security import nonce_of
from server.endpoints.watch_page import watch_values
from web.i18n import choose_language
from web.offline import BUILD_HEADER, OFFLINE_PAGES, offline_kit

LANGUAGE_COOKIE = "dc_lang"

PAGE_ROLES: dict[str, frozenset[Role]] = {
    "wall": frozenset({Role.ADMIN, Role.TECH, Role.DESK, Role.CALLER}),
    "desk": frozenset({Role.ADMIN, Role.TECH, Role.DESK}),
    "call": frozenset({Role.ADMIN, Role.TECH, Role.CALLER}),
    "mc": frozenset({Role.ADMIN, Role.CALLER, Role.MC}),
    "help": frozenset({Role.ADMIN, Role.TECH, Role.DESK, Role.CALLER}),
    "rooms": frozenset({Role.ADMIN, Role.TECH, Role.CALLER}),
    "sources": frozenset({Role.ADMIN, Role.TECH, Role.CALLER}),
    "report": frozenset({Role.ADMIN, Role.TECH, Role.DESK}),
    "press": frozenset({Role.PRESSER}),
    "site": frozenset({Role.HOST}),
    "timer": frozenset({Role.ADMIN, Role.TECH, Role.CALLER, Role.MC, Role.HOST}),
    "stage": frozenset({Role.ADMIN, Role.TECH, Role.CALLER, Role.MC, Role.HOST}),
    "watch": ANYONE,
}
"""Who opens which page. The admin and tech see a console; a seat's own page is its seat's alone."""


TOLD: dict[str, Callable[[Call], Awaitable[dict[str, Any]]]] = {
    "report": report_values,
    "privacy": privacy_values,
    "watch": watch_values,
}
"""Pages that are rendered with values of the ceremony; the others fetch what they show."""


def page(name: str) -> Handle:
    """The handler of a page."""

    async def show(call: Call) -> web.Response:
        response = render(call, name, **(await TOLD[name](call) if name in TOLD else {}))
        if call.identity is not None and call.identity.by_cookie:
            # A link opened at the rehearsal must not end in the middle of the day: each opening gives the full time again.
            call.services.door.set_cookie(response, call.identity, secure=call.services.public_url.startswith("https://"))
        if name in OFFLINE_PAGES:
            response.headers[BUILD_HEADER] = (await asyncio.to_thread(offline_kit, name)).version
        return response

    return show


async def home(call: Call) -> web.StreamResponse:
    """GET /: to the page of the newest session, or to /enter."""
    identity = call.identity
    if identity is None:
        raise web.HTTPSeeOther("/enter")
    raise web.HTTPSeeOther(f"{ROLE_PAGES[identity.principal.role]}?as={identity.name}")


def render(call: Call, name: str, status: int = 200, **more: object) -> web.Response:
    """A template as an answer."""
    request, identity = call.request, call.identity
    language = choose_language(request.query.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    session, open_pages = None, list[str]()
    if identity is not None:
        principal = identity.principal
        session = {"as": identity.name, "role": str(principal.role), "site": principal.site, "seat": principal.seat}
        open_pages = [each for each, roles in PAGE_ROLES.items() if principal.role in roles and each != name]
    html = call.services.pages.render(
        f"{name}.html", language=language, csp_nonce=nonce_of(request), session=session, open_pages=open_pages, **more
    )
    response = web.Response(text=html, content_type="text/html", status=status)
    if request.query.get("lang") == language:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 86400, samesite="Strict", path="/")
    return response


def page_problem(call: Call, problem: ProblemDetails) -> web.StreamResponse:
    """What a person sees who opens a page without the right to: the way in, or words."""
    if problem.status == 401:
        why = f"&why={problem.code}" if problem.code in {"session_over", "link_revoked"} else ""
        return web.Response(status=303, headers={"Location": f"/enter?next={quote(call.request.path)}{why}"})
    return render(call, "problem", problem.status, problem=problem)


async def service_worker(call: Call) -> web.Response:
    """GET /sw.js: the worker that lets /site, or ?page=timer, open without a network. Asked for anew at each navigation
    (RFC 9111 no-cache).
    """
    name = call.request.query.get("page", "site")
    if name not in OFFLINE_PAGES:
        raise web.HTTPNotFound
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": f"/{name}"}
    kit = await asyncio.to_thread(offline_kit, name)
    return web.Response(text=kit.script, content_type="text/javascript", headers=headers)
