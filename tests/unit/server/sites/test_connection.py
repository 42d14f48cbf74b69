"""The site socket on loopback, with the real engine on the memory journal."""

import asyncio
import json
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import ClientSession, WSMsgType, web
from yarl import URL

from server.ceremony.access import EnrolDevice, GrantSites, RevokeLink
from server.ceremony.ceremony import Ceremony
from server.ceremony.rules import SYSTEM, Principal, Role
from server.clock import CeremonyClock
from server.engine.answers import Answer, Problem
from server.engine.engine import Engine
from server.engine.ids import new_id
from server.journal.memory import MemoryJournal, MemoryKeys
from server.sites.admission import Admission
from server.sites.connection import SiteConnections
from server.sites.dispatcher import Dispatcher
from server.sites.registry import SiteRegistry
from server.sites.telemetry import Telemetry
from server.sites.time_service import TimeService
from site_agent.launch import objects
from site_agent.launch.objects import Part
from site_agent.launch.signed import sign
from site_agent.link.codec import encode
from site_agent.link.messages import (
    MAX_MESSAGE_BYTES,
    SUBPROTOCOL,
    CueReceipt,
    Heartbeat,
    Hello,
    PressMessage,
    Report,
    ReportItem,
    TimeRequest,
    WarrantHeld,
)
from site_agent.units import SiteCode
from tests.support.engines import running
from tests.support.houses import code, host, init_command, person, roster_command
from tests.support.launch_kit import CEREMONY, key, order, press, warrant


class Door:
    """Where presses go."""

    def __init__(self):
        self.presses = []

    async def press(self, command_id, signed, principal):
        self.presses.append((signed, principal))
        return Answer(id=command_id, outcome="refused", problem=Problem("not_armed", "Nút bấm chưa kích hoạt."))


class House:
    """A server of one socket handler; a client says who it is in a header."""

    def __init__(self, engine, clock):
        self.engine = engine
        self.clock = clock
        self.registry = SiteRegistry(engine)
        self.telemetry = Telemetry(engine, clock, self.registry)
        self.dispatcher = Dispatcher(engine, clock, self.registry, self.telemetry)
        self.time_service = TimeService(clock)
        self.sites = SiteConnections(
            engine, clock, self.registry, self.telemetry, self.dispatcher, self.time_service, Admission(10_000)
        )
        self.nonce = 0

    async def handle(self, request):
        principal = msgspec.json.decode(request.headers["X-Principal"], type=Principal)
        ws = self.sites.response()
        await ws.prepare(request)
        await self.sites.run(self.sites.socket(request.transport), ws, principal)
        return ws

    async def give(self, command, principal=SYSTEM):
        answer = await self.engine.submit(command, principal)
        assert answer.problem is None, answer
        return answer

    async def enrol(self, number, name, part=Part.SCREEN):
        signer = key(name)
        command = EnrolDevice(id=new_id(), site=code(number), public_key=signer.public, device_kind="agent", name=name, part=part)
        await self.give(command, host(code(number)))
        return signer

    @asynccontextmanager
    async def dial(self, principal):
        headers = {"X-Principal": msgspec.json.encode(principal).decode()}
        async with self.http.ws_connect(self.url, headers=headers, protocols=(SUBPROTOCOL,), max_msg_size=0) as ws:
            yield Device(ws)

    def hello(self, signer, number, nonce=None, ceremony=CEREMONY):
        self.nonce += 1
        body = objects.Hello(ceremony_id=ceremony, site=code(number), device=signer.id, nonce=nonce or self.nonce)
        return Hello(proof=sign(body, signer), agent="bài thử 1.0")

    @asynccontextmanager
    async def session(self, number, name):
        """A device of that name, enrolled and welcomed."""
        signer = await self.enrol(number, name)
        async with self.dial(host(code(number))) as device:
            await device.say(self.hello(signer, number))
            device.welcome = await device.hear()
            assert device.welcome["type"] == "welcome", device.welcome
            yield device


class Device:
    """The client's end, message by message."""

    def __init__(self, ws):
        self.ws = ws
        self.welcome = None

    async def say(self, message):
        await self.ws.send_str(encode(message).decode())

    async def say_raw(self, text):
        await self.ws.send_str(text)

    async def hear(self):
        message = await self.ws.receive(timeout=5)
        assert message.type is WSMsgType.TEXT, message
        return json.loads(message.data)

    async def closed(self):
        """Wait for the end; returns the close code and the messages before it."""
        heard = []
        while True:
            message = await self.ws.receive(timeout=5)
            if message.type is not WSMsgType.TEXT:
                return self.ws.close_code, heard
            heard.append(json.loads(message.data))


@pytest.fixture
async def house():
    clock = CeremonyClock.anchored_now()
    engine = await Engine.opened(MemoryJournal(), MemoryKeys(), clock)
    async with running(engine), ClientSession() as http:
        await engine.submit_many([init_command(), roster_command(4)], SYSTEM)
        house = House(engine, clock)
        house.http = http
        app = web.Application()
        app.router.add_get("/ws/site", house.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        house.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/ws/site"
        work = asyncio.create_task(house.sites.work())
        yield house
        work.cancel()
        await runner.cleanup()


def facts(engine) -> bytes:
    """Everything the state holds, to compare."""
    state: Ceremony = engine.state
    return repr(state).encode()


# ---- a good session


async def test_a_device_that_proves_its_key_is_welcomed_with_all_it_must_know(house):
    async with house.session(1, "screen") as device:
        welcome = device.welcome
        assert (welcome["site"], welcome["site_name"], welcome["part"]) == (code(1), "Xã 1", "screen")
        assert welcome["ceremony"]["id"] == CEREMONY
        assert abs(welcome["now"] - house.clock.now()) < 5_000_000
        assert "orders" not in welcome
        assert device.ws.protocol == SUBPROTOCOL
        assert house.telemetry.connected_devices(code(1)) == {key("screen").id}


async def test_a_report_is_acknowledged_after_it_is_in_the_journal(house):
    async with house.session(1, "screen") as device:
        item = ReportItem(id=new_id(), kind="check_in", occurred_at=house.clock.now(), fields={})
        await device.say(Report(items=(item,)))
        ack = await device.hear()
        assert ack == {"type": "ack", "outcomes": [{"id": item.id, "accepted": True}]}
        assert house.engine.state.attendance.sites[code(1)].checked_in_at == item.occurred_at


async def test_a_time_request_is_answered_with_two_instants_of_the_ceremony_clock(house):
    async with house.session(1, "screen") as device:
        before = house.clock.now()
        await device.say(TimeRequest(probe=5, origin=99))
        reply = await device.hear()
        assert (reply["type"], reply["probe"], reply["origin"]) == ("time_reply", 5, 99)
        assert before <= reply["received"] <= reply["sent"] <= house.clock.now()
        assert reply["clock_id"] == house.clock.clock_id


async def test_an_order_reaches_the_device_and_a_device_that_comes_later(house):
    launched = order(warrant(), t0=house.clock.now(), not_after=house.clock.now() + 10**9)
    async with house.session(1, "screen") as device:
        assert house.dispatcher.send_order(launched) == 1
        assert (await device.hear())["order"] == msgspec.to_builtins(launched)
    async with house.session(2, "late screen") as late:
        assert late.welcome["orders"] == [msgspec.to_builtins(launched)]


async def test_when_the_socket_ends_the_session_is_gone(house):
    async with house.session(1, "screen"):
        assert len(house.registry) == 1
    async with house.session(2, "other"):
        assert house.telemetry.connected_devices(code(1)) == set()


async def test_a_host_may_open_sessions_for_a_granted_site(house):
    await house.give(GrantSites(id=new_id(), site=code(2), others=(code(1),)), person(Role.ADMIN))
    signer = await house.enrol(1, "screen")
    async with house.dial(host(code(2))) as device:
        await device.say(house.hello(signer, 1))
        assert (await device.hear())["site"] == code(1)


async def test_a_press_goes_to_its_door_and_a_refusal_comes_back_as_a_notice(house):
    door = house.sites.press_door = Door()
    async with house.session(1, "screen") as device:
        pressed = press(warrant(), "Ghế 1", 1)
        await device.say(PressMessage(press=pressed))
        assert (await device.hear())["code"] == "not_armed"
        assert door.presses[0][0] == pressed
        assert door.presses[0][1].device == key("screen").id


# ---- refusals: a clear word, and nothing else


async def refused(house, principal, *messages):
    """What a stranger hears, and that nothing changed."""
    before = facts(house.engine)
    async with house.dial(principal) as device:
        for message in messages:
            await (device.say_raw(message) if isinstance(message, str) else device.say(message))
        code_, heard = await device.closed()
    assert facts(house.engine) == before
    assert len(house.registry) == 0
    return code_, [message["code"] for message in heard]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.TECH, Role.ADMIN, Role.PRESSER, Role.MC])
async def test_only_a_hosts_link_opens_a_device_session(house, role):
    signer = await house.enrol(1, "screen")
    assert await refused(house, person(role), house.hello(signer, 1)) == (1008, ["forbidden_site"])


async def test_a_host_of_another_site_is_refused_although_the_proof_is_good(house):
    signer = await house.enrol(1, "screen")
    assert await refused(house, host(code(2)), house.hello(signer, 1)) == (1008, ["forbidden_site"])


async def test_a_proof_by_a_key_that_is_not_enrolled_there_is_refused(house):
    signer = await house.enrol(1, "screen")
    assert await refused(house, host(code(1)), house.hello(key("stranger"), 1)) == (1008, ["unknown_device"])
    assert await refused(house, host(code(2)), house.hello(signer, 2)) == (1008, ["unknown_device"])


async def test_a_proof_for_another_ceremony_is_refused(house):
    signer = await house.enrol(1, "screen")
    assert await refused(house, host(code(1)), house.hello(signer, 1, ceremony="khac")) == (1008, ["wrong_ceremony"])


async def test_a_hello_that_was_used_before_is_refused_when_it_comes_again(house):
    signer = await house.enrol(1, "screen")
    hello = house.hello(signer, 1, nonce=1000)
    async with house.dial(host(code(1))) as device:
        await device.say(hello)
        assert (await device.hear())["type"] == "welcome"
    older = house.hello(signer, 1, nonce=999)
    for again in (hello, older):
        async with house.dial(host(code(1))) as device:
            await device.say(again)
            assert (await device.closed())[1][0]["code"] == "replayed"


async def test_whoever_speaks_before_the_hello_is_sent_away(house):
    assert await refused(house, host(code(1)), Heartbeat(seq=0, sent_at=1)) == (1008, ["hello_first"])
    assert await refused(house, host(code(1)), "this is no message") == (1008, ["malformed"])


async def test_whoever_is_sent_away_gets_one_close_frame_however_it_answers(house):
    address = URL(house.url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(
        b"GET /ws/site HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: " + SUBPROTOCOL.encode() + b"\r\n"
        b"X-Principal: " + msgspec.json.encode(host(code(1))) + b"\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"\x81\x81\x00\x00\x00\x00x")  # no message: the house refuses and closes
    frames = b""
    while b"\x88" not in frames:
        frames += await asyncio.wait_for(reader.read(4096), 5)
    writer.write(b"\x88\x82\x00\x00\x00\x00\x03\xf0")  # the peer's own close frame
    frames += await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert frames.count(b"\x88\x0b\x03\xf0malformed") == 1
    assert frames.endswith(b"\x88\x0b\x03\xf0malformed")


async def test_a_message_over_64_kib_ends_the_connection_and_changes_nothing(house):
    before = facts(house.engine)
    async with house.session(1, "screen") as device:
        before = facts(house.engine)
        await device.say_raw(json.dumps({"type": "report", "items": [], "padding": "x" * MAX_MESSAGE_BYTES}))
        code_, heard = await device.closed()
        assert code_ == 1009 or [message["code"] for message in heard] == ["too_large"]
    assert facts(house.engine) == before


async def test_a_message_of_exactly_64_kib_is_read(house):
    async with house.session(1, "screen") as device:
        text = json.dumps({"type": "time_request", "probe": 1, "origin": 2, "padding": ""})
        await device.say_raw(text.replace('""', f'"{"x" * (MAX_MESSAGE_BYTES - len(text))}"'))
        assert (await device.hear())["type"] == "time_reply"


async def test_malformed_unknown_and_out_of_order_messages_are_refused_and_the_session_lives(house):
    async with house.session(1, "screen") as device:
        before = facts(house.engine)
        for text, refusal in (
            ("{", "malformed"),
            ('{"type":"report","items":"none"}', "malformed"),
            ('{"type":"heartbeat","seq":"x","sent_at":1}', "malformed"),
            (encode(house.hello(key("screen"), 1)).decode(), "hello_again"),
            (encode(WarrantHeld(held=warrant())).decode(), "not_holder"),
            (encode(PressMessage(press=press(warrant(), "Ghế 1", 1))).decode(), "no_press"),
        ):
            await device.say_raw(text)
            assert (await device.hear())["code"] == refusal
        await device.say_raw('{"type":"from_the_future"}')
        await device.say(Heartbeat(seq=3, sent_at=1))
        await device.say(Heartbeat(seq=3, sent_at=1))
        assert (await device.hear())["code"] == "replayed"
        await device.say(CueReceipt(id=new_id(), receipt=warrant()))
        assert (await device.hear())["outcomes"][0]["code"] == "bad_receipt"
        await device.say(TimeRequest(probe=1, origin=1))
        assert (await device.hear())["type"] == "time_reply"
        assert facts(house.engine) == before


async def test_a_device_that_goes_on_sending_rubbish_is_cut_off(house):
    async with house.session(1, "screen") as device, house.session(2, "good") as good:
        for _ in range(30):
            await device.say_raw("{")
        code_, heard = await device.closed()
        assert code_ == 1008
        assert len(heard) == 20
        await good.say(TimeRequest(probe=1, origin=1))
        assert (await good.hear())["type"] == "time_reply"


async def test_a_flood_of_good_messages_is_cut_off_too(house):
    async with house.session(1, "screen") as device:
        for number in range(600):
            await device.ws.send_str(encode(TimeRequest(probe=number, origin=1)).decode())
        code_, heard = await device.closed()
        assert code_ == 1008
        assert heard[-1]["code"] == "too_many"


# ---- endings from this side


async def test_a_new_session_of_the_same_device_fences_the_old_one(house):
    async with house.session(1, "screen") as old, house.session(1, "screen") as new:
        code_, heard = await old.closed()
        assert (code_, heard[-1]["type"], heard[-1]["fenced"]) == (4409, "reconnect", True)
        await new.say(TimeRequest(probe=1, origin=1))
        assert (await new.hear())["type"] == "time_reply"
        assert house.telemetry.connected_devices(code(1)) == {key("screen").id}


async def test_revoking_the_link_closes_the_session_at_once(house):
    async with house.session(1, "screen") as device:
        await house.give(RevokeLink(id=new_id(), subject=f"host:{code(1)}", reason="lộ"), person(Role.ADMIN))
        code_, heard = await device.closed()
        assert (code_, heard[-1]["reason"]) == (4403, "revoked")


async def test_connections_wait_for_their_turn_when_many_come_at_once(house):
    house.sites._admission = Admission(per_second=50)
    names = [await house.enrol(1, f"device-{n}", Part.COMPANION) for n in range(5)]
    started = asyncio.get_running_loop().time()

    async def connect(signer):
        async with house.dial(host(SiteCode(code(1)))) as device:
            await device.say(house.hello(signer, 1))
            await device.hear()
            return asyncio.get_running_loop().time() - started

    waits = await asyncio.gather(*(connect(signer) for signer in names))
    assert max(waits) >= 4 / 50
