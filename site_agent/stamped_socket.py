"""A UDP socket that knows when each packet reached the machine, not only when this process came to read it.

Linux stamps packets as they arrive (SO_TIMESTAMPNS, on the real-time clock). A process that was busy for 20 ms would
otherwise take those 20 ms for time on the way, on one side only, and be wrong by half of them.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

SO_TIMESTAMPNS = 35
"""<asm-generic/socket.h>; the `socket` module does not name it. Answers come under the same number."""
_TIMESPEC = struct.Struct("@ll")
_MOST_BYTES = 512
_MOST_AT_ONCE = 100
"""Packets read in one turn of the event loop, so that a flood leaves time for everything else."""
_OLDEST_NS = 1_000_000_000
"""An older stamp means that the real-time clock was set in between: it is not used."""

Take = Callable[[bytes, Any, int], None]
"""Takes a packet, its sender, and how many ns ago it reached the machine."""


class StampedSocket:
    """A non-blocking UDP socket on the running event loop."""

    def __init__(self, bare: socket.socket, take: Take) -> None:
        self._socket = bare
        self._take = take
        self._loop = asyncio.get_running_loop()
        bare.setblocking(False)
        try:
            bare.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        except OSError:
            pass  # another system than Linux: the moment of reading has to do
        self._loop.add_reader(bare.fileno(), self._readable)

    @classmethod
    async def bound(cls, host: str, port: int, take: Take) -> "StampedSocket":
        """A socket that listens.

        Raises:
            OSError: the port is taken or not allowed.

        """
        family, address = await _resolve(host, port)
        bare = socket.socket(family, socket.SOCK_DGRAM)
        try:
            bare.bind(address)
            return cls(bare, take)
        except OSError:
            bare.close()
            raise

    @classmethod
    async def connected(cls, host: str, port: int, take: Take) -> "StampedSocket":
        """A socket to one peer.

        Raises:
            OSError: no such host, or no route.

        """
        family, address = await _resolve(host, port)
        bare = socket.socket(family, socket.SOCK_DGRAM)
        try:
            bare.connect(address)
            return cls(bare, take)
        except OSError:
            bare.close()
            raise

    @property
    def port(self) -> int:
        """Its own port number."""
        return int(self._socket.getsockname()[1])

    def send(self, packet: bytes, to: Any = None) -> None:
        """Send now. A packet that the system does not take is a packet lost."""
        try:
            if to is None:
                self._socket.send(packet)
            else:
                self._socket.sendto(packet, to)
        except OSError:
            pass  # buffer full, or an ICMP refusal of an earlier packet

    def close(self) -> None:
        """Stop reading and close."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _readable(self) -> None:
        for _ in range(_MOST_AT_ONCE):
            try:
                data, ancillary, _, sender = self._socket.recvmsg(_MOST_BYTES, 64)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue  # an ICMP refusal; the next read is a packet again
            self._take(data, sender, _age(ancillary))
            if self._socket.fileno() < 0:
                return


def _age(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            age = time.time_ns() - (seconds * 1_000_000_000 + nanoseconds)
            return age if 0 <= age < _OLDEST_NS else 0
    return 0


async def _resolve(host: str, port: int) -> tuple[int, Any]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    family, _, _, _, address = found[0]
    return family, address
