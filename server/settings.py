"""The server's settings: one frozen object, checked at start with every error told at once. Reads the environment.

Every field can come from the command line or from `DIEMCAU_` + its name in capitals; the command line wins.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "DIEMCAU_"


class SettingsError(Exception):
    """Settings that cannot be used; `errors` names each."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ between two installations."""

    listen: Address = Address("127.0.0.1", 8080)
    """HTTP and WebSockets by TCP; the time service by UDP on the same port number."""
    data: Path = Path("diemcau-data")
    """Journal, keys, blobs and reports of one ceremony."""
    public_url: str = ""
    """How people reach the server, e.g. https://cau.nghean.gov.vn; empty means http:// and `listen`."""
    trust_proxy: bool = False
    """Whether the last address of X-Forwarded-For is to be believed."""
    metrics_listen: Address | None = None
    """A listener of its own for /metrics, without a token."""
    metrics_token: str = field(default="", repr=False)
    """Opens /metrics on the main listener to `Authorization: Bearer`; empty closes it."""
    log_level: str = "info"
    log_json: bool | None = None
    """None: JSON when standard error is not a terminal."""
    media: bool = True
    """Whether a media worker carries the programme; it is a process of its own."""
    srt_listen: Address = Address("127.0.0.1", 8890)
    """Where sources come in by SRT (UDP): the primary on this port, the backup on the next; port 0: any free ones."""
    media_listen: Address = Address("127.0.0.1", 0)
    """Where the worker serves /live and /whip; a fixed port is for an nginx beside the server. Always on the loopback."""
    rtmp_url: str = ""
    """rtmp://HOST/APP of the nginx-rtmp or MediaMTX that takes RTMP in and asks our hook; empty: there is none."""
    rtmp_secret: str = field(default="", repr=False)
    """Opens our hook to an RTMP server on another machine (`Authorization`); empty: only the loopback may ask."""
    auto_trust: bool = False
    """Demo only: every device that arms or presses is trusted by the signer without `signer trust`."""

    @property
    def url(self) -> str:
        """Scheme, host and port that links are made of."""
        return self.public_url.rstrip("/") or f"http://{self.listen}"

    @property
    def secure(self) -> bool:
        """Whether cookies may demand HTTPS."""
        return self.url.startswith("https://")


def load(given: Mapping[str, object] | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of the environment, overlaid by what was `given` and is not None.

    Raises:
        SettingsError: with every field that is wrong, by the name the user knows it by.

    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    errors: list[str] = []
    for name in (each.name for each in fields(Settings)):
        chosen = (given or {}).get(name)
        source = "--" + name.replace("_", "-")
        if chosen is None and (text := environment.get(PREFIX + name.upper())) is not None:
            chosen, source = text, PREFIX + name.upper()
        if chosen is None:
            continue
        try:
            values[name] = _READERS[name](chosen) if isinstance(chosen, str) else chosen
        except ValueError as error:
            errors.append(f"{source}: {error}")
    errors += [f"{PREFIX}{name}: không có thiết lập này" for name in _strangers(environment)]
    if errors:
        raise SettingsError(errors)
    return Settings(**values)


def read_address(text: str) -> Address:
    """`HOST:PORT`, `[v6]:PORT`, or a port alone.

    Raises:
        ValueError: in words for the person who typed it.

    """
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise ValueError(f"“{text}” không phải HOST:PORT với cổng từ 0 đến 65535")
    return Address(host.strip("[]") or "127.0.0.1", int(port))


def _read_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query):
        raise ValueError(f"“{text}” không phải địa chỉ dạng https://TÊN-MIỀN")
    return text


def _read_rtmp(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"rtmp", "rtmps"} or not parts.netloc or not parts.path.strip("/")):
        raise ValueError(f"“{text}” không phải địa chỉ dạng rtmp://MÁY/ỨNG-DỤNG")
    return text.rstrip("/")


def _read_loopback(text: str) -> Address:
    address = read_address(text)
    if address.host != "127.0.0.1":
        raise ValueError(f"“{text}”: tiến trình truyền hình chỉ phục vụ trên 127.0.0.1; đặt nginx phía trước")
    return address


def _read_flag(text: str) -> bool:
    match text.strip().lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off" | "":
            return False
        case _:
            raise ValueError(f"“{text}” không phải 1 hoặc 0")


def _read_level(text: str) -> str:
    if text.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError(f"“{text}” không phải một trong debug, info, warning, error")
    return text.lower()


def _read_secret(text: str) -> str:
    if 0 < len(text) < 16:
        raise ValueError("mã bí mật phải dài ít nhất 16 ký tự")
    return text


_READERS: dict[str, Callable[[str], Any]] = {
    "listen": read_address,
    "data": Path,
    "public_url": _read_url,
    "trust_proxy": _read_flag,
    "metrics_listen": read_address,
    "metrics_token": _read_secret,
    "log_level": _read_level,
    "log_json": _read_flag,
    "media": _read_flag,
    "srt_listen": read_address,
    "media_listen": _read_loopback,
    "rtmp_url": _read_rtmp,
    "rtmp_secret": _read_secret,
    "auto_trust": _read_flag,
}


def _strangers(environment: Mapping[str, str]) -> list[str]:
    """Names with our prefix that mean nothing: usually a slip of the keyboard in a unit file."""
    known = {name.upper() for name in _READERS} | {"TOKEN", "SERVER"}
    return sorted(name[len(PREFIX) :] for name in environment if name.startswith(PREFIX) and name[len(PREFIX) :] not in known)
