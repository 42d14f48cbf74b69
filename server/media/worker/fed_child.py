"""An ffmpeg child that reads what the programme makes and writes something else, and that is started again when it dies.

Its queue is bounded: a child too slow loses what waits and continues at the next entry, where decoding can begin.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from server.media.worker.children import start_ffmpeg, stop
from server.media.worker.ffmpeg import NoFfmpeg

log = structlog.get_logger("child")

_READ = 65_536
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
_LASTED_SECONDS = 10.0
_SAY_SECONDS = 10.0
"""Least time between two words of a child in the log: over a bad line a decoder complains of every picture."""
_STUCK_SECONDS = 60.0
"""A child that takes nothing for so long is replaced."""


def _ignore() -> None:
    """Default of a child whose starts nobody needs to know."""


@dataclass(slots=True)
class FedChild:
    """One job for ffmpeg, whichever process is doing it."""

    name: str
    arguments: Sequence[str]
    output: Callable[[bytes], None]
    """Gets what the child writes."""
    started: Callable[[], None] = _ignore
    """Called before the first output of each new process."""
    most_bytes: int = 4_000_000
    niceness: int = 0
    restarts: int = 0
    running: bool = False
    pid: int | None = None
    """Of the newest process."""
    _queue: deque[bytes] = field(default_factory=deque)
    _waiting: int = 0
    _entered: bool = False
    _something: asyncio.Event = field(default_factory=asyncio.Event)

    def feed(self, data: bytes, *, entry: bool) -> bool:
        """Give it the next bytes; `entry`: it may begin here. Whether it gets them."""
        if not self.running:
            return False
        if self._waiting > self.most_bytes:
            self._queue.clear()
            self._waiting = 0
            self._entered = False
        if not self._entered and not entry:
            return False
        self._entered = True
        self._queue.append(data)
        self._waiting += len(data)
        self._something.set()
        return True

    async def run(self) -> None:
        """Start it again and again, with pauses that grow while it does not last."""
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            begun = loop.time()
            try:
                await self._life()
            except (OSError, NoFfmpeg) as error:
                log.warning("child failed", child=self.name, error=str(error))
            failures = 0 if loop.time() - begun > _LASTED_SECONDS else failures + 1
            self.restarts += 1
            await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])

    async def _life(self) -> None:
        """One process, from its start to its end."""
        child = await start_ffmpeg(self.arguments, niceness=self.niceness)
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        self.pid = child.pid
        log.info("child started", child=self.name, pid=child.pid)
        self.started()
        self._queue.clear()
        self._waiting, self._entered, self.running = 0, False, True
        others = [asyncio.ensure_future(self._write(child)), asyncio.ensure_future(self._listen(child.stderr))]
        try:
            while data := await child.stdout.read(_READ):
                self.output(data)
        finally:
            self.running = False
            for other in others:
                other.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await stop(child)
            log.info("child ended", child=self.name, code=child.returncode)

    async def _write(self, child: asyncio.subprocess.Process) -> None:
        stdin = child.stdin
        assert stdin is not None
        while True:
            await self._something.wait()
            self._something.clear()
            while self._queue:
                data = b"".join(self._queue)
                self._queue.clear()
                stdin.write(data)
                try:
                    async with asyncio.timeout(_STUCK_SECONDS):
                        await stdin.drain()
                except TimeoutError:
                    log.warning("child takes nothing", child=self.name, seconds=_STUCK_SECONDS)
                    child.kill()
                    return
                self._waiting = sum(map(len, self._queue))

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        """Keep its words from filling the pipe, however many and long; the log gets the last of them now and then."""
        loop = asyncio.get_running_loop()
        said: float | None = None
        left_out = 0
        while words := await stderr.read(_READ):
            lines = [line for line in words.decode(errors="replace").splitlines() if line.strip()]
            if said is not None and loop.time() - said < _SAY_SECONDS:
                left_out += len(lines)
            elif lines:
                log.info("child says", child=self.name, words=lines[-1].strip()[:300], left_out=left_out + len(lines) - 1)
                said, left_out = loop.time(), 0
