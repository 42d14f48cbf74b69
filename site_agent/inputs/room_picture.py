"""The room's picture from an installed machine: a program of the configuration prints one JPEG, every 30 s, while the host's
switch is on. While it is off the program is not started: the camera stays dark.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog

from site_agent.api import ApiError
from site_agent.units import SiteCode

EVERY_S = 30.0
MAX_BYTES = 20 * 1024
TIMEOUT_S = 20.0

log = structlog.get_logger(__name__)


class Switch(msgspec.Struct, frozen=True):
    """`GET /api/v1/rooms/{code}`, as much as is used."""

    allowed: bool
    since: int | None


class PictureServer(Protocol):
    """What is needed of the server: `site_agent.api.Api`."""

    async def get(self, path: str, answer: type[Switch]) -> Switch: ...

    async def put_bytes(self, path: str, body: bytes, kind: str) -> bytes: ...


class RoomPictureInput:
    """Asks for the switch and sends a picture, for ever. Every failure is logged once in a row and tried again."""

    def __init__(self, site: SiteCode, server: PictureServer, argv: Sequence[str], every_s: float = EVERY_S) -> None:
        self._path = f"/api/v1/rooms/{site}"
        self._server = server
        self._argv = tuple(argv)
        self._every_s = every_s
        self._said = ""

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await self.turn()
            await asyncio.sleep(self._every_s)

    async def turn(self) -> bool:
        """One picture, if the switch is on; says whether one was sent."""
        try:
            switch = await self._server.get(self._path, Switch)
            if not switch.allowed or switch.since is None:
                return False
            jpeg = await self._take()
            await self._server.put_bytes(f"{self._path}/picture", jpeg, "image/jpeg")
        except (ApiError, OSError, BadPicture) as error:
            self._say(str(error))
            return False
        self._say("")
        return True

    async def _take(self) -> bytes:
        """What the program prints.

        Raises:
            BadPicture: nothing, too much, too late, or an exit code other than 0.
            OSError: it cannot be started.

        """
        process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(TIMEOUT_S):
                jpeg = await _read_at_most(process.stdout, MAX_BYTES)
                code = await process.wait()
        except TimeoutError as error:
            raise BadPicture(f"the picture program did not end within {TIMEOUT_S:g} s") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if code != 0 or not jpeg:
            raise BadPicture(f"the picture program ended with {code} and {len(jpeg)} bytes")
        return jpeg

    def _say(self, problem: str) -> None:
        if problem and problem != self._said:
            log.warning("room_picture.failed", problem=problem)
        self._said = problem


class BadPicture(Exception):
    """The program gave no picture that could be sent."""


async def _read_at_most(stream: asyncio.StreamReader, most: int) -> bytes:
    data = bytearray()
    while chunk := await stream.read(64 * 1024):
        data += chunk
        if len(data) > most:
            raise BadPicture(f"the picture is larger than {most} bytes: make it smaller or lower its quality")
    return bytes(data)
