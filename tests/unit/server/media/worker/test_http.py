"""What the worker's listener answers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.media.messages import Profile
from server.media.worker import http
from server.media.worker.flow import Segment
from server.media.worker.folder import Folder
from server.media.worker.http import Listener, LivePages, Viewers
from server.media.worker.loudspeaker import Loudspeaker
from server.media.worker.store import RENDITIONS, Store
from site_agent.units import HOUR, Instant, Monotonic, seconds

Client = TestClient[web.Request, web.Application]


class Now:
    def __init__(self) -> None:
        self.at = 0

    def __call__(self) -> Monotonic:
        return Monotonic(self.at)


class House:
    def __init__(self, store: Store, client: Client, viewers: Viewers, now: Now) -> None:
        self.store, self.client, self.viewers, self.now = store, client, viewers, now

    def add(self, number: int) -> list[Segment]:
        group = [
            Segment(rendition, number, Instant(10**15 + number * 2_000_000), seconds(2), b"x" * 5_000, False, "slate")
            for rendition in RENDITIONS
        ]
        self.store.add(group)
        return group


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = Store(Folder(tmp_path, leave_free=0), 3, HOUR)
    await store.load()
    now = Now()
    viewers = Viewers(now)
    pages = LivePages(viewers)
    pages.attach(store, Loudspeaker(Profile()), Profile())
    application = web.Application()
    pages.add_to(application)
    async with TestClient(TestServer(application)) as client:
        yield House(store, client, viewers, now)


async def test_before_the_first_segment_players_are_told_to_come_again(house: House) -> None:
    for name in ("programme", "source", "360p", "audio"):
        answer = await house.client.get(f"/live/{name}.m3u8")
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "1"
        assert answer.headers["Cache-Control"] == "s-maxage=1, max-age=0"


async def test_playlists_may_be_cached_for_a_second_and_segments_for_ever(house: House) -> None:
    segment = house.add(0)[0]
    playlist = await house.client.get("/live/source.m3u8")
    assert playlist.headers["Cache-Control"] == "public, max-age=1"
    assert playlist.content_type == "application/vnd.apple.mpegurl"
    answer = await house.client.get(f"/live/{segment.name}")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content_type == "video/mp2t"
    assert await answer.read() == segment.data
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_playlist_that_has_not_changed_is_not_sent_again(house: House) -> None:
    house.add(0)
    first = await house.client.get("/live/360p.m3u8")
    same = await house.client.get("/live/360p.m3u8", headers={"If-None-Match": first.headers["ETag"]})
    assert same.status == 304
    house.add(1)
    assert (await house.client.get("/live/360p.m3u8", headers={"If-None-Match": first.headers["ETag"]})).status == 200


async def test_a_playlist_is_compressed_for_those_who_take_it(house: House) -> None:
    house.add(0)
    packed = await house.client.get("/live/source.m3u8", headers={"Accept-Encoding": "gzip"})
    plain = await house.client.get("/live/source.m3u8", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert await packed.text() == await plain.text()


async def test_a_segment_from_the_disk_is_sent_like_one_from_memory(house: House) -> None:
    groups = [house.add(number) for number in range(12)]
    await house.store.write()
    answer = await house.client.get(f"/live/{groups[0][2].name}")
    assert isinstance(house.store.find(groups[0][2].name), Path)
    assert await answer.read() == groups[0][2].data
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content_type == "video/mp2t"


@pytest.mark.parametrize("name", ["source-1.ts", "index.jsonl", "..%2findex.jsonl", "%2e%2e%2f%2e%2e%2fmaster.key"])
async def test_nothing_but_segments_is_given_out(house: House, name: str) -> None:
    house.add(0)
    await house.store.write()
    assert (await house.client.get(f"/live/{name}")).status == 404


async def test_head_is_answered_and_nothing_can_be_changed(house: House) -> None:
    segment = house.add(0)[0]
    for name in ("programme.m3u8", "source.m3u8", segment.name):
        assert (await house.client.head(f"/live/{name}")).status == 200
        for method in ("POST", "PUT", "DELETE"):
            assert (await house.client.request(method, f"/live/{name}")).status == 405


async def test_viewers_are_those_who_asked_for_a_playlist_in_the_last_ten_seconds(house: House) -> None:
    house.add(0)
    for viewer in ("203.0.113.1", "203.0.113.2", "203.0.113.1"):
        await house.client.get("/live/source.m3u8", headers={"X-Forwarded-For": viewer})
    assert house.viewers.count() == 2
    house.now.at += 8_000_000
    await house.client.get("/live/360p.m3u8", headers={"X-Forwarded-For": "203.0.113.2"})
    house.now.at += 4_000_000
    assert house.viewers.count() == 1


async def test_who_has_the_playlist_already_gets_its_last_minute(house: House) -> None:
    for number in range(100):
        house.add(number)
    whole = await house.client.get("/live/360p.m3u8", headers={"Accept-Encoding": "identity"})
    update = await house.client.get("/live/360p.m3u8?_HLS_skip=YES", headers={"Accept-Encoding": "identity"})
    assert update.headers["Cache-Control"] == "public, max-age=1"
    assert update.headers["ETag"] != whole.headers["ETag"]
    told, all_of_it = await update.text(), await whole.text()
    assert f"#EXT-X-SKIP:SKIPPED-SEGMENTS={all_of_it.count('#EXTINF') - 30}\n" in told
    assert told.split("#EXTINF", 1)[1] in all_of_it
    other = await house.client.get("/live/360p.m3u8?_HLS_skip=no")
    assert other.headers["ETag"] == whole.headers["ETag"]


async def test_a_port_that_is_taken_is_named_and_taken_as_soon_as_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_AGAIN_SECONDS", (0.01,))
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    listener = Listener(web.Application(), port)
    await listener.start()
    trying = asyncio.create_task(listener.run())
    try:
        assert listener.port not in {0, port}
        assert f"Cổng {port} (TCP, 127.0.0.1) đã bị chương trình khác dùng" in listener.problem
        taken.close()
        await asyncio.wait_for(trying, 20)
        assert (listener.port, listener.problem) == (port, "")
    finally:
        trying.cancel()
        await listener.stop()


async def test_a_loudspeaker_too_many_is_told_why_and_when_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LISTENERS_MOST", 1)
    async with house.client.get("/live/audio.mp3") as first:
        assert first.status == 200
        while (second := await house.client.get("/live/audio.mp3")).status == 200:
            second.close()  # the first is counted once its stream has begun
        assert (second.status, second.headers["Retry-After"]) == (503, "30")
        assert "Đã đủ 1 loa" in await second.text()
