"""`diemcau preflight`: whether this machine can carry the morning. Honest and simple: it measures what it says it measures."""

import asyncio
import os
import shutil
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Annotated

import msgspec
import typer

from server.cli.client import ServerRefused, server_of
from server.cli.options import DATA, Data
from server.cli.output import FAILED, AsJson, out, print_json
from server.credential import Unreachable
from server.journal.lock import holder_of
from server.media.capacity import Capacity, Demand, capacity
from server.media.messages import Profile
from server.settings import read_address

SITES = 433
"""Of a province before there is a roster."""
FREE_BYTES = 1024**3
SLOW_FSYNC_MS = 25.0
FSYNCS = 40
MEMORY_PER_SITE = 20 * 1024
"""DESIGN §9: at most 20 KB a session above a bare server."""
MEMORY_BASE = 200 * 1024 * 1024
DESCRIPTORS_BESIDE = 200


class Check(msgspec.Struct):
    """One check: `ok`, `warning` or `problem`, and what was found."""

    name: str
    state: str
    words: str


def preflight(
    data: Data = DATA,
    listen: Annotated[str, typer.Option("--listen", help="HOST:PORT sẽ dùng cho máy chủ.")] = "127.0.0.1:8080",
    sites: Annotated[
        int | None, typer.Option("--sites", min=1, help="Số điểm cầu dự kiến (mặc định theo danh sách; chưa có thì 433).")
    ] = None,
    audience: Annotated[int, typer.Option("--audience", min=0, max=10_000_000, help="Số khán giả xem cùng lúc.")] = 0,
    uplink: Annotated[
        float | None, typer.Option("--uplink", min=0.1, max=1_000_000, help="Đường truyền lên của nơi đặt máy chủ, Mbit/s.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Kiểm tra máy trước buổi lễ: cổng mạng, ổ đĩa, đồng hồ, tốc độ ghi bền, sức chứa. Exit 1 nếu có vấn đề."""
    try:
        address = read_address(listen)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    running = holder_of(data / "server.lock") is not None if data.exists() else False
    checks = [
        *([Check("máy chủ", "ok", "đang chạy với thư mục dữ liệu này, bỏ qua kiểm tra cổng")] if running else []),
        *([] if running else [_port(address.host, address.port, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]),
        _disk(data),
        _fsync(data),
        _clock(),
        _memory(sites or SITES),
        _descriptors(sites or SITES),
        _line(data, sites, audience, uplink),
    ]
    if as_json:
        print_json(checks)
    else:
        marks = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "problem": "[bold red]✗[/]"}
        for check in checks:
            out.print(f"{marks[check.state]} [bold]{check.name}[/]: {check.words}", highlight=False)
    if any(check.state == "problem" for check in checks):
        raise typer.Exit(FAILED)


def _line(data: Path, sites: int | None, audience: int, uplink: float | None) -> Check:
    """What the programme asks of the line: by the roster where there is one, else with all sites seeing it on their page."""
    reckoned = None if sites is not None else asyncio.run(_by_roster(data, audience, uplink))
    if reckoned is None:
        reckoned = capacity(Demand(sites or SITES, audience=audience), Profile(), uplink)
    hint = " Cho biết đường truyền: --uplink." if uplink is None else ""
    return Check("đường truyền", reckoned.state, " ".join(reckoned.lines) + hint)


async def _by_roster(data: Path, audience: int, uplink: float | None) -> Capacity | None:
    try:
        async with server_of(data) as server:
            return await server.json("GET", "/api/v1/media/capacity", Capacity, audience=audience, uplink=uplink)
    except (Unreachable, ServerRefused):
        return None  # no ceremony yet


def _port(host: str, port: int, kind: socket.SocketKind) -> Check:
    name = f"cổng {'TCP' if kind is socket.SOCK_STREAM else 'UDP'} {host}:{port}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind is socket.SOCK_STREAM))
        try:
            probe.bind((host, port))
        except OSError as error:
            return Check(name, "problem", f"không mở được: {error.strerror}")
    return Check(name, "ok", "còn trống")


def _existing(path: Path) -> Path:
    return path if path.exists() or path == path.parent else _existing(path.parent)


def _disk(data: Path) -> Check:
    free = shutil.disk_usage(_existing(data)).free
    words = f"còn {free / 1024**3:.1f} GiB tại {_existing(data)}"
    return Check("ổ đĩa", "ok" if free >= FREE_BYTES else "problem", words)


def _fsync(data: Path) -> Check:
    """Median and worst of 40 appends of 4 KiB, each made durable."""
    try:
        with tempfile.TemporaryFile(dir=_existing(data), buffering=0) as file:
            times = [_timed(partial(_kept, file)) for _ in range(FSYNCS)]
    except OSError as error:
        return Check("ghi bền (fsync)", "problem", f"không ghi được: {error.strerror}")
    median, worst = statistics.median(times), max(times)
    words = f"giữa {median:.1f} ms, chậm nhất {worst:.1f} ms trong {FSYNCS} lần"
    return Check("ghi bền (fsync)", "ok" if median <= SLOW_FSYNC_MS else "warning", words)


def _kept(file: IO[bytes]) -> None:
    file.write(bytes(4096))
    os.fsync(file.fileno())


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1_000


def _clock() -> Check:
    """Whether somebody keeps the machine's clock; the ceremony clock runs from it and is never stepped."""
    synchronised = Path("/run/systemd/timesync/synchronized")
    chrony = Path("/run/chrony")
    if synchronised.exists() or chrony.exists():
        return Check("đồng hồ", "ok", "máy có dịch vụ đồng bộ giờ")
    return Check("đồng hồ", "warning", f"không thấy dịch vụ đồng bộ giờ; giờ máy là {time.strftime('%H:%M:%S %d/%m/%Y')}")


def _memory(sites: int) -> Check:
    pages, size = os.sysconf("SC_AVPHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    free, needed = pages * size, MEMORY_BASE + sites * MEMORY_PER_SITE * 3
    words = f"còn {free / 1024**2:.0f} MiB, ước cần {needed / 1024**2:.0f} MiB cho {sites} điểm cầu (3 thiết bị mỗi nơi)"
    return Check("bộ nhớ", "ok" if free >= needed else "problem", words)


def _descriptors(sites: int) -> Check:
    import resource  # noqa: PLC0415 -- there is none on Windows, where agents may run this package

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = sites * 3 + DESCRIPTORS_BESIDE
    words = f"giới hạn {soft} kết nối (trần {hard}), cần khoảng {needed}"
    if soft >= needed:
        return Check("số kết nối", "ok", words)
    state = "warning" if hard == resource.RLIM_INFINITY or hard >= needed else "problem"
    return Check("số kết nối", state, f"{words}; nâng bằng “ulimit -n {needed}”")
