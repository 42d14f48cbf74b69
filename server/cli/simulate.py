"""`diemcau simulate`: many real agents against any server."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvloop

from server.cli.options import DATA, Data
from server.cli.output import fail
from server.cli.serving import LogLevel, settings_of
from server.credential import Credential, Unreachable, read_credential
from site_agent.api import ApiError
from site_agent.simulation import MOST_WORKERS, OtherWorkers, SimulationProgress, SimulationSettings, WorkerFailed, run_simulation

log = structlog.get_logger("simulation")


def simulate(  # noqa: PLR0913, PLR0917 -- the options of the verb
    sites: Annotated[int | None, typer.Option("--sites", min=1, help="Số điểm cầu; bỏ trống là tất cả trừ hội trường.")] = None,
    server: Annotated[str | None, typer.Option("--server", help="Địa chỉ máy chủ; bỏ trống lấy từ DATA/credential.json.")] = None,
    data: Data = DATA,
    storage: Annotated[Path | None, typer.Option("--storage", help="Nơi giữ khóa của các máy mô phỏng.", file_okay=False)] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Rút ngắn buổi sáng 25 lần.")] = False,
    drop: Annotated[bool, typer.Option("--drop/--no-drop", help="Cho một cụm mất kết nối rồi trở lại.")] = True,
    seed: Annotated[int, typer.Option("--seed", help="Cùng số thì cùng một buổi sáng.")] = 57,
    summary: Annotated[Path | None, typer.Option("--summary", help="Tệp JSON tóm tắt, ghi mỗi giây.", dir_okay=False)] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=MOST_WORKERS, help="Số tiến trình (mặc định: mỗi lõi máy một).")
    ] = None,
    token: Annotated[str | None, typer.Option(envvar="DIEMCAU_TOKEN", hidden=True)] = None,
    log_level: LogLevel = None,
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True)] = False,
) -> None:
    """Cho N điểm cầu mô phỏng kết nối vào một máy chủ; Ctrl-C để dừng. Mã quản trị lấy từ DIEMCAU_TOKEN hoặc credential.json."""
    logging = settings_of({"log_level": log_level})
    folder = storage or data / "simulation"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        credential = _credential(server, token, data)
        settings = SimulationSettings(
            server=credential.url,
            token=credential.token,
            data=folder,
            sites=sites,
            seed=seed,
            fast=fast,
            drop=drop,
            summary=summary or folder / "summary.json",
            workers=workers,
            log_level=logging.log_level,
            log_json=logging.log_json,
        )
        uvloop.run(_until_told(settings, until_eof=until_eof))
    except (Unreachable, ApiError, WorkerFailed, OtherWorkers) as error:
        fail(str(error))


def _credential(server: str | None, token: str | None, data: Path) -> Credential:
    if server is not None and token:
        return Credential(server, token)
    found = read_credential(data)
    return Credential(server or found.url, token or found.token)


async def _until_told(settings: SimulationSettings, *, until_eof: bool) -> None:
    """Run until SIGINT, SIGTERM or (`until_eof`) the end of standard input: then whoever started it is gone, however it
    died. Tell of progress where something changed.
    """
    told: list[SimulationProgress] = []

    def progress(now: SimulationProgress) -> None:
        if not told or told[-1] != now:
            told[:] = [now]
            log.info("progress", connected=now.connected, of=now.sites, reports=now.reports_made, launches=now.launches)

    task = asyncio.ensure_future(run_simulation(settings, progress))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    if until_eof:
        watching = await _standard_input()
        watching.add_done_callback(lambda _: task.cancel())
    try:
        await task
    except asyncio.CancelledError:
        log.info("simulation stopped")


async def _standard_input() -> "asyncio.Task[bytes]":
    """A task that ends with standard input."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return asyncio.create_task(reader.read(), name="standard input")
