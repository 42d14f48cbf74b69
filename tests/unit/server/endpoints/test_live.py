"""/live and /whip: passed on byte by byte with what caches need, or 503 in words."""

import asyncio
import gzip
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientPayloadError, web
from aiohttp.test_utils import TestServer

from server.media.messages import Hello

SEGMENT = bytes(range(256)) * 2_000


class Worker:
    """A worker's listener: remembers what it was asked."""

    def __init__(self):
        self.asked = []
        self.go_on = asyncio.Event()

    async def playlist(self, request):
        self.asked.append(request)
        if request.headers.get("If-None-Match") == '"a"':
            return web.Response(status=304, headers={"ETag": '"a"', "Cache-Control": "public, max-age=1"})
        headers = {"Cache-Control": "public, max-age=1", "ETag": '"a"', "Set-Cookie": "a=b", "X-Inner": "1"}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            return web.Response(body=gzip.compress(b"#EXTM3U\n"), content_type="application/vnd.apple.mpegurl", headers=headers)
        return web.Response(text="#EXTM3U\n", content_type="application/vnd.apple.mpegurl", headers=headers)

    async def segment(self, request):
        self.asked.append(request)
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": "video/mp2t"}
        if "Range" in request.headers:
            headers["Content-Range"] = f"bytes 0-9/{len(SEGMENT)}"
            return web.Response(status=206, body=SEGMENT[:10], headers=headers)
        return web.Response(body=SEGMENT, headers=headers)

    async def sound(self, request):
        response = web.StreamResponse(headers={"Content-Type": "audio/mpeg"})
        await response.prepare(request)
        await response.write(b"first")
        await self.go_on.wait()
        await response.write(b"second")
        return response

    async def broken(self, request):
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"half")
        request.transport.abort()
        return response

    async def whip(self, request):
        self.asked.append((request.method, request.path, request.headers.get("Authorization"), await request.read()))
        headers = {"Location": "/whip/primary/abc", "Content-Type": "application/sdp"}
        return web.Response(status=201 if request.method == "POST" else 200, text="v=0", headers=headers)


@asynccontextmanager
async def there(door):
    worker = Worker()
    app = web.Application()
    app.router.add_get("/live/programme.m3u8", worker.playlist)
    app.router.add_get("/live/segment.ts", worker.segment)
    app.router.add_get("/live/audio.mp3", worker.sound)
    app.router.add_get("/live/broken.ts", worker.broken)
    app.router.add_route("*", "/whip/{tail:.+}", worker.whip)
    async with TestServer(app) as server:
        door.services.media.came(Hello(version="1", pid=1, http_port=server.port))
        yield worker


async def test_a_playlist_keeps_its_cache_headers_and_nothing_else_of_the_worker(door):
    async with there(door) as worker, door.client.get("/live/programme.m3u8?session=7") as answer:
        assert (answer.status, await answer.text()) == (200, "#EXTM3U\n")
        assert answer.headers["Cache-Control"] == "public, max-age=1"
        assert answer.headers["ETag"] == '"a"'
        assert not {"Set-Cookie", "X-Inner"} & answer.headers.keys()
        assert worker.asked[0].query["session"] == "7"
        async with door.client.get("/live/programme.m3u8", headers={"If-None-Match": '"a"'}) as again:
            assert (again.status, await again.read()) == (304, b"")
        async with door.client.head("/live/programme.m3u8") as head:
            assert (head.status, head.headers["Cache-Control"], await head.read()) == (200, "public, max-age=1", b"")


async def test_a_playlist_comes_as_the_worker_compressed_it(door):
    async with there(door):
        for accepted, coded in (("gzip", "gzip"), ("identity", None)):
            answer = await door.client.get("/live/programme.m3u8", headers={"Accept-Encoding": accepted})
            assert answer.headers.get("Content-Encoding") == coded
            assert answer.headers.get("Vary") == (coded and "Accept-Encoding")
            assert await answer.text() == "#EXTM3U\n"


async def test_a_segment_comes_whole_or_in_the_range_that_was_asked_for(door):
    async with there(door):
        async with door.client.get("/live/segment.ts") as answer:
            assert await answer.read() == SEGMENT
            assert "immutable" in answer.headers["Cache-Control"]
        async with door.client.get("/live/segment.ts", headers={"Range": "bytes=0-9"}) as part:
            assert (part.status, await part.read()) == (206, SEGMENT[:10])


async def test_a_stream_without_an_end_is_handed_on_as_it_comes(door):
    async with there(door) as worker, door.client.get("/live/audio.mp3") as answer:
        assert await answer.content.readexactly(5) == b"first"
        worker.go_on.set()
        assert await answer.content.readexactly(6) == b"second"


async def test_an_answer_that_broke_off_does_not_look_whole(door):
    async with there(door), door.client.get("/live/broken.ts") as answer:
        with pytest.raises(ClientPayloadError):
            await answer.read()


async def test_without_a_worker_there_are_words(door):
    async with door.client.get("/live/programme.m3u8") as answer:
        assert (answer.status, answer.headers["Retry-After"], answer.headers["Cache-Control"]) == (
            503,
            "1",
            "s-maxage=1, max-age=0",
        )
        assert "khởi động lại" in (await answer.json())["detail"]
    door.services.media.came(Hello(version="1", pid=1, http_port=1))
    async with door.client.get("/live/programme.m3u8") as answer:
        assert (answer.status, (await answer.json())["code"]) == (503, "media_away")


@pytest.mark.parametrize("path", ["/live/..%2Fetc", "/live/a/..%2F..%2Fb", "/live/%2e%2e/x", "/live/a%5Cb", "/live//x"])
async def test_a_path_out_of_the_programme_is_not_passed_on(door, path):
    async with there(door) as worker:
        async with door.client.get(path) as answer:
            assert answer.status == 404
        assert worker.asked == []


async def test_whip_brings_its_key_to_the_worker_which_alone_checks_it(door):
    async with there(door) as worker:
        headers = {"Authorization": "Bearer khoa-luong", "Content-Type": "application/sdp"}
        async with door.client.post("/whip/primary", data=b"v=0 offer", headers=headers) as answer:
            assert (answer.status, answer.headers["Location"], await answer.text()) == (201, "/whip/primary/abc", "v=0")
        async with door.client.delete("/whip/primary/abc", headers=headers) as answer:
            assert answer.status == 200
        async with door.client.post("/whip/primary", data=b"x" * 70_000, headers=headers) as answer:
            assert answer.status == 413
    assert worker.asked == [
        ("POST", "/whip/primary", "Bearer khoa-luong", b"v=0 offer"),
        ("DELETE", "/whip/primary/abc", "Bearer khoa-luong", b""),
    ]
