"""`diemcau signer`: whose devices the signer trusts. Works on its files: it needs the machine, not the web server."""

from typing import Annotated

import typer

from server.cli.client import server_of
from server.cli.options import DATA, Data, run
from server.cli.output import AsJson, fail, out, print_fields, print_json, print_table
from server.clock import wall
from server.endpoints.reading import CeremonyAnswer, DeviceAnswer, DevicesAnswer
from server.signer import LocalSigner, NotTrusted, SignerRefused, SignerStatus, TrustedList
from site_agent.units import KeyId

app = typer.Typer(help="Bộ ký: thiết bị được tin cậy để kích hoạt và bấm nút.", no_args_is_help=True)


@app.command()
def trust(
    fingerprint: Annotated[str, typer.Argument(help="Dấu vân tay của thiết bị, hiện trên trang của người đó.")],
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Tin cậy một thiết bị đã ghi danh, cho đúng vai trò và tên của nó."""

    async def work() -> DeviceAnswer | None:
        async with server_of(data) as server:
            devices = await server.json("GET", "/api/v1/devices", DevicesAnswer)
        return next((device for device in devices.items if device.id == fingerprint), None)

    device = run(work(), as_json=as_json)
    if device is None:
        fail(f"Chưa có thiết bị nào mang dấu vân tay {fingerprint}. Mở liên kết trên thiết bị đó trước.", as_json=as_json)
    try:
        TrustedList(data / "signer").trust(KeyId(device.id), device.public_key, device.role, device.seat, wall())
    except NotTrusted as error:
        fail(str(error), as_json=as_json, code="not_trusted")
    if as_json:
        print_json(device)
    else:
        out.print(f"[green]✓[/] Đã tin cậy {device.name} của “{device.seat}” ({device.role}).", highlight=False)


@app.command()
def distrust(
    fingerprint: Annotated[str, typer.Argument(help="Dấu vân tay của thiết bị.")], data: Data = DATA, as_json: AsJson = False
) -> None:
    """Thôi tin cậy một thiết bị."""
    if not TrustedList(data / "signer").distrust(KeyId(fingerprint)):
        fail(f"Không có {fingerprint} trong danh sách tin cậy.", as_json=as_json)
    if as_json:
        print_json({"fingerprint": fingerprint})
    else:
        out.print("[green]✓[/] Đã bỏ khỏi danh sách tin cậy.")


@app.command()
def status(data: Data = DATA, as_json: AsJson = False) -> None:
    """Khóa của buổi lễ, quyền kích hoạt đã cấp, thiết bị được tin cậy."""

    async def work() -> tuple[SignerStatus, DevicesAnswer]:
        async with server_of(data) as server:
            devices = await server.json("GET", "/api/v1/devices", DevicesAnswer)
            ceremony = await server.json("GET", "/api/v1/ceremony", CeremonyAnswer)
        signer = LocalSigner(data / "signer", ceremony.info.ceremony_id, wall)
        return await signer.status(), devices

    try:
        found, devices = run(work(), as_json=as_json)
    except SignerRefused as refused:
        fail(refused.detail, as_json=as_json, code=refused.code)
    trusted = {device.fingerprint for device in found.trusted}
    waiting = [device for device in devices.items if KeyId(device.id) not in trusted]
    if as_json:
        print_json({"signer": found, "waiting": waiting})
        return
    print_fields(
        {
            "Buổi lễ": found.ceremony_id,
            "Khóa chính thức": found.live_id,
            "Khóa tổng duyệt": found.rehearsal_id,
            "Lần cấp": found.term,
        }
    )
    rows: list[tuple[str, str, str, str]] = [
        (device.role, device.name, device.fingerprint, "tin cậy") for device in found.trusted
    ]
    rows += [(device.role, device.seat, device.id, "CHƯA tin cậy") for device in waiting]
    print_table("Thiết bị", ("Vai trò", "Tên", "Dấu vân tay", "Tình trạng"), rows)
