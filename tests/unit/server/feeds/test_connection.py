"""The feed socket on loopback."""

import asyncio
import json
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import ClientSession, WSMsgType, web

from server.ceremony.access import RevokeLink
from server.ceremony.attendance import CheckIn
from server.ceremony.rules import Principal, Role
from server.engine.ids import new_id
from server.feeds.connection import SUBPROTOCOL, FeedConnections
from server.feeds.hub import FeedHub
from server.feeds.telemetry_port import ReadyCount
from tests.support.houses import HouseClock, code, host, person, small_engine


class NobodyThere:
    """A live side without sites."""

    def connected_devices(self, site):
        return set()

    def link(self, site):
        return None

    def readiness(self, cue, attempt):
        return ReadyCount()

    def on_change(self, devices, readiness):
        pass


class House:
    def __init__(self):
        self.clock = HouseClock()
        self.engine = small_engine(self.clock)
        self.hub = FeedHub(self.engine, self.clock, NobodyThere())
        self.feeds = FeedConnections(self.hub, self.clock)
        self.ended = asyncio.Event()

    async def handle(self, request):
        principal = msgspec.json.decode(request.headers["X-Principal"], type=Principal)
        ws = self.feeds.response()
        await ws.prepare(request)
        await self.feeds.run(self.feeds.socket(request.transport), ws, principal)
        self.ended.set()
        return ws

    @asynccontextmanager
    async def page(self, principal):
        headers = {"X-Principal": msgspec.json.encode(principal).decode()}
        async with self.http.ws_connect(self.url, headers=headers, protocols=(SUBPROTOCOL,), max_msg_size=0) as ws:
            yield Page(ws)


class Page:
    def __init__(self, ws):
        self.ws = ws

    async def say(self, **message):
        await self.ws.send_str(json.dumps(message))

    async def hear(self):
        message = await self.ws.receive(timeout=5)
        assert message.type is WSMsgType.TEXT, message
        return json.loads(message.data)

    async def closed(self):
        heard = []
        while True:
            message = await self.ws.receive(timeout=5)
            if message.type is not WSMsgType.TEXT:
                return self.ws.close_code, heard
            heard.append(json.loads(message.data))


@pytest.fixture
async def house():
    house = House()
    app = web.Application()
    app.router.add_get("/ws/feed", house.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    house.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/ws/feed"
    async with ClientSession() as http:
        house.http = http
        yield house
    await runner.cleanup()


async def test_a_page_gets_a_snapshot_then_changes_then_what_it_missed(house):
    async with house.page(person(Role.TECH)) as page:
        await page.say(subscribe="sites")
        snapshot = await page.hear()
        assert (snapshot["feed"], snapshot["offset"], len(snapshot["snapshot"])) == ("sites", 0, 5)
        house.engine.give(CheckIn(id=new_id(), site=code(1)))
        change = await page.hear()
        assert (change["feed_id"], change["offset"], change["changes"][0][0]) == (snapshot["feed_id"], 1, code(1))
    async with house.page(person(Role.TECH)) as page:
        await page.say(subscribe="sites", feed_id=snapshot["feed_id"], offset=0)
        missed = await page.hear()
        assert (missed["offset"], missed["changes"]) == (1, change["changes"])
        assert (await page.hear()).keys() == {"now"}


async def test_a_feed_that_the_role_may_not_see_is_a_problem_and_the_page_lives(house):
    async with house.page(person(Role.VIEWER)) as page:
        for feed in ("sites", "ceremony", "site:17001"):
            await page.say(subscribe=feed)
            answer = await page.hear()
            assert (answer["feed"], answer["problem"]["code"]) == (feed, "forbidden")
        await page.say(subscribe="public")
        assert "snapshot" in await page.hear()


async def test_a_time_request_is_answered(house):
    async with house.page(person(Role.PRESSER)) as page:
        await page.say(type="time_request", probe=3, origin=4)
        reply = await page.hear()
        assert (reply["type"], reply["probe"], reply["received"]) == ("time_reply", 3, house.clock.now())


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"subscribe": 7}', '{"type": "time_request"}', '{"type": "other"}'])
async def test_what_is_no_message_is_refused_with_words(house, text):
    async with house.page(person(Role.TECH)) as page:
        await page.ws.send_str(text)
        assert (await page.hear())["problem"]["code"] == "malformed"


async def test_a_page_that_goes_on_is_cut_off(house):
    async with house.page(person(Role.VIEWER)) as page:
        for _ in range(25):
            await page.say(subscribe="sites")
        code_, heard = await page.closed()
        assert (code_, len(heard)) == (1008, 20)


async def test_an_oversized_message_ends_the_page(house):
    async with house.page(person(Role.TECH)) as page:
        await page.say(subscribe="sites", padding="x" * 5000)
        assert (await page.closed())[0] == 1009


async def test_a_revoked_link_closes_the_page_with_its_code(house):
    async with house.page(host(code(1))) as page:
        await page.say(subscribe="ceremony")
        await page.hear()
        house.engine.give(RevokeLink(id=new_id(), subject=f"host:{code(1)}", reason="lộ"))
        assert (await page.closed())[0] == 4403


async def test_a_page_that_leaves_is_forgotten(house):
    async with house.page(host(code(1))) as page:
        await page.say(subscribe=f"site:{code(1)}")
        await page.hear()
        assert len(house.hub._pages) == 1
    await house.ended.wait()
    assert house.hub._pages == {}
    assert f"site:{code(1)}" not in house.hub._stores
