"""Settings of a ceremony from files: the conference room and the checklist. Secrets come by file, prompt or pipe, never as words
of the command, which everybody on the machine can read.
"""

from pathlib import Path

import msgspec
import typer

from server.ceremony.conference import ConferenceAccess
from server.ceremony.readiness import ChecklistItem

FROM_INPUT = Path("-")


def read_conference(url: str, password_file: Path | None) -> ConferenceAccess | None:
    """The room that options name; None where there is no address.

    Raises:
        typer.BadParameter: a password without an address, or a file that cannot be read.

    """
    if not url.strip():
        if password_file is not None:
            raise typer.BadParameter("Có mật khẩu phòng họp thì cần địa chỉ phòng họp.")
        return None
    if password_file is None:
        return ConferenceAccess(url)
    return ConferenceAccess(url, _secret(password_file))


def _secret(path: Path) -> str:
    if path == FROM_INPUT:
        return str(typer.prompt("Mật khẩu phòng họp", hide_input=True, default="", show_default=False)).strip()
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"Không đọc được mật khẩu từ {path}.") from error


def read_checklist(path: Path) -> tuple[ChecklistItem, ...]:
    """The items of a JSON file as `diemcau checklist export` writes it.

    Raises:
        typer.BadParameter: in words with the place of what is wrong.

    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[ChecklistItem, ...])
    except OSError as error:
        raise typer.BadParameter(f"Không đọc được {path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise typer.BadParameter(f"{path} không phải danh mục kiểm tra: {error}") from error
