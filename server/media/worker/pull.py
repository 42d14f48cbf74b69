"""Pulls one source from a URL through an ffmpeg child that copies it into MPEG-TS. It comes back by itself.

The URL may carry a password: it goes in as an ffconcat script on stdin, never in the arguments; words name scheme and host alone.
"""

import asyncio
import os
import random
import re
import ssl
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from server.media.worker.children import start_ffmpeg, stop
from server.media.worker.clock import monotonic
from server.media.worker.ffmpeg import NoFfmpeg
from server.media.worker.hls_door import HlsDoor
from site_agent.units import Duration, Monotonic, in_seconds, seconds

_READ = 64 * 1024
_SILENT = 10.0
"""Seconds without a byte after which a child is replaced."""
_LONGEST = 20.0
_GOOD = seconds(10)
"""A connection that lasted so long starts the back-off anew."""
_SCHEMES = {
    "rtsp": "rtsp,rtp,udp,tcp",
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmp,rtmps,tcp,tls",
    "http": "http,https,tcp,tls,crypto,data",
    "https": "https,tcp,tls,crypto,data",
    "file": "file",
}
"""What each may open further: a playlist from the net never opens a file here."""
_REASONS = (
    ("401", "máy chủ nguồn không nhận tên hoặc mật khẩu (401)"),
    ("403", "máy chủ nguồn từ chối (403): kiểm tra tên, mật khẩu, quyền xem"),
    ("404", "không có luồng ở địa chỉ này (404): kiểm tra đường dẫn"),
    ("Connection refused", "máy chủ nguồn không nhận kết nối: kiểm tra địa chỉ, cổng, và máy chủ đã chạy chưa"),
    ("timed out", "máy chủ nguồn không trả lời: kiểm tra mạng và tường lửa"),
    ("No route to host", "không có đường mạng tới máy chủ nguồn"),
    ("Network is unreachable", "không có đường mạng tới máy chủ nguồn"),
    ("resolve hostname", "không tìm thấy tên máy chủ nguồn: kiểm tra địa chỉ và DNS"),
    ("certificate", "chứng chỉ TLS của máy chủ nguồn không đúng: kiểm tra tên miền và hạn chứng chỉ"),
    ("No such file", "không có tệp này trên máy chủ"),
    ("Permission denied", "không có quyền đọc tệp này"),
    ("Invalid data", "nội dung không phải hình và tiếng mà máy đọc được"),
    ("moov atom not found", "tệp hỏng hoặc chưa ghi xong"),
)
UNREACHABLE = frozenset(
    words
    for sign, words in _REASONS
    if sign in {"Connection refused", "No route to host", "Network is unreachable", "resolve hostname"}
)
"""The words of those that say that nobody is there to ask."""


class PullEvents(Protocol):
    """Who wants what is pulled. Called on the event loop."""

    def pull_connecting(self, where: str) -> None: ...

    def pull_connected(self, where: str) -> None: ...

    def pull_data(self, data: bytes, arrived: Monotonic) -> None: ...

    def pull_failed(self, where: str, why: str, again_in: Duration) -> None:
        """It ended or did not even begin; `why` is without any secret."""


class Puller:
    """Pulls until it is cancelled."""

    def __init__(
        self,
        url: str,
        events: PullEvents,
        jitter: Callable[[], float] = random.random,
        tls: ssl.SSLContext | None = None,
        files: str = "",
    ) -> None:
        """Raises ValueError, with words, for a URL that cannot be pulled from. `tls`: whom to trust for HLS; `files`: the
        folder that files must lie in, empty: anywhere.
        """
        self._script, self._scheme = script(url)
        if self._scheme == "file" and files:
            _check_file(url.strip(), files)
        playlist = urlsplit(url).path.lower().endswith(".m3u8")
        self._paced = self._scheme == "file" or playlist
        self._verified_url = url.strip() if playlist and self._scheme == "https" else ""
        self._tls = tls
        self.where = where(url)
        self._events = events
        self._jitter = jitter
        self._failures = 0
        self.pid: int | None = None
        """Of the child, while it runs."""

    async def run(self) -> None:
        """Never returns; cancelled: the child is killed."""
        while True:
            self._events.pull_connecting(self.where)
            began = monotonic()
            why = await self.once()
            self._failures = 0 if monotonic() - began > _GOOD else self._failures + 1
            pause = min(_LONGEST, 0.5 * 2 ** min(self._failures, 6)) * (0.5 + self._jitter() / 2)
            self._events.pull_failed(self.where, why, seconds(pause))
            await asyncio.sleep(pause)

    async def once(self) -> str:
        """One attempt, from its beginning to its end. Tells why it ended, in words; cancelled: the child is killed."""
        if not self._verified_url:
            return await self._child(self._script)
        door = HlsDoor(self._verified_url, self._tls)
        try:
            plain, self._scheme = script(await door.open())
            why = await self._child(plain)
        except OSError as problem:
            return str(problem)
        else:
            return door.problem or why
        finally:
            await door.close()

    async def _child(self, opens: bytes) -> str:
        try:
            child = await start_ffmpeg(self._arguments())
        except (NoFfmpeg, OSError) as problem:
            return str(problem)
        self.pid = child.pid
        complaints = asyncio.create_task(_complaints(child))
        try:
            assert child.stdin is not None
            child.stdin.write(opens)
            child.stdin.close()
            ended = await self._pump(child)
            async with asyncio.timeout(5):
                return ended or reason(await complaints)
        except TimeoutError:
            return "ffmpeg không dừng như mong đợi"
        finally:
            complaints.cancel()
            self.pid = None
            await stop(child)

    async def _pump(self, child: asyncio.subprocess.Process) -> str:
        assert child.stdout is not None
        connected = False
        while True:
            try:
                async with asyncio.timeout(_SILENT):  # wait_for of Python 3.11 can swallow a cancellation
                    data = await child.stdout.read(_READ)
            except TimeoutError:
                return f"{in_seconds(seconds(_SILENT)):.0f} giây không có dữ liệu"
            arrived = monotonic()
            if not data:
                return ""
            if not connected:
                connected = True
                self._events.pull_connected(self.where)
            self._events.pull_data(data, arrived)

    def _arguments(self) -> tuple[str, ...]:
        """Nothing of the URL stands here."""
        return (
            *(
                "-loglevel",
                "error",
                *(("-re",) if self._paced else ()),
                *(("-stream_loop", "-1") if self._scheme == "file" else ()),
            ),
            *("-safe", "0", "-protocol_whitelist", f"pipe,{_SCHEMES[self._scheme]}", "-f", "concat", "-i", "pipe:0"),
            *("-map", "0:v:0?", "-map", "0:a:0?", "-c:v", "copy"),
            # Cameras speak G.711, which MPEG-TS does not carry.
            *(("-c:a", "aac", "-ar", "48000", "-ac", "2") if self._scheme.startswith("rtsp") else ("-c:a", "copy")),
            *("-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0", "-flush_packets", "1", "pipe:1"),
        )


def script(url: str) -> tuple[bytes, str]:
    """The ffconcat script that opens a URL, and its scheme. Raises ValueError with words."""
    text = url.strip()
    if text.startswith("/"):
        text = f"file:{text}"
    scheme = urlsplit(text).scheme.lower()
    if scheme == "rtsps":
        raise ValueError(
            "Chưa nhận rtsps:// vì ffmpeg không kiểm được chứng chỉ của nó: hãy dùng SRT, hoặc rtsp:// trong mạng nội bộ."
        )
    if scheme not in _SCHEMES:
        raise ValueError("Địa chỉ nguồn phải bắt đầu bằng rtsp://, rtmp://, http(s):// (HLS) hoặc là đường dẫn một tệp.")
    if not text.isprintable():
        raise ValueError("Địa chỉ nguồn có ký tự lạ.")
    lines = ["ffconcat version 1.0", f"file {_quoted(text)}"]
    lines += [f"option {key} {_quoted(value)}" for key, value in _options(scheme).items()]
    return "\n".join((*lines, "")).encode(), scheme


def _check_file(text: str, files: str) -> None:
    """Whoever may name a source may not therefore read the whole machine."""
    path = os.path.realpath(text if text.startswith("/") else text.partition(":")[2])
    if not path.startswith(os.path.realpath(files) + os.sep):
        raise ValueError(f"Chỉ kéo được tệp trong {files}: chép tệp vào đó (tạo thư mục nếu chưa có) rồi ghi lại địa chỉ.")


def _options(scheme: str) -> dict[str, str]:
    options: dict[str, str] = {}
    if scheme.startswith("rtsp"):
        options |= {"rtsp_transport": "tcp", "timeout": "8000000"}
    elif scheme != "file":
        options |= {"rw_timeout": "8000000"}
    if scheme in {"https", "rtmps"}:
        options |= {"tls_verify": "1"}
        authorities = ssl.get_default_verify_paths().cafile
        if authorities:
            options |= {"ca_file": authorities}
    return options


def _quoted(text: str) -> str:
    """As av_get_token reads it: between quotes everything but a quote stands for itself."""
    return "'" + text.replace("'", "'\\''") + "'"


def where(url: str) -> str:
    """Scheme and host of a URL, or the name of a file: what may be shown."""
    parts = urlsplit(url.strip())
    if parts.scheme in {"", "file"}:
        return f"tệp {parts.path.rsplit('/', 1)[-1]}"
    port = f":{parts.port}" if _port(url) else ""
    return f"{parts.scheme}://{parts.hostname or '?'}{port}"


def _port(url: str) -> int | None:
    try:
        return urlsplit(url.strip()).port
    except ValueError:
        return None


def reason(complaints: str) -> str:
    """Why a child ended, in words, out of what it said; never its own words, which may hold the URL."""
    for sign, words in _REASONS:
        if re.search(re.escape(sign), complaints, re.IGNORECASE):
            return words
    return "luồng đã kết thúc" if not complaints else "không đọc được luồng này"


async def _complaints(child: asyncio.subprocess.Process) -> str:
    """The last that a child said; reads on, so that it never waits for somebody to listen."""
    assert child.stderr is not None
    last = b""
    while data := await child.stderr.read(_READ):
        last = (last + data)[-4_096:]
    return last.decode(errors="replace")
