import asyncio

import aiohttp
from prometheus_client import REGISTRY

from server.observe.lag import watch_lag
from server.observe.metrics import MetricsListener
from tests.support.running import free_port


async def test_metrics_have_a_listener_of_their_own_that_knows_nothing_else():
    listener = MetricsListener("127.0.0.1", free_port())
    await listener.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{listener.port}") as client:
            async with client.get("/metrics") as answer:
                assert "diemcau_event_loop_lag_seconds" in await answer.text()
            async with client.get("/api/v1/ceremony") as answer:
                assert answer.status == 404
    finally:
        await listener.stop()


async def test_the_lag_of_the_loop_is_measured():
    def count():
        return REGISTRY.get_sample_value("diemcau_event_loop_lag_seconds_count") or 0

    before = count()
    task = asyncio.create_task(watch_lag())
    try:
        while count() == before:  # noqa: ASYNC110 -- nothing tells of a new sample
            await asyncio.sleep(0)
    finally:
        task.cancel()
