"""/report: the paper of a closing as a page."""

import re

import pytest

from server.ceremony.attendance import CloseFigures, ReportHeadCount
from server.ceremony.rules import Role
from server.engine.ids import new_id
from tests.support.houses import code, host, person


@pytest.fixture
def closed(door):
    """Closed twice; the second time one more site had reported."""
    for number in (1, 2):
        door.engine.give(ReportHeadCount(id=new_id(), site=code(number), counts={"officials": 10}), by=host(code(number)))
        door.engine.give(CloseFigures(id=new_id(), closed_by="Trưởng phòng"), by=person(Role.DESK))
    return door


async def opened(door, **query):
    async with door.client.get("/report", params=query, headers=door.headers(Role.DESK)) as answer:
        return answer.status, re.sub(r"\s+", " ", await answer.text())


async def test_the_last_closing_is_shown_with_what_changed_and_who_closed_it(closed):
    status, text = await opened(closed)
    assert status == 200
    assert "Bổ sung (lần 2) về số điểm cầu" in text
    assert "Thay đổi so với lần chốt 1" in text
    assert "Người chốt số liệu: Trưởng phòng." in text
    assert 'href="/api/v1/reports/morning.docx?version=2' in text


async def test_an_earlier_version_is_one_click_away(closed):
    _, text = await opened(closed)
    assert 'href="?version=1' in text
    _, first = await opened(closed, version=1)
    assert "Nhanh về số điểm cầu" in first
    assert "Thay đổi so với" not in first


async def test_before_a_closing_it_is_a_draft_and_says_so(door):
    status, text = await opened(door)
    assert status == 200
    assert "dự thảo, chưa chốt" in text
    assert "Bản nháp: số liệu lúc này" in text


@pytest.mark.parametrize("version", ["9", "-1", "hai"])
async def test_a_version_that_is_not_there_is_told_in_words(closed, version):
    status, text = await opened(closed, version=version)
    assert status == 404
    assert "ần chốt" in text


async def test_names_of_sites_are_text_and_no_markup(door):
    door.engine.state.roster.sites[code(1)] = type(door.engine.state.roster.sites[code(1)])(
        code=code(1), name="Xã <b>1</b>", level="commune", parent=None, group="Cụm 1"
    )
    _, text = await opened(door)
    assert "<b>1</b>" not in text
