"""Scripts, styles, fonts and translations of web/, kept in memory from the start: no path of a request reaches the disk."""

from aiohttp import web

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call


async def static_file(call: Call) -> web.StreamResponse:
    """GET /static/{path}: a file of the pages.

    Raises:
        HttpProblem: 404 `not_found`.

    """
    found = call.services.static.get(call.request.match_info["path"])
    if found is None:
        raise HttpProblem(404, "not_found", "Không có tệp này.")
    headers = {"Cache-Control": found.cache, "Vary": "Accept-Encoding", "ETag": f'"{found.etag}"'}
    if any(tag.value in {found.etag, "*"} for tag in call.request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    body = found.body
    if found.gzipped is not None and "gzip" in call.request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = found.gzipped
    return web.Response(body=body, content_type=found.content_type, headers=headers)
