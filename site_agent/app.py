"""`diemcau-agent`: one device of one site, installed. The composition root of the agent.

    diemcau-agent --server URL --enrol CODE [--config FILE] [--data DIR]

CODE is the site's link, or the token in it, or `-` to read it from standard input. It is kept with mode 0600 in the data
folder, so that every later start needs no `--enrol`. Runs until SIGTERM or SIGINT, and reconnects for ever.
"""

# isort: off
import site_agent.lean  # noqa: F401 - before anything that imports structlog
# isort: on

import argparse
import asyncio
import os
import platform
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog

from site_agent import logs
from site_agent.api import Api
from site_agent.assets import Assets
from site_agent.cue_runner import CueRunner
from site_agent.firing_line import FiringLine, deliver
from site_agent.identity import BadLink, Identity, site_of, token_of
from site_agent.inputs.room_picture import RoomPictureInput
from site_agent.link.messages import CuePrepare, FromServer, ReportOutcome, Welcome
from site_agent.link_client import LinkClient
from site_agent.local_clock import MachineClock
from site_agent.outputs.base import Output
from site_agent.outputs.command import CommandOutput
from site_agent.outputs.url import UrlOutput
from site_agent.power import watch_power
from site_agent.settings import AgentSettings, OutputSettings, SettingsError, load
from site_agent.storage import DeviceStore, Storage, StorageError
from site_agent.throughput import watch_throughput
from site_agent.time_client import TimeClients
from site_agent.units import milliseconds

CODE_FILE = "link"
STORAGE_FILE = "agent.sqlite3"
SLOT = "agent"
STAGE_ASSET = "stage."
"""How a clip for the great screen's pages is named; see `Asset`."""

log = structlog.get_logger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, load the settings, run. Exits 0 when stopped, 1 when it cannot run, 2 on wrong use."""
    options = _parser().parse_args(arguments)
    code = sys.stdin.readline() if options.enrol == "-" else options.enrol
    given = {"server": options.server, "data": options.data, "code": code, "log_level": options.log_level}
    try:
        settings = load(given, options.config)
        token = _token(settings)
    except SettingsError as problem:
        print(*problem.errors, sep="\n", file=sys.stderr)  # noqa: T201 - the answer to the person who started it
        return 2
    except (BadLink, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    logs.configure(settings.log_level, settings.log_json)
    try:
        asyncio.run(_run_until_told(settings, token))
    except StorageError as error:
        log.error("agent.storage", error=str(error))  # noqa: TRY400 - a message, no crash
        return 1
    return 0


class Agent:
    """The parts of one agent, wired."""

    def __init__(self, settings: AgentSettings, token: str, storage: Storage, identity: Identity, times: TimeClients) -> None:
        clock = MachineClock()
        loop = asyncio.get_running_loop()
        self.line = FiringLine(lambda shots: loop.call_soon_threadsafe(deliver, shots))
        self.outputs = [make_output(output) for output in settings.outputs]
        self.link = LinkClient(identity, clock, settings.server, token, self, times)
        self.link.agent = f"diemcau-agent 0.1 {settings.name or platform.node()}"
        self.link.capabilities = ("cue", "udp_time", *(("outputs",) if self.outputs else ()))
        rehearsed = {output.name for output in settings.outputs if output.rehearsal}
        self.runner = CueRunner(identity, clock, self.link.session.clock, self.line, self.outputs, rehearsed)
        self.runner.offset = milliseconds(settings.offset_ms)
        self.runner.use(self.link)
        api = self._api = Api(settings.server, token)
        self.assets = Assets(settings.data / "assets", api)
        camera = settings.room_picture.command
        self._room = RoomPictureInput(identity.site, api, camera) if camera else None
        self._storage = storage

    async def run(self) -> None:
        """Run until cancelled."""
        self.line.start()
        try:
            await self.runner.load()
            await self.link.restore()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(watch_throughput(self._api, self.link.session, self._around_a_cue), name="throughput")
                tasks.create_task(watch_power(self.link.session), name="power")
                if self._room is not None:
                    tasks.create_task(self._room.run(), name="room picture")
                await self.link.run()
        finally:
            self.assets.stop()
            self.line.stop()
            for output in self.outputs:
                output.close()

    # ---- the link's listener

    async def opened(self, welcome: Welcome) -> None:
        """A session opened."""
        if welcome.prepare is not None:
            self._prepare(welcome.prepare)
        await self.runner.opened(welcome)

    async def arrived(self, message: FromServer, raw: int) -> None:
        """A message arrived."""
        if isinstance(message, CuePrepare):
            self._prepare(message)
        await self.runner.arrived(message, raw)

    def closed(self) -> None:
        """The session ended; the launch goes on without the centre."""

    def clock_changed(self) -> None:
        """The clock moved."""
        self.runner.clock_changed()

    def settled(self, outcomes: Sequence[ReportOutcome]) -> None:
        """Reports were settled; an installed agent reports nothing by itself."""

    def _around_a_cue(self) -> bool:
        return self.runner.readiness.prepare is not None

    def _prepare(self, prepare: CuePrepare) -> None:
        def changed(missing: frozenset[str]) -> None:
            self.runner.readiness.missing_assets = missing
            self.runner.reconsider()

        wanted = [asset for asset in prepare.assets if not asset.name.startswith(STAGE_ASSET)]
        self.runner.readiness.missing_assets = frozenset(asset.name for asset in wanted)
        self.assets.want(wanted, changed)


async def run_agent(settings: AgentSettings, token: str) -> None:
    """Run one agent until cancelled.

    Raises:
        StorageInUse: another agent uses the data folder.
        StorageUnwritable: the data folder cannot be used.

    """
    await asyncio.to_thread(settings.data.mkdir, 0o700, True, True)
    storage = await asyncio.to_thread(Storage, settings.data / STORAGE_FILE)
    times = TimeClients()
    try:
        store = DeviceStore(storage, SLOT)
        identity = await Identity.load(store, site_of(token), MachineClock())
        if settings.code:
            await identity.enrol_anew_with(token)
        log.info("agent.started", site=identity.site, device=identity.device, server=settings.server)
        await Agent(settings, token, storage, identity, times).run()
    finally:
        times.close()
        await asyncio.to_thread(storage.close)
        log.info("agent.stopped")


def make_output(settings: OutputSettings) -> Output:
    """The output of a piece of configuration."""
    if settings.kind == "command":
        return CommandOutput(
            settings.name,
            settings.command,
            state=settings.state,
            delay_ms=settings.delay_ms,
            timeout_s=settings.timeout_s,
        )
    return UrlOutput(
        settings.name,
        settings.url,
        method=settings.method,
        body=settings.body,
        state=settings.state,
        delay_ms=settings.delay_ms or 0.0,
        timeout_s=settings.timeout_s,
    )


async def _run_until_told(settings: AgentSettings, token: str) -> None:
    task = asyncio.ensure_future(run_agent(settings, token))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        pass  # told to stop


def _token(settings: AgentSettings) -> str:
    """The token given now, kept for later starts; or the one kept.

    Raises:
        BadLink: none given and none kept, or not a site's.
        OSError: the data folder cannot be used.

    """
    kept = settings.data / CODE_FILE
    if settings.code:
        token = token_of(settings.code)
        site_of(token)
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = kept.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(token + "\n")
        new.replace(kept)
        return token
    try:
        return token_of(kept.read_text())
    except FileNotFoundError:
        raise BadLink(f"Chưa có liên kết điểm cầu trong {settings.data}. Chạy lần đầu với --enrol LIÊN_KẾT.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="diemcau-agent", description="Máy cài đặt tại điểm cầu: giữ kết nối, đồng hồ, và thực hiện phút phát động."
    )
    parser.add_argument("--server", metavar="URL", help="địa chỉ máy chủ, ví dụ https://cau.tinh.gov.vn")
    parser.add_argument("--enrol", metavar="CODE", help="liên kết của điểm cầu, hoặc mã trong đó; “-” để đọc từ bàn phím")
    parser.add_argument("--config", metavar="FILE", type=Path, help="tệp cấu hình TOML (các đầu ra, tên máy)")
    parser.add_argument("--data", metavar="DIR", help="thư mục dữ liệu, mặc định ./diemcau-agent-data")
    parser.add_argument("--log-level", metavar="LEVEL", help="debug, info, warning hoặc error")
    return parser


if __name__ == "__main__":
    sys.exit(main())
