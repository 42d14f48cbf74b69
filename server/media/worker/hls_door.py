"""Verified HLS for ffmpeg: it asks us on the loopback, we ask the source over TLS and check every certificate.

ffmpeg's HLS reader passes its TLS options to the playlist alone: pieces from another host would be taken unverified (seen with
5.1). So every URI of a playlist is turned into one of ours.
"""

import re
import secrets
import ssl
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp import web

_PLAYLIST_MOST = 4 * 1024 * 1024
_KNOWN = 4_096
"""URIs kept: hours of a sliding playlist."""
_PIECE = 64 * 1024
_URI = re.compile(r'URI="([^"]*)"')
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=8, sock_read=8)


class HlsDoor:
    """One pulled playlist. `open`, then `close`."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: whom to trust; None: the machine's authorities."""
        self.problem = ""
        """What went wrong last, in words; empty: nothing."""
        self._tls = tls or ssl.create_default_context()
        self._secret = secrets.token_urlsafe(16)
        self._known: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._url = url
        application = web.Application()
        application.router.add_get(f"/{self._secret}/{{name}}", self._get)
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        self._client: aiohttp.ClientSession | None = None

    async def open(self) -> str:
        """The playlist's address on the loopback."""
        self._client = aiohttp.ClientSession(timeout=_TIMEOUT)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        return f"http://127.0.0.1:{port}{self._ours(self._url)}"

    async def close(self) -> None:
        """Nothing is left open."""
        await self._runner.cleanup()
        if self._client is not None:
            await self._client.close()

    async def _get(self, request: web.Request) -> web.StreamResponse:
        url = self._known.get(request.match_info["name"])
        if url is None or self._client is None:
            raise web.HTTPNotFound
        try:
            async with self._client.get(url, ssl=self._tls) as answer:
                if answer.url.scheme != "https":
                    self.problem = "máy chủ nguồn chuyển sang địa chỉ không mã hóa (http://)"
                    raise web.HTTPBadGateway
                self.problem = "" if answer.status < 400 else f"máy chủ nguồn trả lời {answer.status}"
                if _is_playlist(answer):
                    return await self._playlist(answer)
                return await _hand_on(request, answer)
        except aiohttp.ClientConnectorCertificateError:
            self.problem = "chứng chỉ TLS của máy chủ nguồn không đúng: kiểm tra tên miền và hạn chứng chỉ"
        except (aiohttp.ClientError, TimeoutError, ValueError):
            self.problem = "máy chủ nguồn không trả lời: kiểm tra địa chỉ, mạng và tường lửa"
        raise web.HTTPBadGateway

    async def _playlist(self, answer: aiohttp.ClientResponse) -> web.Response:
        text = (await _whole(answer)).decode(errors="replace")
        base = str(answer.url)
        lines = [self._line(line, base) for line in text.splitlines()]
        return web.Response(status=answer.status, text="\n".join((*lines, "")), content_type="application/vnd.apple.mpegurl")

    def _line(self, line: str, base: str) -> str:
        if not line.strip():
            return line
        if line.startswith("#"):
            return _URI.sub(lambda found: f'URI="{self._ours(urljoin(base, found[1]))}"', line)
        return self._ours(urljoin(base, line.strip()))

    def _ours(self, url: str) -> str:
        """A path of ours with the ending of the original: ffmpeg judges by it. Only what is encrypted on the way is known."""
        name = self._names.get(url)
        if name is None:
            name = f"{secrets.token_urlsafe(8)}{PurePosixPath(urlsplit(url).path).suffix[:8]}"
            self._names[url] = name
            if urlsplit(url).scheme == "https":
                self._known[name] = url
            if len(self._names) > _KNOWN:
                oldest = next(iter(self._names))
                self._known.pop(self._names.pop(oldest), None)
        return f"/{self._secret}/{name}"


def _is_playlist(answer: aiohttp.ClientResponse) -> bool:
    return answer.url.path.lower().endswith((".m3u8", ".m3u")) or "mpegurl" in answer.content_type.lower()


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """All of it: `read(n)` gives what has come so far. Raises ValueError where it is no playlist by its size."""
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_any():
        size += len(part)
        if size > _PLAYLIST_MOST:
            raise ValueError("too long")
        parts.append(part)
    return b"".join(parts)


async def _hand_on(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    await response.prepare(request)
    async for piece in answer.content.iter_chunked(_PIECE):
        await response.write(piece)
    return response
