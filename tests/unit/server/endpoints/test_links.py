import pytest

from server.ceremony.access import RevokeLink
from server.ceremony.rules import Role
from server.engine.ids import new_id
from tests.support.houses import code, person


async def make(door, body, status=200):
    async with door.client.post("/api/v1/links", json=body, headers=door.headers(Role.ADMIN)) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_links_of_hosts_name_their_sites_and_keep_the_secret_in_the_fragment(door):
    links = await make(door, {"role": "host", "sites": [code(1), code(2)]})
    assert [link["site"] for link in links] == [code(1), code(2)]
    for link in links:
        assert link["url"] == f"http://cau.test/enter#{link['token']}"
    assert len(await make(door, {"role": "host", "sites": "all"})) == 5


async def test_the_same_link_is_made_again_until_it_is_revoked(door):
    ((first),) = await make(door, {"role": "presser", "seat": "Ghế 1"})
    assert await make(door, {"role": "presser", "seat": "Ghế 1"}) == [first]
    door.engine.give(RevokeLink(id=new_id(), subject="presser:Ghế 1", reason="mất máy"), by=person(Role.ADMIN))
    assert (await make(door, {"role": "presser", "seat": "Ghế 1"}))[0]["token"] != first["token"]


async def test_a_viewer_needs_no_name(door):
    ((link),) = await make(door, {"role": "viewer"})
    assert link["subject"] == "viewer:"


@pytest.mark.parametrize(
    "body",
    [
        {"role": "system", "seat": "x"},
        {"role": "mc"},
        {"role": "mc", "seat": "x" * 61},
        {"role": "mc", "seat": "a\nb"},
        {"role": "host"},
        {"role": "host", "sites": ["nowhere"]},
        {"role": "king", "seat": "x"},
    ],
)
async def test_a_link_that_cannot_be_is_refused_in_words(door, body):
    assert (await make(door, body, 400))["detail"]


@pytest.mark.parametrize("role", [Role.DESK, Role.TECH])
async def test_the_desk_replaces_a_hosts_link_and_makes_no_other(door, role):
    async def ask(body):
        async with door.client.post("/api/v1/links", json=body, headers=door.headers(role)) as answer:
            return answer.status

    assert await ask({"role": "host", "sites": [code(1)]}) == 200
    assert await ask({"role": "host", "sites": "all"}) == 403
    assert await ask({"role": "admin", "seat": "x"}) == 403
