"""`diemcau programme`: import and export of the run of show."""

from pathlib import Path
from typing import Annotated

import typer

from server.ceremony.programme import ImportProgramme, Item
from server.cli.client import Client, server_of
from server.cli.options import DATA, Data, read_file, run
from server.cli.output import FAILED, AsJson, fail, out, print_json, save
from server.cli.roster import print_problems
from server.endpoints.reading import CeremonyAnswer, ProgrammeAnswer
from server.engine.answers import Answer
from server.engine.ids import new_id
from server.files.programme import programme_csv, programme_xlsx, read_programme
from site_agent.units import Duration, Instant

app = typer.Typer(help="Chương trình buổi lễ: nhập, xuất.", no_args_is_help=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="Tệp CSV hoặc Excel.", dir_okay=False)], data: Data = DATA, as_json: AsJson = False
) -> None:
    """Thay chương trình bằng tệp này; không đổi gì nếu có một dòng sai."""
    content = read_file(file)

    async def work() -> Answer | None:
        async with server_of(data) as server:
            found = read_programme(content, await _starts_at(server))
            if isinstance(found, list):
                if as_json:
                    print_json({"problems": found})
                else:
                    print_problems(found)
                return None
            command = ImportProgramme(id=new_id(), items=found.items)
            return (await server.json("POST", "/api/v1/commands", list[Answer], body=command))[0]

    answer = run(work(), as_json=as_json)
    if answer is None:
        raise typer.Exit(FAILED)
    if answer.problem is not None:
        fail(answer.problem.detail, as_json=as_json, code=answer.problem.code)
    if as_json:
        print_json(answer)
    else:
        out.print("[green]✓[/] Đã nhập chương trình.")


@app.command()
def export(
    out_file: Annotated[Path, typer.Option("--out", help="Tệp ghi ra (.csv hoặc .xlsx).", dir_okay=False)],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Xuất chương trình ra CSV hoặc Excel."""
    writer = {".csv": programme_csv, ".xlsx": programme_xlsx}.get(out_file.suffix.lower())
    if writer is None:
        raise typer.BadParameter("Tệp ghi ra phải có đuôi .csv hoặc .xlsx")

    async def work() -> tuple[Instant, list[Item]]:
        async with server_of(data) as server:
            starts_at = await _starts_at(server)
            programme = await server.json("GET", "/api/v1/programme", ProgrammeAnswer)
            return starts_at, [
                Item(
                    id=row.id,
                    start=Duration(row.starts_at - starts_at),
                    end=Duration(row.ends_at - starts_at),
                    title=row.title,
                    owner=row.owner,
                    kind=row.kind,
                    site=row.site,
                )
                for row in programme.items
            ]

    starts_at, items = run(work(), as_json=as_json)
    save(out_file, writer(items, starts_at), f"{len(items)} nội dung", as_json=as_json, items=len(items))


async def _starts_at(server: Client) -> Instant:
    return (await server.json("GET", "/api/v1/ceremony", CeremonyAnswer)).starts_at
