"""A ceremony with its media worker, as `diemcau serve` runs it, and where its primary source is published."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from ops.bench.morning import opening
from ops.bench.processes import until_ready
from server.beginning import Beginning, Launch, begin
from server.ceremony.roster import ImportRoster
from server.clock import wall
from server.credential import Credential, read_credential
from tests.support.running import free_port

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def served(data: Path, launch: Launch | None = None, **environment: str) -> AsyncIterator[Credential]:
    """A ceremony with its media worker and nobody who publishes; its address and an admin's token."""
    sites = opening(2)[1][0]
    assert isinstance(sites, ImportRoster)
    await begin(data, Beginning("Đo lường", "UBND tỉnh", wall(), sites.levels, sites.sites, launch=launch))
    port = free_port()
    command = [sys.executable, "-m", "server.cli", "serve", "--data", str(data), "--listen", f"127.0.0.1:{port}"]
    environment = {**os.environ, "DIEMCAU_SRT_LISTEN": "127.0.0.1:0", **environment}
    process = await asyncio.create_subprocess_exec(*command, "--log-level", "warning", cwd=ROOT, env=environment, stderr=DEVNULL)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            await until_ready(http, process, data)
        yield read_credential(data)
    finally:
        process.terminate()
        await process.wait()


async def srt_address(server: Credential) -> str:
    """Where the primary source publishes, once the worker listens."""
    async with aiohttp.ClientSession(server.url, headers={"Authorization": f"Bearer {server.token}"}) as http:
        for _ in range(120):
            async with http.get("/api/v1/media/keys") as answer:
                sources = (await answer.json())["sources"]
            address = next((str(source["srt_with_key"]) for source in sources if source["source"] == "primary"), "")
            if address:
                return address
            await asyncio.sleep(0.5)
    raise TimeoutError("the media worker does not listen")
