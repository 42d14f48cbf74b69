"""Keeps one media worker running: spawns it, watches it, starts it again with a jittered back-off.

A worker outlives a server that was killed, and the programme with it: the next server finds it by the pid that this one
wrote down, waits until it dials, and takes it in instead of starting another. Its death never harms the server.
"""

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic

import msgspec
import structlog

from server.media import metrics
from server.media.messages import WorkerConfig

COMMAND = (sys.executable, "-m", "server.media.worker")
MODULE = b"server.media.worker"
LEAST_PAUSE, MOST_PAUSE = 0.5, 30.0
STEADY_SECONDS = 60.0
"""A worker that lived as long as this begins again with the least pause."""
FIRST_WORD_SECONDS = 120.0
"""Loading codecs on a busy machine takes its time; a worker that was ended for it would begin again as slowly."""
HUNG_SECONDS = 30.0
"""Without a further word it is taken for hung, and ended."""
ADOPT_SECONDS = 10.0
"""How long a worker of the server before may take to dial."""
CLOSE_SECONDS = 4.0
"""From the word to close until it is ended."""
TERM_SECONDS = 2.0
POLL_SECONDS = 0.5

log = structlog.get_logger("media")


async def spare_worker(data: Path, command: Sequence[str] = COMMAND) -> asyncio.subprocess.Process | None:
    """A worker that loads its codecs while the server still replays, and then waits for its config; it ends with our end of its
    standard input. None where the worker of the server before still runs, or none can be started.
    """
    if await asyncio.to_thread(_left_behind, pid_file(data)) is not None:
        return None
    try:
        return await _spawn(command)
    except OSError:
        return None  # whoever needs one tries again, and says so


def pid_file(data: Path) -> Path:
    """Where the worker of this data directory is written down."""
    return data / "media" / "worker.pid"


class WorkerProcess:
    """The process.

    Args:
        config: what to tell it on its standard input.
        pid_file: where its pid is written down.
        heard_at: the monotonic second of its last word; None before the first.
        started: called with the pid of a worker that runs now.
        died: called with words when it ended.
        command: for tests.
        spare: a process of `spare_worker`, to be the first.

    """

    def __init__(
        self,
        config: Callable[[], WorkerConfig],
        pid_file: Path,
        heard_at: Callable[[], float | None],
        started: Callable[[int], None],
        died: Callable[[str], None],
        command: Sequence[str] = COMMAND,
        spare: asyncio.subprocess.Process | None = None,
    ) -> None:
        self._config = config
        self._pid_file = pid_file
        self._heard_at = heard_at
        self._started = started
        self._died = died
        self._command = tuple(command)
        self._spare = spare
        self._pause = LEAST_PAUSE
        self._process: asyncio.subprocess.Process | None = None
        self._adopted: int | None = None

    async def run(self) -> None:
        """Keep one running until cancelled; `stop` ends it."""
        await self._adopt()
        while True:
            began = monotonic()
            try:
                words = await self._live()
            except OSError as error:
                words = f"không khởi động được: {error.strerror}"
            self._died(words)
            metrics.RESTARTS.inc()
            lived = monotonic() - began
            self._pause = LEAST_PAUSE if lived >= STEADY_SECONDS else min(MOST_PAUSE, self._pause * 2)
            pause = self._pause * random.uniform(0.5, 1.0)
            log.warning("media worker ended", words=words, lived=round(lived), again_in=round(pause, 1))
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        """End it: the caller has told it to close."""
        if self._adopted is not None:
            await self._end(self._adopted, lambda: _alive(self._adopted))
            await asyncio.to_thread(self._pid_file.unlink, missing_ok=True)
            return
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), CLOSE_SECONDS)
        if process.returncode is None:
            await self._kill(process)
        _signal_group(process.pid, signal.SIGKILL)
        await asyncio.to_thread(self._pid_file.unlink, missing_ok=True)

    # ---- one life

    async def _live(self) -> str:
        """Spawn one and wait for its end; says why it ended."""
        spare, self._spare = self._spare, None
        process = self._process = spare if spare is not None and spare.returncode is None else await _spawn(self._command)
        with contextlib.suppress(OSError):  # a full disk: then the next server starts a worker of its own
            await asyncio.to_thread(_write_pid, self._pid_file, process.pid)
        log.info("media worker started", pid=process.pid)
        self._started(process.pid)
        assert process.stdin is not None
        with contextlib.suppress(ConnectionError):
            process.stdin.write(msgspec.json.encode(self._config()) + b"\n")
            await process.stdin.drain()
        spawned = monotonic()
        while process.returncode is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):  # wait_for of Python 3.11 can swallow the cancellation of a stop
                    await process.wait()
            heard = self._heard_at()
            patience = FIRST_WORD_SECONDS if heard is None else HUNG_SECONDS
            if process.returncode is None and monotonic() - (heard or spawned) > patience:
                await self._kill(process)
                return f"không trả lời trong {patience:.0f} giây"
        # What it left behind: encoders and relays of a worker that was killed.
        _signal_group(process.pid, signal.SIGKILL)
        return _exit_words(process.returncode)

    async def _kill(self, process: asyncio.subprocess.Process) -> None:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), TERM_SECONDS)
        _signal_group(process.pid, signal.SIGKILL)
        await process.wait()

    # ---- the worker of a server before

    async def _adopt(self) -> None:
        pid = await asyncio.to_thread(_left_behind, self._pid_file)
        if pid is None:
            return
        log.info("a media worker is there already", pid=pid)
        self._adopted = pid
        self._started(pid)
        found = monotonic()
        while await asyncio.to_thread(_alive, pid):
            heard = self._heard_at()
            if monotonic() - (heard or found) > (HUNG_SECONDS if heard else ADOPT_SECONDS):
                await self._end(pid, lambda: _alive(pid), at_once=True)
                break
            await asyncio.sleep(POLL_SECONDS)
        self._adopted = None
        _signal_group(pid, signal.SIGKILL)
        if self._heard_at() is not None:
            self._died("đã kết thúc")

    async def _end(self, pid: int, alive: Callable[[], bool], *, at_once: bool = False) -> None:
        await _gone(alive, 0.0 if at_once else CLOSE_SECONDS)
        _signal_group(pid, signal.SIGTERM)
        await _gone(alive, TERM_SECONDS)
        _signal_group(pid, signal.SIGKILL)


async def _spawn(command: Sequence[str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=sys.stderr, stderr=sys.stderr, start_new_session=True
    )


async def _gone(alive: Callable[[], bool], within: float) -> None:
    """Wait for the end of a process that is not our child, at most so many seconds."""
    deadline = monotonic() + within
    while monotonic() < deadline and await asyncio.to_thread(alive):  # noqa: ASYNC110 -- nobody tells of it
        await asyncio.sleep(POLL_SECONDS / 5)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _exit_words(code: int) -> str:
    return f"bị dừng bởi tín hiệu {-code}" if code < 0 else f"đã kết thúc với mã {code}"


def _write_pid(path: Path, pid: int) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_text(f"{pid} {_born(pid)}")


def _left_behind(path: Path) -> int | None:
    """The pid in the file, if that very process still runs and is a media worker."""
    try:
        pid, born = path.read_text().split()
        command = Path(f"/proc/{int(pid)}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return int(pid) if MODULE in command and born == _born(int(pid)) else None


def _born(pid: int) -> str:
    """When the kernel says that it began (proc(5), field 22 of stat): pids are given again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _alive(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (OSError, IndexError):
        return False
