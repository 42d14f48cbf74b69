"""The lock of a data directory: one process holds it, and others are told its process id."""

import fcntl
import os
from pathlib import Path

from server.engine.port import JournalInUse


class DataLock:
    """Held from `taken` to `release`, or until the process dies, however it dies: the kernel frees it.

    The lock is on the open file (flock), so a child process that was started with the file closed does not keep it.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def taken(cls, path: Path) -> "DataLock":
        """Take the lock at once or not at all.

        Raises:
            JournalInUse: another process holds it; the words name its pid.

        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "?"
            os.close(descriptor)
            raise JournalInUse(f"Dữ liệu đang được tiến trình {holder} sử dụng ({path}).") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(path, descriptor)

    def release(self) -> None:
        """Let others in. The file stays: removing it could let two processes lock two files of one name."""
        os.close(self._descriptor)


def holder_of(path: Path) -> int | None:
    """The pid of the process that holds the lock now, or None when nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        told = os.read(descriptor, 32).decode(errors="replace").strip()
        return int(told) if told.isdecimal() else 0
    finally:
        os.close(descriptor)
    return None
