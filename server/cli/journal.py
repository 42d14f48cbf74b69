"""`diemcau journal`: prove that the history is whole, and hand it out. Works on a copy beside the running server."""

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Annotated

import typer

from server.cli.options import DATA, Data, run
from server.cli.output import FAILED, AsJson, fail, out, print_fields, print_json
from server.credential import Unreachable
from server.engine.port import JournalError
from server.journal.export import export as export_lines
from server.journal.people import SqliteKeys
from server.journal.sqlite import SqliteJournal
from server.journal.verify import Verdict
from server.journal.verify import verify as verify_journal

app = typer.Typer(help="Nhật ký buổi lễ: kiểm chứng, xuất.", no_args_is_help=True)

FILES = ("journal.sqlite3", "people.sqlite3")


@app.command()
def verify(data: Data = DATA, as_json: AsJson = False) -> None:
    """Kiểm chứng toàn bộ nhật ký: chuỗi băm, nội dung, dựng lại trạng thái. Exit 1 nếu hỏng."""

    async def work() -> Verdict:
        async with _copied(data) as (journal, keys):
            return await verify_journal(journal, keys)

    verdict = run(work(), as_json=as_json)
    if as_json:
        print_json(verdict)
    else:
        fields = {
            "Kết luận": "nguyên vẹn" if verdict.broken_at is None else f"HỎNG từ mục {verdict.broken_at}: {verdict.reason}",
            "Số mục": verdict.entries,
            "Số sự kiện": verdict.events,
            "Người đã xóa dữ liệu": verdict.forgotten,
            "Mã băm cuối": verdict.head,
        }
        print_fields(fields)
    if verdict.broken_at is not None:
        raise typer.Exit(FAILED)


@app.command()
def export(
    out_file: Annotated[
        Path | None, typer.Option("--out", help="Tệp ghi ra; bỏ trống thì in ra màn hình.", dir_okay=False)
    ] = None,
    personal: Annotated[bool, typer.Option("--personal", help="Giải mã họ tên, số điện thoại.")] = False,
    after: Annotated[int, typer.Option("--after", min=0, help="Chỉ các mục sau số này.")] = 0,
    data: Data = DATA,
    as_json: AsJson = False,
) -> None:
    """Xuất nhật ký thành JSON, mỗi dòng một lệnh đã nhận."""

    async def work() -> int:
        count = 0
        # Readable names and phones: the file is the owner's alone.
        target = None if out_file is None else os.open(out_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        stream = sys.stdout.buffer if target is None else os.fdopen(target, "wb")
        async with _copied(data) as (journal, keys):
            async for line in export_lines(journal, keys, personal=personal, after=after):
                stream.write(line)
                count += 1
        stream.flush()
        if target is not None:
            stream.close()
        return count

    try:
        count = run(work(), as_json=as_json)
    except BrokenPipeError:
        # `| head` has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        fail(f"Không ghi được {out_file}: {error.strerror}", as_json=as_json, code="unwritable")
    if out_file is not None and as_json:
        print_json({"out": str(out_file), "entries": count})
    elif out_file is not None:
        out.print(f"[green]✓[/] {count} mục → {out_file}", highlight=False)


@asynccontextmanager
async def _copied(data: Path) -> AsyncIterator[tuple[SqliteJournal, SqliteKeys]]:
    """Consistent copies of both files, in a folder that only the owner reads and that goes away.

    SQLite's online backup reads the last committed state while the server goes on writing.
    """
    if not (data / FILES[0]).exists():
        raise Unreachable(f"Không có nhật ký trong {data}.")
    folder = _folder_with_copies(data)
    try:
        journal = await SqliteJournal.open(folder / FILES[0])
        keys = await SqliteKeys.open(folder / FILES[1])
        try:
            yield journal, keys
        finally:
            await keys.close()
            await journal.close()
    except JournalError as error:
        raise Unreachable(str(error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder_with_copies(data: Path) -> Path:
    """Beside the originals, or, where there is no room (a full disk is when people ask), among the system's temporary files."""
    problem: Exception | None = None
    for place in (data, Path(tempfile.gettempdir())):
        folder = None
        try:
            folder = Path(tempfile.mkdtemp(prefix=".verify-", dir=place))
            for name in FILES:
                _copy(data / name, folder / name)
        except (OSError, sqlite3.Error) as error:
            problem = error
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
        else:
            return folder
    raise Unreachable(f"Không chép được nhật ký trong {data} để đọc: {problem}") from problem


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        return
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
