"""Papers: published from a file that was put under its hash, read by the sites they were given to."""

import asyncio
from pathlib import Path

import msgspec
from aiohttp import web

from server.ceremony.access import may_touch
from server.ceremony.notices import Selection
from server.ceremony.papers import MAX_BYTES, PublishPaper
from server.ceremony.rules import Role
from server.endpoints.awaited import AwaitedAnswer, awaited
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.engine.answers import Answer
from server.engine.ids import new_id
from site_agent.units import CommandId, Sha256, SiteCode

_MAGIC = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class PaperRequest(msgspec.Struct, frozen=True):
    """A file that `PUT /api/v1/blobs/{sha256}` has stored, its title, and who gets it."""

    sha256: Sha256
    title: str
    to: Selection


async def publish_paper(call: Call) -> Answer:
    """POST /api/v1/papers: what the file is, is read from its first bytes, not from its name.

    Raises:
        HttpProblem: 404 `no_blob`, 400 `paper_type`, 413 `paper_size`.

    """
    asked: PaperRequest = call.body
    found = await asyncio.to_thread(_look_at, call.services.data / "blobs" / asked.sha256) if _is_hash(asked.sha256) else None
    if found is None:
        raise HttpProblem(404, "no_blob", "Máy chủ chưa nhận được tệp này. Tải tệp lên lại.")
    size, media_type = found
    if size > MAX_BYTES:
        raise HttpProblem(413, "paper_size", f"Tệp {size / 1048576:.0f} MB lớn quá {MAX_BYTES // 1048576} MB. Nén lại rồi gửi.")
    if media_type is None:
        raise HttpProblem(400, "paper_type", "Chỉ nhận tệp PDF, JPEG hoặc PNG. Lưu tài liệu sang PDF rồi gửi.")
    command = PublishPaper(id=new_id(), title=asked.title, sha256=asked.sha256, media_type=media_type, bytes=size, to=asked.to)
    return await call.services.engine.submit(command, call.principal)


def _look_at(path: Path) -> tuple[int, str | None] | None:
    try:
        with path.open("rb") as file:
            start = file.read(16)
            size = file.seek(0, 2)
    except FileNotFoundError:
        return None
    return size, next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


async def get_paper(call: Call) -> web.StreamResponse:
    """GET /api/v1/papers/{id}: shown in the browser, in a sandbox of its own.

    Raises:
        HttpProblem: 404 `no_paper`: not there, withdrawn, or not given to this site.

    """
    state, number = call.services.engine.state, CommandId(call.request.match_info["id"])
    paper = state.papers.papers.get(number)
    site = SiteCode(call.request.query.get("site", "")) or call.principal.site
    if call.principal.role is Role.HOST:
        allowed = site is not None and may_touch(state, call.principal, site) and state.papers.may_open(site, number)
    else:
        allowed = paper is not None
    if paper is None or not allowed:
        raise HttpProblem(404, "no_paper", "Không có tài liệu này, hoặc tài liệu đã được thu hồi.")
    path = call.services.data / "blobs" / paper.published.sha256
    if not await asyncio.to_thread(path.is_file):
        raise HttpProblem(404, "no_paper", "Tệp của tài liệu này không còn trên máy chủ.")
    headers = {
        "Content-Type": paper.published.media_type,
        "Content-Disposition": "inline",
        "Cache-Control": "private, max-age=86400, immutable",
        "ETag": f'"{paper.published.sha256}"',
    }
    return web.FileResponse(path, headers=headers)


async def read_unopened(call: Call) -> AwaitedAnswer:
    """GET /api/v1/papers/{id}/unopened.

    Raises:
        HttpProblem: 404 `no_paper`.

    """
    state = call.services.engine.state
    paper = state.papers.papers.get(CommandId(call.request.match_info["id"]))
    if paper is None:
        raise HttpProblem(404, "no_paper", "Không có tài liệu này.")
    return awaited(state, (code for code in paper.published.sites if code not in paper.opened))
