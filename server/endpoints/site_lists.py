"""Lists of sites as workbooks: who never opened the link, who is ready."""

import asyncio

import msgspec
from aiohttp import web

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.endpoints.sheets import SHEET_TYPES
from server.reports.sheets import UnknownNames, choose
from server.reports.site_lists import SiteList, readiness_list, render_list_xlsx, unopened_list
from server.reports.words import local
from site_agent.units import SiteCode


class ListQuery(msgspec.Struct, frozen=True):
    """One group by its name, case and diacritics aside; all where empty."""

    group: str = ""


async def unopened_file(call: Call) -> web.Response:
    """GET /api/v1/reports/unopened.xlsx.

    Raises:
        HttpProblem: 404 `unknown_group`.

    """
    rows = call.services.feeds.read("sites")
    codes = [code for code in _chosen(call) if getattr(rows.get(code), "unopened", False)]
    return await _file(call, unopened_list(call.services.engine.state, codes, call.services.clock.now()), "chua-mo-lien-ket")


async def readiness_file(call: Call) -> web.Response:
    """GET /api/v1/reports/readiness.xlsx.

    Raises:
        HttpProblem: 404 `unknown_group`.

    """
    found = readiness_list(call.services.engine.state, _chosen(call), call.services.clock.now())
    return await _file(call, found, "kiem-tra-san-sang")


def _chosen(call: Call) -> list[SiteCode]:
    query: ListQuery = call.query
    try:
        return choose(call.services.engine.state, (), tuple(filter(None, [query.group])))
    except UnknownNames as unknown:
        raise HttpProblem(404, "unknown_group", f"Không có cụm tên “{query.group[:80]}”.") from unknown


async def _file(call: Call, found: SiteList, name: str) -> web.Response:
    data = await asyncio.to_thread(render_list_xlsx, found)
    headers = {"Content-Disposition": f'attachment; filename="{name}-{local(call.services.clock.now()):%Y%m%d-%H%M}.xlsx"'}
    return web.Response(body=data, content_type=SHEET_TYPES["xlsx"], headers=headers)
