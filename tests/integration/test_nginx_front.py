"""A real nginx under the configuration that we ship, in front of the worker's own pages: a thousand clients cost what one costs."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from server.media.messages import Profile
from server.media.worker.flow import Segment
from server.media.worker.folder import Folder
from server.media.worker.http import LivePages, Viewers
from server.media.worker.loudspeaker import Loudspeaker
from server.media.worker.store import RENDITIONS, Store
from site_agent.units import HOUR, Instant, Monotonic, seconds
from tests.support.nginx_rtmp import NGINX, free_port

pytestmark = pytest.mark.skipif(not Path(NGINX).exists(), reason="nginx is not installed")

OURS = Path(__file__).parents[2] / "ops" / "nginx" / "diemcau.conf"
CLIENTS = 1_000
STALE_SECONDS = 2.5
"""A second valid, by nginx's clock of whole seconds, and what the asking takes."""


class Upstream:
    """The worker's pages over segments made by hand, and a server; both count what they are asked."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked: Counter[str] = Counter()
        self.headers: list[str] = []
        self.born: dict[int, float] = {}

    def add(self, number: int) -> None:
        """Two seconds of programme, in every rendition."""
        begin = Instant(10**15 + number * 2_000_000)
        self.store.add([Segment(name, number, begin, seconds(2), bytes(20_000), False, "slate") for name in RENDITIONS])
        self.born[number] = time.monotonic()

    @web.middleware
    async def count(self, request, handler):
        self.asked[request.path] += 1
        self.headers.append(f"{request.path_qs} {request.headers.get('X-Forwarded-For')}")
        return await handler(request)

    async def page(self, request):
        socket = web.WebSocketResponse()
        if not socket.can_prepare(request):
            return web.json_response(dict(request.headers))
        await socket.prepare(request)
        await socket.send_str((await anext(aiter(socket))).data)
        return socket


@asynccontextmanager
async def front(folder: Path) -> AsyncIterator[tuple[str, Upstream]]:
    store = Store(Folder(folder / "store", leave_free=0), 3, HOUR)
    await store.load()
    upstream = Upstream(store)
    pages = LivePages(Viewers(lambda: Monotonic(time.monotonic_ns() // 1_000)))
    pages.attach(store, Loudspeaker(Profile()), Profile())
    live, server = web.Application(middlewares=[upstream.count]), web.Application(middlewares=[upstream.count])
    pages.add_to(live)
    server.router.add_route("*", "/{tail:.*}", upstream.page)
    async with TestServer(live) as one, TestServer(server) as other, nginx(folder, one.port, other.port) as url:
        yield url, upstream


def configured(folder: Path, port: int, live: int, server: int) -> Path:
    """The file that we ship; only its ports and its folder are others."""
    ours = OURS.read_text(encoding="utf-8")
    for stands, wanted in (
        ("    listen 80;\n    server_name _;", f"    listen 127.0.0.1:{port} backlog=2048;\n    server_name _;"),
        ("server 127.0.0.1:8080;", f"server 127.0.0.1:{server};"),
        ("server 127.0.0.1:8081;", f"server 127.0.0.1:{live};"),
        ("/var/cache/nginx/", f"{folder}/cache-"),
    ):
        assert stands in ours, stands
        ours = ours.replace(stands, wanted)
    folder.chmod(0o777)
    file = folder / "nginx.conf"
    temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    file.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log warn;\n"
        f"events {{ worker_connections 4096; }}\nhttp {{ access_log off; {temporary}\n{ours} }}\n"
    )
    return file


@asynccontextmanager
async def nginx(folder: Path, live: int, server: int) -> AsyncIterator[str]:
    port = free_port()
    file = configured(folder, port, live, server)
    process = await asyncio.create_subprocess_exec(NGINX, "-e", f"{folder}/start.log", "-c", str(file))
    try:
        async with asyncio.timeout(30), aiohttp.ClientSession() as session:
            while True:
                assert process.returncode is None, (folder / "start.log").read_text()
                try:
                    async with session.get(f"http://127.0.0.1:{port}/metrics"):
                        break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def newest(playlist: str) -> int:
    return int(re.findall(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", playlist)[0]) + playlist.count("#EXTINF") - 1


async def watch(session: aiohttp.ClientSession, url: str, who: int) -> str:
    """What a player does when it begins: the master, a rendition, its newest segment."""
    await asyncio.sleep(who * 0.001)  # upstream and clients share a loop: a thousand connects at once would stop both
    async with session.get(f"{url}/live/programme.m3u8?session={who}") as answer:
        assert answer.status == 200, await answer.text()
    async with session.get(f"{url}/live/360p.m3u8?session={who}") as answer:
        assert answer.status == 200
        segment = (await answer.text()).split()[-1]
    async with session.get(f"{url}/live/{segment}") as answer:
        assert answer.status == 200
        assert len(await answer.read()) == 20_000
        assert "immutable" in answer.headers["Cache-Control"]
    return segment


@pytest.mark.timeout(180)
async def test_a_thousand_clients_cost_the_worker_what_one_costs(tmp_path):
    connector = aiohttp.TCPConnector(limit=0)
    async with front(tmp_path) as (url, upstream), aiohttp.ClientSession(connector=connector) as session:
        for number in range(30):
            upstream.add(number)
        begun = time.monotonic()
        segments = await asyncio.gather(*(watch(session, url, who) for who in range(CLIENTS)))
        lasted = time.monotonic() - begun
        assert len(set(segments)) == 1
        assert upstream.asked[f"/live/{segments[0]}"] == 1
        # A playlist may be asked for anew each second, by whoever asks next: never by all.
        for playlist in ("/live/programme.m3u8", "/live/360p.m3u8"):
            assert 1 <= upstream.asked[playlist] <= 2 + lasted, upstream.asked
        assert not any("session" in asked for asked in upstream.headers)


@pytest.mark.timeout(180)
async def test_a_playlist_is_never_staler_than_two_seconds_or_so(tmp_path):
    async with front(tmp_path) as (url, upstream), aiohttp.ClientSession() as session:
        upstream.add(0)
        stale: list[float] = []

        async def poll(end: float) -> None:
            while (asked := time.monotonic()) < end:
                async with session.get(f"{url}/live/source.m3u8") as answer:
                    following = newest(await answer.text()) + 1
                if following in upstream.born:
                    stale.append(asked - upstream.born[following])
                await asyncio.sleep(0.1)

        end = time.monotonic() + 6
        polls = [asyncio.create_task(poll(end)) for _ in range(20)]
        for number in range(1, 12):
            await asyncio.sleep(0.5)
            upstream.add(number)
        await asyncio.gather(*polls)
        assert stale, "nothing was ever cached"
        assert max(stale) <= STALE_SECONDS


async def test_what_is_compressed_once_reaches_those_who_take_it_and_those_who_do_not(tmp_path):
    async with front(tmp_path) as (url, upstream), aiohttp.ClientSession(auto_decompress=False) as session:
        upstream.add(0)
        async with session.get(f"{url}/live/360p.m3u8", headers={"Accept-Encoding": "gzip"}) as packed:
            assert packed.headers["Content-Encoding"] == "gzip"
            named = packed.headers["ETag"]
        async with session.get(f"{url}/live/360p.m3u8", headers={"Accept-Encoding": "identity"}) as plain:
            assert "Content-Encoding" not in plain.headers
            assert (await plain.text()).startswith("#EXTM3U")
            assert plain.headers["Cache-Control"] == "public, max-age=1"
        headers = {"Accept-Encoding": "gzip", "If-None-Match": named}
        async with session.get(f"{url}/live/360p.m3u8", headers=headers) as same:
            assert same.status == 304
        assert upstream.asked["/live/360p.m3u8"] <= 2


async def test_everything_else_goes_to_the_server_and_what_is_for_this_machine_alone_does_not(tmp_path):
    async with front(tmp_path) as (url, upstream), aiohttp.ClientSession() as session:
        async with session.get(f"{url}/watch?as=1", headers={"X-Forwarded-For": "198.51.100.1"}) as answer:
            seen = await answer.json()
        assert seen["X-Forwarded-For"] == "127.0.0.1"
        assert seen["Host"].startswith("127.0.0.1")
        async with session.post(f"{url}/whip/primary", data=b"v=0") as answer:
            assert answer.status == 200
        async with session.ws_connect(f"{url}/ws/feed") as socket:
            await socket.send_str("hello")
            assert await socket.receive_str() == "hello"
        for path in ("/ws/media", "/api/v1/media/publish", "/metrics"):
            async with session.post(f"{url}{path}") as answer:
                assert answer.status == 404, path
        assert not {"/ws/media", "/api/v1/media/publish", "/metrics"} & upstream.asked.keys()
