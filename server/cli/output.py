"""What verbs print: data on standard output (`--json`: one JSON document), words for people by rich, errors on stderr."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.table import Table

FAILED = 1
"""The verb ran and the answer is no: bad rows, refused, not reachable."""
USAGE = 2

out = Console()
err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="In dữ liệu dạng JSON thay cho bảng.")]


def print_json(data: Any) -> None:
    """One JSON document on one line."""
    sys.stdout.write(msgspec.json.encode(data).decode() + "\n")
    sys.stdout.flush()


def print_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """A table for people."""
    table = Table(*columns, title=title, title_justify="left", header_style="bold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    out.print(table)


def print_fields(fields: Mapping[str, object]) -> None:
    """Names and values, one a line."""
    width = max(map(len, fields), default=0)
    for name, value in fields.items():
        out.print(f"[bold]{name:{width}}[/]  ", str(value), sep="", highlight=False, soft_wrap=True)


def save(path: Path, content: bytes, words: str, *, as_json: bool = False, **facts: object) -> None:
    """Write a file a verb was asked for and say so: `words` for people, the facts with its name and size for programs."""
    write(path, content, as_json=as_json)
    if as_json:
        print_json({"out": str(path), "bytes": len(content), **facts})
    else:
        out.print(f"[green]✓[/] {words} → {path}", highlight=False, soft_wrap=True)


def write(path: Path, content: bytes, *, as_json: bool = False) -> None:
    """Write a file whole or not at all; where that fails, end the verb with words."""
    part = path.with_name(f".{path.name}.part")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)  # a pipe or /dev/stdout takes the place of no file
            return
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        fail(f"Không ghi được {path}: {error.strerror}", as_json=as_json, code="unwritable")


def fail(words: str, *, as_json: bool = False, code: str = "failed", exit_code: int = FAILED) -> NoReturn:
    """End the verb with words on stderr, and as `{"problem": …}` on stdout where JSON was asked for."""
    if as_json:
        print_json({"problem": {"code": code, "detail": words}})
    err.print(f"[bold red]✗[/] {words}", highlight=False, soft_wrap=True)
    raise typer.Exit(exit_code)
