"""Puts segments into the recording's files. Blocking: called from a thread."""

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import structlog

from server.media.worker.flow import Segment
from server.media.worker.recording_index import INDEX, Piece, line_of, mend_index
from site_agent.units import MINUTE, Duration, seconds

RESERVE = 1 << 30
"""Bytes of the disk that the recording never touches: the journal of the ceremony needs them."""
ROOM_TO_RESUME = 256 << 20
"""So many bytes above the reserve must be free before a recording that stopped goes on: not for two segments only."""
ROTATION = Duration(10 * MINUTE)
SYNC_EVERY = seconds(10)
"""What a power cut may cost at most; a killed process costs nothing."""

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

log = structlog.get_logger("recording")


def free_bytes(folder: Path) -> int:
    """What an ordinary process may still write there."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize


class Writer:
    """The files of one recording, and the index beside them."""

    def __init__(
        self, folder: Path, free: Callable[[Path], int] = free_bytes, reserve: int = RESERVE, resume: int = ROOM_TO_RESUME
    ) -> None:
        self._folder = folder
        self._free = free
        self._reserve = reserve
        self._resume = resume
        self._lock = threading.RLock()
        """A loop that was cancelled ends the recording while its last segment is still being written."""
        self._file: int | None = None
        self._index: int | None = None
        self._name = ""
        self._offset = 0
        self._begin = 0
        self._synced = 0
        self.pieces: list[Piece] = []
        """Everything recorded so far, in order. Grows only; others read it from the loop."""
        self.state: Literal["recording", "full", "failed"] = "recording"
        self.words = ""
        self.free = 0

    def open(self) -> None:
        """Find what is there already. A folder that cannot be used is said, and tried again with every segment."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self.pieces = mend_index(self._folder)
            self.free = self._free(self._folder)
        except OSError as error:
            self._fail(error)

    def write(self, segment: Segment) -> None:
        """Keep one segment, or say in `state` and `words` why not."""
        with self._lock:
            try:
                if not self._has_room(len(segment.data)):
                    self.close()
                    self._say("full", self._full_words())
                    return
                self._append(segment)
            except OSError as error:
                self._fail(error)
            else:
                self._say("recording", self._time_left(segment))

    def close(self) -> None:
        """End the file; the next segment begins another."""
        with self._lock:
            open_now = [each for each in (self._file, self._index) if each is not None]
            self._file = self._index = None
            for descriptor in open_now:
                try:
                    os.fsync(descriptor)
                except OSError as error:
                    log.warning("recording not synced", error=str(error))
                finally:
                    os.close(descriptor)

    def _has_room(self, length: int) -> bool:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.free = self._free(self._folder)
        margin = self._resume if self.state == "full" else 0
        return self.free - length >= self._reserve + margin

    def _append(self, segment: Segment) -> None:
        if self._file is None or segment.begin - self._begin >= ROTATION or segment.begin < self._begin:
            self._rotate(segment)
        assert self._file is not None
        assert self._index is not None
        _write_whole(self._file, segment.data, self._offset)
        piece = Piece(segment.begin, segment.duration, self._name, self._offset, len(segment.data), segment.number)
        self._offset += len(segment.data)
        end = os.lseek(self._index, 0, os.SEEK_END)
        _write_whole(self._index, line_of(piece), end)
        self.pieces.append(piece)
        if segment.begin - self._synced >= SYNC_EVERY:
            os.fdatasync(self._file)
            os.fdatasync(self._index)
            self._synced = segment.begin

    def _rotate(self, segment: Segment) -> None:
        self.close()
        self._name = f"programme-{segment.begin:017d}.ts"
        self._file = os.open(self._folder / self._name, os.O_WRONLY | os.O_CREAT, 0o640)
        self._offset = os.lseek(self._file, 0, os.SEEK_END)
        self._index = os.open(self._folder / INDEX, os.O_RDWR | os.O_CREAT, 0o640)
        self._begin = self._synced = segment.begin
        log.info("recording file", file=self._name)

    def _time_left(self, segment: Segment) -> str:
        """Words where the disk will be full within half an hour at this rate."""
        left = (self.free - self._reserve) * segment.duration // max(1, len(segment.data))
        return f"Đĩa chỉ còn chỗ ghi khoảng {max(1, left // MINUTE)} phút nữa." if left < 30 * MINUTE else ""

    def _full_words(self) -> str:
        return (
            f"Đĩa còn {_gigabytes(self.free)} GB, để dành {_gigabytes(self._reserve)} GB cho nhật ký buổi lễ: đã dừng ghi hình. "
            f"Xóa bớt tệp trên đĩa chứa {self._folder}; có chỗ là tự ghi tiếp."
        )

    def _fail(self, error: OSError) -> None:
        self.close()
        if error.errno in NO_ROOM:
            self._say("full", self._full_words())
        else:
            self._say("failed", f"Không ghi được vào {self._folder}: {error.strerror}. Kiểm tra đĩa và quyền ghi; đang thử lại.")

    def _say(self, state: Literal["recording", "full", "failed"], words: str) -> None:
        if state != self.state:
            log.warning("recording", state=state, was=self.state, why=words)
        self.state = state
        self.words = words


def _write_whole(descriptor: int, data: bytes, offset: int) -> None:
    """All of it or nothing of it.

    Raises:
        OSError

    """
    done = 0
    try:
        while done < len(data):
            done += os.pwrite(descriptor, memoryview(data)[done:], offset + done)
    except OSError:
        os.ftruncate(descriptor, offset)
        raise


def _gigabytes(size: int) -> str:
    return f"{size / (1 << 30):.1f}".replace(".", ",")
