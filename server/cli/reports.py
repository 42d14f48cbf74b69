"""`diemcau report`: papers of the ceremony as files."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from server.ceremony.attendance import CloseFigures
from server.cli.client import Client, ServerRefused, server_of
from server.cli.options import DATA, Data, run
from server.cli.output import AsJson, fail, out, print_json, save, write
from server.endpoints.figures import REHEARSAL_TYPES
from server.endpoints.reports import CEREMONY, LAUNCH, MORNING
from server.engine.answers import Answer
from server.engine.ids import new_id
from server.reports.ceremony import CeremonyReport
from server.reports.ceremony_files import CEREMONY_TEMPLATE, render_ceremony_docx
from server.reports.docx import TEMPLATE, render_docx
from server.reports.launch import LaunchReport
from server.reports.launch_files import LAUNCH_TEMPLATE, render_launch_docx
from server.reports.morning import MorningReport
from server.reports.paper import TemplateProblem

T = TypeVar("T")
SHIPPED = (TEMPLATE, LAUNCH_TEMPLATE, CEREMONY_TEMPLATE)

app = typer.Typer(
    help="Báo cáo: morning (báo cáo nhanh trước giờ khai mạc), launch (kết quả bấm nút), ceremony (kết quả buổi lễ).",
    no_args_is_help=True,
)

Out = Annotated[Path, typer.Option("--out", help="Tệp ghi ra; đuôi tệp chọn dạng: .docx, .xlsx, .json.", dir_okay=False)]

OwnTemplate = Annotated[
    Path | None,
    typer.Option("--template", help="Mẫu Word (.docx) của cơ quan; bỏ trống: DATA/templates, rồi mẫu có sẵn.", dir_okay=False),
]  # fmt: skip


@app.command()
def morning(
    out_file: Out,
    by: Annotated[str, typer.Option("--by", help="Họ tên người chốt số liệu, nếu số liệu chưa chốt.")] = "",
    version: Annotated[int | None, typer.Option("--version", help="Lần chốt; 0 là bản nháp; bỏ trống lấy lần cuối.")] = None,
    template: OwnTemplate = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Báo cáo nhanh về số điểm cầu và đại biểu."""
    kind = _asked(_kind(out_file, set(MORNING)), template)

    async def work() -> bytes:
        async with server_of(data) as server:
            path = f"/api/v1/reports/morning.{kind}"
            try:
                return await server.fetch("GET", path, version=version)
            except ServerRefused as refused:
                if refused.code != "not_closed" or not by:
                    raise
            await _close(server, by)
            return await server.fetch("GET", path)

    content = run(work(), as_json=as_json)
    save(out_file, _filled(content, MorningReport, render_docx, template, as_json=as_json), "Báo cáo", as_json=as_json)


@app.command()
def rehearsal(
    out_file: Out,
    number: Annotated[int | None, typer.Option("--number", help="Lần tổng duyệt; bỏ trống lấy lần cuối.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Kết quả tổng duyệt: nơi nào kết nối, báo số, chưa mở liên kết (.xlsx, .json)."""
    kind = _kind(out_file, set(REHEARSAL_TYPES))

    async def work() -> bytes:
        async with server_of(data) as server:
            return await server.fetch("GET", f"/api/v1/reports/rehearsal.{kind}", number=number)

    save(out_file, run(work(), as_json=as_json), "Kết quả tổng duyệt", as_json=as_json)


@app.command()
def launch(
    out_file: Out,
    cue: Annotated[str | None, typer.Option("--cue", help="Mã nút bấm; bỏ trống nếu chỉ có một.")] = None,
    attempt: Annotated[int | None, typer.Option("--attempt", help="Lần bấm; bỏ trống lấy lần cuối.")] = None,
    template: OwnTemplate = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Kết quả một lần bấm nút: ai bấm, T0, từng điểm cầu."""
    kind = _asked(_kind(out_file, set(LAUNCH)), template)

    async def work() -> bytes:
        async with server_of(data) as server:
            return await server.fetch("GET", f"/api/v1/reports/launch.{kind}", cue=cue, attempt=attempt)

    content = run(work(), as_json=as_json)
    save(out_file, _filled(content, LaunchReport, render_launch_docx, template, as_json=as_json), "Báo cáo", as_json=as_json)


@app.command()
def ceremony(out_file: Out, template: OwnTemplate = None, data: Data = DATA, as_json: AsJson = False) -> None:
    """Kết quả buổi lễ: tham dự, đường truyền, sự cố, phát động, chương trình, hỗ trợ, cam kết."""
    kind = _asked(_kind(out_file, set(CEREMONY)), template)

    async def work() -> bytes:
        async with server_of(data) as server:
            return await server.fetch("GET", f"/api/v1/reports/ceremony.{kind}")

    content = run(work(), as_json=as_json)
    save(out_file, _filled(content, CeremonyReport, render_ceremony_docx, template, as_json=as_json), "Báo cáo", as_json=as_json)


@app.command()
def template(
    folder: Annotated[Path | None, typer.Option("--out", help="Thư mục ghi các tệp mẫu ra; bỏ trống: thư mục dữ liệu.")] = None,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Ghi các mẫu báo cáo (.docx) ra để sửa trong Word. Mẫu nằm trong DATA/templates thì được dùng thay mẫu có sẵn."""
    target = folder or data / "templates"
    target.mkdir(parents=True, exist_ok=True)
    for shipped in SHIPPED:
        if (target / shipped.name).exists():
            fail(f"Đã có {target / shipped.name}, không ghi đè.", as_json=as_json, code="exists")
    for shipped in SHIPPED:
        write(target / shipped.name, shipped.read_bytes(), as_json=as_json)
        if not as_json:
            out.print(f"[green]✓[/] {target / shipped.name}", highlight=False, soft_wrap=True)
    if as_json:
        print_json({"out": [str(target / shipped.name) for shipped in SHIPPED]})


async def _close(server: Client, by: str) -> None:
    command = CloseFigures(id=new_id(), closed_by=by)
    answer = (await server.json("POST", "/api/v1/commands", list[Answer], body=command))[0]
    if answer.problem is not None:
        raise ServerRefused(answer.problem.code, answer.problem.detail, answer.problem.fields)


def _asked(kind: str, template: Path | None) -> str:
    """What to ask the server for: where the office brings its own template, the content, to be filled in here."""
    if template is None:
        return kind
    if kind != "docx":
        raise typer.BadParameter("--template chỉ dùng với tệp ghi ra .docx.")
    return "json"


def _filled(content: bytes, kind: type[T], render: Callable[[T, Path], bytes], template: Path | None, *, as_json: bool) -> bytes:
    """The content in the office's template, or as it came. A template that cannot be filled ends the verb: nothing is written."""
    if template is None:
        return content
    try:
        return render(msgspec.json.decode(content, type=kind), template)
    except TemplateProblem as problem:
        fail(problem.detail, as_json=as_json, code=problem.code)


def _kind(path: Path, kinds: set[str]) -> str:
    kind = path.suffix.lower().removeprefix(".")
    if kind not in kinds:
        raise typer.BadParameter(f"Tệp ghi ra phải có đuôi {', '.join(f'.{each}' for each in sorted(kinds))}.")
    return kind
