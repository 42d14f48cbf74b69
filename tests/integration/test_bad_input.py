"""Whatever strangers and broken devices send to a real server: a clear refusal and a number, never a changed state, never a crash."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from server.engine.ids import new_id
from server.sockets import POLICY, REVOKED
from site_agent.link.codec import encode
from site_agent.link.messages import MAX_MESSAGE_BYTES, Heartbeat, PressMessage, Report, TimeRequest
from tests.support.launch_kit import press, warrant
from tests.support.running import RunningDemo, running_demo
from tests.support.site_devices import SiteDevice

pytestmark = [pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

METRICS_TOKEN = "của giám sát".encode().hex()
TOO_LARGE = MAX_MESSAGE_BYTES + 1
MESSAGE_TOO_BIG = 1009
"""RFC 6455 §7.4.1."""
COMMANDS = "/api/v1/commands"
COUNTED_WITHIN = 30.0
"""Seconds; only a number that never comes reaches it, on whatever machine."""
WATCHED = frozenset({"record_grades", "suspect_self", "look_for_incidents"})
"""What the server's own tick writes when it is due: a site is seen, silent for 25 s, silent for 45 s."""


class Centre:
    """A running server as those see it who attack it, and as those see it who watch it."""

    def __init__(self, demo: RunningDemo, http: aiohttp.ClientSession, ceremony: str) -> None:
        self.demo = demo
        self.http = http
        self.ceremony = ceremony
        self.links = demo.ready["links"]

    def bearer(self, role: str, index: int = 0) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.links[role][index]['token']}"}

    def device(self, index: int = 1) -> SiteDevice:
        """A device of the host link with that place, not enrolled."""
        link = self.links["host"][index]
        return SiteDevice(self.http, self.demo.url, link["site"], link["token"], self.ceremony)

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """Status and JSON of the answer."""
        async with self.http.request(method, self.demo.url + path, **more) as answer:
            return answer.status, await answer.json(content_type=None)

    async def give(self, command: dict[str, Any], role: str, index: int = 0) -> dict[str, Any]:
        """The answer to one command."""
        status, answers = await self.ask("POST", COMMANDS, json={"id": new_id(), **command}, headers=self.bearer(role, index))
        assert status == 200, answers
        return answers[0]

    async def head(self) -> list[Any]:
        """What anybody brought into the journal."""
        status, page = await self.ask("GET", "/api/v1/journal?limit=500", headers=self.bearer("admin"))
        assert (status, page["next"]) == (200, None)
        return [(item["seq"], item["hash"]) for item in page["items"] if item["entry"]["command"] not in WATCHED]

    async def counted(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        """Every counter that /metrics tells."""
        headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        async with self.http.get(f"{self.demo.url}/metrics", headers=headers) as answer:
            assert answer.status == 200
            families = text_string_to_metric_families(await answer.text())
            return {(sample.name, frozenset(sample.labels.items())): sample.value for each in families for sample in each.samples}

    async def until_counted(self, name: tuple[str, frozenset[tuple[str, str]]], before: float) -> None:
        """A refusal may be told a moment before it is counted."""
        end = time.monotonic() + COUNTED_WITHIN
        while (await self.counted()).get(name, 0) <= before:
            assert time.monotonic() < end, f"not counted: {name}"
            await asyncio.sleep(0.05)

    @asynccontextmanager
    async def unmoved(self, metric: str, **labels: str) -> AsyncIterator[None]:
        """What happens inside moves that number and nothing in the journal, and the server lives."""
        name = (f"diemcau_{metric}_total", frozenset(labels.items()))
        head, before = await self.head(), (await self.counted()).get(name, 0)
        yield
        await self.until_counted(name, before)
        assert await self.head() == head
        assert self.demo.process.returncode is None
        assert await self.ask("GET", "/healthz") == (200, {"status": "ok"})


async def until_graded(centre: Centre, site: str) -> None:
    end = time.monotonic() + 20
    while (await centre.ask("GET", f"/api/v1/sites/{site}", headers=centre.bearer("tech")))[1]["grade"] == "never_seen":
        assert time.monotonic() < end
        await asyncio.sleep(0.1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory):
    """One server for all: whatever a test leaves behind, the next must find it well."""
    data: Path = tmp_path_factory.mktemp("bad-input") / "data"
    async with (
        running_demo(data, "--sites", "0", DIEMCAU_METRICS_TOKEN=METRICS_TOKEN) as demo,
        aiohttp.ClientSession() as http,
    ):
        centre = Centre(demo, http, "")
        _, ceremony = await centre.ask("GET", "/api/v1/ceremony", headers=centre.bearer("tech"))
        centre.ceremony = ceremony["info"]["ceremony_id"]
        yield centre
    # Nothing of all this reached the log as a failure of ours.
    log = demo.log.read_text()
    assert "Traceback" not in log
    assert '"level": "error"' not in log


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def device(centre):
    """An enrolled device in an open session; its grade is in the journal before anybody compares heads."""
    device = centre.device()
    assert (await device.enrol())["outcome"] == "accepted"
    async with device:
        await device.say(Heartbeat(seq=0, sent_at=device.welcome["now"]))
        await until_graded(centre, device.site)
        yield device


# ---- over HTTP


async def test_a_body_over_64_kib_is_refused(centre):
    async with centre.unmoved("http_problems", code="too_large"):
        status, problem = await centre.ask("POST", COMMANDS, data=b" " * TOO_LARGE, headers=centre.bearer("desk"))
        assert (status, problem["code"]) == (413, "too_large")
        assert "64 KiB" in problem["detail"]


async def test_a_body_that_grows_without_a_stated_length_is_cut_at_64_kib(centre):
    async def endless():
        for _ in range(100):
            yield b" " * 4096

    async with centre.unmoved("http_problems", code="too_large"):
        status, problem = await centre.ask("POST", COMMANDS, data=endless(), headers=centre.bearer("desk"))
        assert (status, problem["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "body",
    ["", "{", "[1,", "nonsense", '{"id": 5}', "\x00", "null", '"x"', b"\xff\xfe", "[" * 30_000],
    ids=lambda body: repr(body)[:12],
)
async def test_what_is_no_json_of_ours_is_refused(centre, body):
    async with centre.http.post(centre.demo.url + COMMANDS, data=body, headers=centre.bearer("desk")) as answer:
        problem = await answer.json(content_type=None)
    assert answer.status == 400
    async with centre.unmoved("http_problems", code=problem["code"]):
        await centre.ask("POST", COMMANDS, data=body, headers=centre.bearer("desk"))
    assert problem["code"] in {"malformed", "bad_id"}


@pytest.mark.parametrize(
    "command",
    [
        {"kind": "launch_rocket"},
        {"kind": "record_warrant"},
        {},
        {"kind": 7},
        {"kind": "check_in"},
        {"kind": "check_in", "site": 17},
        {"kind": "check_in", "site": "412", "contact": "người"},
        {"kind": "check_in", "site": "412", "unheard_of": 1},
        {"kind": "report_head_count", "site": "412", "counts": {"leaders": "năm"}},
        {"kind": "report_head_count", "site": "412", "counts": {"leaders": 1.5}},
        {"kind": "report_head_count", "site": "412", "counts": [1]},
        {"kind": "report_head_count", "site": "412", "counts": {"leaders": 1}, "occurred_at": 2**70},
        {"kind": "report_head_count", "site": "412", "counts": {"leaders": 1}, "occurred_at": -(2**70)},
        {"kind": "press", "press": {"body": "", "key": ""}},
    ],
    ids=lambda command: str(list(command.values()))[:40],
)
async def test_a_command_of_unknown_kind_or_wrong_types_is_refused_by_its_id(centre, command):
    async with centre.unmoved("commands_refused", code="malformed"):
        answer = await centre.give(command, "desk")
        assert (answer["outcome"], answer["problem"]["code"]) == ("refused", "malformed")
        assert answer["problem"]["detail"]


@pytest.mark.parametrize(
    ("role", "command", "code"),
    [
        ("presser", {"kind": "close_figures", "closed_by": "Trưởng phòng"}, "forbidden"),
        ("host", {"kind": "open_polling", "cue": "launch", "live": True}, "forbidden"),
        ("mc", {"kind": "revoke_link", "subject": "admin:admin-1", "reason": "bài thử"}, "forbidden"),
        ("tech", {"kind": "revoke_link", "subject": "admin:admin-1", "reason": "bài thử"}, "forbidden"),
        ("admin", {"kind": "pass_t0", "cue": "launch", "attempt": 1}, "forbidden"),
        ("host", {"kind": "check_in", "site": "412"}, "forbidden_site"),
    ],
)
async def test_who_may_not_is_refused(centre, role, command, code):
    async with centre.unmoved("commands_refused", code=code):
        answer = await centre.give(command, role, index=-1 if role == "host" else 0)
        assert (answer["outcome"], answer["problem"]["code"]) == ("refused", code)


async def test_a_viewer_has_no_door_for_commands_at_all(centre):
    async with centre.unmoved("http_problems", code="forbidden"):
        status, _ = await centre.ask("POST", COMMANDS, json={"id": new_id(), "kind": "check_in"}, headers=centre.bearer("viewer"))
        assert status == 403


async def test_a_token_with_any_bit_flipped_opens_nothing(centre):
    token = centre.links["admin"][0]["token"]
    tag = token.rindex(".") + 1
    flipped = [token[:tag] + token[tag:].swapcase(), token.replace("dc1.", "dc2."), token.replace(".0.", ".1."), token[:-1]]
    async with centre.unmoved("http_problems", code="bad_token"):
        for bad in flipped:
            assert bad != token
            headers = {"Authorization": f"Bearer {bad}"}
            assert (await centre.ask("GET", "/api/v1/ceremony", headers=headers))[0] == 401
            assert (await centre.ask("POST", "/api/v1/session", json={"token": bad}))[0] in {401, 429}
    assert (await centre.ask("GET", "/api/v1/ceremony", headers=centre.bearer("admin")))[0] == 200


async def test_a_used_id_is_not_taken_for_another_command_or_by_another_person(centre):
    command = {"id": new_id(), "kind": "report_head_count", "site": "412", "counts": {"unsorted": 41}, "reason": "bài thử"}
    (first,) = (await centre.ask("POST", COMMANDS, json=command, headers=centre.bearer("desk")))[1]
    assert first["outcome"] == "accepted"
    async with centre.unmoved("commands_refused", code="id_reused"):
        for changed, role in (({**command, "counts": {"unsorted": 42}}, "desk"), (command, "tech")):
            (answer,) = (await centre.ask("POST", COMMANDS, json=changed, headers=centre.bearer(role)))[1]
            assert answer["problem"]["code"] == "id_reused"
        (again,) = (await centre.ask("POST", COMMANDS, json=command, headers=centre.bearer("desk")))[1]
        assert again == first


# ---- over the sockets


async def cookie_of(centre: Centre, role: str) -> tuple[str, dict[str, str]]:
    """A browser's session of a role: its short name and its cookie."""
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(f"{centre.demo.url}/api/v1/session", json={"token": centre.links[role][0]["token"]}) as answer,
    ):
        name = (await answer.json())["as"]
        return name, {"Cookie": f"dc_{name}={answer.cookies[f'dc_{name}'].value}"}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", None])
@pytest.mark.parametrize(("path", "role"), [("/ws/feed", "tech"), ("/ws/site", "host")])
async def test_a_socket_with_our_cookie_opens_from_no_other_sites_page(centre, path, role, origin):
    name, cookie = await cookie_of(centre, role)
    async with centre.unmoved("http_problems", code="foreign_origin"):
        headers = cookie | ({"Origin": origin} if origin else {})
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await centre.http.ws_connect(f"{centre.demo.url}{path}?as={name}", headers=headers)
        assert refused.value.status == 403
    ours = cookie | {"Origin": centre.demo.url}
    async with centre.http.ws_connect(f"{centre.demo.url}{path}?as={name}", headers=ours) as ws:
        assert not ws.closed


async def test_a_message_over_64_kib_ends_the_socket(centre, device):
    other = centre.device()
    await other.dial()
    async with centre.unmoved("site_refused", code="too_large"):
        await other.say("x" * (TOO_LARGE + 1))
        assert await other.closed() == MESSAGE_TOO_BIG
    async with centre.unmoved("feed_refused", code="too_large"):
        ws = await centre.http.ws_connect(f"{centre.demo.url}/ws/feed", headers=centre.bearer("tech"))
        await ws.send_str("x" * TOO_LARGE)
        await ws.receive()
        assert ws.close_code == MESSAGE_TOO_BIG


async def test_nobody_speaks_before_the_hello(centre, device):
    item = device.item("check_in")
    for first in (Report(items=(item,)), TimeRequest(probe=1, origin=1), PressMessage(press=press(warrant(), "Ghế 1", 1))):
        other = centre.device()
        await other.dial()
        async with centre.unmoved("site_refused", code="hello_first"):
            await other.say(first)
            notice = await other.hear()
            assert (notice["type"], notice["code"]) == ("notice", "hello_first")
            assert await other.closed() == POLICY


async def test_a_replayed_hello_opens_no_session(centre):
    victim = centre.device(2)
    await victim.enrol()
    hello = victim.hello()
    await victim.dial()
    await victim.say(hello)
    await victim.hear("welcome")
    await until_graded(centre, victim.site)
    thief = centre.device(2)
    await thief.dial()
    async with centre.unmoved("site_refused", code="replayed"):
        await thief.say(hello)
        assert (await thief.hear())["code"] == "replayed"
        assert await thief.closed() == POLICY
        await victim.say(TimeRequest(probe=1, origin=1))
        assert (await victim.hear("time_reply"))["probe"] == 1


async def test_a_device_that_is_not_enrolled_or_of_a_foreign_site_is_sent_away(centre, device):
    stranger = centre.device()
    await stranger.dial()
    async with centre.unmoved("site_refused", code="unknown_device"):
        await stranger.say(stranger.hello())
        assert (await stranger.hear())["code"] == "unknown_device"
        assert await stranger.closed() == POLICY
    # The right proof through another site's link.
    foreign = centre.device(3)
    await foreign.dial()
    async with centre.unmoved("site_refused", code="forbidden_site"):
        await foreign.say(device.hello())
        assert (await foreign.hear())["code"] == "forbidden_site"
        assert await foreign.closed() == POLICY


async def test_rubbish_inside_a_session_is_refused_one_by_one_and_the_session_lives(centre, device):
    for text, code in (
        ("{", "malformed"),
        ('{"type": "report", "items": 5}', "malformed"),
        ('{"type": "heartbeat", "seq": "một", "sent_at": 1}', "malformed"),
        (f'{{"type": "heartbeat", "seq": 1{"0" * 400}, "sent_at": 1}}', "malformed"),
        (f'{{"type": "heartbeat", "seq": 1, "sent_at": 1, "round_trip": 1{"0" * 400}}}', "malformed"),
        ('{"type": "heartbeat", "seq": 1, "sent_at": 1, "loss": 1e300}', "malformed"),
        ('{"type": "report", "items": [{"id": "x", "kind": "check_in", "occurred_at": 1}]}', "malformed"),
        (encode(Heartbeat(seq=0, sent_at=device.welcome["now"])).decode(), "replayed"),
        (encode(device.hello()).decode(), "hello_again"),
    ):
        async with centre.unmoved("site_refused", code=code):
            await device.say(text)
            assert (await device.hear("notice"))["code"] == code
    async with centre.unmoved("site_report_items", outcome="refused"):
        items = [
            msgspec.structs.replace(device.item("close_figures"), fields={"closed_by": "Trưởng phòng"}),
            device.item("check_in", site="412"),
            device.item("report_head_count", counts={"leaders": -1}),
        ]
        await device.say(Report(items=tuple(items)))
        heard = (await device.hear("ack"))["outcomes"]
        assert {outcome["id"]: outcome["accepted"] for outcome in heard} == {item.id: False for item in items}
        assert all(outcome["detail"] for outcome in heard)
    await device.say(json.dumps({"type": "from_the_future"}))
    await device.say(TimeRequest(probe=9, origin=1))
    assert (await device.hear("time_reply"))["probe"] == 9


async def test_a_page_that_asks_for_what_is_not_its_own_is_refused(centre):
    ws = await centre.http.ws_connect(f"{centre.demo.url}/ws/feed", headers=centre.bearer("mc"))
    for text, code in (('{"subscribe": "sites"}', None), ("{", "malformed"), ('{"subscribe": "site:412"}', None)):
        await ws.send_str(text)
        problem = (await ws.receive_json())["problem"]
        assert code in (None, problem["code"])
        async with centre.unmoved("feed_refused", code=problem["code"]):
            await ws.send_str(text)
            await ws.receive_json()
    await ws.close()


async def close_code(ws: aiohttp.ClientWebSocketResponse) -> int | None:
    """What the server closes a page's feed with; signs of life before it are passed over."""
    async with asyncio.timeout(10):
        while not ws.closed:
            await ws.receive()
    return ws.close_code


async def test_revoking_a_link_closes_its_open_sockets_at_once(centre):
    victim = centre.device(4)
    await victim.enrol()
    name = ("diemcau_sockets_revoked_total", frozenset[tuple[str, str]]())
    async with victim:
        feed = await centre.http.ws_connect(f"{centre.demo.url}/ws/feed", headers=centre.bearer("host", 4))
        before = (await centre.counted())[name]
        answer = await centre.give({"kind": "revoke_link", "subject": f"host:{victim.site}", "reason": "bài thử"}, "desk")
        assert answer["outcome"] == "accepted"
        assert await victim.closed() == REVOKED
        assert await close_code(feed) == REVOKED
        assert (await centre.counted())[name] >= before + 1
    async with centre.unmoved("http_problems", code="bad_token"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await victim.dial()
        assert refused.value.status == 401
