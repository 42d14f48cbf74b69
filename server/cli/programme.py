"""`diemcau programme`: check, import and export of the run of show."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from server.cli.client import server_of
from server.cli.options import DATA, Data, read_file, run
from server.cli.output import FAILED, AsJson, err, out, print_json, save
from server.cli.roster import print_problems
from server.endpoints.programme import FileAnswer
from server.endpoints.reading import ProgrammeAnswer
from server.files.programme import ProgrammeFile, read_programme
from server.files.tables import RowProblem

app = typer.Typer(help="Chương trình buổi lễ: kiểm tra, nhập, xuất.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="Tệp CSV hoặc Excel.", dir_okay=False)]


class Checked(msgspec.Struct):
    """What `programme check --json` prints."""

    ok: bool
    items: int
    kept: list[str]
    """Headings of the office's own columns: kept with the items, written back in their places."""
    problems: list[RowProblem]


@app.command()
def check(file: File, as_json: AsJson = False) -> None:
    """Đọc thử, không thay đổi gì; liệt kê mọi dòng sai. Exit 1 nếu có dòng sai."""
    found = read_programme(read_file(file))
    if isinstance(found, ProgrammeFile):
        checked = Checked(True, len(found.items), list(found.ignored), [])
    else:
        checked = Checked(False, 0, [], found)
    if as_json:
        print_json(checked)
    elif checked.ok:
        out.print(f"[green]✓[/] {checked.items} nội dung.")
        _say_kept(checked.kept)
    else:
        print_problems(checked.problems)
    if not checked.ok:
        raise typer.Exit(FAILED)


@app.command("import")
def import_(file: File, data: Data = DATA, as_json: AsJson = False) -> None:
    """Thay chương trình bằng tệp này; không đổi gì nếu có một dòng sai."""
    answer = put_file("/api/v1/programme", file, data, as_json=as_json)
    if not as_json:
        out.print(f"[green]✓[/] Đã nhập {answer.rows} nội dung.")
        _say_kept(answer.columns)


@app.command()
def export(
    out_file: Annotated[Path, typer.Option("--out", help="Tệp ghi ra (.csv hoặc .xlsx).", dir_okay=False)],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Xuất chương trình ra CSV hoặc Excel theo đúng bảng đã nhập, đủ mọi cột."""
    kind = out_file.suffix.lower().removeprefix(".")
    if kind not in {"csv", "xlsx"}:
        raise typer.BadParameter("Tệp ghi ra phải có đuôi .csv hoặc .xlsx")

    async def work() -> tuple[bytes, int]:
        async with server_of(data) as server:
            programme = await server.json("GET", "/api/v1/programme", ProgrammeAnswer)
            return await server.fetch("GET", f"/api/v1/programme.{kind}"), len(programme.items)

    content, items = run(work(), as_json=as_json)
    save(out_file, content, f"{items} nội dung", as_json=as_json, items=items)


def put_file(path: str, file: Path, data: Path, *, as_json: bool) -> FileAnswer:
    """Give the file to the server, and say what is wrong with it."""
    content = read_file(file)

    async def work() -> FileAnswer:
        async with server_of(data) as server:
            return await server.json("PUT", path, FileAnswer, data=content)

    answer = run(work(), as_json=as_json)
    if as_json:
        print_json(answer)
    elif answer.problems:
        print_problems(answer.problems)
    if answer.problems:
        raise typer.Exit(FAILED)
    problem = answer.answer.problem if answer.answer is not None else None
    if problem is not None:
        if not as_json:
            err.print(f"[bold red]✗[/] {problem.detail}", *(f"\n  {name}: {words}" for name, words in problem.fields.items()))
        raise typer.Exit(FAILED)
    return answer


def _say_kept(columns: list[str]) -> None:
    if columns:
        out.print(f"Giữ nguyên các cột riêng: {', '.join(columns)}.")
