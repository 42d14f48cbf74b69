"""`diemcau forget`: erase personal data, of a site, of a person, of all, or of all whose time is over."""

import sys
from typing import Annotated

import msgspec
import typer

from server.ceremony.forgetting import SetRetention
from server.cli.client import Client, ServerRefused, server_of
from server.cli.options import DATA, Data, run
from server.cli.output import AsJson, fail, out, print_fields, print_json
from server.endpoints.forgetting import ForgetAnswer, ForgetRequest
from server.engine.answers import Answer
from server.engine.ids import new_id
from server.reports.words import number
from site_agent.units import PersonId, SiteCode

KEPT_ELSEWHERE = "Bản sao lưu, tệp đã xuất (báo cáo, danh sách, phiếu) và nhật ký xuất bằng --personal không tự mất: xóa riêng."


def forget(
    site: Annotated[str | None, typer.Option("--site", help="Mã điểm cầu: đầu mối, chủ trì thay, tin nhắn, ảnh giữ lại.")] = None,
    person: Annotated[str | None, typer.Option("--person", help="Mã người (person) như trong nhật ký xuất ra.")] = None,
    everybody: Annotated[bool, typer.Option("--all-personal", help="Mọi dữ liệu cá nhân của buổi lễ.")] = False,
    due: Annotated[bool, typer.Option("--due", help="Mọi dữ liệu cá nhân, nếu đã hết thời gian lưu.")] = False,
    days: Annotated[int | None, typer.Option("--keep-days", help="Đặt thời gian lưu: số ngày sau buổi lễ. Không xóa gì.")] = None,
    yes: Annotated[
        int,
        typer.Option("--yes", count=True, help="Không hỏi lại. Xóa tất cả khi buổi lễ chưa kết thúc: ghi --yes hai lần."),
    ] = 0,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Xóa dữ liệu cá nhân (họ tên, điện thoại, tin nhắn, ảnh phòng). Nhật ký vẫn nguyên vẹn, báo cáo ghi “(đã xóa thông tin)”."""
    if sum((site is not None, person is not None, everybody, due, days is not None)) != 1:
        raise typer.BadParameter("Chọn đúng một: --site, --person, --all-personal, --due, hoặc --keep-days.")
    if days is not None:
        run(_keep(data, days), as_json=as_json)
        print_json({"keep_days": days}) if as_json else out.print(f"[green]✓[/] Lưu {days} ngày sau buổi lễ.")
        return
    request = ForgetRequest(
        site=SiteCode(site) if site is not None else None,
        person=PersonId(person) if person is not None else None,
        all=everybody,
        due=due,
    )

    async def work() -> ForgetAnswer:
        async with server_of(data) as server:
            told = await _ask(server, request)
            if not told.people and not told.pictures:
                return told
            if not yes:
                _confirm(told, as_json=as_json)
            if everybody and told.warning and yes == 1:
                fail(f"{told.warning} Vẫn xóa thì ghi --yes hai lần.", as_json=as_json, code="not_over")
            return await _ask(server, msgspec.structs.replace(request, confirmed=True, before_end=yes != 1))

    answer = run(work(), as_json=as_json)
    if as_json:
        print_json(answer)
    elif not answer.people and not answer.pictures:
        out.print("Không còn dữ liệu cá nhân nào để xóa.")
    else:
        out.print("[green]✓[/] Đã xóa:")
        print_fields(_lines(answer))
        out.print(KEPT_ELSEWHERE, highlight=False)


async def _keep(data: Data, days: int) -> None:
    async with server_of(data) as server:
        command = SetRetention(id=new_id(), days=days)
        answer = (await server.json("POST", "/api/v1/commands", list[Answer], body=command))[0]
        if answer.problem is not None:
            raise ServerRefused(answer.problem.code, answer.problem.detail, answer.problem.fields)


async def _ask(server: Client, request: ForgetRequest) -> ForgetAnswer:
    return await server.json("POST", "/api/v1/forget", ForgetAnswer, body=request)


def _confirm(told: ForgetAnswer, *, as_json: bool) -> None:
    if not as_json:
        out.print("Sẽ xóa vĩnh viễn:")
        print_fields(_lines(told))
        if told.warning:
            out.print(f"[bold red]{told.warning}[/]", highlight=False)
    if as_json or not sys.stdin.isatty():
        fail("Thêm --yes để xóa: việc này không hoàn tác được.", as_json=as_json, code="not_confirmed")
    if told.warning and not typer.confirm("Buổi lễ CHƯA KẾT THÚC. Vẫn xóa"):
        raise typer.Abort
    typer.confirm("Xóa? Không hoàn tác được", abort=True)


def _lines(answer: ForgetAnswer) -> dict[str, object]:
    lines: dict[str, object] = {kind: number(count) for kind, count in answer.kinds.items()}
    if answer.pictures:
        lines["ảnh phòng họp đã giữ"] = number(answer.pictures)
    return lines
