"""/live and /whip pass through to the media worker's own listener; an nginx in front goes there directly.

Bytes are handed on as they come, never a whole file in memory; what caches need to know is kept. While there is no worker
the answer is 503 in words.
"""

from collections.abc import Mapping

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from server.endpoints.problems import MEDIA_AWAY, HttpProblem
from server.media.metrics import PROXIED

PIECE_BYTES = 64 * 1024
CONNECT_SECONDS = 3.0
SILENT_SECONDS = 30.0
"""The sound-only stream never ends; a worker that says nothing for so long hangs."""
_TO_WORKER = (
    "Range",
    "If-None-Match",
    "If-Modified-Since",
    "If-Match",
    "Accept",
    "Accept-Encoding",
    "User-Agent",
    "Content-Type",
    "Authorization",
)
_TO_VIEWER = (
    "Content-Type",
    "Content-Length",
    "Content-Encoding",
    "Vary",
    "Content-Range",
    "Accept-Ranges",
    "Cache-Control",
    "Age",
    "ETag",
    "Last-Modified",
    "Location",
    "Link",
    "Accept-Patch",
    "Retry-After",
    "Access-Control-Allow-Origin",
    "WWW-Authenticate",
    "icy-name",
)
_AWAY = "Chương trình truyền hình đang khởi động lại. Trang sẽ tự phát tiếp sau ít giây."


class LiveProxy:
    """One pool of connections to the worker."""

    def __init__(self) -> None:
        self._client: aiohttp.ClientSession | None = None

    async def stop(self) -> None:
        """Close the pool."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def pass_on(
        self, request: web.Request, port: int | None, path: str, address: str, body: bytes | None = None
    ) -> web.StreamResponse:
        """The worker's answer to the same request.

        Args:
            request: the viewer's.
            port: where the worker listens; None: there is none.
            path: what to ask for.
            address: the viewer's.
            body: of a request that has one.

        Raises:
            HttpProblem: 404 `not_found`, 503 `media_away`, 502 `media_broken`.

        """
        if any(part in {"", ".", ".."} for part in path.split("/")[1:]) or "\\" in path:
            raise HttpProblem(404, "not_found", "Không có địa chỉ này.")
        if port is None:
            raise _away()
        url = URL.build(scheme="http", host="127.0.0.1", port=port, path=path, query_string=request.query_string)
        headers = _only(request.headers, _TO_WORKER)
        headers["X-Forwarded-For"] = address
        try:
            answer = await self._session().request(
                request.method, url, headers=headers, data=body, allow_redirects=False, skip_auto_headers=("Accept-Encoding",)
            )
        except (aiohttp.ClientConnectionError, TimeoutError, OSError):
            raise _away() from None
        async with answer:
            return await _hand_on(request, answer)

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=15),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._client


async def _hand_on(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=_only(answer.headers, _TO_VIEWER))
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    await response.prepare(request)
    if request.method != "HEAD":
        try:
            async for piece in answer.content.iter_chunked(PIECE_BYTES):
                await response.write(piece)
                PROXIED.inc(len(piece))
        except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError, TimeoutError):
            # Begun and not ended: only a cut line tells the viewer that the rest is missing.
            if request.transport is not None:
                request.transport.abort()
            raise aiohttp.ClientConnectionResetError("the worker broke off") from None
    await response.write_eof()
    return response


def _only(headers: Mapping[str, str], names: tuple[str, ...]) -> CIMultiDict[str]:
    return CIMultiDict({name: headers[name] for name in names if name in headers})


def _away() -> HttpProblem:
    # For the cache in front alone: a browser that asks again asks truly.
    headers = {"Retry-After": "1", "Cache-Control": "s-maxage=1, max-age=0"}
    return HttpProblem(503, MEDIA_AWAY, _AWAY, headers=headers)
