"""A device's probes over a real UDP socket to the real time service, some of them lost on one way: the reason names that way.

The device's time is the test's own, so that two minutes of probing take none.
"""

import json

import msgspec
import pytest

from server.ceremony.link_grading import Grade, grade_of
from server.sites.device_link import DeviceLink
from site_agent.link.clock import DeviceClock
from site_agent.link.messages import Heartbeat, Hello
from site_agent.link.session import ClientSession, State
from site_agent.link.udp import encode_request, session_bytes
from site_agent.units import MILLISECOND, SECOND, Duration, Instant, Monotonic
from tests.support.link_vectors import CEREMONY, HELLO, WELCOME
from tests.unit.server.sites.test_time_service import House

WAY = 20 * MILLISECOND


class Device:
    """The session of one device; `up` and `down` say whether the n-th probe is lost there."""

    def __init__(self, house, up, down):
        self.house = house
        self.lost = {"up": up, "down": down}
        self.session = ClientSession(DeviceClock(), lambda: 0.5, udp=True)
        self.link = DeviceLink(Instant(0))
        self.sent = 0
        self.beats = 0

    async def live(self, seconds):
        session, welcome = self.session, self.welcome()
        session.start(Monotonic(0))
        session.connecting()
        session.opened(msgspec.convert(HELLO, Hello), Monotonic(0))
        session.receive(json.dumps(welcome), Monotonic(1_000))
        session.take()
        now = Monotonic(1_000)
        while now < seconds * SECOND:
            at = session.wake_at()
            self.house.clock.move(max(0, at - now))
            now = max(now, at)
            session._heard_at = now  # the WebSocket's own signs of life are not this test's
            session.tick(now)
            assert session.state is State.OPEN
            turn = session.take()
            for probe in turn.probes:
                await self.ask(probe)
            for message in turn.messages:
                self.heard(json.loads(message))

    def welcome(self):
        service = self.house.admitted
        time_service = {"port": service.port, "key": service.key, "clock_id": service.clock_id}
        return WELCOME | {"session": "session-1", "ceremony": CEREMONY, "time_service": time_service}

    async def ask(self, probe):
        self.sent += 1
        if self.lost["up"](self.sent):
            return
        packet = encode_request(probe.probe, probe.origin, session_bytes("session-1"), self.house.key)
        self.house.transport.sendto(packet)
        reply = await self.house.answer()
        if not self.lost["down"](self.sent):
            self.session.answer(reply.probe, reply.received, reply.sent, Monotonic(probe.origin + 2 * WAY))

    def heard(self, message):
        if message["type"] != "heartbeat":
            return
        self.beats += 1
        heartbeat = msgspec.convert(message, Heartbeat)
        arrived = None if heartbeat.probes is None else self.house.service.received("session-1", heartbeat.probes)
        self.link.take(heartbeat, arrived)

    def grade(self):
        sample = self.link.sample(Duration(0), None)
        return grade_of(msgspec.structs.replace(sample, jitter=None, jitter_up=None, jitter_down=None))


def never(_probe):
    return False


def each_sixth(probe):
    return probe % 6 == 5


@pytest.fixture
async def house():
    house = House()
    await house.start()
    yield house
    house.transport.close()
    house.service.close()


@pytest.mark.parametrize(
    ("up", "down", "words"),
    [(each_sixth, never, "chiều gửi"), (never, each_sixth, "chiều nhận")],
    ids=["on the way up", "on the way down"],
)
async def test_the_reason_names_the_way_on_which_probes_are_lost(house, up, down, words):
    device = Device(house, up, down)
    await device.live(120)
    grade, reason = device.grade()
    assert device.beats > 8
    assert grade is Grade.DEGRADED
    assert reason.startswith("mất gói 1")
    assert reason.endswith(words)


async def test_a_line_that_loses_nothing_has_nothing_to_tell(house):
    device = Device(house, never, never)
    await device.live(120)
    assert (device.link.loss_up, device.link.loss_down) == (0.0, 0.0)
    assert device.grade() == (Grade.UP, "")
