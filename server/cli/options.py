"""Options that verbs share, and how a verb runs its work."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from server.cli.client import ServerRefused
from server.cli.output import fail
from server.credential import Unreachable

T = TypeVar("T")

Data = Annotated[
    Path, typer.Option("--data", envvar="DIEMCAU_DATA", help="Thư mục dữ liệu của buổi lễ.", file_okay=False, resolve_path=True)
]
DATA = Path("diemcau-data")


def run(work: Coroutine[Any, Any, T], *, as_json: bool = False) -> T:
    """Run a verb's work; what a server or its absence says ends the verb with words and exit 1."""
    try:
        return asyncio.run(work)
    except ServerRefused as refused:
        fields = "".join(f"\n  {name}: {words}" for name, words in refused.fields.items())
        fail(f"{refused.detail}{fields}", as_json=as_json, code=refused.code)
    except Unreachable as error:
        fail(str(error), as_json=as_json, code="unreachable")


def read_file(path: Path) -> bytes:
    """The bytes of a file somebody named; a file that is not there is a wrong use."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"Không đọc được {path}: {error.strerror}") from error
