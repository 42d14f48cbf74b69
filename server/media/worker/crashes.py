"""Which source made the worker crash. Kept on the disk, for the next worker to hold out a source that does it again and again.

libav takes foreign bytes apart in this process, in one thread a source. If that thread is the one that dies, the interpreter
writes so into a file that was opened before (`faulthandler`), and the next worker knows whose thread it was.
"""

import contextlib
import faulthandler
import json
import os
import re
import threading
from pathlib import Path

import structlog

from site_agent.units import MINUTE, Duration, Instant

log = structlog.get_logger("crashes")

_DIED = re.compile(r"^Current thread 0x([0-9a-f]+)", re.MULTILINE)
_THREAD = re.compile(r"^thread ([0-9a-f]+) (\S+)", re.MULTILINE)
_TOGETHER = Duration(MINUTE)
"""Two crashes this near to each other are no accident."""
_REMEMBERED = Duration(30 * MINUTE)
_LEAST, _MOST = Duration(MINUTE), Duration(10 * MINUTE)


class CrashBook:
    """Opened once by each worker; `entered` from any thread."""

    def __init__(self, folder: Path) -> None:
        self._trace = folder / "crash.txt"
        self._book = folder / "crashes.json"
        self._crashes: list[tuple[str, Instant]] = []
        self._file = -1

    def open(self, now: Instant) -> str | None:
        """Read what the worker before left, and watch over this one; the source that the one before died of."""
        self._crashes = [crash for crash in _read_book(self._book) if now - _REMEMBERED < crash[1] <= now]
        source = culprit(_text(self._trace))
        if source is not None:
            log.warning("the worker before crashed over a source", source=source)
            self._crashes.append((source, now))
        with contextlib.suppress(OSError):
            self._book.parent.mkdir(0o700, parents=True, exist_ok=True)
            self._book.write_text(json.dumps(self._crashes))
            self._file = os.open(self._trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
            faulthandler.enable(self._file, all_threads=True)
        return source

    def entered(self, source: str) -> None:
        """The calling thread takes this source's bytes apart from here on."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                line = f"thread {threading.get_ident():x} {source} {threading.get_native_id()}\n"
                os.write(self._file, line.encode())

    def held_until(self, source: str) -> tuple[Instant, int] | None:
        """Until when a source is held out, and how often it made the worker crash; None: it is welcome."""
        return held_out([at for name, at in self._crashes if name == source])


def held_out(crashes: list[Instant]) -> tuple[Instant, int] | None:
    """Of a source with these crashes, the newest last: a minute after the second within a minute, and each time twice as long.

    A crash soon after it was let in again counts as if it had come at once.
    """
    times = len(crashes)
    if times < 2 or crashes[-1] - crashes[-2] > _TOGETHER + _pause(times - 1):
        return None
    return Instant(crashes[-1] + _pause(times)), times


def _pause(times: int) -> Duration:
    return Duration(min(_MOST, _LEAST * 2 ** (times - 2))) if times >= 2 else Duration(0)


def culprit(trace: str) -> str | None:
    """Whose thread died, by what the interpreter wrote; None: nobody's, or it did not crash."""
    died = _DIED.search(trace)
    if died is None:
        return None
    threads = {int(ident, 16): source for ident, source in _THREAD.findall(trace)}
    return threads.get(int(died[1], 16))


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _read_book(path: Path) -> list[tuple[str, Instant]]:
    try:
        return [(str(source), Instant(int(at))) for source, at in json.loads(_text(path) or "[]")]
    except (ValueError, TypeError):
        return []


def held_words(times: int, until: str) -> str:
    """For the technician."""
    return (
        f"Nguồn này đã làm tiến trình truyền hình dừng {times} lần nên tạm không nhận đến {until}. "
        "Dừng phát, đổi bộ mã hóa (OBS: Settings → Output → Video Encoder = x264), rồi phát lại; đổi khóa nguồn để nhận lại ngay."
    )
