"""`diemcau guests`: the list of delegates whom the MC introduces, in and out."""

from pathlib import Path
from typing import Annotated

import typer

from server.cli.client import server_of
from server.cli.options import DATA, Data, run
from server.cli.output import AsJson, out, save
from server.cli.programme import File, put_file

app = typer.Typer(help="Danh sách giới thiệu đại biểu: nhập, xuất.", no_args_is_help=True)


@app.command("import")
def import_(file: File, data: Data = DATA, as_json: AsJson = False) -> None:
    """Thay danh sách giới thiệu đại biểu; ai có trong cả hai danh sách vẫn giữ tình trạng đã đến."""
    answer = put_file("/api/v1/guests", file, data, as_json=as_json)
    if not as_json:
        out.print(f"[green]✓[/] Đã nhập {answer.rows} đại biểu.")
        if answer.columns:
            out.print(f"Không dùng các cột: {', '.join(answer.columns)}.")


@app.command("export")
def export(
    out_file: Annotated[Path, typer.Option("--out", help="Tệp ghi ra (.csv).", dir_okay=False)],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Xuất danh sách giới thiệu đại biểu cùng tình trạng đã đến."""
    if out_file.suffix.lower() != ".csv":
        raise typer.BadParameter("Tệp ghi ra phải có đuôi .csv")

    async def work() -> bytes:
        async with server_of(data) as server:
            return await server.fetch("GET", "/api/v1/guests.csv")

    save(out_file, run(work(), as_json=as_json), "Danh sách giới thiệu", as_json=as_json)
