"""Small files that survive a crash at any instant: framed by length and checksum, fsynced with their folder.

A frame is `DCF1 | length (4 bytes, big-endian) | SHA-256 of the payload | payload`. What was not written whole is not
there: a reader gets the whole payload or nothing.

Every step calls a failpoint by name, so that tests can kill the process exactly there.
"""

import hashlib
import os
import struct
from collections.abc import Callable
from pathlib import Path

Failpoint = Callable[[str], None]

_MAGIC = b"DCF1"
_HEADER = struct.Struct(">4sI32s")
HEADER_BYTES = _HEADER.size


def no_failpoint(name: str) -> None:
    """Production: nothing fails on purpose."""


def frame(payload: bytes) -> bytes:
    """The payload with its length and checksum in front."""
    return _HEADER.pack(_MAGIC, len(payload), hashlib.sha256(payload).digest()) + payload


def unframe(data: bytes) -> bytes | None:
    """The first payload of `data`, or None where it is blank or torn."""
    if len(data) < HEADER_BYTES:
        return None
    magic, length, checksum = _HEADER.unpack_from(data)
    payload = data[HEADER_BYTES : HEADER_BYTES + length]
    if magic != _MAGIC or len(payload) != length or hashlib.sha256(payload).digest() != checksum:
        return None
    return payload


def unframe_all(data: bytes) -> tuple[list[bytes], int]:
    """The payloads from the start up to the first that is torn, and how many bytes they take."""
    payloads: list[bytes] = []
    end = 0
    while (payload := unframe(data[end:])) is not None:
        payloads.append(payload)
        end += HEADER_BYTES + len(payload)
    return payloads, end


def read(path: Path) -> bytes | None:
    """The payload of a framed file; None if it is not there or torn."""
    try:
        return unframe(path.read_bytes())
    except FileNotFoundError:
        return None


def create(path: Path, payload: bytes, failpoint: Failpoint = no_failpoint, name: str = "") -> None:
    """Make a framed file appear whole, replacing what was there. Durable when it returns. Mode 0600.

    Raises:
        OSError: it could not be made durable; it may or may not have appeared.

    """
    replace(path, frame(payload), failpoint, name)


def replace(path: Path, data: bytes, failpoint: Failpoint = no_failpoint, name: str = "") -> None:
    """`create` without a frame: for files that people read too.

    Raises:
        OSError: it could not be made durable; it may or may not have appeared.

    """
    temporary = path.with_name(path.name + ".new")
    failpoint(f"{name}.begin")
    _write_new(temporary, data)
    failpoint(f"{name}.written")
    temporary.replace(path)
    failpoint(f"{name}.renamed")
    sync_folder(path.parent)
    failpoint(f"{name}.durable")


def preallocate(path: Path, size: int, failpoint: Failpoint, name: str) -> None:
    """A file of zeros whose blocks are on the disk: writing into it later cannot meet a full disk.

    Raises:
        OSError: no room, or the disk fails.

    """
    failpoint(f"{name}.begin")
    _write_new(path, bytes(size))
    sync_folder(path.parent)
    failpoint(f"{name}.durable")


def write_at(descriptor: int, offset: int, data: bytes) -> None:
    """Write all of `data` at `offset` and fsync.

    Raises:
        OSError: what is on the disk is unknown.

    """
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written
    os.fsync(descriptor)


def make_folder(path: Path) -> None:
    """A private folder that is there after a crash too."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_new(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        write_at(descriptor, 0, data)
    finally:
        os.close(descriptor)
