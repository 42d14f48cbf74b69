"""POST /api/v1/forget: asked first, then done; kept room pictures go with the rest. Keys: tests/unit/server/engine/test_erasing.py."""

import pytest

from server.ceremony.forgetting import SetRetention
from server.ceremony.rooms import KeepRoomPicture
from server.ceremony.rules import Role
from server.engine.ids import new_id
from site_agent.units import MINUTE, Sha256
from tests.support.houses import code

DAY = 24 * 60 * MINUTE


@pytest.fixture
def kept(door):
    """A kept picture of the first site and one of the second, with their files."""
    folder = door.services.data / "rooms"
    folder.mkdir()
    files = {}
    for number in (1, 2):
        sha256 = Sha256(str(number) * 64)
        door.engine.give(
            KeepRoomPicture(id=new_id(), site=code(number), sha256=sha256, taken_at=door.clock.now(), reason="báo cáo")
        )
        files[number] = folder / f"{sha256}.jpg"
        files[number].write_bytes(b"jpeg")
    return files


async def ask(door, **body):
    async with door.client.post("/api/v1/forget", json=body, headers=door.headers(Role.ADMIN)) as answer:
        return answer.status, await answer.json()


async def test_first_it_only_says_what_would_go(door, kept):
    status, told = await ask(door, site=code(1))
    assert (status, told["pictures"], told["erased"], told["keep_days"]) == (200, 1, False, 90)
    assert kept[1].exists()


async def test_a_sites_kept_pictures_go_and_those_of_others_stay(door, kept):
    status, told = await ask(door, site=code(1), confirmed=True)
    assert (status, told["erased"]) == (200, True)
    assert (kept[1].exists(), kept[2].exists()) == (False, True)
    assert [each.site for each in door.engine.state.rooms.kept.values()] == [code(2)]
    record = door.engine.state.forgetting.records[0]
    assert (record.site, record.pictures, record.by) == (code(1), 1, Role.ADMIN)


async def test_what_is_due_goes_when_its_time_is_over_and_not_before(door, kept):
    door.engine.give(SetRetention(id=new_id(), days=1))
    status, told = await ask(door, due=True, confirmed=True)
    assert (status, told["code"]) == (409, "not_due")
    assert kept[1].exists()
    door.clock.move(2 * DAY)
    assert (await ask(door, due=True, confirmed=True))[0] == 200
    assert not kept[1].exists()
    assert not kept[2].exists()


async def test_before_the_end_everybodys_data_go_only_when_it_is_confirmed_once_more(door, kept):
    status, told = await ask(door, all=True)
    assert (status, told["erased"]) == (200, False)
    assert "Buổi lễ chưa kết thúc" in told["warning"]
    status, told = await ask(door, all=True, confirmed=True)
    assert (status, told["code"]) == (409, "not_over")
    assert kept[1].exists()
    assert (await ask(door, all=True, confirmed=True, before_end=True))[0] == 200
    assert not kept[1].exists()


async def test_after_the_ceremony_one_confirmation_is_enough(door, kept):
    door.clock.move(DAY)
    status, told = await ask(door, all=True, confirmed=True)
    assert (status, told["warning"], kept[1].exists()) == (200, "", False)


@pytest.mark.parametrize("body", [{}, {"all": True, "due": True}, {"site": "17001", "all": True}])
async def test_whose_data_must_be_said_once(door, body):
    status, told = await ask(door, **body)
    assert (status, told["code"]) == (400, "forget_what")


@pytest.mark.parametrize(("body", "said"), [({"site": "0"}, "unknown_site"), ({"person": "nobody"}, "unknown_person")])
async def test_who_is_not_known_is_told_so(door, body, said):
    status, told = await ask(door, **body)
    assert (status, told["code"]) == (404, said)


async def test_the_page_tells_how_long_this_ceremony_keeps(door):
    door.engine.give(SetRetention(id=new_id(), days=45))
    async with door.client.get("/privacy") as answer:
        assert answer.status == 200
        assert "45 ngày sau buổi lễ" in await answer.text()
