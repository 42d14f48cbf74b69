"""The server with its real media worker: the programme is there, outlives its worker's end, and ends with the server."""

import asyncio
import os
import signal
from pathlib import Path
from time import monotonic

import aiohttp
import pytest

from tests.support.running import running_demo

WITHIN = 90.0
"""On a loaded machine a worker takes its time to load its codecs."""


async def until(reading, wanted):
    end = monotonic() + WITHIN
    while not wanted(found := await reading()):
        assert monotonic() < end, f"it did not come about: {found}"
        await asyncio.sleep(0.2)
    return found


@pytest.mark.timeout(300)
async def test_the_programme_comes_back_after_its_worker_was_killed_and_ends_with_the_server(tmp_path: Path):
    pid_file = tmp_path / "demo" / "media" / "worker.pid"

    async def pid():
        return int((await asyncio.to_thread(pid_file.read_text)).split()[0]) if await asyncio.to_thread(pid_file.exists) else 0

    async with running_demo(tmp_path / "demo", "--sites", "0", DIEMCAU_MEDIA="1") as demo, aiohttp.ClientSession() as client:

        async def playlist():
            async with client.get(f"{demo.url}/live/source.m3u8") as answer:
                return answer.status, await answer.text()

        await until(playlist, lambda found: found[0] == 200 and ".ts" in found[1])
        first = await pid()
        os.kill(first, signal.SIGKILL)
        await until(playlist, lambda found: found[0] == 503)
        # The slate goes on from where the segments on the disk end.
        await until(playlist, lambda found: found[0] == 200 and ".ts" in found[1])
        second = await pid()
        assert second != first
        headers = {"Authorization": f"Bearer {demo.ready['links']['tech'][0]['token']}"}
        async with client.get(f"{demo.url}/api/v1/journal", params={"limit": 200}, headers=headers) as answer:
            told = await answer.text()
        assert '"media_worker_moved"' in told
        assert '"media_switched"' in told
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
