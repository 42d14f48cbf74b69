import aiohttp
import pytest

from server.ceremony.access import RevokeLink
from server.ceremony.rules import Role
from server.endpoints.problems import HttpProblem
from server.endpoints.security import RateLimit
from server.engine.ids import new_id
from site_agent.units import SECOND, Duration, Instant
from tests.support.doors import SUBJECTS
from tests.support.houses import person


def own_origin(door):
    return f"http://{door.client.host}:{door.client.port}"


async def test_a_socket_with_a_cookie_opens_only_from_our_own_pages(door):
    session = await door.session(Role.DESK)
    path = f"/ws/feed?as={session['as']}"
    for origin in (None, "https://evil.example", "null", "http://[", own_origin(door) + ".evil.example"):
        headers = {} if origin is None else {"Origin": origin}
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await door.client.ws_connect(path, headers=headers)
        assert refused.value.status == 403
    async with door.client.ws_connect(path, headers={"Origin": own_origin(door)}) as socket:
        await socket.send_json({"subscribe": "ceremony"})
        assert "snapshot" in await socket.receive_json()


async def test_a_program_needs_no_origin(door):
    async with door.client.ws_connect("/ws/feed", headers=door.headers(Role.DESK)) as socket:
        await socket.send_json({"type": "time_request", "probe": 1, "origin": 7})
        assert (await socket.receive_json())["origin"] == 7


async def test_another_sites_page_cannot_command_with_our_cookie(door):
    await door.session(Role.DESK)
    async with door.client.post("/api/v1/commands", json=[], headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403
        assert (await answer.json())["code"] == "foreign_origin"
    async with door.client.post("/api/v1/commands", json=[], headers={"Origin": own_origin(door)}) as answer:
        assert answer.status == 200


async def test_nothing_that_a_stranger_sends_is_our_own_failure(door):
    url = "/api/v1/session"
    deep = b'{"token": "x", "y": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    async with door.client.post(url, data=deep) as answer:
        assert answer.status == 400
    for number in (0, 1):
        token = door.token(Role.DESK)[:-1] + "\udcff"
        headers = ({"Authorization": f"Bearer {token}"}, {"Cookie": f"dc_x={token.partition('.')[2]}.9.\udcff"})[number]
        async with door.client.get(url, headers=headers) as answer:
            assert answer.status == 401


async def test_the_public_address_is_an_origin_of_ours_behind_a_proxy(door):
    await door.session(Role.DESK)
    async with door.client.post("/api/v1/commands", json=[], headers={"Origin": "http://cau.test"}) as answer:
        assert answer.status == 200


async def test_every_answer_carries_the_headers_errors_included(door):
    for path in ("/enter", "/api/v1/sites", "/nowhere", "/healthz", "/static/css/base.css"):
        async with door.client.get(path) as answer:
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            policy = answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy


async def test_the_nonce_is_that_of_the_page_and_never_the_same_twice(door):
    seen = set()
    for _ in range(2):
        async with door.client.get("/enter") as answer:
            policy = answer.headers["Content-Security-Policy"]
            nonce = policy.partition("'nonce-")[2].partition("'")[0]
            assert f'nonce="{nonce}"' in await answer.text()
            seen.add(nonce)
    assert len(seen) == 2


async def test_a_host_header_cannot_write_into_the_policy(door):
    async with door.client.get("/enter", headers={"Host": "a;script-src *"}) as answer:
        if answer.status < 500:
            assert "script-src *" not in answer.headers.get("Content-Security-Policy", "")


async def test_a_body_that_lies_about_its_length_is_cut_at_the_limit(door):
    async def endless():
        for _ in range(100):
            yield b" " * 4096

    async with door.client.post("/api/v1/session", data=endless()) as answer:
        assert answer.status == 413


async def test_revoking_a_link_closes_its_live_sockets(door):
    async with door.client.ws_connect("/ws/site", headers=door.headers(Role.HOST)) as socket:
        async with door.client.get("/api/v1/session", headers=door.headers(Role.HOST)) as answer:
            assert answer.status == 200
        door.engine.give(RevokeLink(id=new_id(), subject=SUBJECTS[Role.HOST], reason=""), by=person(Role.ADMIN))
        message = await socket.receive()
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == 4403


async def test_a_revoked_pages_line_stays_until_it_said_goodbye_too(door):
    async with door.client.ws_connect("/ws/site", headers=door.headers(Role.HOST), autoclose=False) as socket:
        door.engine.give(RevokeLink(id=new_id(), subject=SUBJECTS[Role.HOST], reason=""), by=person(Role.ADMIN))
        assert (await socket.receive(timeout=20)).data == 4403
        # The server answered others in between: had its handler left the socket, the line would be cut by now.
        for _ in range(5):
            async with door.client.get("/api/v1/session", headers=door.headers(Role.TECH)) as answer:
                assert answer.status == 200
        assert socket.get_extra_info("socket") is not None
        await socket.close()
        assert socket.exception() is None


async def test_a_link_revoked_while_its_socket_opens_has_no_socket(door, monkeypatch):
    prepare = aiohttp.web.WebSocketResponse.prepare

    async def revoked_meanwhile(socket, request):
        writer = await prepare(socket, request)
        door.engine.give(RevokeLink(id=new_id(), subject=SUBJECTS[Role.HOST], reason=""), by=person(Role.ADMIN))
        return writer

    monkeypatch.setattr(aiohttp.web.WebSocketResponse, "prepare", revoked_meanwhile)
    async with door.client.ws_connect("/ws/site", headers=door.headers(Role.HOST)) as socket:
        message = await socket.receive(timeout=20)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4403)


async def test_one_link_opens_a_limited_number_of_sockets(door, monkeypatch):
    monkeypatch.setattr("server.endpoints.open_sockets.MAX_SOCKETS_PER_LINK", 1)
    async with door.client.ws_connect("/ws/site", headers=door.headers(Role.HOST)):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await door.client.ws_connect("/ws/site", headers=door.headers(Role.HOST))
        assert refused.value.status == 429


async def test_the_audiences_one_link_is_not_closed_to_the_second_viewer(door, monkeypatch):
    monkeypatch.setattr("server.endpoints.open_sockets.MAX_SOCKETS_PER_LINK", 1)
    async with (
        door.client.ws_connect("/ws/feed", headers=door.headers(Role.VIEWER)),
        door.client.ws_connect("/ws/feed", headers=door.headers(Role.VIEWER)) as second,
    ):
        await second.send_json({"subscribe": "public"})
        assert (await second.receive_json(timeout=20))["feed"] == "public"


def test_the_brake_forgets_with_time_and_holds_a_bounded_number_of_names():
    brake = RateLimit(failures=2, window=Duration(10 * SECOND), names=3)
    for second in (0, 1):
        brake.failed("a", Instant(second * SECOND))
    with pytest.raises(HttpProblem, match="too_many_tries") as refused:
        brake.check("a", Instant(2 * SECOND))
    assert refused.value.headers["Retry-After"] == "9"
    brake.check("a", Instant(11 * SECOND))
    for number in range(10):
        brake.failed(f"b{number}", Instant(12 * SECOND))
    assert len(brake._seen) <= 3
