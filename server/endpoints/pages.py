"""The pages: templates of web/, rendered for the session they are opened with."""

from urllib.parse import quote

from aiohttp import web

from server.ceremony.rules import Role
from server.endpoints.identity import ROLE_PAGES
from server.endpoints.problems import ProblemDetails
from server.endpoints.route import ANYONE, Call, Handle
from server.endpoints.security import NONCE
from web.i18n import choose_language

LANGUAGE_COOKIE = "dc_lang"

PAGE_ROLES: dict[str, frozenset[Role]] = {
    "wall": frozenset({Role.ADMIN, Role.TECH, Role.DESK, Role.CALLER}),
    "desk": frozenset({Role.ADMIN, Role.TECH, Role.DESK}),
    "call": frozenset({Role.ADMIN, Role.TECH, Role.CALLER}),
    "mc": frozenset({Role.ADMIN, Role.CALLER, Role.MC}),
    "press": frozenset({Role.PRESSER}),
    "site": frozenset({Role.HOST}),
    "timer": frozenset({Role.ADMIN, Role.TECH, Role.CALLER, Role.MC, Role.HOST}),
    "stage": frozenset({Role.ADMIN, Role.TECH, Role.CALLER, Role.MC, Role.HOST}),
    "watch": ANYONE,
}
"""Who opens which page. The admin and tech see a console; a seat's own page is its seat's alone."""


def page(name: str) -> Handle:
    """The handler of a page."""

    async def show(call: Call) -> web.Response:
        return render(call, name)

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
    session = None
    if identity is not None:
        principal = identity.principal
        session = {"as": identity.name, "role": str(principal.role), "site": principal.site, "seat": principal.seat}
    html = call.services.pages.render(f"{name}.html", language=language, csp_nonce=request[NONCE], session=session, **more)
    response = web.Response(text=html, content_type="text/html", status=status)
    if request.query.get("lang") == language:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 86400, samesite="Strict", path="/")
    return response


def page_problem(call: Call, problem: ProblemDetails) -> web.StreamResponse:
    """What a person sees who opens a page without the right to: the way in, or words."""
    if problem.status == 401:
        return web.Response(status=303, headers={"Location": f"/enter?next={quote(call.request.path)}"})
    return render(call, "problem", problem.status, problem=problem)
