"""Pictures of the rooms: in from a site, out to the technical team's mosaic, kept or dropped, and the one on the stage."""

import asyncio
import io
import os
import tempfile
from pathlib import Path

import msgspec
from aiohttp import web

from server.ceremony.access import may_touch
from server.ceremony.rooms import DropRoomPicture, KeepRoomPicture
from server.ceremony.rules import Role
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.engine.answers import Answer
from server.engine.ids import new_id
from server.feeds.room_pictures import RoomPicture, TooSoon, room_part
from server.feeds.room_rows import RoomSiteRow
from site_agent.units import SECOND, Instant, Sha256, SiteCode

MAX_SIDE = 1920
"""Pixels. A JPEG of 20 KiB could claim 65,535 × 65,535 and fill a browser's memory."""
_NO_EXIF = 0


class PictureAnswer(msgspec.Struct, frozen=True):
    """What was taken in."""

    sha256: Sha256
    taken_at: Instant


class KeepRequest(msgspec.Struct, frozen=True):
    """The picture that somebody looks at, and why it is to be kept."""

    sha256: Sha256
    reason: str


async def put_picture(call: Call) -> PictureAnswer:
    """PUT /api/v1/rooms/{code}/picture by the room's own link: a JPEG of at most 20 KiB, at most one every 10 s.

    Raises:
        HttpProblem: 403 `forbidden_site`, 409 `room_pictures_off`, 400 `not_a_jpeg` …, 429 `too_soon`.

    """
    code = SiteCode(call.request.match_info["code"])
    state = call.services.engine.state
    if not may_touch(state, call.principal, code):
        raise HttpProblem(403, "forbidden_site", "Liên kết này thuộc điểm cầu khác.")
    if not state.rooms.may_send(code):
        raise HttpProblem(409, "room_pictures_off", "Điểm cầu này đang tắt gửi ảnh phòng họp.")
    _check(call.body)
    try:
        picture = call.services.feeds.rooms.take_in(state, code, call.body, call.services.clock.now())
    except TooSoon as error:
        wait = error.wait // SECOND + 1
        raise HttpProblem(429, "too_soon", f"Ảnh gửi quá dày. Chờ {wait} giây.", headers={"Retry-After": str(wait)}) from error
    return PictureAnswer(picture.sha256, picture.taken_at)


def _check(jpeg: bytes) -> None:
    """Reads the header only: decoding 5,000 rooms' pictures would cost a core."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 -- heavy, and no start needs it

    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            width, height, exif = image.width, image.height, len(image.getexif())
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise HttpProblem(400, "not_a_jpeg", "Tệp gửi lên không phải ảnh JPEG đọc được.") from error
    if width > MAX_SIDE or height > MAX_SIDE:
        raise HttpProblem(400, "picture_too_large", f"Ảnh {width}×{height} điểm lớn quá {MAX_SIDE} điểm mỗi chiều.")
    if exif != _NO_EXIF:
        raise HttpProblem(400, "picture_has_exif", "Ảnh có kèm thông tin chụp (EXIF, có thể có vị trí). Bỏ thông tin đó rồi gửi.")


async def get_switch(call: Call) -> RoomSiteRow:
    """GET /api/v1/rooms/{code}: whether the room may send, for an installed machine.

    Raises:
        HttpProblem: 403 `forbidden_site`.

    """
    code = SiteCode(call.request.match_info["code"])
    state = call.services.engine.state
    if call.principal.role is Role.HOST and not may_touch(state, call.principal, code):
        raise HttpProblem(403, "forbidden_site", "Liên kết này thuộc điểm cầu khác.")
    return room_part(state, code)


async def get_picture(call: Call) -> web.Response:
    """GET /api/v1/rooms/{code}/picture: the last one, from memory.

    Raises:
        HttpProblem: 404 `no_picture`.

    """
    return _answer(call.services.feeds.rooms.picture(SiteCode(call.request.match_info["code"])))


async def get_stage_picture(call: Call) -> web.Response:
    """GET /api/v1/room.jpg: the room that the caller shows, and no other.

    Raises:
        HttpProblem: 404 `no_picture`.

    """
    chosen = call.services.engine.state.rooms.chosen
    return _answer(None if chosen is None else call.services.feeds.rooms.picture(chosen))


def _answer(picture: RoomPicture | None) -> web.Response:
    if picture is None:
        raise HttpProblem(404, "no_picture", "Chưa có ảnh của phòng họp này.")
    return web.Response(body=picture.jpeg, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


async def keep_picture(call: Call) -> Answer:
    """POST /api/v1/rooms/{code}/kept: write the picture that is looked at to a file, then say so in the journal.

    Raises:
        HttpProblem: 409 `picture_gone` where a newer one has come, 507 `disk_full`.

    """
    code = SiteCode(call.request.match_info["code"])
    picture = call.services.feeds.rooms.picture(code)
    if picture is None or picture.sha256 != call.body.sha256:
        raise HttpProblem(409, "picture_gone", "Ảnh này vừa được thay bằng ảnh mới. Xem ảnh mới rồi giữ lại nếu cần.")
    try:
        await asyncio.to_thread(_write, _kept_path(call, picture.sha256), picture.jpeg)
    except OSError as error:
        raise HttpProblem(507, "disk_full", f"Máy chủ không ghi được ảnh: {error.strerror}.") from error
    command = KeepRoomPicture(id=new_id(), site=code, sha256=picture.sha256, taken_at=picture.taken_at, reason=call.body.reason)
    answer = await call.services.engine.submit(command, call.principal)
    await _remove_unless_kept(call, picture.sha256)
    return answer


async def get_kept(call: Call) -> web.StreamResponse:
    """GET /api/v1/rooms/kept/{sha256}.

    Raises:
        HttpProblem: 404 `no_picture`.

    """
    sha256 = Sha256(call.request.match_info["sha256"])
    path = _kept_path(call, sha256)
    if sha256 not in call.services.engine.state.rooms.kept or not await asyncio.to_thread(path.is_file):
        raise HttpProblem(404, "no_picture", "Không có ảnh này.")
    return web.FileResponse(path, headers={"Content-Type": "image/jpeg", "Cache-Control": "no-store"})


async def drop_kept(call: Call) -> Answer:
    """DELETE /api/v1/rooms/kept/{sha256}: the journal forgets it, then the file goes. Again after a crash ends the rest."""
    sha256 = Sha256(call.request.match_info["sha256"])
    answer = await call.services.engine.submit(DropRoomPicture(id=new_id(), sha256=sha256), call.principal)
    await _remove_unless_kept(call, sha256)
    return answer


async def _remove_unless_kept(call: Call, sha256: Sha256) -> None:
    if sha256 not in call.services.engine.state.rooms.kept:
        await asyncio.to_thread(_kept_path(call, sha256).unlink, missing_ok=True)


def _write(path: Path, jpeg: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".put-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(jpeg)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _kept_path(call: Call, sha256: Sha256) -> Path:
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise HttpProblem(404, "no_picture", "Không có ảnh này.")
    return call.services.data / "rooms" / f"{sha256}.jpg"
