"""The programme and the delegates to introduce as files: in by PUT, out by GET."""

import asyncio

import msgspec
from aiohttp import web

from server.ceremony.guests import GuestStatus, ListGuests
from server.ceremony.programme import ImportProgramme
from server.ceremony.rules import shown_name
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.engine.answers import Answer
from server.engine.ids import new_id
from server.files.guests import guests_csv, read_guests
from server.files.programme import keep_ids, read_programme
from server.files.programme_sheet import programme_csv, programme_xlsx
from server.files.tables import RowProblem

MAX_FILE_BYTES = 4 * 1024 * 1024
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STATUS_WORDS = {
    GuestStatus.EXPECTED: "chưa đến",
    GuestStatus.ARRIVED: "đã đến",
    GuestStatus.ABSENT: "vắng",
    GuestStatus.REPLACED: "có người dự thay",
}


class FileQuery(msgspec.Struct, frozen=True):
    """`dry_run`: check the file and change nothing."""

    dry_run: bool = False


class FileAnswer(msgspec.Struct, frozen=True):
    """What the file holds, every bad row, the columns that are only kept (or left out), and the answer to the import."""

    rows: int
    columns: list[str]
    problems: list[RowProblem]
    answer: Answer | None = None


async def put_programme(call: Call) -> FileAnswer:
    """PUT /api/v1/programme with a CSV or Excel file: the whole programme anew, or nothing where a row is bad."""
    state = call.services.engine.state
    found = await asyncio.to_thread(read_programme, call.body, state.details.required.starts_at, frozenset(state.roster.sites))
    if isinstance(found, list):
        return FileAnswer(0, [], found)
    if call.query.dry_run:
        return FileAnswer(len(found.items), list(found.ignored), [])
    programme = call.services.engine.state.programme
    items = keep_ids(found, tuple(programme.items.values()), programme.started)
    command = ImportProgramme(id=new_id(), items=items, sheet=found.sheet)
    answer = await call.services.engine.submit(command, call.principal)
    return FileAnswer(len(found.items), list(found.ignored), [], answer)


async def programme_file(call: Call) -> web.Response:
    """GET /api/v1/programme.{format}: csv or xlsx, as the office's sheet is laid out; imports back to the same programme."""
    state = call.services.engine.state
    if not state.programme.items:
        raise HttpProblem(404, "no_programme", "Chưa có chương trình.")
    items, sheet, zero = tuple(state.programme.items.values()), state.programme.sheet, state.details.required.starts_at
    match call.request.match_info["format"]:
        case "csv":
            return _file(programme_csv(items, zero, sheet), "text/csv", "chuong-trinh.csv")
        case "xlsx":
            data = await asyncio.to_thread(programme_xlsx, items, zero, sheet)
            return _file(data, _XLSX, "chuong-trinh.xlsx")
        case other:
            raise HttpProblem(404, "no_format", f"Không có dạng tệp “{other}”. Dùng csv hoặc xlsx.")


async def put_guests(call: Call) -> FileAnswer:
    """PUT /api/v1/guests with a CSV or Excel file: the whole list anew; whoever stands in both keeps their arrival."""
    found = await asyncio.to_thread(read_guests, call.body)
    if isinstance(found, list):
        return FileAnswer(0, [], found)
    if call.query.dry_run:
        return FileAnswer(len(found.guests), list(found.ignored), [])
    command = ListGuests(id=new_id(), guests=found.guests)
    answer = await call.services.engine.submit(command, call.principal)
    return FileAnswer(len(found.guests), list(found.ignored), [], answer)


async def guests_file(call: Call) -> web.Response:
    """GET /api/v1/guests.csv: the list with arrivals. Holds names: staff only."""
    guests = call.services.engine.state.guests
    if not guests.guests:
        raise HttpProblem(404, "no_guests", "Chưa có danh sách giới thiệu đại biểu.")
    rows = []
    for guest in guests.guests.values():
        mark = guests.marks.get(guest.id)
        words = _STATUS_WORDS[mark.status if mark is not None else GuestStatus.EXPECTED]
        if mark is not None and mark.substitute is not None:
            words = f"{words}: {shown_name(mark.substitute)}"
        personal = guest.person.personal
        rows.append((shown_name(guest.person), personal.title if personal is not None else "", words))
    return _file(guests_csv(rows), "text/csv", "gioi-thieu-dai-bieu.csv")


def _file(data: bytes, kind: str, name: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    charset = "utf-8" if kind == "text/csv" else None
    return web.Response(body=data, content_type=kind, charset=charset, headers=headers)
