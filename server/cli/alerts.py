"""`diemcau alerts init | test`: where alerts go (DATA/alerts.toml), and whether they get there."""

import typer

from server.alerts.gateways import FILE, write_template
from server.alerts.job import Outcome
from server.cli.client import server_of
from server.cli.options import DATA, Data, run
from server.cli.output import FAILED, AsJson, fail, out, print_json, print_table
from server.endpoints.alerts import AlertTestAnswer

app = typer.Typer(help="Kênh cảnh báo: thư, SMS, Zalo… qua Apprise.", no_args_is_help=True)


@app.command("init")
def write_file(data: Data = DATA, as_json: AsJson = False) -> None:
    """Viết tệp mẫu alerts.toml (quyền 600) vào thư mục dữ liệu."""
    path = data / FILE
    try:
        written = write_template(path)
    except OSError as error:
        fail(f"Không ghi được {path}: {error.strerror}", as_json=as_json, code="unwritable")
    if not written:
        fail(f"Đã có {path}; không ghi đè.", as_json=as_json, code="exists")
    if as_json:
        print_json({"out": str(path)})
    else:
        out.print(f"[green]✓[/] Tệp mẫu → {path}. Sửa rồi chạy “diemcau alerts test”.", highlight=False, soft_wrap=True)


@app.command("test")
def send_test(data: Data = DATA, as_json: AsJson = False) -> None:
    """Gửi một tin thử qua mọi kênh và nói kênh nào gửi được."""

    async def work() -> AlertTestAnswer:
        async with server_of(data) as server:
            return await server.json("POST", "/api/v1/alerts/test", AlertTestAnswer)

    deliveries = run(work(), as_json=as_json).deliveries
    if as_json:
        print_json(deliveries)
    else:
        print_table("Tin thử", ("Kênh", "Địa chỉ", "Kết quả"), ((each.name, each.shown, each.detail) for each in deliveries))
    if any(each.outcome is not Outcome.SENT for each in deliveries):
        raise typer.Exit(FAILED)
