"""`diemcau init` and `diemcau serve`."""

import asyncio
import gc
import resource
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop

from server.app import NoCeremony, open_house
from server.app import serve as run_house
from server.beginning import AlreadyBegun, Beginning, Launch, begin, launch_of
from server.ceremony.rules import Refused
from server.cli.ceremony_settings import read_checklist, read_conference
from server.cli.options import DATA, Data, read_file
from server.cli.output import FAILED, USAGE, AsJson, fail, out, print_fields, print_json
from server.cli.roster import print_problems
from server.engine.port import JournalError
from server.files.programme import VIETNAM, ProgrammeFile, read_programme
from server.files.roster_file import RosterFile, read_roster
from server.media.child import spare_worker
from server.observe.logs import configure
from server.settings import Settings, SettingsError, load
from server.signer import SignerRefused
from server.supervisor import ServiceFailed
from site_agent.holder_files import HolderError
from site_agent.launch.objects import Trigger
from site_agent.units import Instant

Listen = Annotated[str | None, typer.Option("--listen", help="HOST:PORT để lắng nghe (mặc định 127.0.0.1:8080).")]

Media = Annotated[
    bool | None, typer.Option("--media/--no-media", help="Có hay không tiến trình truyền hình chương trình (mặc định có).")
]
SrtListen = Annotated[
    str | None,
    typer.Option("--srt-listen", help="HOST:PORT nhận nguồn hình SRT (mặc định 127.0.0.1:8890; nguồn dự phòng ở cổng kế tiếp)."),
]

LogLevel = Annotated[
    str | None,
    typer.Option("--log-level", envvar="DIEMCAU_LOG_LEVEL", help="debug, info, warning hoặc error.", show_envvar=False),
]


def init(  # noqa: PLR0913, PLR0917 -- the options of the verb
    title: Annotated[str, typer.Option("--title", help="Tên buổi lễ.")],
    starts_at: Annotated[str, typer.Option("--starts-at", help="Giờ khai mạc, ví dụ 2026-06-11T08:00 (giờ Việt Nam).")],
    roster: Annotated[Path, typer.Option("--roster", help="Danh sách điểm cầu (CSV, Excel).", dir_okay=False)],
    programme: Annotated[Path | None, typer.Option("--programme", help="Chương trình (CSV, Excel).", dir_okay=False)] = None,
    authority: Annotated[str, typer.Option("--authority", help="Cơ quan tổ chức, ví dụ UBND tỉnh Nghệ An.")] = "UBND tỉnh",
    support_phone: Annotated[str, typer.Option("--support-phone", help="Số điện thoại hỗ trợ hiện trên trang điểm cầu.")] = "",
    trigger: Annotated[Trigger, typer.Option("--trigger", help="seats: lãnh đạo bấm; countdown: MC bấm.")] = Trigger.SEATS,
    k: Annotated[int, typer.Option("--k", min=1, help="Số ghế phải bấm (seats).")] = 1,
    portal: Annotated[str, typer.Option("--portal", help="Địa chỉ hiện trên màn hình lúc phát động.")] = "",
    conference_url: Annotated[str, typer.Option("--conference-url", help="Địa chỉ phòng họp trực tuyến.")] = "",
    conference_password: Annotated[
        Path | None, typer.Option("--conference-password", help="TỆP chứa mật khẩu phòng họp; “-” để gõ.")
    ] = None,
    checklist: Annotated[
        Path | None, typer.Option("--checklist", help="Danh mục kiểm tra sẵn sàng (JSON).", dir_okay=False)
    ] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Tạo buổi lễ mới trong thư mục dữ liệu."""
    instant = _instant(starts_at)
    conference = read_conference(conference_url, conference_password)
    sites = read_roster(read_file(roster))
    codes = frozenset(site.code for site in sites.sites) if isinstance(sites, RosterFile) else frozenset()
    items = read_programme(read_file(programme), instant, codes) if programme is not None else None
    for found in (sites, items):
        if isinstance(found, list):
            if as_json:
                print_json({"problems": found})
            else:
                print_problems(found)
            raise typer.Exit(FAILED)
    assert isinstance(sites, RosterFile)
    programme_items = items.items if isinstance(items, ProgrammeFile) else ()
    worded = launch_of(programme_items) or Launch(title)
    beginning = Beginning(
        title=title,
        authority=authority,
        starts_at=instant,
        levels=sites.levels,
        sites=sites.sites,
        items=programme_items,
        sheet=items.sheet if isinstance(items, ProgrammeFile) else None,
        launch=Launch(worded.title, worded.subtitle, portal, trigger, k=k),
        support_phone=support_phone,
        conference=conference,
        checklist=read_checklist(checklist) if checklist is not None else (),
    )
    try:
        ceremony_id = asyncio.run(begin(data, beginning))
    except Refused as refused:
        fail(refused.detail, as_json=as_json, code=refused.code)
    except (AlreadyBegun, JournalError, SignerRefused) as error:
        fail(str(error), as_json=as_json)
    if as_json:
        print_json({"ceremony_id": ceremony_id, "data": str(data), "sites": len(sites.sites), "items": len(programme_items)})
    else:
        print_fields({"Buổi lễ": ceremony_id, "Thư mục": data, "Điểm cầu": len(sites.sites), "Nội dung": len(programme_items)})
        out.print("Chạy [bold]diemcau serve[/] rồi [bold]diemcau link ROLE[/] để lấy liên kết.")


def serve(  # noqa: PLR0913, PLR0917 -- the options of the verb
    listen: Listen = None,
    data: Annotated[Path | None, typer.Option("--data", help="Thư mục dữ liệu của buổi lễ.", file_okay=False)] = None,
    public_url: Annotated[
        str | None, typer.Option("--public-url", help="Địa chỉ mọi người dùng, ví dụ https://cau.tinh.vn.")
    ] = None,
    metrics_listen: Annotated[str | None, typer.Option("--metrics-listen", help="HOST:PORT riêng cho /metrics.")] = None,
    media: Media = None,
    srt_listen: SrtListen = None,
    media_listen: Annotated[
        str | None, typer.Option("--media-listen", help="127.0.0.1:PORT của /live cho nginx phía trước (mặc định cổng tự chọn).")
    ] = None,
    rtmp_url: Annotated[
        str | None, typer.Option("--rtmp-url", help="Máy chủ RTMP bên cạnh, ví dụ rtmp://127.0.0.1/live (ops/runbooks/rtmp.md).")
    ] = None,
    log_level: LogLevel = None,
) -> None:
    """Chạy máy chủ của buổi lễ cho tới khi nhận Ctrl-C."""
    settings = settings_of(
        {
            "listen": listen,
            "data": data,
            "public_url": public_url,
            "metrics_listen": metrics_listen,
            "media": media,
            "srt_listen": srt_listen,
            "media_listen": media_listen,
            "rtmp_url": rtmp_url,
            "log_level": log_level,
        }
    )

    async def work() -> None:
        worker = await spare_worker(settings.data) if settings.media else None
        await run_house(await open_house(settings, worker=worker))

    run_server(work)


def settings_of(given: dict[str, object]) -> Settings:
    """The settings, or exit 2 with every error; logging is set up by them."""
    try:
        settings = load(given)
    except SettingsError as error:
        fail("Thiết lập chưa đúng:\n  " + "\n  ".join(error.errors), exit_code=USAGE)
    configure(settings.log_level, as_json=settings.log_json)
    return settings


def run_server(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a server on uvloop; what keeps it from running becomes words and exit 1."""
    _raise_descriptor_limit()
    # Until all is ready everything that is made stays: `server.app.serve` sets it aside and lets the collector run again.
    gc.disable()
    try:
        uvloop.run(work())
    except (NoCeremony, JournalError, HolderError, ValueError) as error:
        fail(str(error))
    except SignerRefused as refused:
        fail(refused.detail)
    except ServiceFailed as failed:
        cause = failed.__cause__
        if isinstance(cause, OSError):
            fail(f"Không mở được cổng mạng ({cause}). Nếu cổng đang được dùng, chọn cổng khác bằng --listen HOST:PORT.")
        fail(f"{failed}: {cause}" if cause is not None else str(failed))


def _raise_descriptor_limit() -> None:
    """Every site is an open file; many systems give 1,024 and allow more to whoever asks."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _instant(text: str) -> Instant:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"“{text}” không phải ngày giờ dạng 2026-06-11T08:00") from error
    return Instant(round((moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).timestamp() * 1_000_000))
