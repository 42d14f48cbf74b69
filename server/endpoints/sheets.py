"""Sheets of sites: as data for the verb, which draws them itself, and as files for a browser, drawn by a process beside us."""

import asyncio
import sys
from typing import Literal

import msgspec
import structlog
from aiohttp import web

from server.ceremony.rules import Role
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.reports.sheets import SheetBook, UnknownNames, build_book, choose
from site_agent.units import SiteCode

SHEET_TYPES = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
DRAWN_WITHIN = 600.0
"""Seconds; 5,000 sheets take two minutes on an old machine."""
MAX_DRAWING = 2
"""Processes at once: the ceremony needs the rest of the machine."""

log = structlog.get_logger("sheets")
_drawing = asyncio.Semaphore(MAX_DRAWING)


class SheetsRequest(msgspec.Struct, frozen=True):
    """Which sites: codes, names of groups; all where both are empty. `unopened`: of those, whose link nobody ever opened."""

    sites: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    unopened: bool = False
    public_url: str = ""
    """Printed in place of the address that the server is started with: sheets are printed days before."""


class SheetsQuery(msgspec.Struct, frozen=True):
    """The same in an address: one site or one group."""

    site: str = ""
    group: str = ""
    unopened: Literal["", "1"] = ""


async def read_sheets(call: Call) -> SheetBook:
    """POST /api/v1/sheets: what the sheets say. Links and codes are secrets.

    Raises:
        HttpProblem: 404 `unknown_site`, 409 `no_sheets`.

    """
    return _book(call, call.body)


async def sheets_file(call: Call) -> web.Response:
    """GET /api/v1/sheets.{pdf,xlsx}.

    Raises:
        HttpProblem: 404 `unknown_format`, `unknown_site`, 409 `no_sheets`, 500 `sheets_failed`.

    """
    kind = call.request.match_info["format"]
    if kind not in SHEET_TYPES:
        raise HttpProblem(404, "unknown_format", "Phiếu điểm cầu có ở dạng pdf và xlsx.")
    query: SheetsQuery = call.query
    asked = SheetsRequest(tuple(filter(None, [query.site])), tuple(filter(None, [query.group])), unopened=bool(query.unopened))
    data = await _drawn(kind, _book(call, asked))
    name = f"phieu-diem-cau{f'-{query.site}' if query.site.isascii() and query.site.isalnum() else ''}.{kind}"
    return web.Response(
        body=data, content_type=SHEET_TYPES[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _book(call: Call, asked: SheetsRequest) -> SheetBook:
    services = call.services
    state = services.engine.state
    try:
        chosen = choose(state, asked.sites, asked.groups)
    except UnknownNames as unknown:
        names = ", ".join(unknown.names[:20])
        raise HttpProblem(404, "unknown_site", f"Không có điểm cầu hay cụm: {names}.") from unknown
    if asked.unopened:
        rows = services.feeds.read("sites")
        chosen = [code for code in chosen if getattr(rows.get(code), "unopened", False)]
    if not chosen:
        words = "Mọi liên kết đều đã được mở." if asked.unopened else "Không có điểm cầu nào để in."
        raise HttpProblem(409, "no_sheets", words)
    log.info("sheets made", role=str(call.principal.role), seat=call.principal.seat, sites=len(chosen))
    url = asked.public_url.rstrip("/") or services.public_url
    return build_book(state, chosen, url, lambda site: _link(call, url, site), services.sheet_codes.code)


def _link(call: Call, url: str, site: SiteCode) -> str:
    return f"{url}/enter#{call.services.door.token(f'{Role.HOST}:{site}')}"


async def _drawn(kind: str, book: SheetBook) -> bytes:
    async with _drawing:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.reports.sheets_process", kind,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            data, errors = await asyncio.wait_for(process.communicate(msgspec.json.encode(book)), DRAWN_WITHIN)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        log.error("sheets were not drawn", code=process.returncode, errors=errors.decode(errors="replace")[-2000:])
        words = "Máy chủ chưa vẽ được phiếu. Dùng lệnh “diemcau sheets” trên máy chủ để xem lý do."
        raise HttpProblem(500, "sheets_failed", words)
    return data
