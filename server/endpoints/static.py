"""Scripts, styles, fonts and translations of web/, from a list made at the start: no path of a request reaches the disk."""

from aiohttp import web

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call

_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2", ".json": "application/json"}


async def static_file(call: Call) -> web.StreamResponse:
    """GET /static/{path}: a file of the pages.

    Raises:
        HttpProblem: 404 `not_found`.

    """
    found = call.services.static.get(call.request.match_info["path"])
    if found is None:
        raise HttpProblem(404, "not_found", "Không có tệp này.")
    headers = {"Cache-Control": found.cache}
    if found.path.suffix in _TYPES:
        headers["Content-Type"] = _TYPES[found.path.suffix]
    return web.FileResponse(found.path, headers=headers)
