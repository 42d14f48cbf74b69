"""`diemcau roster`: check, import, export, template, generate."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from server.cli.client import server_of
from server.cli.options import DATA, Data, read_file, run
from server.cli.output import FAILED, AsJson, err, fail, out, print_json, print_table, save
from server.endpoints.roster import RosterAnswer
from server.files.roster_export import roster_csv, roster_template, roster_xlsx
from server.files.roster_file import RosterFile, read_roster
from server.files.roster_generate import DivisionsMissing, UnknownProvince, generate_roster
from server.files.tables import RowProblem

app = typer.Typer(help="Danh sách điểm cầu: kiểm tra, nhập, xuất, biểu mẫu, tạo từ danh mục hành chính.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="Tệp CSV hoặc Excel.", dir_okay=False)]
Out = Annotated[Path, typer.Option("--out", help="Tệp ghi ra (.csv hoặc .xlsx).", dir_okay=False)]


class Checked(msgspec.Struct):
    """What `roster check --json` prints."""

    ok: bool
    sites: int
    levels: list[str]
    ignored: list[str]
    problems: list[RowProblem]


@app.command()
def check(file: File, as_json: AsJson = False) -> None:
    """Đọc thử, không thay đổi gì; liệt kê mọi dòng sai. Exit 1 nếu có dòng sai."""
    found = read_roster(read_file(file))
    if isinstance(found, RosterFile):
        checked = Checked(True, len(found.sites), [level.name for level in found.levels], list(found.ignored), [])
    else:
        checked = Checked(False, 0, [], [], found)
    if as_json:
        print_json(checked)
    elif checked.ok:
        out.print(f"[green]✓[/] {checked.sites} điểm cầu, các cấp: {', '.join(checked.levels)}.")
        if checked.ignored:
            out.print(f"Bỏ qua các cột: {', '.join(checked.ignored)}.")
    else:
        print_problems(checked.problems)
    if not checked.ok:
        raise typer.Exit(FAILED)


@app.command("import")
def import_(
    file: File,
    retire_missing: Annotated[
        bool,
        typer.Option("--retire-missing", help="Nơi đã báo mà tệp thiếu: rút khỏi danh sách, giữ số, không tính vào tổng."),
    ] = False,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Thay toàn bộ danh sách bằng tệp này; không đổi gì nếu có một dòng sai."""

    async def work() -> RosterAnswer:
        async with server_of(data) as server:
            query = {"retire_missing": "true"} if retire_missing else {}
            return await server.json("PUT", "/api/v1/roster", RosterAnswer, data=read_file(file), **query)

    answer = run(work(), as_json=as_json)
    if as_json:
        print_json(answer)
    if answer.problems:
        if not as_json:
            print_problems(answer.problems)
        raise typer.Exit(FAILED)
    assert answer.answer is not None
    if answer.answer.problem is not None:
        problem = answer.answer.problem
        if not as_json:
            err.print(f"[bold red]✗[/] {problem.detail}", *(f"\n  {name}: {words}" for name, words in problem.fields.items()))
        raise typer.Exit(FAILED)
    if not as_json:
        out.print(f"[green]✓[/] Đã nhập {answer.sites} điểm cầu.")


@app.command()
def export(out_file: Out, data: Data = DATA, as_json: AsJson = False) -> None:
    """Xuất danh sách ra CSV hoặc Excel; nhập lại được đúng danh sách ấy."""
    _check_name(out_file)

    async def work() -> bytes:
        async with server_of(data) as server:
            return await server.fetch("GET", "/api/v1/roster.csv")

    content = run(work(), as_json=as_json)
    found = read_roster(content)
    assert isinstance(found, RosterFile), "the server exports what it imported"
    _write(out_file, found, as_json=as_json)


@app.command()
def template(out_file: Out = Path("danh-sach-diem-cau.xlsx"), as_json: AsJson = False) -> None:
    """Ghi biểu mẫu Excel trống có danh sách chọn."""
    if out_file.suffix.lower() != ".xlsx":
        raise typer.BadParameter("Biểu mẫu là tệp .xlsx")
    save(out_file, roster_template(), "Biểu mẫu", as_json=as_json)


@app.command()
def generate(
    out_file: Out,
    province: Annotated[str, typer.Option("--province", help="Tên tỉnh, thành phố, có hay không dấu.")],
    as_json: AsJson = False,
) -> None:
    """Tạo danh sách hai cấp (tỉnh, xã) từ danh mục đơn vị hành chính hiện hành."""
    _check_name(out_file)
    try:
        found = generate_roster(province)
    except (UnknownProvince, DivisionsMissing) as error:
        fail(str(error), as_json=as_json)
    _write(out_file, found, as_json=as_json)


def print_problems(problems: list[RowProblem]) -> None:
    """Every bad row, for the person who mends the file."""
    rows = ((problem.row or "", problem.column, problem.value, problem.reason) for problem in problems)
    print_table(f"{len(problems)} chỗ cần sửa", ("Dòng", "Cột", "Giá trị", "Lý do"), rows)


def _check_name(path: Path) -> None:
    if path.suffix.lower() not in {".csv", ".xlsx"}:
        raise typer.BadParameter("Tệp ghi ra phải có đuôi .csv hoặc .xlsx")


def _write(path: Path, roster: RosterFile, *, as_json: bool) -> None:
    as_csv = path.suffix.lower() == ".csv"
    content = roster_csv(roster.sites) if as_csv else roster_xlsx(roster.levels, roster.sites)
    save(path, content, f"{len(roster.sites)} điểm cầu", as_json=as_json, sites=len(roster.sites))
