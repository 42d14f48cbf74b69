"""Disks that fill up, without filling one of ours."""

import ctypes
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def full_disk(largest_file: int) -> Iterator[None]:
    """No file of this process may grow past that many bytes: writes fail as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def unwritable_for(process: int) -> Iterator[None]:
    """Not one byte can be written to any file by a running process of ours: a disk that failed rather than filled up."""
    before = resource.prlimit(process, resource.RLIMIT_FSIZE)
    resource.prlimit(process, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process, resource.RLIMIT_FSIZE, before)


class SmallDisk:
    """A file system of its own in memory, of a few megabytes, that can be filled to the last byte."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._filler = place / "filler"

    def fill(self) -> None:
        """Leave no room: a write that needs a new block fails."""
        descriptor = os.open(self._filler, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        block = bytes(1 << 16)
        try:
            while block:
                try:
                    os.write(descriptor, block)
                except OSError:
                    block = block[: len(block) // 2]
        finally:
            os.close(descriptor)

    def free(self) -> None:
        """Give the room back."""
        self._filler.unlink()


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[SmallDisk | None]:
    """A small disk mounted at `place`; None where this user may not mount (it takes root, or a container that lets us)."""
    place.mkdir(parents=True)
    system = ctypes.CDLL(None, use_errno=True)
    options = f"size={megabytes}m,mode=0700".encode()
    if system.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, options) != 0:
        yield None
        return
    try:
        yield SmallDisk(place)
    finally:
        lazily = 2  # MNT_DETACH: also while somebody still has a file open
        system.umount2(os.fsencode(place), lazily)
