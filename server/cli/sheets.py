"""`diemcau sheets`: the sheets of sites as a PDF to print, or as a workbook to send over Zalo."""

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from server.cli.client import server_of
from server.cli.options import DATA, Data, run
from server.cli.output import AsJson, err, fail, out, print_json, save
from server.endpoints.seen import PostersRequest
from server.endpoints.sheets import SheetsRequest
from server.reports.posters import PosterBook
from server.reports.sheets import SheetBook

FORMATS = (".pdf", ".xlsx")


def sheets(  # noqa: PLR0913, PLR0917 -- the options of the verb
    out_file: Annotated[Path, typer.Option("--out", help="Tệp ghi ra: .pdf để in (A5), .xlsx để gửi Zalo.", dir_okay=False)],
    site: Annotated[list[str] | None, typer.Option("--site", help="Chỉ in điểm cầu mang mã này. Lặp lại được.")] = None,
    group: Annotated[list[str] | None, typer.Option("--group", help="Chỉ in cụm này, có hay không dấu. Lặp lại được.")] = None,
    unopened: Annotated[bool, typer.Option("--unopened", help="Chỉ những nơi chưa ai mở liên kết lần nào.")] = False,
    posters: Annotated[
        bool, typer.Option("--posters", help="In áp phích tự điểm danh (A4, mã QR công khai) thay cho phiếu của đầu mối.")
    ] = False,
    public_url: Annotated[
        str, typer.Option("--public-url", envvar="DIEMCAU_PUBLIC_URL", help="Địa chỉ in trên phiếu, ví dụ https://cau.tinh.vn.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Ghi đè tệp đã có.")] = False,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """In phiếu cho từng điểm cầu: mã QR, mã ngắn, ba bước, số hỗ trợ. Tệp chứa chìa khóa: chỉ chủ tệp đọc được (0600)."""
    if out_file.suffix.lower() not in FORMATS:
        raise typer.BadParameter("Tệp ghi ra phải có đuôi .pdf hoặc .xlsx.")
    if out_file.exists() and not force:
        fail(f"Đã có {out_file}, không ghi đè. Thêm --force để thay.", as_json=as_json, code="exists")
    if public_url and not public_url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"“{public_url}” không phải địa chỉ dạng https://TÊN-MIỀN.")
    if posters:
        print_posters(out_file, PostersRequest(tuple(site or ()), tuple(group or ()), public_url), data, as_json=as_json)
        return
    request = SheetsRequest(tuple(site or ()), tuple(group or ()), unopened, public_url)

    async def work() -> SheetBook:
        async with server_of(data) as server:
            return await server.json("POST", "/api/v1/sheets", SheetBook, body=request)

    book = run(work(), as_json=as_json)
    started = time.monotonic()
    content = _drawn(out_file.suffix.lower(), book, quiet=as_json)
    _write(out_file, content, as_json=as_json)
    took = time.monotonic() - started
    if as_json:
        print_json({"out": str(out_file), "bytes": len(content), "sites": len(book.sheets), "seconds": round(took, 2)})
        return
    out.print(f"[green]✓[/] {len(book.sheets)} phiếu trong {took:.1f} giây → {out_file}", highlight=False, soft_wrap=True)
    out.print(
        "Tệp chứa liên kết mở được các điểm cầu; quyền đọc: chỉ người dùng này (0600). Gửi xong nên xóa.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    if book.address.startswith(("127.", "localhost", "[::1]")):
        out.print(
            f"[yellow]![/] Phiếu in địa chỉ {book.address}, chỉ mở được trên chính máy này. In lại với --public-url https://…",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    if not book.support_phone:
        out.print("[yellow]![/] Buổi lễ chưa có số hỗ trợ (init --support-phone); phiếu không in số.", highlight=False)


def print_posters(out_file: Path, request: PostersRequest, data: Path, *, as_json: bool) -> None:
    """Posters are public: no secret is in them."""
    from server.reports.posters_pdf import render_posters_pdf  # noqa: PLC0415 -- as below
    from server.reports.sheets_pdf import FontsMissing  # noqa: PLC0415

    if out_file.suffix.lower() != ".pdf":
        raise typer.BadParameter("Áp phích tự điểm danh là tệp .pdf.")

    async def work() -> PosterBook:
        async with server_of(data) as server:
            return await server.json("POST", "/api/v1/posters", PosterBook, body=request)

    book = run(work(), as_json=as_json)
    try:
        content = render_posters_pdf(book)
    except FontsMissing as error:
        fail(str(error), as_json=as_json, code="fonts_missing")
    save(out_file, content, f"{len(book.posters)} áp phích", as_json=as_json)


def _drawn(kind: str, book: SheetBook, *, quiet: bool) -> bytes:
    # Drawing needs fonts and packages that no other verb does.
    from server.reports.sheets_pdf import FontsMissing, render_sheets_pdf  # noqa: PLC0415
    from server.reports.sheets_xlsx import render_sheets_xlsx  # noqa: PLC0415

    render: Callable[[SheetBook, Callable[[int], None]], bytes] = render_sheets_pdf if kind == ".pdf" else render_sheets_xlsx
    bar: AbstractContextManager[Any] = nullcontext()
    tell: Callable[[int], None] = lambda _: None  # noqa: E731
    if not quiet:
        bar = progress = Progress(
            TextColumn("Vẽ phiếu"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err, transient=True
        )
        task = progress.add_task("", total=len(book.sheets))
        tell = lambda done: progress.update(task, completed=done)  # noqa: E731
    try:
        with bar:
            return render(book, tell)
    except FontsMissing as error:
        fail(str(error), as_json=quiet, code="fonts_missing")


def _write(path: Path, content: bytes, *, as_json: bool) -> None:
    """Whole or not at all, readable by the owner alone from its first byte on."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            half.replace(path)
        except OSError:
            half.unlink(missing_ok=True)
            raise
    except OSError as error:
        fail(f"Không ghi được {path}: {error.strerror}", as_json=as_json, code="unwritable")
