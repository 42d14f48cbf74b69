"""The client of `bench_checkins`: kept-alive HTTP/1.1 connections that cost so little that the server is what is measured."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from typing import Self

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server closed the connection"))

    async def ask(self, request: bytes) -> bytes:
        """Send a whole request; returns the body of its answer.

        Raises:
            RuntimeError: another status than 200.

        """
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(_HEAD_END)
        if not end:
            return
        place = head.lower().index(_LENGTH) + len(_LENGTH)
        length = int(head[place:].partition(b"\r\n")[0])
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        assert self._answer is not None
        if head.startswith(b"HTTP/1.1 200"):
            self._answer.set_result(rest[:length])
        else:
            self._answer.set_exception(RuntimeError((head + rest).decode()))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class Pool:
    """Connections to one server."""

    def __init__(self, port: int, size: int) -> None:
        self._port = port
        self._size = size
        self._connections: list[Connection] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for _ in range(self._size):
            _, connection = await loop.create_connection(Connection, "127.0.0.1", self._port)
            self._connections.append(connection)
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()

    async def as_fast_as_answered(self, requests: Sequence[bytes]) -> tuple[float, list[bytes]]:
        """Every connection asks again as soon as it is answered; answers a second, and the answers."""
        queue = iter(requests)

        async def ask(connection: Connection) -> list[bytes]:
            return [await connection.ask(request) for request in queue]

        began = time.perf_counter()
        answers = await asyncio.gather(*map(ask, self._connections))
        return len(requests) / (time.perf_counter() - began), [answer for each in answers for answer in each]

    async def as_they_come(self, requests: Sequence[bytes], per_second: float) -> tuple[list[float], list[bytes]]:
        """Requests arrive by chance (a Poisson process) whether or not those before are answered; the seconds from each one's
        arrival to its answer, waiting for a free connection included.
        """
        free = list(self._connections)
        waits: list[float] = []
        answers: list[bytes] = []
        returned = asyncio.Semaphore(len(free))

        async def ask(request: bytes, due: float) -> None:
            async with returned:
                connection = free.pop()
                answers.append(await connection.ask(request))
                free.append(connection)
            waits.append(time.perf_counter() - due)

        async with asyncio.TaskGroup() as tasks:
            start = time.perf_counter() + 0.1
            for request, after in zip(requests, arrivals(per_second), strict=False):
                if (early := start + after - time.perf_counter()) > 0:
                    await asyncio.sleep(early)
                tasks.create_task(ask(request, start + after))
        return waits, answers


def arrivals(per_second: float, seed: int = 1) -> Iterator[float]:
    """Seconds after the start at which requests arrive."""
    dice = random.Random(seed)
    at = 0.0
    while True:
        at += dice.expovariate(per_second)
        yield at
