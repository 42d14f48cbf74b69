import hashlib

import pytest

from server.ceremony.papers import MAX_BYTES, OpenPaper, WithdrawPaper
from server.ceremony.pledges import OpenPledge
from server.ceremony.rules import Role
from server.engine.ids import new_id
from tests.support.doors import open_door
from tests.support.houses import code, host, person

PDF = b"%PDF-1.7\n" + b"x" * 200


@pytest.fixture
async def door(tmp_path):
    async with open_door(tmp_path) as door:
        yield door


async def publish(door, body=PDF, title="Kế hoạch tổ chức", to=None, role=Role.DESK):
    sha256 = hashlib.sha256(body).hexdigest()
    async with door.client.put(f"/api/v1/blobs/{sha256}", data=body, headers=door.headers(role)) as answer:
        assert answer.status == 200, await answer.text()
    asked = {"sha256": sha256, "title": title, "to": to or {"all": True}}
    async with door.client.post("/api/v1/papers", json=asked, headers=door.headers(role)) as answer:
        return await answer.json()


async def read(door, paper, role=Role.HOST):
    async with door.client.get(f"/api/v1/papers/{paper}", headers=door.headers(role)) as answer:
        return answer.status, answer.headers.get("Content-Type", ""), await answer.read()


async def test_a_site_reads_what_it_was_given_and_the_desk_sees_who_has(door):
    paper = (await publish(door))["id"]
    assert await read(door, paper) == (200, "application/pdf", PDF)
    door.engine.give(OpenPaper(id=new_id(), site=code(1), paper=paper), by=host(code(1)))
    row = door.services.feeds.read("help")[f"paper:{paper}"]
    assert (row.of, row.opened) == (5, 1)
    async with door.client.get(f"/api/v1/papers/{paper}/unopened", headers=door.headers(Role.DESK)) as answer:
        assert code(1) not in [site["code"] for site in (await answer.json())["sites"]]
    assert [each.opened for each in door.services.feeds.read(f"site:{code(1)}")["papers"].papers] == [True]


async def test_a_site_that_was_not_given_it_does_not_even_learn_that_it_is_there(door):
    paper = (await publish(door, to={"sites": [code(2)]}))["id"]
    assert (await read(door, paper))[0] == 404
    assert door.services.feeds.read(f"site:{code(1)}")["papers"].papers == ()
    assert (await read(door, paper, Role.TECH))[0] == 200


async def test_a_withdrawn_paper_is_gone_from_the_sites_until_it_is_restored(door):
    paper = (await publish(door))["id"]
    door.engine.give(WithdrawPaper(id=new_id(), paper=paper), by=person(Role.DESK))
    assert (await read(door, paper))[0] == 404
    assert door.services.feeds.read(f"site:{code(1)}")["papers"].papers == ()
    door.engine.give(WithdrawPaper(id=new_id(), paper=paper, restore=True), by=person(Role.DESK))
    assert (await read(door, paper))[0] == 200


@pytest.mark.parametrize(
    ("body", "title", "problem"),
    [
        (b"MZ" + bytes(100), "a", "paper_type"),
        (b"<html>" + bytes(100), "a", "paper_type"),
        (PDF + bytes(MAX_BYTES), "a", "paper_size"),
        (PDF, "  ", "title_missing"),
    ],
)
async def test_what_is_no_small_pdf_or_picture_is_refused_by_name(door, body, title, problem):
    told = await publish(door, body, title)
    assert problem in (told.get("code"), told.get("problem", {}).get("code"))
    assert door.engine.state.papers.papers == {}


async def test_a_file_that_was_never_sent_is_no_paper(door):
    asked = {"sha256": "0" * 64, "title": "a", "to": {"all": True}}
    async with door.client.post("/api/v1/papers", json=asked, headers=door.headers(Role.DESK)) as answer:
        assert (await answer.json())["code"] == "no_blob"


async def sign(door, browser, *, look=False):
    asked = {"browser": browser, "look": look}
    async with door.client.post("/api/v1/pledge", json=asked, headers=door.headers(Role.VIEWER)) as answer:
        return await answer.json()


async def test_somebody_watching_signs_once_and_only_numbers_are_told(door):
    one, two = "a" * 22, "b" * 22
    assert (await sign(door, one))["code"] == "pledge_closed"
    door.engine.give(OpenPledge(id=new_id(), text="Chúng tôi cam kết"), by=person(Role.CALLER))
    assert await sign(door, one, look=True) == {"signed": False}
    assert await sign(door, one) == {"signed": True}
    assert await sign(door, one) == {"signed": True}
    await sign(door, two)
    row = door.services.feeds.read("public")["pledge"]
    assert (row.people, row.sites, row.open) == (2, 0, True)
    assert one not in str(door.engine.state.pledges.current.people)
    assert (await sign(door, "x"))["code"] == "bad_browser"
