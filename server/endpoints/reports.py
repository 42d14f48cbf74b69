"""The reports as files, written in a thread from facts that no longer change."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.reports.as_json import render_json
from server.reports.ceremony import Views, build_ceremony
from server.reports.ceremony_files import (
    CEREMONY_TEMPLATE,
    render_ceremony_docx,
    render_ceremony_json,
    render_ceremony_xlsx,
)
from server.reports.docx import TEMPLATE, render_docx
from server.reports.launch import build_launch
from server.reports.launch_files import LAUNCH_TEMPLATE, render_launch_docx, render_launch_json, render_launch_xlsx
from server.reports.morning import ReportUnavailable, build_draft, build_morning
from server.reports.paper import TemplateProblem, office_template
from server.reports.words import local
from server.reports.xlsx import render_xlsx
from site_agent.units import Attempt, CueId

MORNING: dict[str, Callable[[Any], bytes]] = {"docx": render_docx, "xlsx": render_xlsx, "json": render_json}
LAUNCH: dict[str, Callable[[Any], bytes]] = {
    "docx": render_launch_docx,
    "xlsx": render_launch_xlsx,
    "json": render_launch_json,
}
CEREMONY: dict[str, Callable[[Any], bytes]] = {
    "docx": render_ceremony_docx,
    "xlsx": render_ceremony_xlsx,
    "json": render_ceremony_json,
}
_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_ASK_LATER = {"not_closed", "not_launched"}
"""Not wrong, only too early: 409 and not 404."""


class MorningQuery(msgspec.Struct, frozen=True):
    """Which closing: the last where None, 0 for a draft of the figures as they stand."""

    version: int | None = None


class LaunchQuery(msgspec.Struct, frozen=True):
    """Which attempt: the last live one that had a T0 where both are None."""

    cue: CueId | None = None
    attempt: Attempt | None = None


async def morning_report(call: Call) -> web.Response:
    """GET /api/v1/reports/morning.{docx,xlsx,json}.

    Raises:
        HttpProblem: 404 for another format or version, 409 `not_closed` or what is wrong with the office's template.

    """
    kind = _kind(call, MORNING)
    state, now, version = call.services.engine.state, call.services.clock.now(), call.query.version
    try:
        report = build_draft(state, now) if version == 0 else build_morning(state, version)
    except ReportUnavailable as error:
        raise _unavailable(error) from error
    name = f"bao-cao-nhanh-{f'lan-{report.version}' if report.version else 'nhap'}-{local(report.closed_at):%Y%m%d-%H%M}"
    return _file(await _rendered(call, MORNING[kind], report, TEMPLATE), name, kind)


async def launch_report(call: Call) -> web.Response:
    """GET /api/v1/reports/launch.{docx,xlsx,json}.

    Raises:
        HttpProblem: 404 for another format, cue or attempt, 409 `not_launched`.

    """
    kind = _kind(call, LAUNCH)
    try:
        report = build_launch(call.services.engine.state, call.query.cue, call.query.attempt)
    except ReportUnavailable as error:
        raise _unavailable(error) from error
    name = f"{'phat-dong' if report.live else 'tong-duyet'}-lan-{report.attempt}-{local(report.t0):%Y%m%d-%H%M}"
    return _file(await _rendered(call, LAUNCH[kind], report, LAUNCH_TEMPLATE), name, kind)


async def ceremony_report(call: Call) -> web.Response:
    """GET /api/v1/reports/ceremony.{docx,xlsx,json}.

    Raises:
        HttpProblem: 404 for another format, 409 for what is wrong with the office's template.

    """
    kind = _kind(call, CEREMONY)
    services = call.services
    sockets = services.sockets
    views = Views(sockets.most_viewers, sockets.viewers_since) if sockets.most_viewers and sockets.viewers_since else None
    report = build_ceremony(services.engine.state, services.clock.now(), views)
    name = f"ket-qua-{local(report.made_at):%Y%m%d-%H%M}"
    return _file(await _rendered(call, CEREMONY[kind], report, CEREMONY_TEMPLATE), name, kind)


async def _rendered(call: Call, render: Callable[..., bytes], report: object, template: Path) -> bytes:
    """The file's bytes; a paper is filled into the office's own template where there is one."""
    if render not in (render_docx, render_launch_docx, render_ceremony_docx):
        return await asyncio.to_thread(render, report)
    try:
        return await asyncio.to_thread(render, report, office_template(call.services.data, template))
    except TemplateProblem as error:
        raise HttpProblem(409, error.code, error.detail) from error


def _kind(call: Call, kinds: dict[str, Callable[[Any], bytes]]) -> str:
    kind = call.request.match_info["format"]
    if kind not in kinds:
        raise HttpProblem(404, "unknown_format", f"Báo cáo có ở dạng {', '.join(kinds)}.")
    return kind


def _unavailable(error: ReportUnavailable) -> HttpProblem:
    return HttpProblem(409 if error.code in _ASK_LATER else 404, error.code, error.detail)


def _file(data: bytes, name: str, kind: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return web.Response(body=data, content_type=_TYPES[kind], headers=headers)
