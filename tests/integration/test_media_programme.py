"""The worker as it runs: two real SRT publishers that come and go, and real players at the other end."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import aiohttp
import msgspec
import pytest

from server.media.messages import MediaPlan, Profile, SourcePlan
from server.media.worker.app import Worker
from server.media.worker.ffmpeg import ffmpeg_path
from server.media.worker.flow import Chunk, Ticks
from server.media.worker.ts_reader import TsReader
from site_agent.units import Monotonic, seconds
from tests.support.publishers import KEY, publisher
from tests.support.waiting import until

SMALL = Profile(width=320, height=180, video_kbps=600)


@asynccontextmanager
async def running(data: Path, plan: MediaPlan) -> AsyncIterator[Worker]:
    worker = Worker(data, stable=seconds(3))
    await worker.open()
    try:
        await worker.apply(plan)
        yield worker
    finally:
        await worker.close()


def url(worker: Worker, name: str) -> str:
    return f"http://127.0.0.1:{worker.http_port}/live/{name}"


async def text(worker: Worker, name: str) -> str:
    async with aiohttp.ClientSession() as session, session.get(url(worker, name)) as response:
        return await response.text() if response.status == 200 else ""


async def segments_are(worker: Worker, least: int) -> None:
    async with asyncio.timeout(60):
        while (await text(worker, "source.m3u8")).count("#EXTINF") < least:  # noqa: ASYNC110 -- playlists are polled
            await asyncio.sleep(0.2)


async def said_by(*command: str, within: float = 90, env: dict[str, str] | None = None) -> str:
    """What a program prints on both outputs; it must end well."""
    child = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **(env or {})},
    )
    try:
        out, _ = await asyncio.wait_for(child.communicate(), within)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    assert child.returncode == 0, out.decode()
    return out.decode()


class Shown:
    """A sink that notes each picture: its time on the programme's timeline, and whose it is."""

    def __init__(self) -> None:
        self.pictures: list[tuple[Ticks, str]] = []

    def chunk(self, chunk: Chunk) -> None:
        if chunk.track == "video":
            self.pictures.append((chunk.pts, chunk.source))

    def steps_where_sources_change(self) -> list[int]:
        return [after[0] - before[0] for before, after in pairwise(self.pictures) if before[1] != after[1]]


async def times(worker: Worker, name: str) -> dict[str, list[int]]:
    """DTS by track, of everything the playlist names."""
    whole = b""
    async with aiohttp.ClientSession() as session:
        for line in (await text(worker, name)).splitlines():
            if line.endswith(".ts"):
                async with session.get(url(worker, line)) as response:
                    assert response.status == 200
                    whole += await response.read()
    reader = TsReader(lambda: Monotonic(0))
    units = [*reader.feed(whole), *reader.finish()]
    return {track: [unit.dts for unit in units if unit.track == track] for track in ("video", "audio")}


def steps(times: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise(times)]


@pytest.mark.timeout(240)
async def test_from_primary_to_backup_to_slate_and_back_every_player_sees_one_programme(tmp_path: Path) -> None:
    plan = MediaPlan(
        1,
        profile=SMALL,
        title="Lễ công bố",
        sources=(SourcePlan("primary", key=KEY), SourcePlan("backup", key=KEY)),
        recording=False,
    )
    async with running(tmp_path, plan) as worker:
        programme = worker.programme
        assert programme is not None
        programme.chunk_sinks.append(shown := Shown())
        await until(lambda: all(worker.status().sources[n].port for n in (0, 1)))
        ports = {source.name: source.port for source in worker.status().sources}

        def srt(name: str) -> str:
            return f"srt://127.0.0.1:{ports[name]}?passphrase={KEY}&latency=500000"

        await until(lambda: worker.status().output.source == "slate", 60)
        with publisher(srt("backup")):
            with publisher(srt("primary")):
                await until(lambda: worker.status().output.source == "primary", 60)
                segment = worker.status().output.segment
                await until(lambda: worker.status().output.segment > segment)
            await until(lambda: worker.status().output.source == "backup", 10)
            assert worker.status().output.why == "primary_lost"
        await until(lambda: worker.status().output.source == "slate", 10)
        with publisher(srt("primary")):
            await until(lambda: worker.status().output.source == "primary", 60)
            newest = worker.status().output.segment
            await until(lambda: worker.status().output.segment >= newest + 2, 30)
            for name in ("source.m3u8", "360p.m3u8", "audio.m3u8"):
                read = await times(worker, name)
                # A publisher on a busy machine may leave pictures out; that is told as it is.
                assert all(0 < step <= 90_000 for step in steps(read["video"]))
                assert all(0 < step <= 3 * 1_920 for step in steps(read["audio"]))
            assert set(shown.steps_where_sources_change()) == {3_000}
            number = (await text(worker, "source.m3u8")).count("#EXTINF")
            assert "#EXT-X-DISCONTINUITY" in await text(worker, "source.m3u8")
            said = await said_by(
                *(ffmpeg_path(), "-v", "warning", "-live_start_index", "0", "-i", url(worker, "source.m3u8")),
                *("-t", str(2 * number - 6), "-c", "copy", "-f", "null", "-"),
            )
            assert said == ""


@pytest.mark.timeout(240)
async def test_players_play_the_slate_without_a_warning_and_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    plan = MediaPlan(1, profile=msgspec.structs.replace(SMALL, keyframe_seconds=1.0), recording=False)
    async with running(tmp_path, plan) as worker:
        await segments_are(worker, 4)
        await asyncio.gather(*_watched(worker), _watched_by_vlc(tmp_path, worker))
        first = await text(worker, "source.m3u8")
    async with running(tmp_path, plan) as worker:
        before = (await text(worker, "source.m3u8")).count("#EXTINF")
        await segments_are(worker, before + 2)
        again = await text(worker, "source.m3u8")
    assert again.split("#EXT-X-PROGRAM")[1] == first.split("#EXT-X-PROGRAM")[1]
    numbers = [int(number) for number in re.findall(r"source-\d+-(\d+)\.ts", again)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    after_restart = again.split("#EXTINF")[before].partition("\n")[2].partition("\n")[2]
    assert after_restart.startswith("#EXT-X-DISCONTINUITY\n")


def _watched(worker: Worker) -> list[Coroutine[None, None, None]]:
    """By mpv, all at once."""
    names = ("programme.m3u8", "audio.m3u8", "audio.mp3") if shutil.which("mpv") else ()
    return [_watched_by_mpv(url(worker, name)) for name in names]


async def _watched_by_mpv(what: str) -> None:
    quiet = ("--no-config", "--vo=null", "--ao=null", "--msg-level=all=warn")
    assert await said_by("mpv", *quiet, "--length=2", what) == ""


async def _watched_by_vlc(home: Path, worker: Worker) -> None:
    if not shutil.which("cvlc"):
        return
    said = await said_by(*_vlc(home), url(worker, "programme.m3u8"), "vlc://quit")
    assert "Changing stream format Unknown -> TS" in said
    assert not re.search(r"(adaptive|ts demux|http|h264|packetizer|stream).*(error|warning)", said), said


def _vlc(home: Path) -> list[str]:
    """VLC refuses to run as root."""
    command = ["cvlc", "-v", "--vout", "dummy", "--aout", "dummy", "--no-dbus", "--run-time", "3", "--play-and-exit"]
    if os.geteuid() == 0:
        home.chmod(0o777)
        return ["env", f"HOME={home}", "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *command]
    return command
