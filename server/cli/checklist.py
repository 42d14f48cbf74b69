"""`diemcau checklist`: the items of the readiness checklist, out to a file and in again."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from server.ceremony.readiness import DEFAULT_CHECKLIST, SetChecklist
from server.cli.ceremony_settings import read_checklist
from server.cli.client import ServerRefused, server_of
from server.cli.options import DATA, Data, run
from server.cli.output import AsJson, out, print_json, save
from server.engine.answers import Answer
from server.engine.ids import new_id

app = typer.Typer(help="Danh mục kiểm tra sẵn sàng của điểm cầu: xuất mẫu ra tệp JSON, sửa, nhập lại.", no_args_is_help=True)


@app.command()
def template(
    out_file: Annotated[Path, typer.Option("--out", help="Tệp .json ghi ra.", dir_okay=False)] = Path("kiem-tra-san-sang.json"),
    as_json: AsJson = False,
) -> None:
    """Ghi danh mục mặc định ra tệp để sửa.

    Mỗi mục có id, name, measure (link, sound, screen, battery, generator hoặc tick), question, help.
    """
    content = msgspec.json.format(msgspec.json.encode(DEFAULT_CHECKLIST), indent=2) + b"\n"
    save(out_file, content, f"{len(DEFAULT_CHECKLIST)} mục", as_json=as_json, items=len(DEFAULT_CHECKLIST))


@app.command("set")
def set_(
    file: Annotated[Path, typer.Argument(help="Tệp JSON của danh mục.", dir_okay=False)],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Thay danh mục. Những gì điểm cầu đã trả lời cho mục còn lại được giữ."""
    items = read_checklist(file)

    async def work() -> None:
        async with server_of(data) as server:
            command = SetChecklist(id=new_id(), items=items)
            answer = (await server.json("POST", "/api/v1/commands", list[Answer], body=command))[0]
            if answer.problem is not None:
                raise ServerRefused(answer.problem.code, answer.problem.detail, answer.problem.fields)

    run(work(), as_json=as_json)
    if as_json:
        print_json({"items": len(items)})
    else:
        out.print(f"[green]✓[/] Danh mục có {len(items)} mục.", highlight=False)
