import asyncio
import socket as sockets
import struct

import pytest
from aiohttp import ClientSession, WSMsgType, web

from server.sockets import Allowance, Socket, broadcast, close_frame, text_frame
from site_agent.units import SECOND, Instant
from tests.support.houses import Wire


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_tells_its_length_as_rfc_6455_wants(size):
    frame = text_frame(b"x" * size)
    assert frame[0] == 0x81
    if size < 126:
        assert (frame[1], len(frame)) == (size, size + 2)
    elif size < 65_536:
        assert (frame[1], struct.unpack(">H", frame[2:4])[0], len(frame)) == (126, size, size + 4)
    else:
        assert (frame[1], struct.unpack(">Q", frame[2:10])[0], len(frame)) == (127, size, size + 10)


def test_a_close_frame_never_exceeds_a_control_frame_nor_splits_a_letter():
    frame = close_frame(4409, "ế" * 60)
    assert frame[1] <= 125
    assert frame[4:].decode() == "ế" * 41


def test_a_peer_whose_buffer_is_over_the_limit_is_cut_off_and_others_are_not():
    slow, well = Wire(), Wire()
    slow.held = 1001
    peers = [Socket(slow, "feed", 1000), Socket(well, "feed", 1000)]
    assert broadcast(peers, b"frame") == 1
    assert slow.aborted
    assert well.frames == [b"frame"]
    assert not peers[0].send(b"more")


def test_a_large_snapshot_does_not_count_against_the_peer_that_was_sent_it():
    wire = Wire()
    peer = Socket(wire, "feed", 1000)
    assert peer.send(b"x" * 5000)
    wire.held = 5900
    assert peer.send(b"a change")
    wire.held = 6001
    assert not peer.send(b"a change")


async def test_nothing_is_written_after_a_close_frame():
    wire = Wire()
    peer = Socket(wire, "feed", 1000)
    peer.close(1008, "why")
    peer.close(1008, "again")
    assert not peer.send(b"more")
    assert wire.frames == [close_frame(1008, "why")]


def test_an_allowance_lets_a_burst_pass_and_then_a_rate():
    allowance, now = Allowance(rate=10, at_once=5), Instant(1_750_000_000_000_000)
    assert [allowance.take(now) for _ in range(6)] == [True] * 5 + [False]
    assert not allowance.take(Instant(now + SECOND // 20))
    assert allowance.take(Instant(now + SECOND // 5))


class Hall:
    """A server with one list of peers on loopback."""

    def __init__(self):
        self.peers = []
        self.joined = asyncio.Event()

    async def handle(self, request):
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        self.peers.append(Socket(request.transport, "feed", 64 * 1024))
        self.joined.set()
        async for _ in ws:
            pass
        return ws

    async def start(self):
        app = web.Application()
        app.router.add_get("/", self.handle)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]


@pytest.fixture
async def hall():
    hall = Hall()
    await hall.start()
    yield hall
    await hall.runner.cleanup()


async def dumb_client(port):
    """A peer that upgrades and then never reads: its receive window is small and fills."""
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", port))
    head = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    await loop.sock_sendall(raw, f"{head}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode())
    return raw


async def test_a_slow_consumer_on_a_real_socket_is_cut_off_without_hurting_the_others(hall):
    raw = await dumb_client(hall.port)
    await hall.joined.wait()
    async with ClientSession() as http, http.ws_connect(f"http://127.0.0.1:{hall.port}/", max_msg_size=0) as ws:
        frame = text_frame(b"x" * 32_768)
        for _ in range(2000):
            broadcast(hall.peers, frame)
            message = await ws.receive()
            assert message.type is WSMsgType.TEXT
            if hall.peers[0].closing:
                break
        assert hall.peers[0].closing
        assert not hall.peers[1].closing
        broadcast(hall.peers, text_frame("vẫn nghe được".encode()))
        assert (await ws.receive()).data == "vẫn nghe được"
    raw.close()


async def test_a_closed_peer_hears_the_code_and_the_reason(hall):
    async with ClientSession() as http, http.ws_connect(f"http://127.0.0.1:{hall.port}/") as ws:
        await hall.joined.wait()
        hall.peers[0].send(text_frame(b"last word"))
        hall.peers[0].close(4409, "fenced")
        assert (await ws.receive()).data == "last word"
        closing = await ws.receive()
        assert (closing.type, ws.close_code, closing.extra) == (WSMsgType.CLOSE, 4409, "fenced")
