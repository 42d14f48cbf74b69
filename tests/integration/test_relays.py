"""Relays against real receivers: nginx with its RTMP module, and listeners that behave badly."""

import asyncio
import subprocess
import sys
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from itertools import pairwise
from pathlib import Path

import av
import pytest
from aiohttp import web

from server.media.messages import RelayPlan
from server.media.worker.clock import Clock
from server.media.worker.relays import Relays
from server.media.worker.relays.processes import Process
from server.media.worker.relays.session import USUAL, Patience
from tests.support.clips import AAC, GOOD, PICTURE, TONE, make_clip
from tests.support.nginx_rtmp import HAS_NGINX_RTMP, nginx_rtmp
from tests.support.programme_stream import Live
from tests.support.tls_front import tls_front
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(not HAS_NGINX_RTMP, reason="nginx with libnginx-mod-rtmp is not installed")

KEY = "secret-key-of-{}"
FRAME_MS = 34


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Two clips that one decoder takes only when it is told of the other's parameters."""
    folder = tmp_path_factory.mktemp("clips")
    other = ("-x264-params", "ref=3:keyint=60:scenecut=0:cabac=0", "-level", "4.0")
    return {
        "primary": make_clip(folder / "primary.ts", 2, PICTURE, TONE, *GOOD, *AAC),
        "slate": make_clip(folder / "slate.ts", 2, PICTURE, TONE, *GOOD, *other, *AAC),
    }


class Studio:
    """A programme that plays, and the relays it plays to."""

    def __init__(self, clips, spawn=Process.spawn, patience=USUAL) -> None:
        self.relays = Relays(Clock.of_this_machine(), self._spawning(spawn), patience)
        self.live = Live(clips, self.relays)
        self.children: list[Process] = []

    def _spawning(self, spawn):
        async def counted():
            self.children.append(await spawn())
            return self.children[-1]

        return counted

    def status(self, name):
        return next(each for each in self.relays.statuses() if each.id == name)

    def state(self, name):
        return self.status(name).state

    async def sends(self, *names):
        await until(lambda: all(self.state(name) == "sending" for name in names))

    @asynccontextmanager
    async def on(self):
        tasks = [asyncio.create_task(self.live.run()), asyncio.create_task(self.relays.run())]
        try:
            yield self
            self.live.stop()
            await tasks[0]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def plan(name: str, url: str, wanted: bool = True) -> RelayPlan:
    return RelayPlan(name, url, KEY.format(name), wanted)


def seen_by_everybody(child: Process) -> bytes:
    """Arguments and environment of a child."""
    return b"".join(Path(f"/proc/{child.pid}/{file}").read_bytes() for file in ("cmdline", "environ"))


def pictures(record: Path) -> list[int]:
    """When each picture of a record is shown, ms."""
    with av.open(str(record)) as file:
        return [round(packet.dts * packet.time_base * 1_000) for packet in file.demux(video=0) if packet.dts is not None]


def lost(record: Path) -> int:
    """Longest time between two pictures, ms."""
    times = pictures(record)
    return max(after - before for before, after in pairwise(times))


def complaints(record: Path) -> str:
    """What a decoder of the whole record has to say."""
    order = ["ffmpeg", "-v", "warning", "-xerror", "-i", str(record), "-f", "null", "-"]
    return subprocess.run(order, capture_output=True, text=True, check=False).stderr


async def test_a_change_of_source_is_one_session_that_every_player_can_read(tmp_path, clips):
    studio = Studio(clips)
    async with nginx_rtmp(tmp_path / "platform") as platform, studio.on():
        studio.relays.apply([plan("one", platform.url)])
        await studio.sends("one")
        assert KEY.format("one").encode() not in seen_by_everybody(studio.children[0])
        studio.live.on_air = "slate"
        await until(lambda: studio.state("one") == "on_slate")
        shown = platform.received()
        await until(lambda: platform.received() > shown + 100_000)
        studio.live.on_air = "primary"
        await studio.sends("one")
        shown = platform.received()
        await until(lambda: platform.received() > shown + 100_000)
        assert studio.status("one").dropped == 0
    assert len(platform.records()) == 1
    assert complaints(platform.records()[0]) == ""
    assert lost(platform.records()[0]) <= FRAME_MS


async def test_destinations_that_refuse_die_or_say_nothing_cost_the_others_no_picture(tmp_path, clips):
    hooks = []

    async def refuse(request):
        hooks.append(await request.post())
        return web.Response(status=403)

    over = asyncio.Event()

    async def ignore(reader, writer):
        await over.wait()
        writer.close()

    async def one_byte_a_second(reader, writer):
        while await reader.read(1) and not over.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), 1)
        writer.close()

    studio = Studio(clips, patience=Patience(opening=4.0, sending=4.0))
    async with AsyncExitStack() as stack:
        hook_url = await stack.enter_async_context(hook_server(refuse))
        good = await stack.enter_async_context(nginx_rtmp(tmp_path / "good"))
        dying = await stack.enter_async_context(nginx_rtmp(tmp_path / "dying"))
        refusing = await stack.enter_async_context(nginx_rtmp(tmp_path / "refusing", hook_url))
        mute, slow = [await stack.enter_async_context(listener(each)) for each in (ignore, one_byte_a_second)]
        await stack.enter_async_context(studio.on())
        urls = {"good": good.url, "dying": dying.url, "refusing": refusing.url, "mute": mute, "slow": slow}
        studio.relays.apply([plan(name, url) for name, url in urls.items()])
        await studio.sends("good", "dying")
        await until(lambda: studio.state("refusing") == "failed_auth")
        await dying.kill()
        await until(lambda: studio.state("dying") in {"waiting", "failed_network"})
        await until(lambda: studio.status("mute").last_error and studio.status("slow").last_error)
        await dying.start()
        await studio.sends("dying")
        before = dying.received()
        await until(lambda: dying.received() > before + 100_000)
        told = {status.id: status for status in studio.relays.statuses()}
        over.set()
    assert len(hooks) == 1
    assert told["good"].state == "sending"
    assert told["good"].dropped == 0
    assert told["good"].retries == 0
    assert lost(good.records()[0]) <= FRAME_MS
    assert len(good.records()) == 1
    assert len(dying.records()) == 2
    for name in ("mute", "slow"):
        assert told[name].state in {"connecting", "waiting", "failed_network"}
        assert "nhận kết nối nhưng không trả lời" in told[name].last_error
    assert not any(KEY.format(name) in status.last_error for name, status in told.items())


async def test_rtmps_is_sent_only_to_whom_the_certificate_names(tmp_path, clips):
    async with nginx_rtmp(tmp_path / "platform") as platform, tls_front(tmp_path / "tls", platform.port) as (port, authority):
        for trusted, host, expected in (
            (None, "localhost", "Chứng chỉ TLS"),
            (authority, "127.0.0.1", "Chứng chỉ TLS"),
            (authority, "localhost", "Đích nhận kết nối"),
        ):
            relays = Relays(Clock.of_this_machine(), partial(Process.spawn, trusted))
            tested = await relays.test(plan("tls", f"rtmps://{host}:{port}/live"))
            assert expected in tested.words, (trusted, host, tested)
        studio = Studio(clips, partial(Process.spawn, authority))
        async with studio.on():
            studio.relays.apply([plan("tls", f"rtmps://localhost:{port}/live")])
            await studio.sends("tls")
            await until(lambda: platform.received() > 100_000)


async def test_a_test_says_how_a_destination_is_and_sends_it_nothing(tmp_path):
    async def refuse(request):
        return web.Response(status=403)

    async def hang_up(reader, writer):
        writer.close()

    relays = Relays(Clock.of_this_machine())
    async with AsyncExitStack() as stack:
        good = await stack.enter_async_context(nginx_rtmp(tmp_path / "good"))
        refusing = await stack.enter_async_context(
            nginx_rtmp(tmp_path / "refusing", await stack.enter_async_context(hook_server(refuse)))
        )
        hangs_up = await stack.enter_async_context(listener(hang_up))
        urls = (good.url, refusing.url, hangs_up, "rtmp://127.0.0.1:9/live")
        well, wrong_key, closed, nobody = await asyncio.gather(*(relays.test(plan("it", url)) for url in urls))
    assert (well.ok, wrong_key.ok, closed.ok, nobody.ok) == (True, False, False, False)
    assert good.received() < 1_000
    assert "khóa sai" in wrong_key.words
    assert "trước khi nhận khóa" in closed.words
    assert "không mở cổng" in nobody.words


async def test_a_killed_worker_leaves_no_sender_behind(tmp_path):
    over = asyncio.Event()

    async def ignore(reader, writer):
        await over.wait()
        writer.close()

    async with listener(ignore) as mute:
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ORDERS_ONE_CHILD, mute, stdout=asyncio.subprocess.PIPE
        )
        child = int(await worker.stdout.readline())
        assert running(child)
        worker.kill()
        await worker.wait()
        await until(lambda: not running(child))
        over.set()


ORDERS_ONE_CHILD = """
import asyncio, sys
from server.media.messages import RelayPlan
from server.media.worker.relays.processes import Process

async def main():
    child = await Process.spawn()
    await child.order(RelayPlan("mute", sys.argv[1], "secret-key", True), probe=True)
    while (await child.told()).stage != "opening":
        pass
    print(child.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def running(process: int) -> bool:
    """Whether there is such a process and it is not only waiting to be buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@asynccontextmanager
async def hook_server(handler):
    """Where nginx asks whether a publisher may: its address."""
    app = web.Application()
    app.router.add_post("/hook", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def listener(handler):
    """A TCP server that is no RTMP server: its address as one."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0, limit=1)
    try:
        yield f"rtmp://127.0.0.1:{server.sockets[0].getsockname()[1]}/live"
    finally:
        server.close()
