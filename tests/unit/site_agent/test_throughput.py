"""The probe against a real HTTP server that is slow on purpose."""

import asyncio

import pytest
from aiohttp import web

from site_agent.api import Api, Unreachable
from site_agent.link.throughput import DOWN_BYTES, UP_BYTES
from site_agent.throughput import PATH, measure


class Line:
    """Gives and takes a probe; `sent` and `taken` are the bytes."""

    def __init__(self):
        self.sent = []
        self.taken = []
        self.status = 200
        self.pause = 0.0

    async def start(self):
        app = web.Application()
        app.router.add_get(PATH, self._give)
        app.router.add_put(PATH, self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self):
        await self._runner.cleanup()

    async def _give(self, request):
        body = b"x" if "empty" in request.query else bytes(DOWN_BYTES)
        self.sent.append(len(body))
        if len(body) > 1:
            await asyncio.sleep(self.pause)
        return web.Response(body=body, status=self.status)

    async def _take(self, request):
        self.taken.append(len(await request.read()))
        return web.Response(status=204)


@pytest.fixture
async def line():
    line = Line()
    line.url = await line.start()
    yield line
    await line.stop()


async def test_it_costs_three_requests_and_the_bytes_it_says(line):
    up, down = await measure(Api(line.url, "token"))
    assert (line.sent, line.taken) == ([1, DOWN_BYTES], [UP_BYTES])
    assert up > 0
    assert down > 0


async def test_a_slow_way_down_is_seen_as_slow(line):
    line.pause = 1.0
    _, down = await measure(Api(line.url, "token"))
    assert down < 400


async def test_a_server_that_fails_measures_nothing(line):
    line.status = 500
    with pytest.raises(Unreachable):
        await measure(Api(line.url, "token"))
