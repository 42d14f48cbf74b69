"""A process that runs beside the server for as long as it does, and reads our end of a pipe until that closes."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

import structlog

from server.supervisor import Service

STOP_SECONDS = 8.0
STARTS = 5
PAUSE_SECONDS = 2.0

log = structlog.get_logger("demo")


async def _nothing() -> bytes:
    return b""


class Beside:
    """Kept running.

    Args:
        name: for the log.
        command: what to start.
        first: what the process is told first, by its standard input: secrets go that way. It loads while this is waited for.

    """

    def __init__(self, name: str, command: Sequence[str], first: Callable[[], Awaitable[bytes]] = _nothing) -> None:
        self._name = name
        self._command = tuple(command)
        self._first = first
        self._process: asyncio.subprocess.Process | None = None

    def service(self) -> Service:
        """For the supervisor."""
        return Service(name=self._name, run=self.run, stop=self.stop, stop_within=STOP_SECONDS + 2)

    async def run(self) -> None:
        """Keep it running. Its first start may meet the last one of a demo that was killed, on its way out."""
        for tries in range(STARTS):
            # It reads our end of the pipe until it closes, which it does even when this process is killed.
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=sys.stderr, stderr=sys.stderr, start_new_session=True
            )
            assert self._process.stdin is not None
            self._process.stdin.write(await self._first())
            code = await self._process.wait()
            log.error("process beside the server ended", name=self._name, code=code, tries=tries + 1)
            await asyncio.sleep(PAUSE_SECONDS)
        await asyncio.Event().wait()

    async def stop(self) -> None:
        """Ask it to stop, then make it."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
