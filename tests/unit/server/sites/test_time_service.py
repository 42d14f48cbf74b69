import asyncio
import struct

import pytest

from server.sites.time_service import PROBES_AT_ONCE, TimeService
from site_agent.launch.signed import decode_bytes
from site_agent.link.messages import ProbeCount
from site_agent.link.udp import encode_request, read_reply, session_bytes
from site_agent.units import SECOND
from tests.support.houses import HouseClock


class Asker(asyncio.DatagramProtocol):
    """A device's UDP socket."""

    def __init__(self):
        self.replies = asyncio.Queue()

    def datagram_received(self, data, addr):
        self.replies.put_nowait(data)


class House:
    async def start(self):
        self.clock = HouseClock()
        self.service = TimeService(self.clock)
        await self.service.open("127.0.0.1", 0)
        self.admitted = self.service.admit("session-1")
        self.key = decode_bytes(self.admitted.key)
        loop = asyncio.get_running_loop()
        self.transport, self.asker = await loop.create_datagram_endpoint(Asker, remote_addr=("127.0.0.1", self.service.port))

    def ask(self, probe=7, origin=123_456, session="session-1", key=None):
        self.transport.sendto(encode_request(probe, origin, session_bytes(session), key or self.key))

    async def answer(self):
        return read_reply(await asyncio.wait_for(self.asker.replies.get(), 5), self.key)


@pytest.fixture
async def house():
    house = House()
    await house.start()
    yield house
    house.transport.close()
    house.service.close()


async def test_a_keyed_probe_is_answered_with_the_ceremonys_instants(house):
    house.ask()
    reply = await house.answer()
    assert (reply.probe, reply.origin) == (7, 123_456)
    assert reply.sent == house.clock.now()
    assert 0 <= reply.sent - reply.received < SECOND
    assert house.admitted.clock_id == house.clock.clock_id


async def test_wrong_tags_unknown_sessions_and_other_packets_get_no_answer(house):
    house.ask(key=bytes(32))
    house.ask(session="session-2")
    for packet in (b"", b"DCT1", b"x" * 40, b"y" * 2000, struct.pack(">4s36x", b"DCT2")):
        house.transport.sendto(packet)
    house.ask(probe=8)
    reply = await house.answer()
    assert reply.probe == 8
    assert house.asker.replies.empty()


async def test_each_session_has_a_key_of_its_own(house):
    other = house.service.admit("session-2")
    assert other.key != house.admitted.key
    house.ask(session="session-2")
    house.ask(probe=9)
    assert (await house.answer()).probe == 9


async def test_a_session_that_ended_is_not_answered(house):
    house.service.forget("session-1")
    house.ask()
    house.key = decode_bytes(house.service.admit("session-3").key)
    house.ask(probe=10, session="session-3")
    assert (await house.answer()).probe == 10


async def test_a_session_over_its_allowance_waits_for_the_next_seconds(house):
    for probe in range(PROBES_AT_ONCE + 20):
        house.ask(probe=probe)
    for probe in range(PROBES_AT_ONCE):
        assert (await house.answer()).probe == probe
    house.clock.move(SECOND)
    house.ask(probe=1000)
    assert (await house.answer()).probe == 1000


def test_before_it_listens_a_session_is_told_of_no_time_service():
    assert TimeService(HouseClock()).admit("session-1") is None


async def test_it_knows_which_of_a_sessions_probes_arrived_also_where_their_numbers_begin_again(house):
    for probe in (2**32 - 2, 2**32 - 1, 0, 2, 9):
        house.ask(probe=probe)
    for _ in range(5):
        await house.answer()
    count = ProbeCount(first=2**32 - 2, last=3, sent=6, answered=4)
    assert house.service.received("session-1", count) == 4
    assert house.service.received("session-2", count) is None
