"""`diemcau demo`: the ceremony of Nghệ An, 11 June 2025, as if it were this morning, on this machine."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from msgspec import structs

from server.app import House, open_house, serve
from server.beginning import Beginning, Launch, begin
from server.ceremony.conference import ConferenceAccess
from server.ceremony.programme import Item
from server.ceremony.rules import PersonalFields, Role
from server.ceremony.sources import SourceName
from server.cli.beside import Beside
from server.cli.output import AsJson, out, print_json
from server.cli.serving import Listen, LogLevel, Media, SrtListen, run_server, settings_of
from server.clock import wall
from server.demo_data import DEMO_CONFERENCE, DEMO_GUESTS, DEMO_WORDS, NGHE_AN_PROGRAMME, NGHE_AN_ROSTER, with_lines
from server.files.programme import ProgrammeFile, read_programme
from server.files.roster_file import RosterFile, read_roster
from server.media.child import spare_worker
from server.media.demo_signal import Signal
from server.reports.words import clock_words, date_words
from site_agent.launch.objects import Trigger
from site_agent.units import MINUTE, Duration, Instant, SiteCode

DEMO_DATA = Path("demo-data")
DEMO_PHONE = "0000 000 000 (số thử nghiệm)"
"""Shows where the ceremony's own number stands (`init --support-phone`); nobody has it, and no exchange puts it through."""
PRIMARY = SourceName.PRIMARY
BEFORE_START = Duration(75 * MINUTE)
"""The demo opens as the morning stands at 06:45 of an 08:00 start."""
ROUND_TO = Duration(5 * MINUTE)
A_COMMUNE = SiteCode("17971")
"""Xã Kim Liên: the commune whose link the table shows."""
LOOK_SECONDS = 0.05
MAX_HOST_LINKS = 200
"""The main hall, the commune of the table and the first others: readers of one line have limits (64 KiB in asyncio).
`diemcau link host --site all --json` prints all.
"""

PEOPLE: tuple[tuple[Role, str, str, str], ...] = (
    (Role.TECH, "tech-1", "Đội kỹ thuật", "/wall"),
    (Role.DESK, "desk-1", "Bàn trực Sở KH&CN", "/desk"),
    (Role.CALLER, "caller-1", "Tổng đạo diễn", "/call"),
    (Role.MC, "mc-1", "Dẫn chương trình", "/mc"),
    (Role.PRESSER, "Ghế 1", "Lãnh đạo, ghế 1", "/press"),
    (Role.PRESSER, "Ghế 2", "Lãnh đạo, ghế 2", "/press"),
    (Role.PRESSER, "Ghế 3", "Lãnh đạo, ghế 3", "/press"),
    (Role.VIEWER, "", "Người xem", "/watch"),
    (Role.ADMIN, "admin-1", "Quản trị", "/wall"),
)


def demo(  # noqa: PLR0913, PLR0917 -- the options of the verb
    fast: Annotated[bool, typer.Option("--fast", help="Rút ngắn buổi sáng: các điểm cầu vào trong ít phút.")] = False,
    listen: Listen = None,
    data: Annotated[Path, typer.Option("--data", help="Thư mục dữ liệu; lần sau chạy tiếp từ đó.", file_okay=False)] = DEMO_DATA,
    sites: Annotated[
        int | None, typer.Option("--sites", min=0, help="Số điểm cầu mô phỏng (mặc định: tất cả trừ hội trường).")
    ] = None,
    drop: Annotated[bool, typer.Option("--drop/--no-drop", help="Cho một cụm mất kết nối một phút rồi trở lại.")] = True,
    trigger: Annotated[Trigger, typer.Option("--trigger", help="seats: lãnh đạo bấm; countdown: MC bấm.")] = Trigger.SEATS,
    k: Annotated[int, typer.Option("--k", min=1, max=3, help="Số ghế phải bấm (seats).")] = 1,
    media: Media = None,
    srt_listen: SrtListen = None,
    log_level: LogLevel = None,
    as_json: AsJson = False,
) -> None:
    """Chạy thử buổi lễ của Nghệ An với hàng trăm điểm cầu mô phỏng; Ctrl-C để dừng, chạy lại để tiếp tục."""
    data = data.resolve()
    # The table of links must not scroll away.
    level = log_level or ("info" if as_json else "warning")
    given = {"listen": listen, "data": data, "media": media, "srt_listen": srt_listen, "log_level": level}
    settings = settings_of({**given, "auto_trust": True})

    async def work() -> None:
        worker = await spare_worker(data) if settings.media else None
        if not (data / "journal.sqlite3").exists():
            await begin(data, _beginning(trigger, k))
        house = await open_house(settings, worker=worker)
        tell = (lambda: print_json(_links(house))) if as_json else (lambda: _show(house, sites))
        beside = [] if sites == 0 else [_simulation(data, settings.log_level, fast=fast, drop=drop, sites=sites)]
        beside += [_programme(house)] if settings.media else []
        await serve(house, [each.service() for each in beside], tell)

    run_server(work)


def _simulation(data: Path, log_level: str, *, fast: bool, drop: bool, sites: int | None) -> Beside:
    """The other sites, in a process of their own, started as the verb anybody could start."""
    command = [sys.executable, "-m", "server.cli", "simulate", "--until-eof", "--data", str(data), "--log-level", log_level]
    command += ["--fast"] if fast else []
    command += [] if drop else ["--no-drop"]
    command += ["--sites", str(sites)] if sites is not None else []
    return Beside("simulation", command)


def _programme(house: House) -> Beside:
    """A moving picture with a clock and a tone, sent as an encoder in the hall would send it, with the key of the source."""

    async def where() -> bytes:
        # The feeds are told of a change once a second at most: too seldom for somebody who waits for the first picture.
        while (port := _srt_port(house)) is None:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
        host = "127.0.0.1" if (given := house.media.ports.host) in {"0.0.0.0", "::"} else given  # noqa: S104 -- a comparison
        signal = Signal(host, port, house.media.key(PRIMARY), house.engine.state.details.required.title)
        return msgspec.json.encode(signal) + b"\n"

    return Beside("programme", [sys.executable, "-m", "server.media.demo_signal"], where)


def _srt_port(house: House) -> int | None:
    """Where the worker truly listens for the primary source; None as long as it does not."""
    status = house.media.status()
    sources = status.sources if status is not None else ()
    return next((source.port for source in sources if source.name == PRIMARY), None)


def _beginning(trigger: Trigger, k: int) -> Beginning:
    roster = read_roster(NGHE_AN_ROSTER.read_bytes())
    programme = read_programme(NGHE_AN_PROGRAMME.read_bytes())
    assert isinstance(roster, RosterFile)
    assert isinstance(programme, ProgrammeFile)
    starts_at = wall() + BEFORE_START
    return Beginning(
        title="Lễ phát động phong trào “Bình dân học vụ số”",
        authority="UBND tỉnh Nghệ An",
        starts_at=Instant(-(-starts_at // ROUND_TO) * ROUND_TO),
        levels=roster.levels,
        sites=with_lines(roster.sites),
        items=tuple(_with_words(item) for item in programme.items),
        sheet=programme.sheet,
        support_phone=DEMO_PHONE,
        conference=ConferenceAccess(*DEMO_CONFERENCE),
        guests=tuple(PersonalFields(name=name, title=title) for name, title in DEMO_GUESTS),
        launch=Launch(
            title="Phát động phong trào",
            subtitle="“Bình dân học vụ số”",
            portal="nq57.nghean.gov.vn",
            trigger=trigger,
            k=k,
        ),
    )


def _with_words(item: Item) -> Item:
    return structs.replace(item, words=DEMO_WORDS.get(item.id, ""))


def _link(house: House, subject: str, **more: str) -> dict[str, str]:
    token = house.token(subject)
    return {**more, "url": f"{house.url}/enter#{token}", "token": token}


def _links(house: House) -> dict[str, Any]:
    links: dict[str, list[dict[str, str]]] = {}
    for role, seat, _, _ in PEOPLE:
        links.setdefault(role.value, []).append(_link(house, f"{role}:{seat}", **({"seat": seat} if seat else {})))
    codes = list(house.engine.state.roster.sites)[:MAX_HOST_LINKS]
    links["host"] = [_link(house, f"host:{code}", site=code) for code in dict.fromkeys((*codes[:1], A_COMMUNE, *codes))]
    return {"url": house.url, "data": str(house.settings.data), "links": links}


def _show(house: House, sites: int | None) -> None:
    state = house.engine.state
    details = state.details.required
    root = state.roster.root
    count = len(state.roster.sites) - 1 if sites is None else min(sites, len(state.roster.sites) - 1)
    out.print(f"\n[bold]{details.title}[/] · {details.authority}", highlight=False)
    out.print(
        f"Khai mạc {clock_words(details.starts_at)} ngày {date_words(details.starts_at)} (giờ của bản chạy thử) · "
        f"{count} điểm cầu mô phỏng đang vào · dữ liệu ở {house.settings.data}\n",
        highlight=False,
        soft_wrap=True,
    )
    rows = [(words, page, _link(house, f"{role}:{seat}")["url"]) for role, seat, words, page in PEOPLE]
    rows.append((f"Điểm cầu {state.roster.sites[A_COMMUNE].name}", "/site", _link(house, f"host:{A_COMMUNE}")["url"]))
    if root is not None:
        token = house.token(f"host:{root}")
        rows.append(("Màn hình hội trường", "/stage", f"{house.url}/enter?next=/stage#{token}"))
    # One line each and never folded or cut: terminals make whole addresses clickable.
    width = max(len(words) for words, _, _ in rows)
    for words, page, url in rows:
        out.print(f"[bold]{words:{width}}[/]  {page:7}  {url}", soft_wrap=True, highlight=False)
    out.print("\nCtrl-C để dừng; chạy lại lệnh này để tiếp tục từ chỗ đang dở.\n")
