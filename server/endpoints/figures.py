"""The rehearsals and what they showed, and the sites that were taken out of the ceremony."""

import asyncio

import msgspec
from aiohttp import web

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.reports.morning import ReportUnavailable
from server.reports.rehearsal import RehearsalReport, build_rehearsal, rehearsal_list, rehearsal_numbers
from server.reports.site_lists import render_list_xlsx
from server.reports.words import local
from site_agent.units import Instant, SiteCode

REHEARSAL_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


class RehearsalQuery(msgspec.Struct, frozen=True):
    """Which rehearsal: the last where None."""

    number: int | None = None


class RehearsalSums(msgspec.Struct, frozen=True):
    """A rehearsal without its sites."""

    rehearsal: int
    begun_at: Instant
    ended_at: Instant | None
    sites: int
    opened: int
    connected: int
    checked_in: int
    reported: int
    present: int
    never_opened: int


class RetiredSite(msgspec.Struct, frozen=True):
    """A site that was taken out of the ceremony; `present` is what it had reported, in no sum."""

    code: SiteCode
    name: str
    group: str
    reason: str
    at: Instant
    by: str
    seat: str
    present: int | None


async def read_rehearsals(call: Call) -> list[RehearsalSums]:
    """GET /api/v1/rehearsals, the newest first."""
    state = call.services.engine.state
    names = [field.name for field in msgspec.structs.fields(RehearsalSums)]
    reports = [build_rehearsal(state, number) for number in reversed(rehearsal_numbers(state))]
    return [RehearsalSums(**{name: getattr(report, name) for name in names}) for report in reports]


async def rehearsal_report(call: Call) -> web.Response:
    """GET /api/v1/reports/rehearsal.{xlsx,json}.

    Raises:
        HttpProblem: 404 for another format or rehearsal, 409 `no_rehearsal`.

    """
    kind = call.request.match_info["format"]
    if kind not in REHEARSAL_TYPES:
        raise HttpProblem(404, "unknown_format", f"Báo cáo có ở dạng {', '.join(REHEARSAL_TYPES)}.")
    try:
        report = build_rehearsal(call.services.engine.state, call.query.number)
    except ReportUnavailable as error:
        raise HttpProblem(409 if error.code == "no_rehearsal" else 404, error.code, error.detail) from error
    data = await asyncio.to_thread(_rendered, report, kind)
    headers = {"Content-Disposition": f'attachment; filename="tong-duyet-{local(report.begun_at):%Y%m%d-%H%M}.{kind}"'}
    return web.Response(body=data, content_type=REHEARSAL_TYPES[kind], headers=headers)


def _rendered(report: RehearsalReport, kind: str) -> bytes:
    if kind == "json":
        return msgspec.json.format(msgspec.json.encode(report), indent=2)
    return render_list_xlsx(rehearsal_list(report))


async def read_retired(call: Call) -> list[RetiredSite]:
    """GET /api/v1/retired, in order of leaving."""
    state = call.services.engine.state
    said = state.attendance.sites
    return [
        RetiredSite(
            code=code,
            name=gone.site.name,
            group=gone.site.group,
            reason=gone.reason,
            at=gone.at,
            by=gone.by.value,
            seat=gone.seat,
            present=said[code].present if code in said else None,
        )
        for code, gone in state.retired.sites.items()
    ]
