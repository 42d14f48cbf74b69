from server.ceremony.rules import Role
from site_agent.units import MINUTE
from tests.support.houses import code


async def post(door, path, body, role=None, status=200):
    async with door.client.post(f"/api/v1/{path}", json=body, headers=door.headers(role)) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def issue(door):
    return (await post(door, "codes", {"site": code(1)}, Role.DESK))["code"]


async def pending(door):
    async with door.client.get("/api/v1/codes", headers=door.headers(Role.DESK)) as answer:
        return await answer.json()


async def test_a_code_opens_the_sites_session_once_a_person_has_agreed(door):
    typed = await issue(door)
    assert len(typed) == 8
    waiting = await post(door, "codes/redeem", {"code": f"{typed[:4]} {typed[4:]}"})
    assert waiting["state"] == "waiting"
    ((asked),) = await pending(door)
    assert (asked["site"], asked["check"]) == (code(1), waiting["check"])
    assert (await post(door, "codes/redeem", {"claim": waiting["claim"]}))["state"] == "waiting"
    await post(door, "codes/decision", {"id": asked["id"], "accept": True}, Role.DESK)
    session = await post(door, "codes/redeem", {"claim": waiting["claim"]})
    assert (session["role"], session["site"]) == ("host", code(1))
    await post(door, "codes/redeem", {"claim": waiting["claim"]}, status=401)


async def test_a_code_serves_one_phone(door):
    typed = await issue(door)
    await post(door, "codes/redeem", {"code": typed})
    await post(door, "codes/redeem", {"code": typed}, status=401)


async def test_a_code_that_was_turned_away_is_gone(door):
    waiting = await post(door, "codes/redeem", {"code": await issue(door)})
    ((asked),) = await pending(door)
    await post(door, "codes/decision", {"id": asked["id"], "accept": False}, Role.DESK)
    await post(door, "codes/redeem", {"claim": waiting["claim"]}, status=401)
    await post(door, "codes/decision", {"id": asked["id"], "accept": True}, Role.DESK, status=404)


async def test_a_code_ends_after_ten_minutes_and_when_another_is_issued(door):
    first = await issue(door)
    second = await issue(door)
    await post(door, "codes/redeem", {"code": first}, status=401)
    door.clock.move(10 * MINUTE)
    await post(door, "codes/redeem", {"code": second}, status=401)


async def test_codes_cannot_be_guessed_fast(door):
    for number in range(20):
        await post(door, "codes/redeem", {"code": f"{number:08}"}, status=401)
    typed = await issue(door)
    await post(door, "codes/redeem", {"code": typed}, status=429)
    door.clock.move(MINUTE)
    await post(door, "codes/redeem", {"code": typed})


async def test_there_is_no_code_for_a_site_that_is_not_there(door):
    await post(door, "codes", {"site": "nowhere"}, Role.DESK, status=404)
    await post(door, "codes/redeem", {"code": ""}, status=401)
