from server.ceremony.access import RevokeLink
from server.ceremony.rules import Role
from server.endpoints.tokens import session_name
from server.engine.ids import new_id
from site_agent.units import HOUR
from tests.support.doors import SUBJECTS
from tests.support.houses import code, person


async def test_a_link_becomes_a_session_that_says_who_and_where(door):
    told = await door.session(Role.HOST)
    assert told == {"as": session_name(f"host:{code(1)}"), "role": "host", "seat": "", "site": code(1), "page": "/site"}
    assert (await door.session(Role.PRESSER))["page"] == "/press"


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(door):
    async with door.client.post("/api/v1/session", json={"token": door.token(Role.MC)}) as answer:
        cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"dc_{session_name(SUBJECTS[Role.MC])}=")
    for attribute in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=86400"):
        assert attribute in cookie
    assert "Secure" not in cookie


async def test_over_https_the_cookie_demands_it(door):
    door.services.public_url = "https://cau.test"
    async with door.client.post("/api/v1/session", json={"token": door.token(Role.MC)}) as answer:
        assert "Secure" in answer.headers["Set-Cookie"]


async def test_sessions_of_several_links_live_side_by_side_in_one_browser(door):
    sessions = {role: await door.session(role) for role in (Role.CALLER, Role.TECH, Role.HOST)}
    for role, session in sessions.items():
        async with door.client.get("/api/v1/session", headers={"Diemcau-As": session["as"]}) as answer:
            assert (await answer.json())["role"] == role
        async with door.client.get("/api/v1/session", params={"as": session["as"]}) as answer:
            assert (await answer.json())["role"] == role


async def test_a_request_that_names_no_session_gets_the_newest_that_may(door):
    await door.session(Role.DESK)
    door.clock.move(1)
    await door.session(Role.HOST)
    async with door.client.get("/api/v1/session") as answer:
        assert (await answer.json())["role"] == "host"
    async with door.client.get("/api/v1/sites") as answer:
        assert answer.status == 200


async def test_a_named_session_that_is_not_there_is_not_replaced_by_another(door):
    await door.session(Role.DESK)
    async with door.client.get("/api/v1/session", headers={"Diemcau-As": "00000000"}) as answer:
        assert answer.status == 401
        assert (await answer.json())["code"] == "session_over"


async def test_a_cookie_renamed_to_another_session_does_not_open_it(door):
    session = await door.session(Role.DESK)
    value = next(cookie.value for cookie in door.client.session.cookie_jar)
    other = session_name(SUBJECTS[Role.ADMIN])
    headers = {"Cookie": f"dc_{other}={value}", "Diemcau-As": other}
    assert other != session["as"]
    async with door.client.get("/api/v1/session", headers=headers) as answer:
        assert answer.status == 401


async def test_a_session_ends_with_its_link_and_a_new_link_begins_anew(door):
    await door.session(Role.DESK)
    old = door.token(Role.DESK)
    door.engine.give(RevokeLink(id=new_id(), subject=SUBJECTS[Role.DESK], reason=""), by=person(Role.ADMIN))
    async with door.client.get("/api/v1/session") as answer:
        assert answer.status == 401
    async with door.client.post("/api/v1/session", json={"token": old}) as answer:
        assert (await answer.json())["code"] == "bad_token"
    assert (await door.session(Role.DESK))["role"] == "desk"


async def test_a_session_that_is_over_is_told_from_a_link_that_was_revoked(door):
    """The page of a host says for the one: open your link again; for the other: ask for a new one."""
    session = await door.session(Role.HOST)
    named = {"Diemcau-As": session["as"]}
    door.clock.move(24 * HOUR)
    async with door.client.get("/api/v1/session", headers=named) as answer:
        assert (await answer.json())["code"] == "session_over"
    async with door.client.get("/site", params={"as": session["as"]}, allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/enter?next=/site&why=session_over"
    await door.session(Role.HOST)
    door.engine.give(RevokeLink(id=new_id(), subject=SUBJECTS[Role.HOST], reason=""), by=person(Role.ADMIN))
    async with door.client.get("/api/v1/session", headers=named) as answer:
        assert (await answer.json())["code"] == "link_revoked"
    door.client.session.cookie_jar.clear()
    async with door.client.get("/api/v1/session", headers=named) as answer:
        assert (await answer.json())["code"] == "session_over"


async def test_opening_a_page_gives_its_session_the_full_time_again(door):
    session = await door.session(Role.HOST)
    door.clock.move(20 * HOUR)
    async with door.client.get("/site", params={"as": session["as"]}) as answer:
        assert answer.status == 200
    door.clock.move(20 * HOUR)
    async with door.client.get("/api/v1/session", headers={"Diemcau-As": session["as"]}) as answer:
        assert answer.status == 200


async def test_a_session_ends_after_a_day(door):
    await door.session(Role.DESK)
    door.clock.move(24 * HOUR)
    async with door.client.get("/api/v1/session") as answer:
        assert answer.status == 401


async def test_a_link_of_a_site_that_is_not_in_the_roster_opens_nothing(door):
    token = door.services.door.token("host:99999")
    async with door.client.post("/api/v1/session", json={"token": token}) as answer:
        assert answer.status == 401


async def test_leaving_forgets_the_cookie(door):
    session = await door.session(Role.DESK)
    async with door.client.delete("/api/v1/session", headers={"Diemcau-As": session["as"]}) as answer:
        assert answer.status == 204
    async with door.client.get("/api/v1/session") as answer:
        assert answer.status == 401


async def test_guessing_is_braked_and_a_good_link_behind_the_same_address_still_opens(door):
    for _ in range(20):
        async with door.client.post("/api/v1/session", json={"token": "dc1.x.0.y"}) as answer:
            assert answer.status == 401
    async with door.client.post("/api/v1/session", json={"token": "dc1.x.0.y"}) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) <= 61
    async with door.client.get("/api/v1/session", headers={"Authorization": "Bearer nonsense"}) as answer:
        assert answer.status == 429
    await door.session(Role.DESK)
    door.clock.move(61_000_000)
    async with door.client.post("/api/v1/session", json={"token": "dc1.x.0.y"}) as answer:
        assert answer.status == 401


async def test_a_bearer_token_counts_alone_whatever_cookies_come_with_it(door):
    await door.session(Role.ADMIN)
    async with door.client.get("/api/v1/session", headers=door.headers(Role.HOST)) as answer:
        assert (await answer.json())["role"] == "host"
    async with door.client.get("/api/v1/session", headers={"Authorization": "Bearer nonsense"}) as answer:
        assert answer.status == 401
