"""The worker's socket with a worker made of a few lines: it dials, is told the plan, reports; strangers and seconds are sent away."""

import asyncio
import base64
from contextlib import asynccontextmanager
from dataclasses import replace

import msgspec
import pytest
from aiohttp import WSServerHandshakeError

from server.ceremony.relay_plan import Platform, RelayAccess
from server.ceremony.relays import AddRelay
from server.ceremony.rules import Role
from server.ceremony.sources import ConfigureSource, RotateSourceKey, SourceKind, SourceName, SwitchSource
from server.engine.ids import new_id
from server.media.link import MAX_UNREADABLE, MESSAGES_AT_ONCE
from server.media.messages import (
    PROTOCOL,
    CloseWorker,
    CutClip,
    Hello,
    MediaPlan,
    OutputStatus,
    Publishing,
    PublishRefused,
    RecordingStatus,
    RelayTested,
    SourceStatus,
    Status,
    Thumbnail,
    Welcome,
    to_worker,
)
from server.media.messages import TestRelay as RelayTest
from server.media.rtmp import Stream
from server.sockets import FENCED, POLICY
from site_agent.units import SECOND
from tests.support.doors import MEDIA_TOKEN
from tests.support.houses import HouseClock
from tests.support.launch_kit import abort, order, warrant

JPEG = b"\xff\xd8\xff\xe0 picture"
AT = HouseClock().now()


class FakeWorker:
    """Speaks messages.py and does nothing."""

    def __init__(self, socket):
        self.socket = socket

    async def hear(self, kind):
        """The next message of a kind; what else comes before it is passed over."""
        while True:
            message = to_worker.decode((await asyncio.wait_for(self.socket.receive(), 5)).data)
            if isinstance(message, kind):
                return message

    async def say(self, message):
        await self.socket.send_bytes(msgspec.json.encode(message))

    async def hello(self, pid=7, http_port=18):
        await self.say(Hello(version="1", pid=pid, http_port=http_port))

    async def closed(self):
        """The close code, once the server has said goodbye."""
        while not self.socket.closed:
            await asyncio.wait_for(self.socket.receive(), 5)
        return self.socket.close_code


@asynccontextmanager
async def worker(door, token=MEDIA_TOKEN):
    headers = {"Authorization": f"Bearer {token}"}
    async with door.client.ws_connect("/ws/media", headers=headers, protocols=[PROTOCOL]) as socket:
        yield FakeWorker(socket)


async def until(condition):
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about")


def status(**more):
    fields = {
        "at": AT,
        "revision": 1,
        "sources": (SourceStatus(name="primary", state="receiving", since=AT),),
        "output": OutputStatus(source="primary", since=AT, why="start", segment_started=AT),
        "relays": (),
        "recording": RecordingStatus(state="recording", since=AT),
    }
    return Status(**{**fields, **more})


async def test_a_worker_is_told_the_time_and_the_plan_and_again_when_it_changes(door):
    async with worker(door) as fake:
        assert (await fake.hear(Welcome)).utc == door.clock.now()
        first = await fake.hear(MediaPlan)
        assert [source.name for source in first.sources] == ["primary", "backup"]
        await fake.hello()
        door.engine.give(RotateSourceKey(id=new_id(), source=SourceName.PRIMARY), SwitchSource(id=new_id(), to=SourceName.SLATE))
        second = await fake.hear(MediaPlan)
        assert (second.sources[0].key != first.sources[0].key, second.wanted_source) == (True, "slate")
        assert second.revision > first.revision


async def test_what_is_nothing_to_the_programme_is_no_plan(door):
    async with worker(door) as fake:
        await fake.hear(MediaPlan)
        await fake.hello()
        await until(lambda: door.services.media.http_port == 18)
        before = door.services.media.plan()
        door.clock.move(SECOND)
        assert door.services.media.plan() is before


async def test_an_order_and_an_abort_are_in_the_plan_before_any_journal_knows(door):
    given = order(warrant())
    async with worker(door) as fake:
        await fake.hear(MediaPlan)
        await fake.hello()
        await until(lambda: door.services.media.http_port)
        door.services.media.send_order(given)
        assert [mark.id for mark in (await fake.hear(MediaPlan)).marks] == ["launch.1.order"]
        door.services.media.send_abort(abort(given))
        marks = (await fake.hear(MediaPlan)).marks
        assert [mark.id for mark in marks] == ["launch.1.order", "launch.1.abort"]
        assert marks[0].at == marks[1].at
        door.services.media.send_order(given)
        door.services.media.send_order(order(warrant(live=False, attempt=2)))
        assert [mark.id for mark in (await fake.hear(MediaPlan)).marks][-1] == "launch.2.order"


async def test_nobody_else_is_let_in(door):
    for token in ("", "falsch", door.token(Role.ADMIN)):
        with pytest.raises(WSServerHandshakeError) as refused:
            async with worker(door, token):
                pass
        assert refused.value.status == 401


async def test_a_second_worker_is_sent_away_and_the_first_stays(door):
    async with worker(door) as first:
        await first.hear(MediaPlan)
        await first.hello(pid=7)
        await until(lambda: door.services.media.http_port == 18)
        async with worker(door) as second:
            await second.hear(Welcome)
            await second.hello(pid=8, http_port=19)
            await second.hear(CloseWorker)
            assert await second.closed() == FENCED
        assert door.services.media.http_port == 18
        await first.say(status())
        await until(lambda: door.services.media.status() is not None)


async def test_a_worker_that_dials_again_takes_the_place_of_its_older_socket(door):
    async with worker(door) as old:
        await old.hear(MediaPlan)
        await old.hello()
        await until(lambda: door.services.media.http_port == 18)
        async with worker(door) as new:
            await new.hello()
            await new.hear(MediaPlan)
            assert await old.closed() == FENCED
            await new.say(status())
            await until(lambda: door.services.media.status() is not None)


async def test_a_worker_that_listens_elsewhere_now_says_so_and_a_second_name_of_its_own_is_nothing(door):
    async with worker(door) as fake:
        await fake.hello()
        await until(lambda: door.services.media.http_port == 18)
        await fake.hello(pid=8, http_port=20)
        await fake.hello(http_port=19)
        await until(lambda: door.services.media.http_port == 19)


async def test_the_worker_that_was_spawned_wins_over_any_other(door):
    async with worker(door) as stray:
        await stray.hello(pid=1)
        await until(lambda: door.services.media.http_port == 18)
        door.services.media._started(2)
        async with worker(door) as ours:
            await ours.hello(pid=2, http_port=20)
            await stray.hear(CloseWorker)
            await until(lambda: door.services.media.http_port == 20)


async def test_what_cannot_be_read_is_passed_over_and_a_babbler_is_cut_off(door):
    async with worker(door) as fake:
        await fake.hello()
        for garbage in (b"\xff\x00", b"{}", b"[]", b'{"type":"status"}', b'{"type":"plan","revision":1}'):
            await fake.socket.send_bytes(garbage)
        await fake.say(status())
        await until(lambda: door.services.media.status() is not None)
        for _ in range(MAX_UNREADABLE):
            await fake.socket.send_bytes(b"?")
        assert await fake.closed() == POLICY
    await until(lambda: door.services.media.status() is None)
    assert door.services.media.worker().state == "lost"


async def test_reports_become_rows_and_end_with_the_worker(door):
    headers = door.headers(Role.TECH)
    async with worker(door) as fake, door.client.ws_connect("/ws/feed", headers=headers, protocols=["diemcau.feed.v1"]) as page:
        await page.send_json({"subscribe": "media"})
        rows = dict((await page.receive_json())["snapshot"])
        assert (rows["source:primary"]["state"], rows["worker"]["state"]) == ("unknown", "off")
        await fake.hello()
        await fake.say(status())
        await fake.say(Thumbnail(of="primary", at=AT, jpeg=JPEG))
        while not (rows["source:primary"]["state"] == "receiving" and rows["source:primary"]["thumbnail_at"] == AT):
            rows |= dict((await asyncio.wait_for(page.receive_json(), 5)).get("changes", []))
        assert (rows["output"]["source"], rows["output"]["flowing"], rows["worker"]["state"]) == ("primary", True, "running")
        await fake.socket.close()
        while rows["worker"]["state"] != "lost":
            rows |= dict((await asyncio.wait_for(page.receive_json(), 5)).get("changes", []))
        assert rows["source:primary"]["state"] == "unknown"


async def test_the_mc_reads_what_goes_out_and_nothing_else(door):
    headers = door.headers(Role.MC)
    async with door.client.ws_connect("/ws/feed", headers=headers, protocols=["diemcau.feed.v1"]) as page:
        await page.send_json({"subscribe": "media"})
        assert [key for key, _ in (await page.receive_json())["snapshot"]] == ["output"]
        door.engine.give(SwitchSource(id=new_id(), to=SourceName.BACKUP))
        assert dict((await asyncio.wait_for(page.receive_json(), 5))["changes"])["output"]["wanted"] == "backup"
        await page.send_json({"unsubscribe": "media"})


async def test_small_pictures_are_kept_in_memory_and_shown_to_those_who_may(door):
    async with worker(door) as fake:
        await fake.hello()
        await fake.say(Thumbnail(of="backup", at=AT, jpeg=b"no picture"))
        await fake.say(Thumbnail(of="backup", at=AT, jpeg=JPEG + b"x" * 20 * 1024))
        await fake.say(Thumbnail(of="primary", at=AT, jpeg=JPEG))
        await until(lambda: door.services.media.thumbnail("primary"))
    assert door.services.media.thumbnail("backup") is None
    for role, of, code in ((Role.CALLER, "primary", 200), (Role.MC, "primary", 403), (Role.TECH, "backup", 404)):
        async with door.client.get(f"/api/v1/media/thumbnails/{of}", headers=door.headers(role)) as answer:
            assert answer.status == code
            if code == 200:
                assert (await answer.read(), answer.headers["Cache-Control"]) == (JPEG, "no-store")


async def test_a_relay_is_tested_by_the_worker_and_two_who_ask_get_one_answer(door):
    door.engine.give(AddRelay(id=new_id(), name="A", platform=Platform.CUSTOM, access=RelayAccess("rtmp://a.test/live", "khoa")))
    [relay] = door.engine.state.relays.relays
    path = f"/api/v1/media/relays/{relay}/test"

    async def ask():
        async with door.client.post(path, headers=door.headers(Role.TECH)) as answer:
            return answer.status, await answer.json()

    assert (await ask())[1]["code"] == "media_away"
    async with worker(door) as fake:
        await fake.hello()
        await until(lambda: door.services.media.http_port)
        asked = [asyncio.ensure_future(ask()) for _ in range(2)]
        test = await fake.hear(RelayTest)
        assert (test.relay.id, test.relay.key) == (relay, "khoa")
        await fake.say(RelayTested(id=relay, ok=True, words="Kết nối được"))
        assert [answer["words"] for _, answer in await asyncio.gather(*asked)] == ["Kết nối được"] * 2
        waiting = asyncio.ensure_future(ask())
        await fake.hear(RelayTest)
    assert (await waiting)[0] == 503


async def test_a_clip_is_asked_of_the_worker_once_it_can_be_cut(door):
    now = door.clock.now()
    body = {"begin": now - 60 * SECOND, "end": now - 20 * SECOND}
    async with worker(door) as fake:
        await fake.hello()
        await until(lambda: door.services.media.http_port)
        async with door.client.post("/api/v1/media/clips", json=body, headers=door.headers(Role.CALLER)) as answer:
            clip = await answer.json()
        assert (answer.status, clip["state"]) == (200, "making")
        assert (await fake.hear(CutClip)).id == clip["id"]
    async with door.client.get("/api/v1/media/clips", headers=door.headers(Role.CALLER)) as answer:
        assert [each["id"] for each in (await answer.json())["clips"]] == [clip["id"]]
    place = f"/api/v1/media/clips/{clip['id']}"
    async with door.client.delete(place, headers=door.headers(Role.CALLER)) as answer:  # the worker went while it cut: it waits
        assert (answer.status, await answer.json()) == (200, {"clips": []})
    async with door.client.delete(place, headers=door.headers(Role.CALLER)) as answer:
        assert (await answer.json())["code"] == "no_clip"
    backwards = {"begin": body["end"], "end": body["begin"]}
    async with door.client.post("/api/v1/media/clips", json=backwards, headers=door.headers(Role.CALLER)) as answer:
        assert (await answer.json())["code"] == "clip_out_of_range"


async def test_keys_and_addresses_are_told_to_the_crew_and_kept_by_no_cache(door):
    async with door.client.get("/api/v1/media/keys", headers=door.headers(Role.TECH)) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        primary, backup = (await answer.json())["sources"]
    assert primary["key"] != backup["key"]
    assert (primary["whip"], primary["generation"], primary["srt"]) == ("http://cau.test/whip/primary", 0, "")
    async with worker(door) as fake:
        assert (await fake.hear(MediaPlan)).sources[0].key == primary["key"]
        await fake.hello()
        await fake.say(status(sources=(SourceStatus(name="primary", state="waiting", since=AT, port=40123),)))
        await until(lambda: door.services.media.status() is not None)
        async with door.client.get("/api/v1/media/keys", headers=door.headers(Role.TECH)) as answer:
            primary = (await answer.json())["sources"][0]
    assert primary["srt"] == "srt://127.0.0.1:40123"
    assert f"passphrase={primary['key']}" in primary["srt_with_key"]


def test_a_thumbnail_travels_as_base64():
    assert base64.b64encode(JPEG) in msgspec.json.encode(Thumbnail(of="primary", at=AT, jpeg=JPEG))


async def test_a_worker_that_floods_is_cut_off(door):
    async with worker(door) as flooding:
        await flooding.hello()
        for _ in range(2 * MESSAGES_AT_ONCE):
            await flooding.say(Thumbnail(of="primary", at=AT, jpeg=JPEG))
        assert await flooding.closed() == POLICY


async def test_somebody_guessing_behind_the_same_proxy_does_not_keep_the_worker_out(door):
    for _ in range(40):
        with pytest.raises(WSServerHandshakeError):
            await door.client.ws_connect("/ws/media", headers={"Authorization": "Bearer wrong"}, protocols=[PROTOCOL])
    async with worker(door) as known:
        assert await known.hear(Welcome)


async def test_a_worker_hears_of_publishers_at_once_and_one_that_comes_later_of_those_who_are_there(door):
    door.engine.give(ConfigureSource(id=new_id(), source=SourceName.BACKUP, source_kind=SourceKind.RTMP))
    stream = Stream("live", door.services.media.key(SourceName.BACKUP), "203.0.113.5", "1")
    async with worker(door) as first:
        await first.hello()
        await first.hear(MediaPlan)
        assert door.services.media.rtmp.publish(replace(stream, key="falsch")) == "key"
        assert await first.hear(PublishRefused) == PublishRefused("backup", "203.0.113.5", "key")
        assert door.services.media.rtmp.publish(stream) is None
        assert await first.hear(Publishing) == Publishing("backup", "203.0.113.5")
    async with worker(door) as second:
        await second.hello(pid=8)
        assert await second.hear(Publishing) == Publishing("backup", "203.0.113.5")
