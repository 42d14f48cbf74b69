"""The worker's own listener, on the loopback: playlists, segments, MP3. Server or nginx passes the public's requests on to it.

A playlist is encoded and compressed once for all who ask until it changes. Segments never change. No cookies, no CORS, no state.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path

import structlog
from aiohttp import web

from server.media.messages import Profile
from server.media.worker.flow import Rendition
from server.media.worker.loudspeaker import LISTENERS_MOST, Loudspeaker
from server.media.worker.playlist import master_playlist
from server.media.worker.store import RENDITIONS, Store
from site_agent.units import SECOND, Monotonic

log = structlog.get_logger("http")

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
SEGMENT_TYPE = "video/mp2t"
_PLAYLIST_CACHE = "public, max-age=1"
_SEGMENT_CACHE = "public, max-age=31536000, immutable"
_FULL = {"Retry-After": "30", "Cache-Control": "no-store"}
_FULL_WORDS = (
    "Đã đủ {most} loa nghe cùng lúc; loa này tự thử lại sau 30 giây là được. "
    "Cần nhiều hơn: cho loa lấy /live/audio.m3u8, hoặc một loa lấy về rồi phát tiếp trong mạng xã (Icecast).\n"
)
_NOT_YET = {"Retry-After": "1", "Cache-Control": "s-maxage=1, max-age=0"}
"""Thousands wait for the first picture and ask every second: a cache in front answers them as it answers those who watch."""
SKIPS = frozenset({"YES", "v2"})
"""How a player asks for a playlist's update (`_HLS_skip`); date ranges are never left out of ours."""
_VIEWER_SECONDS = 10
_VIEWERS_MOST = 100_000
_STUCK_SECONDS = 30.0
_AGAIN_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
_TAKEN = (
    "Cổng {port} (TCP, 127.0.0.1) đã bị chương trình khác dùng: tạm phát hình ở cổng khác, nginx đứng trước không lấy được hình. "
    "Xem chương trình nào bằng `ss -ltnp`, tắt nó hoặc đổi --media-listen; cổng trống là tự nhận lại."
)


class Viewers:
    """Counts who asked for a playlist lately. Behind a cache only the cache is seen: these are the ones that came here."""

    def __init__(self, now: Callable[[], Monotonic]) -> None:
        self._now = now
        self._seen: dict[int, Monotonic] = {}
        """By the hash of what names a viewer: that is theirs to write, and may be long."""

    def see(self, request: web.Request) -> None:
        """One request for a playlist. A viewer is who says `?session=…`; else address and program tell one from another."""
        address = request.headers.get("X-Forwarded-For", request.remote or "")
        viewer = hash(request.query.get("session", "") or f"{address}|{request.headers.get('User-Agent', '')}")
        if viewer in self._seen or len(self._seen) < _VIEWERS_MOST:
            self._seen[viewer] = self._now()

    def count(self) -> int:
        """Of the last ten seconds."""
        since = self._now() - _VIEWER_SECONDS * SECOND
        self._seen = {viewer: seen for viewer, seen in self._seen.items() if seen >= since}
        return len(self._seen)


class _Encoded:
    """A text ready to be sent: plain, compressed, and named by its content."""

    def __init__(self, text: str) -> None:
        self.plain = text.encode()
        self.etag = f'"{hashlib.sha256(self.plain).hexdigest()[:20]}"'
        self._compressed: bytes | None = None

    @property
    def compressed(self) -> bytes:
        if self._compressed is None:
            self._compressed = gzip.compress(self.plain, compresslevel=1, mtime=0)
        return self._compressed


class LivePages:
    """Handlers of /live/…; before the first plan there is nothing to show."""

    def __init__(self, viewers: Viewers) -> None:
        self._viewers = viewers
        self._store: Store | None = None
        self._loudspeaker: Loudspeaker | None = None
        self._master = _Encoded("")
        self._encoded: dict[tuple[Rendition, bool], tuple[int, _Encoded]] = {}

    def attach(self, store: Store, loudspeaker: Loudspeaker, profile: Profile) -> None:
        """What to show from now on."""
        self._store, self._loudspeaker = store, loudspeaker
        self._master = _Encoded(master_playlist(profile))
        self._encoded.clear()

    def add_to(self, application: web.Application) -> None:
        """The URLs."""
        application.router.add_get("/live/programme.m3u8", self.master)
        for rendition in RENDITIONS:
            application.router.add_get(f"/live/{rendition}.m3u8", self._playlist_handler(rendition))
        application.router.add_get("/live/audio.mp3", self.mp3)
        application.router.add_get("/live/{name}", self.segment)

    async def master(self, request: web.Request) -> web.Response:
        """The renditions there are."""
        self._viewers.see(request)
        return _playlist(request, self._master) if self._current("source") else _not_yet()

    def _playlist_handler(self, rendition: Rendition) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            self._viewers.see(request)
            encoded = self._current(rendition, update=request.query.get("_HLS_skip") in SKIPS)
            return _playlist(request, encoded) if encoded else _not_yet()

        return handle

    def _current(self, rendition: Rendition, *, update: bool = False) -> _Encoded | None:
        if self._store is None:
            return None
        version, encoded = self._encoded.get((rendition, update), (-1, None))
        if version == self._store.version and encoded is not None:
            return encoded
        text = self._store.text(rendition, update=update)
        if text is None:
            return None
        encoded = _Encoded(text)
        self._encoded[rendition, update] = self._store.version, encoded
        return encoded

    async def segment(self, request: web.Request) -> web.StreamResponse:
        """Two seconds of a rendition, from memory or from its file."""
        name = request.match_info["name"]
        found = self._store.find(name) if self._store else None
        headers = {"Cache-Control": _SEGMENT_CACHE, "Content-Type": SEGMENT_TYPE, "ETag": f'"{name}"'}
        if isinstance(found, Path):
            # A FileResponse answers ranges, and 404 should the file be gone; its own ETag is told instead of ours.
            return web.FileResponse(found, headers={"Cache-Control": _SEGMENT_CACHE, "Content-Type": SEGMENT_TYPE})
        if found is None:
            raise web.HTTPNotFound(headers={"Cache-Control": "public, max-age=1"})
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(body=found, headers=headers)

    async def mp3(self, request: web.Request) -> web.StreamResponse:
        """The sound, for as long as the listener stays."""
        if self._loudspeaker is None:
            return _not_yet()
        if self._loudspeaker.listeners >= LISTENERS_MOST:
            return web.Response(status=503, headers=_FULL, text=_FULL_WORDS.format(most=LISTENERS_MOST))
        response = web.StreamResponse(headers={"Content-Type": "audio/mpeg", "Cache-Control": "no-store"})
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        with suppress(ConnectionError, TimeoutError):  # the listener left
            async for frames in self._loudspeaker.listen():
                async with asyncio.timeout(_STUCK_SECONDS):  # one that does not read takes another's place
                    await response.write(frames)
        return response


def _playlist(request: web.Request, encoded: _Encoded) -> web.Response:
    headers = {"Cache-Control": _PLAYLIST_CACHE, "ETag": encoded.etag, "Vary": "Accept-Encoding", "Content-Type": PLAYLIST_TYPE}
    if encoded.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=encoded.compressed, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=encoded.plain, headers=headers)


def _not_yet() -> web.Response:
    return web.Response(status=503, headers=_NOT_YET)


class Listener:
    """The socket on 127.0.0.1. Where the wanted port is taken it listens on a free one meanwhile, says so, and tries again."""

    def __init__(self, application: web.Application, port: int) -> None:
        self.port = port
        """Where it listens; 0 until it is bound to a free one."""
        self.problem = ""
        """Words, while the wanted port is taken."""
        self._wanted = port
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=1.0)

    async def start(self) -> None:
        """Bind. Raises OSError where not even a free port can be had."""
        await self._runner.setup()
        try:
            await self._bind(self._wanted)
        except OSError as error:
            if not self._wanted:
                raise
            await self._bind(0)
            self.problem = _TAKEN.format(port=self._wanted)
            log.warning("port is taken", port=self._wanted, error=str(error), instead=self.port)

    async def run(self) -> None:
        """Try again until it listens where it should."""
        for pause in chain(_AGAIN_SECONDS, repeat(_AGAIN_SECONDS[-1])):
            if not self.problem:
                return
            await asyncio.sleep(pause)
            with suppress(OSError):
                await self._bind(self._wanted)
                self.problem = ""

    async def _bind(self, port: int) -> None:
        site = web.TCPSite(self._runner, "127.0.0.1", port, backlog=1_024)
        try:
            await site.start()
        except OSError:
            await site.stop()
            raise
        self.port = int(self._runner.addresses[-1][1])
        log.info("listening", port=self.port)

    async def stop(self) -> None:
        """Close, with a second for what is under way."""
        await self._runner.cleanup()
