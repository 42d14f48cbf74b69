"""`diemcau conference`: the conference room that sites join, beside the running server or without one."""

from pathlib import Path
from typing import Annotated

import typer

from server.ceremony.conference import ConferenceAccess, SetConference
from server.cli.ceremony_settings import read_conference
from server.cli.client import Client, ServerRefused, server_of
from server.cli.options import DATA, Data, run
from server.cli.output import AsJson, out, print_json
from server.engine.answers import Answer
from server.engine.ids import new_id

app = typer.Typer(
    help="Phòng họp trực tuyến: địa chỉ và mật khẩu hiện trên trang của điểm cầu nhận hình qua hội nghị.", no_args_is_help=True
)


@app.command("set")
def set_(
    url: Annotated[str, typer.Option("--url", help="Địa chỉ phòng họp, hoặc số phòng.")],
    password: Annotated[
        Path | None, typer.Option("--password", help="TỆP chứa mật khẩu; “-” để gõ (không bao giờ ghi thẳng trên lệnh).")
    ] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Đặt hoặc thay phòng họp. Lưu mã hóa; chỉ điểm cầu nhận hình qua hội nghị và ban tổ chức xem được."""
    access = read_conference(url, password) or ConferenceAccess()
    _give(access, data, as_json=as_json)
    if not as_json:
        words = "có mật khẩu" if access.password else "không mật khẩu"
        out.print(f"[green]✓[/] Đã đặt phòng họp ({words}).", highlight=False)


@app.command()
def clear(data: Data = DATA, as_json: AsJson = False) -> None:
    """Bỏ phòng họp khỏi các trang."""
    _give(ConferenceAccess(), data, as_json=as_json)
    if not as_json:
        out.print("[green]✓[/] Đã bỏ phòng họp.", highlight=False)


def _give(access: ConferenceAccess, data: Path, *, as_json: bool) -> None:
    async def work() -> None:
        async with server_of(data) as server:
            await _command(server, SetConference(id=new_id(), access=access))

    run(work(), as_json=as_json)
    if as_json:
        print_json({"set": bool(access.url), "password": bool(access.password)})


async def _command(server: Client, command: SetConference) -> None:
    answer = (await server.json("POST", "/api/v1/commands", list[Answer], body=command))[0]
    if answer.problem is not None:
        raise ServerRefused(answer.problem.code, answer.problem.detail, answer.problem.fields)
