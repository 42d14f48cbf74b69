"""Why a session ended, in words a technician acts on, and whether trying again can help. Pure."""

import errno
import re
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from server.media.messages import RelayPlan
from server.media.worker.relays.redact import redact

Stage = Literal["starting", "reading", "opening", "connected", "handshaken", "asking", "publishing", "done"]
"""How far a session came: no destination yet (starting, reading), on the way (opening), reached (connected), speaks RTMP
(handshaken), was asked to take the stream (asking), takes it (publishing), was ended by us (done)."""


class Ended(msgspec.Struct, frozen=True):
    """How a child ended, as it tells it or as its watcher saw it. May hold secrets: never shown."""

    stage: Stage
    error: str = ""
    """What was raised."""
    errno: int = 0
    lines: tuple[str, ...] = ()
    """What the library logged as errors."""
    by_watchdog: bool = False
    """Nothing moved for too long, and it was killed."""


Kind = Literal["auth", "closed", "network", "unreachable", "profile"]
"""auth: trying again cannot help; closed: ended by the destination without a word; unreachable: nobody listens."""


class Verdict(msgspec.Struct, frozen=True):
    """What to make of an end."""

    kind: Kind
    words: str
    """Redacted."""


_UNREACHABLE = {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
_BUSY = re.compile(r"already|in use|busy|another|BadConnection|try again|timed? ?out", re.IGNORECASE)
_TLS = re.compile(r"certificate|handshake fail|TLS|SSL", re.IGNORECASE)
_SERVER_SAYS = re.compile(r"Server error: (.*)", re.IGNORECASE)
_CODEC = re.compile(r"codec|unsupported|resolution|bitrate|format", re.IGNORECASE)


def judge(ended: Ended, plan: RelayPlan) -> Verdict:
    """Read the end of a session."""
    where = _place(plan)
    said = [match[1] for line in ended.lines if (match := _SERVER_SAYS.search(line))]
    if said:
        return _answered(redact(said[-1], plan))
    if ended.stage in {"starting", "reading"}:
        return _own_fault(ended, plan)
    if any(_TLS.search(line) for line in ended.lines) and ended.stage in {"opening", "connected"}:
        detail = redact(next(line for line in ended.lines if _TLS.search(line)), plan)
        return Verdict(
            "network", f"Chứng chỉ TLS của {where} không tin được: {detail}. Kiểm tra địa chỉ rtmps và giờ của máy chủ này."
        )
    if ended.by_watchdog:
        return _mute(ended.stage, where)
    if ended.stage == "opening":
        return _unreached(ended, where)
    if ended.stage == "publishing":
        return Verdict("closed", f"{where} đóng kết nối trong lúc đang nhận.")
    if ended.stage == "asking":
        return Verdict(
            "closed", f"{where} đóng kết nối khi được hỏi khóa: thường là khóa sai, hết hạn, hoặc buổi phát chưa được tạo."
        )
    return Verdict("network", f"{where} đóng kết nối trước khi nhận khóa: kiểm tra đúng địa chỉ và cổng RTMP.")


def _answered(said: str) -> Verdict:
    if _BUSY.search(said):
        return Verdict("network", f"Đích trả lời: “{said}”. Có thể lần gửi trước chưa được đích đóng lại; sẽ thử lại.")
    if _CODEC.search(said):
        return Verdict("profile", f"Đích không nhận dạng hình hay tiếng này: “{said}”.")
    return Verdict("auth", f"Đích từ chối: “{said}”. Kiểm tra địa chỉ và khóa, sửa rồi bật lại.")


def _own_fault(ended: Ended, plan: RelayPlan) -> Verdict:
    if ended.by_watchdog:
        return Verdict("network", "Tiến trình gửi chưa chạy được: máy chủ này đang quá tải, hoặc chưa có chương trình để gửi.")
    detail = redact(ended.error, plan) or "không rõ vì sao"
    if ended.stage == "reading":
        return Verdict("profile", f"Chương trình không gửi đi được bằng RTMP: {detail}.")
    return Verdict("network", f"Tiến trình gửi bị dừng: {detail}. Sẽ tự khởi động lại.")


def _mute(stage: Stage, where: str) -> Verdict:
    if stage == "publishing":
        return Verdict("network", f"{where} không nhận thêm dữ liệu nữa: đường lên quá chậm hoặc đích bị treo.")
    if stage == "opening":
        return Verdict("unreachable", f"Không tới được {where}: không có trả lời. Kiểm tra mạng và tường lửa.")
    return Verdict("network", f"{where} nhận kết nối nhưng không trả lời.")


def _unreached(ended: Ended, where: str) -> Verdict:
    if ended.errno == errno.ECONNREFUSED:
        return Verdict("unreachable", f"{where} không mở cổng: đích chưa chạy, hoặc sai địa chỉ, sai cổng.")
    if ended.errno in _UNREACHABLE or ended.errno == errno.ETIMEDOUT:
        return Verdict("unreachable", f"Không tới được {where}: kiểm tra mạng và tường lửa.")
    return Verdict("unreachable", f"Không tới được {where}: sai tên máy, hoặc máy chủ này không ra được Internet.")


def unusable(plan: RelayPlan) -> Verdict | None:
    """What is wrong with an address, before anything is tried. Nothing else than RTMP: the library would write files, too."""
    address = urlsplit(plan.url)
    if address.scheme not in {"rtmp", "rtmps"} or not address.hostname:
        return Verdict("profile", "Địa chỉ đích phải có dạng rtmp://máy/ứng-dụng hoặc rtmps://máy/ứng-dụng.")
    try:
        _ = address.port
    except ValueError:
        return Verdict("profile", "Cổng trong địa chỉ đích phải là số từ 1 đến 65535.")
    return None


def _place(plan: RelayPlan) -> str:
    host, port = address_of(plan)
    return f"{host}:{port}"


def address_of(plan: RelayPlan) -> tuple[str, int]:
    """Host and port of a destination."""
    address = urlsplit(plan.url)
    usual = 443 if address.scheme == "rtmps" else 1935
    try:
        return address.hostname or "", address.port or usual
    except ValueError:
        return address.hostname or "", usual
