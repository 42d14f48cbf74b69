"""What stands between the network and the handlers: headers, origins, body sizes, and a brake on guessing."""

import re
import secrets
from collections import deque
from functools import lru_cache
from urllib.parse import urlsplit

from aiohttp import web

from server.endpoints.problems import Handler, HttpProblem
from site_agent.units import MINUTE, Duration, Instant
from web.templating import content_security_policy

MAX_BODY_BYTES = 64 * 1024
NONCE = web.RequestKey("nonce", str)
JSON_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Of an answer that is no page and no script: whoever opens it as one gets nothing."""
_JSON = frozenset({"application/json", "application/problem+json"})

_HEADERS = {
    "Server": "diemcau",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), fullscreen=(self), screen-wake-lock=(self), geolocation=()",
}


@web.middleware
async def security_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every answer the headers. A page that was rendered has taken a nonce (`nonce_of`), which its policy names."""
    response = await handler(request)
    if not response.prepared:
        response.headers.update(_HEADERS)
        if response.content_type in _JSON:
            policy = JSON_POLICY
        else:
            policy = content_security_policy(nonce_of(request), _plain_host(request.host))
        response.headers["Content-Security-Policy"] = policy
        response.headers.setdefault("Cache-Control", "no-store")
        if request.scheme == "https":
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def nonce_of(request: web.Request) -> str:
    """The request's nonce: the same for the page and for the policy that goes with it."""
    nonce = request.get(NONCE)
    if nonce is None:
        nonce = request[NONCE] = secrets.token_urlsafe(16)
    return nonce


@lru_cache(maxsize=64)
def _plain_host(host: str) -> str:
    """The Host header where it is nothing but a host: it goes into a policy, where other characters mean things."""
    return host if re.fullmatch(r"[A-Za-z0-9.\-:\[\]]{1,255}", host) else "localhost"


def check_origin(request: web.Request, public_url: str) -> None:
    """Refuse a cookie that another site's page made the browser send.

    SameSite=Strict already keeps the cookie at home; this holds also where a sister host under the same registrable
    domain is hostile. A WebSocket upgrade must carry an Origin (RFC 6455 §10.2), other requests may.

    Raises:
        HttpProblem: 403 `foreign_origin`.

    """
    origin = request.headers.get("Origin")
    upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
    if origin is None and not upgrade:
        return
    ours = {request.host, urlsplit(public_url).netloc}
    if origin is None or _netloc(origin) not in ours:
        raise HttpProblem(403, "foreign_origin", "Yêu cầu đến từ một trang khác nên bị từ chối.")


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # "http://[": no address at all
        return None


async def read_body(request: web.Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """The whole body, never more than `limit` bytes in memory.

    Raises:
        HttpProblem: 413 `too_large`.

    """
    size = request.content_length or 0
    parts: list[bytes] = []
    if size <= limit:
        size, content = 0, request.content
        while not content.at_eof() and size <= limit:
            parts.append(await content.readany())
            size += len(parts[-1])
    if size > limit:
        raise HttpProblem(413, "too_large", f"Dữ liệu gửi lên lớn hơn {limit // 1024} KiB.")
    return b"".join(parts)


class RateLimit:
    """Counts failures by name (a client's address, a link) in a sliding window; successes cost nothing.

    Many sites share one address behind a carrier's or the government network's translator: one person with an old link
    must not keep the others out. A good token is therefore always taken; only tries that fail are turned away.
    """

    def __init__(self, failures: int = 20, window: Duration = MINUTE, names: int = 10_000) -> None:
        self._failures = failures
        self._window = window
        self._names = names
        self._seen: dict[str, deque[Instant]] = {}

    def check(self, name: str, now: Instant) -> None:
        """Let pass, or say when to come back.

        Raises:
            HttpProblem: 429 `too_many_tries` with Retry-After.

        """
        times = self._seen.get(name)
        if times is None:
            return
        while times and times[0] <= now - self._window:
            times.popleft()
        if not times:
            del self._seen[name]
        elif len(times) >= self._failures:
            wait = (times[0] + self._window - now) // 1_000_000 + 1
            raise HttpProblem(
                429, "too_many_tries", f"Quá nhiều lần thử. Hãy chờ {wait} giây.", headers={"Retry-After": str(wait)}
            )

    def failed(self, name: str, now: Instant) -> None:
        """Count one failure.

        Raises:
            HttpProblem: as `check`, where there were too many before.

        """
        self.check(name, now)
        if name not in self._seen and len(self._seen) >= self._names:
            del self._seen[next(iter(self._seen))]
        self._seen.setdefault(name, deque(maxlen=self._failures)).append(now)
