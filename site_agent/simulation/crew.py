"""Workers of the simulation as the first process sees them: started with a share, listened to, started again when they die.

CrewError
└── WorkerFailed    one cannot go on, or died too often; its words are for a person
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable

import msgspec
import structlog

from site_agent.simulation.speech import MOST_BYTES, News, Share

STARTS = 5
PAUSE_S = 2.0
STOP_WITHIN_S = 6.0
"""A worker that was told to stop and has not is killed after this."""

log = structlog.get_logger("simulation")


class CrewError(Exception):
    """Base; the tree is above."""


class WorkerFailed(CrewError):
    """A worker cannot go on."""


class Hand:
    """One worker. `run` until cancelled; what it tells goes to `heard`."""

    def __init__(self, number: int, of: int, share: Share, heard: Callable[[int, News], None]) -> None:
        self.number = number
        self._of = of
        self._share = share
        self._heard = heard
        self._problem = ""

    async def run(self) -> None:
        """Keep the worker alive until cancelled; then tell it to stop, and wait until it has.

        Raises:
            WorkerFailed: it says that it cannot go on, or died `STARTS` times.

        """
        for tries in range(1, STARTS + 1):
            code = await self._once()
            self._heard(self.number, News())
            words = f"{self._name()} {_end_in_words(code)}"
            if self._problem:
                raise WorkerFailed(f"{self._name()} không chạy được: {self._problem}")
            if tries == STARTS:
                raise WorkerFailed(f"{words} Đã thử {STARTS} lần.")
            log.error("a worker died", words=f"{words} Khởi động lại sau {PAUSE_S:.0f} giây.", code=code, tries=tries)
            await asyncio.sleep(PAUSE_S)

    async def _once(self) -> int:
        """Start it, listen until it ends; its exit code."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "site_agent.simulation.worker",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=MOST_BYTES, start_new_session=True,
        )  # fmt: skip
        try:
            await self._give(process)
            await self._listen(process)
            return await process.wait()
        finally:
            await asyncio.shield(asyncio.ensure_future(self._stop(process)))

    async def _give(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        with contextlib.suppress(ConnectionError):  # it died at once: its exit code tells
            process.stdin.write(msgspec.json.encode(self._share) + b"\n")
            await process.stdin.drain()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            with contextlib.suppress(msgspec.MsgspecError):  # the last line of one that was killed may be torn
                news = msgspec.json.decode(line, type=News)
                self._problem = news.problem or self._problem
                self._heard(self.number, news)

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        """Close its input and take its last news; kill it if it does not end."""
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self._listen(process)
                await process.wait()
        except TimeoutError:
            log.warning("a worker does not stop and is killed", worker=self.number)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _name(self) -> str:
        return f"Tiến trình mô phỏng {self.number}/{self._of} ({len(self._share.sites)} điểm cầu)"


def _end_in_words(code: int) -> str:
    if code >= 0:
        return f"đã dừng với mã {code}."
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"tín hiệu {-code}"
    hint = ", có thể do thiếu bộ nhớ" if code == -signal.SIGKILL else ""
    return f"bị hệ thống kết thúc ({name}{hint})."
