"""The programme of a running demo as a technician sees it, and its processes as a fault finds them."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.running import RunningDemo

Rows = dict[str, dict[str, Any]]


class ProgrammeDesk:
    """Of a demo started with `DIEMCAU_MEDIA="1"` and its data in `data`."""

    def __init__(self, demo: RunningDemo, data: Path, http: aiohttp.ClientSession) -> None:
        self._demo = demo
        self._data = data
        self._http = http
        self.told: dict[str, dict[str, str]] = {}
        """Words by source and code of a fault, or state; everything that was noted."""
        self.on_air: set[str | None] = set()
        """Sources that were noted on air."""
        self._headers = {"Authorization": f"Bearer {demo.ready['links']['tech'][0]['token']}"}

    async def rows(self) -> Rows:
        """The feed `media`, by key."""
        async with self._http.ws_connect(
            f"{self._demo.url}/ws/feed", protocols=("diemcau.feed.v1",), headers=self._headers, max_msg_size=0
        ) as socket:
            await socket.send_json({"subscribe": "media"})
            while True:
                told = await socket.receive_json(timeout=30)
                if "snapshot" in told:
                    return dict(told["snapshot"])

    async def until(self, holds: Callable[[Rows], object], within: float = 90.0) -> Rows:
        """The rows as soon as they say so. Raises AssertionError with what they said last."""
        end = time.monotonic() + within
        while not holds(rows := await self._noted()):
            shown = {name: sorted(told) for name, told in self.told.items()}
            assert time.monotonic() < end, f"it did not come about; noted: {shown}; on air: {rows.get('output')}"
            await asyncio.sleep(0.3)
        return rows

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Note what is told meanwhile: a fault of one instant is told for half a minute."""
        self.told.clear()
        self.on_air.clear()
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await self._noted()
            await asyncio.sleep(0.5)

    async def _noted(self) -> Rows:
        rows = await self.rows()
        for key, row in rows.items():
            if key.startswith("source:"):
                told = self.told.setdefault(row["name"], {})
                told |= {fault["code"]: fault["words"] for fault in row["faults"]}
                told[row["state"]] = row["words"] or told.get(row["state"], "")
        self.on_air.add(rows.get("output", {}).get("source"))
        return rows

    async def srt(self, source: str) -> str:
        """Where to publish a source, key included; once it listens."""
        while True:
            async with self._http.get(f"{self._demo.url}/api/v1/media/keys", headers=self._headers) as answer:
                answer.raise_for_status()
                found = next(row for row in (await answer.json())["sources"] if row["source"] == source)
            if found["srt_with_key"]:
                return str(found["srt_with_key"])
            await asyncio.sleep(0.2)

    @property
    def worker(self) -> int:
        """Pid of the media worker; 0 while there is none."""
        try:
            return int((self._data / "media" / "worker.pid").read_text().split()[0])
        except (OSError, IndexError):
            return 0

    def children(self, *words: str) -> list[int]:
        """Children of the worker in whose command line all these words stand."""
        found = []
        for child in _children(self.worker):
            line = _command_line(child)
            if all(word in line for word in words):
                found.append(child)
        return found

    async def silence_the_demo(self) -> None:
        """Have the demo send no programme of its own: the primary is ours."""
        for _ in range(300):
            for child in _children(self._demo.process.pid):
                if "server.media.demo_signal" in _command_line(child):
                    os.kill(child, signal.SIGSTOP)
                    await self.until(lambda rows: rows.get("source:primary", {}).get("state") == "waiting")
                    return
            await asyncio.sleep(0.1)
        raise AssertionError("the demo sends no programme")


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
