"""RTMP in: a real nginx-rtmp under our own configuration, ffmpeg publishers, a whole server with its real media worker."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from server.app import House, all_services, open_house
from server.beginning import Beginning, begin
from server.ceremony.roster import LEVELS_BEFORE_JULY_2025, RosterSite
from server.ceremony.rules import Principal, Role
from server.ceremony.sources import ConfigureSource, SourceKind, SourceName
from server.clock import wall
from server.engine.ids import new_id
from server.settings import Address, Settings
from server.supervisor import Supervisor
from site_agent.units import SiteCode
from tests.support.nginx_rtmp import HAS_NGINX_RTMP, MODULE, NGINX
from tests.support.publishers import arguments, publisher
from tests.support.running import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(not HAS_NGINX_RTMP, reason="nginx with libnginx-mod-rtmp is not installed")

OURS = Path(__file__).parents[2] / "ops" / "nginx" / "nginx-rtmp.conf"
TECH = Principal(role=Role.TECH, seat="tech-1")
WITHIN = 90.0


def configured(folder: Path, port: int, hook_port: int) -> Path:
    """The file that we ship; only its ports are others."""
    ours = OURS.read_text(encoding="utf-8")
    for stands, wanted in (("listen 1935;", f"listen 127.0.0.1:{port};"), ("127.0.0.1:8080/", f"127.0.0.1:{hook_port}/")):
        assert stands in ours
        ours = ours.replace(stands, wanted)
    folder.mkdir()
    file = folder / "nginx.conf"
    head = f"load_module {MODULE}; daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log error;"
    file.write_text(f"{head}\nevents {{}}\n{ours}")
    return file


@asynccontextmanager
async def nginx(folder: Path, port: int, hook_port: int) -> AsyncIterator[None]:
    file = configured(folder, port, hook_port)
    process = await asyncio.create_subprocess_exec(NGINX, "-e", f"{folder}/start.log", "-c", str(file))
    try:
        async with asyncio.timeout(20):
            while not await _listens(port):
                assert process.returncode is None, (folder / "start.log").read_text()
                await asyncio.sleep(0.02)
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@asynccontextmanager
async def running(data: Path, rtmp_port: int) -> AsyncIterator[House]:
    """A whole server of this process, and its media worker in one of its own."""
    site = RosterSite(SiteCode("NA"), "Hội trường tỉnh", "province", None, "Tỉnh")
    await begin(data, Beginning("Lễ phát động", "UBND tỉnh", wall(), LEVELS_BEFORE_JULY_2025, (site,)))
    listen, srt = Address("127.0.0.1", 0), Address("127.0.0.1", 0)
    house = await open_house(Settings(listen=listen, data=data, srt_listen=srt, rtmp_url=f"rtmp://127.0.0.1:{rtmp_port}/live"))
    supervisor, ready = Supervisor(all_services(house)), asyncio.Event()
    task = asyncio.create_task(supervisor.run(ready.set))
    try:
        async with asyncio.timeout(WITHIN):
            await asyncio.wait({task, waiting := asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
            await waiting
        yield house
    finally:
        supervisor.stop()
        await task


@contextmanager
def encoder(port: int, key: str):
    with publisher(f"rtmp://127.0.0.1:{port}/live/{key}", *arguments(seconds=120, size="1280x720"), "-f", "flv") as child:
        yield child


@pytest.mark.timeout(300)
async def test_the_right_key_goes_on_air_and_wrong_keys_and_second_publishers_are_turned_away_and_shown(tmp_path: Path):
    port = free_port()
    async with running(tmp_path / "data", port) as house, nginx(tmp_path / "nginx", port, house.listener.port):
        rtmp = ConfigureSource(id=new_id(), source=SourceName.PRIMARY, source_kind=SourceKind.RTMP)
        assert (await house.engine.submit(rtmp, TECH)).outcome == "accepted"
        key = house.media.key(SourceName.PRIMARY)

        def primary():
            status = house.media.status()
            return next((source for source in status.sources if source.name == "primary"), None) if status else None

        def is_(state):
            return lambda: (told := primary()) is not None and told.state == state

        def on_air():
            status = house.media.status()
            return status is not None and status.output.source == "primary"

        await until(is_("waiting"), WITHIN)
        with encoder(port, "sai-khoa"):
            await until(is_("refused"), WITHIN)
        assert re.search(r"^Sai khóa từ 127\.0\.0\.1 lúc \d\d:\d\d:\d\d", primary().words)
        with encoder(port, key):
            await until(on_air, WITHIN)
            assert primary().state == "receiving"
            with encoder(port, key) as second:
                await until(lambda: "Đã có nguồn khác đang phát bằng khóa này (127.0.0.1)" in primary().words, WITHIN)
                assert await asyncio.wait_for(asyncio.to_thread(second.wait), WITHIN) != 0
            assert is_("receiving")()
            assert on_air()
        await until(lambda: "Nguồn 127.0.0.1 đã ngắt lúc" in primary().words, WITHIN)
        assert primary().state in {"waiting", "refused"}  # the second one was turned away not long ago
        with encoder(port, key):
            await until(is_("receiving"), WITHIN)
        assert key not in (tmp_path / "nginx" / "error.log").read_text()
