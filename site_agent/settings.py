"""The agent's settings: one frozen object, checked at start with every error told at once. The only reader of the environment.

    command line over environment (DIEMCAU_AGENT_…) over the configuration file (TOML) over the defaults

The file:

    server = "https://cau.example.vn"
    data = "/var/lib/diemcau-agent"
    name = "Máy chiếu hội trường"
    offset_ms = 0                # added to T0: a measured delay of the site's picture

    [[output]]
    name = "den-san-khau"
    kind = "command"             # or "url"
    command = ["/usr/local/bin/den", "bat"]
    state = true                 # a state may be asserted again after a crash; a pulse may not
    delay_ms = 40                # from start until the world sees it; left out: measured (command) or 0 (url)
    timeout_s = 10
    rehearsal = true             # also at rehearsals

    [room_picture]               # every 30 s while the host's switch is on; left out: none
    command = ["fswebcam", "-q", "-r", "640x360", "--jpeg", "45", "--no-banner", "-"]    # prints one JPEG ≤ 20 KiB

    [[output]]
    name = "obs-canh-2"
    kind = "url"
    url = "http://127.0.0.1:4455/scene"
    method = "POST"
    body = "{}"
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

PREFIX = "DIEMCAU_AGENT_"
DEFAULT_DATA = Path("diemcau-agent-data")


class SettingsError(Exception):
    """Settings that cannot be used; `errors` names each."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class OutputSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One output of the configuration file."""

    name: str
    kind: Literal["command", "url"]
    command: tuple[str, ...] = ()
    url: str = ""
    method: Literal["GET", "POST", "PUT"] = "POST"
    body: str = ""
    state: bool = False
    delay_ms: float | None = None
    timeout_s: float = 10.0
    rehearsal: bool = True

    def __repr__(self) -> str:
        """Without URL, body and command, which may hold passwords."""
        return f"OutputSettings(name={self.name!r}, kind={self.kind!r})"


class RoomPictureSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How this machine takes a picture of its room."""

    command: tuple[str, ...] = ()
    """Prints one JPEG of at most 20 KiB on its standard output; empty: no picture from this machine."""


class AgentSettings(msgspec.Struct, frozen=True):
    """Everything that may differ between two installed agents."""

    server: str
    """http(s)://HOST[:PORT], no path."""
    data: Path = DEFAULT_DATA
    """Folder of keys, outbox and launch memory; mode 0700."""
    code: str = ""
    """The link to enrol with; empty to use the one kept in `data`."""
    name: str = ""
    """What the technical team sees; empty for the machine's name."""
    offset_ms: float = 0.0
    outputs: tuple[OutputSettings, ...] = ()
    room_picture: RoomPictureSettings = RoomPictureSettings()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_json: bool | None = None
    """None: JSON when standard error is not a terminal."""

    def __repr__(self) -> str:
        return f"AgentSettings(server={self.server!r}, data={str(self.data)!r}, outputs={[o.name for o in self.outputs]})"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    server: str = ""
    data: str = ""
    name: str = ""
    offset_ms: float = 0.0
    log_level: str = ""
    output: tuple[OutputSettings, ...] = ()
    room_picture: RoomPictureSettings = RoomPictureSettings()


def load(
    given: Mapping[str, str | None], config: Path | None = None, environment: Mapping[str, str] | None = None
) -> AgentSettings:
    """The settings of file, environment and command line.

    Args:
        given: `server`, `data`, `code`, `log_level` of the command line; None where not given.
        config: the file; None for none.
        environment: of the process unless told otherwise.

    Raises:
        SettingsError: with every error.

    """
    environment = os.environ if environment is None else environment
    errors: list[str] = []
    file = _read(config, errors)

    def chosen(name: str, of_file: str, default: str) -> str:
        return (given.get(name) or environment.get(PREFIX + name.upper()) or of_file or default).strip()

    settings = AgentSettings(
        server=chosen("server", file.server, "").rstrip("/"),
        data=Path(chosen("data", file.data, str(DEFAULT_DATA))).expanduser(),
        code=chosen("code", "", ""),
        name=chosen("name", file.name, ""),
        offset_ms=file.offset_ms,
        outputs=file.output,
        room_picture=file.room_picture,
        log_level=chosen("log_level", file.log_level, "info"),  # type: ignore[arg-type]
    )
    errors += _problems(settings)
    if errors:
        raise SettingsError(errors)
    return settings


def _read(config: Path | None, errors: list[str]) -> _File:
    if config is None:
        return _File()
    try:
        data: dict[str, Any] = tomllib.loads(config.read_text())
        return msgspec.convert(data, _File)
    except OSError as error:
        errors.append(f"--config {config}: không đọc được ({error.strerror})")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        errors.append(f"--config {config}: {error}")
    return _File()


def _problems(settings: AgentSettings) -> list[str]:
    problems = []
    if not settings.server:
        problems.append("--server: chưa cho địa chỉ máy chủ, ví dụ https://cau.tinh.gov.vn")
    elif not _is_url(settings.server) or urlsplit(settings.server).path not in ("", "/"):
        problems.append(f"--server {settings.server}: cần dạng http(s)://MÁY[:CỔNG], không có đường dẫn")
    if settings.log_level not in ("debug", "info", "warning", "error"):
        problems.append(f"log_level {settings.log_level}: là một trong debug, info, warning, error")
    if abs(settings.offset_ms) > 60_000:
        problems.append(f"offset_ms {settings.offset_ms:g}: quá 60 giây")
    names = [output.name for output in settings.outputs]
    problems += [f"output {name}: trùng tên" for name in sorted({name for name in names if names.count(name) > 1})]
    return problems + [problem for output in settings.outputs for problem in _output_problems(output)]


def _output_problems(output: OutputSettings) -> list[str]:
    problems = []
    if not output.name:
        problems.append("output: thiếu name")
    if output.kind == "command" and not output.command:
        problems.append(f"output {output.name}: thiếu command")
    if output.kind == "url" and not _is_url(output.url):
        problems.append(f"output {output.name}: url cần bắt đầu bằng http:// hoặc https://")
    if not 0 < output.timeout_s <= 120:
        problems.append(f"output {output.name}: timeout_s từ 0 đến 120")
    if output.delay_ms is not None and not 0 <= output.delay_ms <= 5_000:
        problems.append(f"output {output.name}: delay_ms từ 0 đến 5000")
    return problems


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
