"""Asks the UDP time service for many devices through one socket. Packets: `site_agent.link.udp`."""

import asyncio
from collections.abc import Callable
from typing import Any

from site_agent.link.udp import REPLY_BYTES, UdpReply, encode_request, read_reply
from site_agent.local_clock import raw_now
from site_agent.stamped_socket import StampedSocket

Answered = Callable[[UdpReply, int], None]
"""Takes the reply and the raw moment it arrived."""
_WAIT_NS = 3_000_000_000
"""Longer than the session waits for an answer."""


class TimeClient:
    """One socket to one server. A reply that nobody waits for, or whose tag does not hold, is dropped."""

    def __init__(self) -> None:
        self._socket: StampedSocket | None = None
        self._waiting: dict[tuple[int, int], tuple[int, bytes, Answered]] = {}

    @classmethod
    async def open(cls, host: str, port: int) -> "TimeClient":
        """A socket connected to the service.

        Raises:
            OSError: no such host, or no route.

        """
        client = cls()
        client._socket = await StampedSocket.connected(host, port, client._received)
        return client

    def ask(self, probe: int, origin: int, session: bytes, key: bytes, answered: Answered) -> None:
        """Send a request now. Nothing is raised: a packet not sent is a packet lost."""
        if self._socket is None:
            return
        now = raw_now()
        self._forget_lost(now)
        self._waiting[probe, origin] = (now, key, answered)
        self._socket.send(encode_request(probe, origin, session, key))

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _received(self, data: bytes, _sender: Any, age: int) -> None:
        arrived = raw_now() - age
        if len(data) != REPLY_BYTES:
            return
        named = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:16], "big", signed=True)
        waiting = self._waiting.get(named)
        if waiting is None:
            return
        _, key, answered = waiting
        reply = read_reply(data, key)
        if reply is not None:
            del self._waiting[named]
            answered(reply, arrived)

    def _forget_lost(self, now: int) -> None:
        while self._waiting:
            oldest = next(iter(self._waiting))
            if now - self._waiting[oldest][0] < _WAIT_NS:
                return
            del self._waiting[oldest]


class TimeClients:
    """The UDP sockets of a process: one for each server and port, shared by all devices."""

    def __init__(self) -> None:
        self._clients: dict[tuple[str, int], TimeClient] = {}
        self._lock = asyncio.Lock()

    async def to(self, host: str, port: int) -> TimeClient | None:
        """The socket to that service; None where there is no way (the session then uses the WebSocket)."""
        async with self._lock:
            if (host, port) not in self._clients:
                try:
                    self._clients[host, port] = await TimeClient.open(host, port)
                except OSError:
                    return None
            return self._clients[host, port]

    def close(self) -> None:
        """Close all."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
