"""Files of a plan by their hash: PUT stores, GET serves; the same hash is always the same bytes."""

import asyncio
import contextlib
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
    digest = hashlib.sha256()
    size = 0
    try:
        path.parent.mkdir(exist_ok=True)
        descriptor, name = await asyncio.to_thread(tempfile.mkstemp, dir=path.parent, prefix=".put-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                async for chunk in call.request.content.iter_chunked(256 * 1024):
                    size += len(chunk)
                    if size > MAX_BLOB_BYTES:
                        raise HttpProblem(413, "too_large", f"Tệp lớn hơn {MAX_BLOB_BYTES // 1024 // 1024} MiB.")
                    await asyncio.to_thread(_take, file.fileno(), chunk, digest)
                if digest.hexdigest() != path.name:
                    raise HttpProblem(400, "wrong_hash", "Nội dung tệp không khớp với mã SHA-256 trong địa chỉ.")
                await asyncio.to_thread(os.fsync, file.fileno())
            await asyncio.to_thread(Path(name).replace, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                await asyncio.to_thread(Path(name).unlink)
    except OSError as error:
        raise HttpProblem(507, "disk_full", f"Máy chủ không ghi được tệp: {error.strerror}.") from error
    return BlobAnswer(Sha256(path.name), size)


def _take(descriptor: int, chunk: bytes, digest: "hashlib._Hash") -> None:
    digest.update(chunk)
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]


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
