"""Reading the sites: a page of them by filter, or one."""

import asyncio
import gzip

import msgspec
from aiohttp import web

from server.ceremony.link_health import Grade
from server.ceremony.roster import fold
from server.ceremony.rules import Role
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.feeds.rows import OwnSiteRow, SiteRow
from site_agent.units import SiteCode

MAX_PAGE = 10_000


class SitesQuery(msgspec.Struct, frozen=True):
    """Filters; all that are given must hold. `q` ignores case and diacritics and looks in code and name."""

    q: str = ""
    level: str = ""
    grade: Grade | None = None
    group: str = ""
    limit: int = 100
    cursor: SiteCode | None = None
    """The `next` of the page before."""


class SitesAnswer(msgspec.Struct, frozen=True):
    """Sites in roster order; `next` is None at the end."""

    items: list[SiteRow]
    next: SiteCode | None
    total: int
    """How many the filters leave, over all pages."""


class SiteAnswer(SiteRow, frozen=True, omit_defaults=True):
    """One site, with what it said and its devices."""

    mine: OwnSiteRow | None = None


async def read_sites(call: Call) -> SitesAnswer:
    """GET /api/v1/sites.

    Raises:
        HttpProblem: 400 for a limit outside 1…10,000 or a cursor that names no site.

    """
    query: SitesQuery = call.query
    if not 1 <= query.limit <= MAX_PAGE:
        raise HttpProblem(400, "bad_limit", f"limit phải từ 1 đến {MAX_PAGE}.")
    rows = [row for row in call.services.feeds.read("sites").values() if isinstance(row, SiteRow)]
    found = [row for row in rows if _matches(row, query)]
    start = 0
    if query.cursor is not None:
        order = {row.code: index for index, row in enumerate(rows)}
        if query.cursor not in order:
            raise HttpProblem(400, "bad_cursor", "cursor không còn đúng. Hãy đọc lại từ đầu.")
        start = next((i for i, row in enumerate(found) if order[row.code] > order[query.cursor]), len(found))
    items = found[start : start + query.limit]
    more = start + query.limit < len(found)
    return SitesAnswer(items, items[-1].code if more else None, len(found))


def _matches(row: SiteRow, query: SitesQuery) -> bool:
    if query.grade is not None and row.grade is not query.grade:
        return False
    if (query.level and row.level != query.level) or (query.group and fold(row.group) != fold(query.group)):
        return False
    return not query.q or fold(query.q) in fold(f"{row.code} {row.name}")


async def packed_sites(call: Call) -> web.Response:
    """GET /api/v1/feeds/sites: the whole feed `sites` as columns, and the offset from which a feed socket goes on."""
    packed = await call.services.feeds.packed_sites()
    response = web.Response(content_type="application/json", headers={"Cache-Control": "no-store", "Vary": "Accept-Encoding"})
    if "gzip" in call.request.headers.get("Accept-Encoding", ""):
        response.headers["Content-Encoding"] = "gzip"
        response.body = packed
    else:
        response.body = await asyncio.to_thread(gzip.decompress, packed)
    return response


async def read_site(call: Call) -> SiteAnswer:
    """GET /api/v1/sites/{code}; a host reads those it was granted.

    Raises:
        HttpProblem: 404 `unknown_site`, 403 `forbidden_site`.

    """
    code = SiteCode(call.request.match_info["code"])
    if call.principal.role is Role.HOST and not call.services.door.book.may_touch(call.principal, code):
        raise HttpProblem(403, "forbidden_site", "Liên kết này thuộc điểm cầu khác.")
    site = call.services.feeds.read("sites").get(code)
    if not isinstance(site, SiteRow):
        raise HttpProblem(404, "unknown_site", f"Không có điểm cầu mang mã {code} trong danh sách.")
    mine = call.services.feeds.read(f"site:{code}").get("mine")
    return SiteAnswer(**msgspec.structs.asdict(site), mine=mine if isinstance(mine, OwnSiteRow) else None)
