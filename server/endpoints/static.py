"""Scripts, styles, fonts and translations of web/, from a list made once: no path of a request reaches the disk."""

from pathlib import Path

from aiohttp import web

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call, Handle
from web.templating import STATIC, VENDOR

_OURS = "no-cache"
"""Asked for each time and answered 304: a page never mixes modules of two versions."""
_VENDOR = "public, max-age=604800"
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2", ".json": "application/json"}


def static_files() -> Handle:
    """The handler of /static/{path}."""
    files = {f"vendor/{path}": (VENDOR / path, _VENDOR) for path in _listed(VENDOR)}
    files |= {path: (STATIC / path, _OURS) for path in _listed(STATIC)}

    async def serve(call: Call) -> web.StreamResponse:
        """A file of the pages."""
        found = files.get(call.request.match_info["path"])
        if found is None:
            raise HttpProblem(404, "not_found", "Không có tệp này.")
        path, cache = found
        headers = {"Cache-Control": cache}
        if path.suffix in _TYPES:
            headers["Content-Type"] = _TYPES[path.suffix]
        return web.FileResponse(path, headers=headers)

    return serve


def _listed(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
