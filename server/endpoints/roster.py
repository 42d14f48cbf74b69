"""The roster and the programme as files: in by PUT, out by GET."""

import asyncio

import msgspec
from aiohttp import web

from server.ceremony.roster import ImportRoster
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.engine.answers import Answer
from server.engine.ids import new_id
from server.files.roster_columns import known_levels
from server.files.roster_export import roster_csv
from server.files.roster_file import read_roster
from server.files.tables import RowProblem

MAX_FILE_BYTES = 8 * 1024 * 1024


class RosterQuery(msgspec.Struct, frozen=True):
    """`dry_run`: check the file and change nothing. `retire_missing`: sites that reported and are not in the file leave the
    ceremony, their figures kept and not counted.
    """

    dry_run: bool = False
    retire_missing: bool = False


class RosterAnswer(msgspec.Struct, frozen=True):
    """What the file holds, every bad row, and the answer to the import when there was one."""

    sites: int
    levels: list[str]
    problems: list[RowProblem]
    answer: Answer | None = None


async def put_roster(call: Call) -> RosterAnswer:
    """PUT /api/v1/roster with a CSV or Excel file: the whole roster anew, or nothing where a row is bad."""
    levels_in_use = call.services.engine.state.roster.levels
    found = await asyncio.to_thread(read_roster, call.body, known_levels(levels_in_use))
    if isinstance(found, list):
        return RosterAnswer(0, [], found)
    levels = [level.name for level in found.levels]
    if call.query.dry_run:
        return RosterAnswer(len(found.sites), levels, [])
    command = ImportRoster(id=new_id(), levels=found.levels, sites=found.sites, retire_missing=call.query.retire_missing)
    return RosterAnswer(len(found.sites), levels, [], await call.services.engine.submit(command, call.principal))


async def roster_file(call: Call) -> web.Response:
    """GET /api/v1/roster.csv: imports back to the same roster. Holds phone numbers: staff only."""
    if not call.services.engine.state.roster.sites:
        raise HttpProblem(404, "no_roster", "Chưa có danh sách điểm cầu.")
    data = roster_csv(call.services.engine.state.roster.sites.values())
    headers = {"Content-Disposition": 'attachment; filename="roster.csv"'}
    return web.Response(body=data, content_type="text/csv", charset="utf-8", headers=headers)
