"""Files of a plan by their hash: PUT stores, GET serves; the same hash is always the same bytes."""

import asyncio
import hashlib
import os
import re
import tempfile
from pathlib import Path

import msgspec
from aiohttp import web

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from site_agent.units import Sha256

MAX_BLOB_BYTES = 64 * 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")


class BlobAnswer(msgspec.Struct, frozen=True):
    """What was stored."""

    sha256: Sha256
    bytes: int


async def put_blob(call: Call) -> BlobAnswer:
    """PUT /api/v1/blobs/{sha256}: kept only if the bytes have that hash. Storing twice changes nothing.

    Raises:
        HttpProblem: 400 `wrong_hash`, 413 `too_large`, 507 `disk_full`.

    """
    path = _path(call)
    try:
        upload = await asyncio.to_thread(_Upload, path)
        try:
            async for chunk in call.request.content.iter_chunked(256 * 1024):
                await asyncio.to_thread(upload.take, chunk)
            await asyncio.to_thread(upload.keep)
        finally:
            await asyncio.to_thread(upload.close)
    except OSError as error:
        raise HttpProblem(507, "disk_full", f"Máy chủ không ghi được tệp: {error.strerror}.") from error
    return BlobAnswer(Sha256(path.name), upload.size)


class _Upload:
    """A file on its way in, beside its place until it is whole. Blocks; used from a thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        self.size = 0
        self._path = path
        self._digest = hashlib.sha256()
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".put-")
        self._file = os.fdopen(descriptor, "wb")
        self._temporary = Path(name)

    def take(self, chunk: bytes) -> None:
        """Write the next bytes."""
        self.size += len(chunk)
        if self.size > MAX_BLOB_BYTES:
            raise HttpProblem(413, "too_large", f"Tệp lớn hơn {MAX_BLOB_BYTES // 1024 // 1024} MiB.")
        self._digest.update(chunk)
        self._file.write(chunk)

    def keep(self) -> None:
        """Make it durable under its hash."""
        if self._digest.hexdigest() != self._path.name:
            raise HttpProblem(400, "wrong_hash", "Nội dung tệp không khớp với mã SHA-256 trong địa chỉ.")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._temporary.replace(self._path)

    def close(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)


async def get_blob(call: Call) -> web.StreamResponse:
    """GET /api/v1/blobs/{sha256}.

    Raises:
        HttpProblem: 404 `no_blob`.

    """
    path = _path(call)
    if not await asyncio.to_thread(path.is_file):
        raise HttpProblem(404, "no_blob", "Không có tệp này.")
    # Any file may come in by PUT: it is never shown as a page of ours.
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Type": "application/octet-stream",
        "Content-Disposition": "attachment",
        "ETag": f'"{path.name}"',
    }
    return web.FileResponse(path, headers=headers)


def _path(call: Call) -> Path:
    name = call.request.match_info["sha256"]
    if not _HASH.fullmatch(name):
        raise HttpProblem(404, "no_blob", "Địa chỉ tệp phải là mã SHA-256 dạng 64 chữ số thập lục phân viết thường.")
    return call.services.data / "blobs" / name
