"""DATA/alerts.toml: where alerts go. It holds passwords and tokens, so it must be readable by its owner alone (0600).

    [[gateway]]
    name = "Thư của đội kỹ thuật"
    url = "mailtos://user:password@mail.example.vn?to=kythuat@example.vn"
    least = "down"          # self, programme, incident, required or down: how loud a matter must be; default "down"

`url` is any of Apprise's (https://appriseit.com/services/). A URL is never shown, logged or put on a command line: pages are
told the name, and of a mail or web address the host.
"""

import os
import stat
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from server.alerts.matters import Severity

FILE = "alerts.toml"
MOST_GATEWAYS = 20
_HOST_IS_NO_SECRET = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"})
"""In Apprise's other addresses the place of the host may hold a token."""

TEMPLATE = """# Kênh cảnh báo của Điểm Cầu. Tệp này chứa mật khẩu: giữ quyền 600, không gửi cho ai.
# url theo Apprise: https://appriseit.com/services/ · Bỏ dấu # ở đầu dòng để dùng.
#
# [[gateway]]
# name = "Thư của đội kỹ thuật"
# url = "mailtos://nguoidung:matkhau@mail.example.vn?to=kythuat@example.vn"
# least = "down"        # self | programme | incident | required | down
#
# [[gateway]]
# name = "Cổng SMS"
# url = "jsons://sms.example.vn/gui?-apikey=..."
# least = "incident"
"""


class AlertSettingsError(Exception):
    """The file cannot be used; the words are for the wall and hold nothing of its contents."""


class Gateway(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way out."""

    name: str
    url: str
    least: Severity = Severity.DOWN

    def __repr__(self) -> str:
        return f"Gateway({self.name!r}, {self.shown!r})"

    @property
    def shown(self) -> str:
        """The address without anything secret."""
        parts = urlsplit(self.url)
        host = f"{parts.hostname or ''}" if parts.scheme.lower() in _HOST_IS_NO_SECRET else "…"
        return f"{parts.scheme or '?'}://{host}"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    gateway: tuple[Gateway, ...] = ()


def read_gateways(path: Path) -> tuple[Gateway, ...]:
    """What the file says; nothing where there is none.

    Raises:
        AlertSettingsError: others may read it, or it cannot be understood.

    """
    try:
        mode = path.stat().st_mode
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise AlertSettingsError(f"Không đọc được {FILE} trong thư mục dữ liệu.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise AlertSettingsError(f"{FILE} chứa mật khẩu mà người khác đọc được. Đặt quyền 600 rồi cảnh báo sẽ tự gửi.")
    try:
        read = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise AlertSettingsError(f"{FILE} sai định dạng{_where(error)}. Xem mẫu bằng “diemcau alerts init”.") from None
    names = [gateway.name for gateway in read.gateway]
    if len(set(names)) != len(names) or not all(names) or len(names) > MOST_GATEWAYS:
        raise AlertSettingsError(f"{FILE}: mỗi kênh cần một tên riêng, nhiều nhất {MOST_GATEWAYS} kênh.")
    return read.gateway


def _where(error: Exception) -> str:
    """The line, without what stands there."""
    line = getattr(error, "lineno", None)
    return f" ở dòng {line}" if line else ""


def write_template(path: Path) -> bool:
    """Write the sample, readable by its owner alone; False if there is a file."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(TEMPLATE)
    return True
