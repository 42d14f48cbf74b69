"""The reports as files: made of frozen figures, written in a thread, never stored by the server."""

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import web

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.reports.files import CONTENT_TYPES, ReportUnavailable, report_file
from site_agent.units import Attempt, CueId


class ReportQuery(msgspec.Struct, frozen=True):
    """`version` of the closing (the last where None; 0 is a draft); `cue` and `attempt` of a launch report."""

    version: int | None = None
    cue: CueId | None = None
    attempt: Attempt | None = None
