"""Sheets and lists over HTTP, and the short code printed on a sheet from /enter to the session."""

import io

import msgspec
import openpyxl
import pytest

from server.ceremony.access import RevokeLink
from server.ceremony.rules import Role
from server.engine.ids import new_id
from server.reports.sheets import SheetBook
from tests.support.houses import code, enrol


async def book(door, **asked):
    async with door.client.post("/api/v1/sheets", json=asked, headers=door.headers(Role.DESK)) as answer:
        assert answer.status == 200, await answer.text()
        return msgspec.json.decode(await answer.read(), type=SheetBook)


async def redeem(door, status=200, **what):
    async with door.client.post("/api/v1/codes/redeem", json=what) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def pending(door):
    async with door.client.get("/api/v1/codes", headers=door.headers(Role.DESK)) as answer:
        return await answer.json()


async def decide(door, identity, accept):
    body = {"id": identity, "accept": accept}
    async with door.client.post("/api/v1/codes/decision", json=body, headers=door.headers(Role.DESK)) as answer:
        assert answer.status == 200


async def printed_code(door, site):
    [sheet] = (await book(door, sites=[site])).sheets
    return sheet.short_code


async def test_a_book_has_all_sites_group_after_group_with_the_links_in_force(door):
    found = await book(door)
    assert [sheet.group for sheet in found.sheets] == ["Tỉnh", "Cụm 2", "Cụm 2", "Cụm 1", "Cụm 1"]
    assert found.sheets[1].link == f"http://cau.test/enter#{door.services.door.token(f'host:{code(1)}')}"
    assert found.address == "cau.test/enter"
    assert (await book(door, public_url="https://cau.tinh.vn/")).sheets[0].link.startswith("https://cau.tinh.vn/enter#dc1.")


async def test_sites_and_groups_are_chosen_by_name_without_diacritics(door):
    assert [sheet.code for sheet in (await book(door, groups=["cum 1"])).sheets] == [code(2), code(4)]
    assert [sheet.code for sheet in (await book(door, sites=[code(3)])).sheets] == [code(3)]
    async with door.client.post("/api/v1/sheets", json={"groups": ["cụm 9"]}, headers=door.headers(Role.DESK)) as answer:
        assert answer.status == 404
        assert "cụm 9" in (await answer.json())["detail"]


async def test_only_those_whose_link_was_never_opened_are_printed_again(door):
    enrol(door.engine, code(1), "máy 1")
    assert code(1) not in {sheet.code for sheet in (await book(door, unopened=True)).sheets}


async def test_a_printed_code_opens_one_session_once_a_person_has_agreed_and_is_then_spent(door):
    typed = await printed_code(door, code(1))
    waiting = await redeem(door, code=typed)
    assert waiting["state"] == "waiting"
    [asked] = await pending(door)
    assert (asked["site"], asked["check"]) == (code(1), waiting["check"])
    await decide(door, asked["id"], accept=True)
    session = await redeem(door, claim=waiting["claim"])
    assert (session["role"], session["site"]) == ("host", code(1))
    await redeem(door, status=401, code=typed)
    assert await printed_code(door, code(1)) != typed


async def test_of_two_who_typed_one_sheet_only_the_first_let_in_comes_in(door):
    typed = await printed_code(door, code(1))
    first, second = await redeem(door, code=typed), await redeem(door, code=typed)
    assert first["claim"] != second["claim"]
    for asked in await pending(door):
        await decide(door, asked["id"], accept=True)
    await redeem(door, claim=second["claim"])
    assert (await redeem(door, status=401, claim=first["claim"]))["code"] == "code_spent"


async def test_a_photographed_sheet_cannot_flood_the_desk(door):
    typed = await printed_code(door, code(1))
    for _ in range(3):
        await redeem(door, code=typed)
    assert (await redeem(door, status=429, code=typed))["code"] == "too_many_codes"
    assert len(await pending(door)) == 3


async def test_a_revoked_link_takes_its_printed_code_along(door):
    typed = await printed_code(door, code(1))
    door.engine.give(RevokeLink(id=new_id(), subject=f"host:{code(1)}", reason="mất máy"))
    await redeem(door, status=401, code=typed)
    await redeem(door, code=await printed_code(door, code(1)))


@pytest.mark.parametrize("query", [{"group": "Cụm 1"}, {}])
async def test_the_list_of_the_unopened_names_whom_to_call_and_holds_no_link(door, query):
    enrol(door.engine, code(2), "máy 2")
    async with door.client.get("/api/v1/reports/unopened.xlsx", params=query, headers=door.headers(Role.DESK)) as answer:
        data = await answer.read()
    [*sheets] = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    cells = [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert code(4) in cells
    assert code(2) not in cells
    assert (code(1) in cells) == (not query)
    assert not any("enter#" in cell for cell in cells)


async def test_files_come_with_names_and_unknown_ones_with_words(door):
    async with door.client.get("/api/v1/reports/readiness.xlsx", headers=door.headers(Role.CALLER)) as answer:
        assert answer.status == 200
        assert "kiem-tra-san-sang" in answer.headers["Content-Disposition"]
    async with door.client.get("/api/v1/reports/unopened.xlsx", params={"group": "?"}, headers=door.headers(Role.DESK)) as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, "unknown_group")
    async with door.client.get("/api/v1/sheets.docx", headers=door.headers(Role.DESK)) as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, "unknown_format")


async def test_a_sheet_is_drawn_by_a_process_of_its_own(door):
    async with door.client.get("/api/v1/sheets.pdf", params={"site": code(1)}, headers=door.headers(Role.DESK)) as answer:
        assert answer.status == 200, await answer.text()
        assert (await answer.read()).startswith(b"%PDF-")
        assert answer.headers["Cache-Control"] == "no-store"
