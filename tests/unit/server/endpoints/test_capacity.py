"""Capacity over HTTP: reckoned with the roster and the relays of now."""

import pytest
from msgspec import structs

from server.ceremony.relay_plan import Platform, RelayAccess
from server.ceremony.relays import AddRelay
from server.ceremony.roster import ImportRoster, Picture
from server.ceremony.rules import Role
from server.engine.ids import new_id
from tests.support.houses import LEVELS

CAPACITY = "/api/v1/media/capacity"


async def ask(door, query=""):
    async with door.client.get(f"{CAPACITY}{query}", headers=door.headers(Role.TECH)) as answer:
        return answer.status, await answer.json()


async def test_only_sites_that_see_it_on_their_page_are_counted_and_relays_beside_them(door):
    status, told = await ask(door, "?uplink=100")
    assert (status, told["state"], told["least"]) == (200, "ok", 0)
    sites = list(door.engine.state.roster.sites.values())
    pictures = [Picture.HLS, Picture.HLS, Picture.AUDIO]
    changed = tuple(
        structs.replace(site, picture=picture)
        for site, picture in zip(sites, [*pictures, *[Picture.TV] * len(sites)], strict=False)
    )
    door.engine.give(ImportRoster(id=new_id(), levels=LEVELS, sites=changed))
    access = RelayAccess("rtmp://a.test/live", "khoa")
    door.engine.give(AddRelay(id=new_id(), name="A", platform=Platform.CUSTOM, access=access))
    status, told = await ask(door, "?audience=3")
    assert told["lines"][0].startswith("(2 điểm cầu + 3 khán giả) × 0,58 Mbit/s (mức 360p) = 3 Mbit/s")
    assert "Thêm 1 điểm chỉ nghe × 0,13 Mbit/s và 1 nơi phát lại × 3,44 Mbit/s" in told["lines"][1]
    assert (told["state"], told["uplink"]) == ("warning", None)


@pytest.mark.parametrize("query", ["?audience=-1", "?uplink=0", "?uplink=nan", "?uplink=x", "?audience=99999999999"])
async def test_numbers_that_cannot_be_are_refused(door, query):
    status, told = await ask(door, query)
    assert status == 400, told
