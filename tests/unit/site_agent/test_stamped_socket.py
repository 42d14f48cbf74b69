import asyncio
import socket
import time

import pytest

from site_agent.stamped_socket import StampedSocket


class Inbox:
    def __init__(self):
        self.packets = []
        self.arrived = asyncio.Event()

    def take(self, data, sender, age):
        self.packets.append((data, sender, age))
        self.arrived.set()

    async def until(self, count):
        async with asyncio.timeout(20):
            while len(self.packets) < count:
                self.arrived.clear()
                await self.arrived.wait()


@pytest.fixture
async def pair():
    inbox, outbox = Inbox(), Inbox()
    listener = await StampedSocket.bound("127.0.0.1", 0, inbox.take)
    sender = await StampedSocket.connected("127.0.0.1", listener.port, outbox.take)
    yield listener, sender, inbox, outbox
    listener.close()
    sender.close()


async def test_packets_go_there_and_back(pair):
    listener, sender, inbox, outbox = pair
    sender.send(b"ask")
    await inbox.until(1)
    listener.send(b"answer", inbox.packets[0][1])
    await outbox.until(1)
    assert (inbox.packets[0][0], outbox.packets[0][0]) == (b"ask", b"answer")


async def test_the_age_counts_the_time_a_busy_process_left_the_packet_lying(pair):
    _, sender, inbox, _ = pair
    sender.send(b"ask")
    busy_until = time.monotonic() + 0.05
    while time.monotonic() < busy_until:
        pass
    await inbox.until(1)
    assert inbox.packets[0][2] >= 49_000_000


async def test_more_packets_than_one_turn_takes_all_arrive(pair):
    _, sender, inbox, _ = pair
    for _ in range(150):
        sender.send(b"x" * 40)
    await inbox.until(150)


async def test_a_peer_that_refuses_does_not_break_the_socket():
    free = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    inbox = Inbox()
    sender = await StampedSocket.connected("127.0.0.1", port, inbox.take)
    for _ in range(3):
        sender.send(b"ask")
        await asyncio.sleep(0)
    late = await StampedSocket.bound("127.0.0.1", port, inbox.take)
    async with asyncio.timeout(20):
        while not inbox.packets:
            sender.send(b"ask")
            await asyncio.sleep(0.01)
    sender.close()
    late.close()


async def test_a_port_that_is_taken_is_an_error(pair):
    with pytest.raises(OSError, match="in use"):
        await StampedSocket.bound("127.0.0.1", pair[0].port, lambda *_: None)
