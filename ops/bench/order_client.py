"""Many devices in one process, for both servers of `bench_order`: raw sockets that upgrade, say hello, and count frames."""

import asyncio
import time
from collections.abc import Callable

from ops.bench.order_objects import hello, site_code

REQUEST = (
    "GET /?site={site} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
AT_ONCE = 100


class DeviceSocket(asyncio.Protocol):
    """One client: counts whole frames after the upgrade."""

    def __init__(self, site: str, greeting: bytes, frame: Callable[[], None], upgraded: Callable[[], None]) -> None:
        self._site = site
        self._greeting = greeting
        self._frame = frame
        self._upgraded = upgraded
        self._buffer = b""
        self._open = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(REQUEST.format(site=self._site).encode())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(head.decode())
            self._open, self._buffer = True, rest
            assert self._transport is not None
            if self._greeting:
                self._transport.write(self._greeting)
            self._upgraded()
        while (size := frame_size(self._buffer)) and len(self._buffer) >= size:
            self._buffer = self._buffer[size:]
            self._frame()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Devices:
    """All clients of one server."""

    def __init__(self) -> None:
        self._sockets: list[DeviceSocket] = []
        self._frames = 0
        self._upgraded = 0
        self._wanted = (0, 0)
        self._reached = asyncio.Event()

    async def connect(self, port: int, number: int, *, greet: bool) -> None:
        """Open `number` sockets; with `greet` each says its signed hello and waits for the welcome."""
        loop = asyncio.get_running_loop()
        nonce = time.time_ns() // 1000
        for start in range(0, number, AT_ONCE):
            block = range(start, min(start + AT_ONCE, number))
            for n in block:
                greeting = masked_frame(hello(n, nonce)) if greet else b""
                socket = DeviceSocket(site_code(n), greeting, self._frame, self._open)
                self._sockets.append(socket)
                await loop.create_connection(lambda socket=socket: socket, "127.0.0.1", port)  # type: ignore[misc]
            await self._until(frames=block.stop if greet else 0, upgraded=block.stop)
        self._frames = 0

    async def received(self, frames: int) -> None:
        """Wait until all clients together have that many frames since `connect`."""
        await self._until(frames, 0)

    def close(self) -> None:
        for socket in self._sockets:
            socket.close()

    def _frame(self) -> None:
        self._frames += 1
        self._look()

    def _open(self) -> None:
        self._upgraded += 1
        self._look()

    def _look(self) -> None:
        if self._frames >= self._wanted[0] and self._upgraded >= self._wanted[1]:
            self._reached.set()

    async def _until(self, frames: int, upgraded: int) -> None:
        self._wanted = (frames, upgraded)
        self._reached.clear()
        self._look()
        await asyncio.wait_for(self._reached.wait(), 120)


def frame_size(data: bytes) -> int:
    """Bytes of the first frame, 0 if that cannot be told yet. Servers do not mask."""
    if len(data) < 2:
        return 0
    length = data[1]
    if length < 126:
        return 2 + length
    size = 2 if length == 126 else 8
    return 2 + size + int.from_bytes(data[2 : 2 + size], "big") if len(data) >= 2 + size else 0


def masked_frame(payload: bytes) -> bytes:
    """A client's text frame with the mask 0, which changes no byte."""
    length = len(payload)
    head = bytes((0x81, 0x80 | length)) if length < 126 else bytes((0x81, 0x80 | 126)) + length.to_bytes(2, "big")
    return head + bytes(4) + payload
