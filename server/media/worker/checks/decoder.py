"""The decoder of one source as the worker sees it: a child process that may fall over foreign bytes, and is started again.

What a fall costs is the checks of that one source, and a stream that the child fell over is never opened in the worker.
"""

import asyncio
import itertools
import sys
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Literal

import msgspec
import structlog

from server.media.messages import Fault
from server.media.worker.checks.talk import Forget, Frames, Look, Looked, Taste, Tasted, ToDecoder, framed, from_decoder

log = structlog.get_logger("decoder")

COMMAND = (sys.executable, "-m", "server.media.worker.checks.child")
_PAUSES = (0.2, 1.0, 3.0, 10.0, 30.0)
_LASTED_SECONDS = 60.0
_TOLD_SECONDS = 60.0
"""How long a fall is told."""
_HUNG_SECONDS = 20.0
_READ = 64 * 1024
_MOST_UNSENT = 4 * 1024 * 1024
"""Bytes that may wait for a child that is busy; with more it is not asked."""

Verdict = Literal["", "stream", "nothing", "fell"]
"""fell: the child did not survive it. Empty: not known yet."""


class Tasting:
    """One stream that is being opened by the child before the worker does. `feed` and `verdict` from any thread."""

    def __init__(self, number: int, loop: asyncio.AbstractEventLoop, decoder: "ChildDecoder") -> None:
        self.number = number
        self.verdict: Verdict = ""
        self._loop = loop
        self._decoder = decoder

    def feed(self, data: bytes, *, last: bool = False) -> None:
        """More of it; `last`: nothing more comes."""
        try:
            self._loop.call_soon_threadsafe(self._decoder.send, Taste(self.number, data, last))
        except RuntimeError:
            self.verdict = "nothing"  # the loop is closed: the worker ends

    def give_up(self) -> None:
        """The child takes for ever: it is as good as fallen."""
        try:
            self._loop.call_soon_threadsafe(self._decoder.kill)
        except RuntimeError:
            self.verdict = "nothing"


class ChildDecoder:
    """Implements `Decoder` of the inspector and `Taster` of the demuxer. `run` until cancelled, on the event loop."""

    def __init__(self, name: str, command: Sequence[str] = COMMAND, after: float = 0.0) -> None:
        """`after`: seconds before the first child is started, where nobody asks for it sooner."""
        self.name = name
        self._after = after
        self._wanted = asyncio.Event()
        self._command = command
        self._loop = asyncio.get_running_loop()
        self._child: asyncio.subprocess.Process | None = None
        self._looking: asyncio.Future[Looked | None] | None = None
        self._tasting: Tasting | None = None
        self._numbers = itertools.count(1)
        self._falls = 0
        self._fell_at: float | None = None

    @property
    def pid(self) -> int | None:
        """Of the child, while it runs."""
        return self._child.pid if self._child is not None else None

    @property
    def falls(self) -> int:
        """How often a child ended that should not have."""
        return self._falls

    def faults(self) -> tuple[Fault, ...]:
        """That it fell lately, in words."""
        if self._fell_at is None or (self._child is not None and monotonic() - self._fell_at > _TOLD_SECONDS):
            return ()
        words = (
            f"Không kiểm tra được hình và tiếng: bộ giải mã hỏng, đã chạy lại {self._falls} lần. "
            "Chương trình không bị ảnh hưởng. Nếu lặp lại: dừng rồi phát lại ở OBS/vMix, đổi bộ mã hóa sang x264."
        )
        return (Fault("checks_failed", words, serious=False),)

    async def look(self, codec: str, picture: bytes | None, sound: Sequence[bytes]) -> Looked | None:
        """Have a key picture and frames of sound decoded, one call at a time; None: there is no child, or it fell over them."""
        if self._child is None or self._unsent() > _MOST_UNSENT:
            return None
        self._looking = self._loop.create_future()
        self.send(Look(codec, picture, tuple(sound)))
        try:
            async with asyncio.timeout(_HUNG_SECONDS):
                return await self._looking
        except TimeoutError:
            log.warning("decoder hangs", source=self.name)
            self.kill()
            return None
        finally:
            self._looking = None

    def forget(self) -> None:
        """What follows is of another life of the source."""
        self.send(Forget())

    def tasting(self) -> Tasting | None:
        """Begin to taste a stream; None: there is no child to do it just now. From any thread."""
        if self._child is None:
            with suppress(RuntimeError):  # the loop is closed: the worker ends
                self._loop.call_soon_threadsafe(self._wanted.set)
            return None
        self._tasting = tasting = Tasting(next(self._numbers), self._loop, self)
        return tasting if self._child is not None else None  # it may have fallen meanwhile

    def send(self, message: ToDecoder) -> None:
        """To the child, if there is one. On the loop."""
        pipe = self._child.stdin if self._child is not None else None
        if pipe is not None and not pipe.is_closing():
            pipe.write(framed(message))

    def kill(self) -> None:
        """End the child; another follows. On the loop."""
        if self._child is not None and self._child.returncode is None:
            self._child.kill()

    async def run(self) -> None:
        """Keep a child; after a fall another, later each time it does not last."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._after):
                await self._wanted.wait()
        failures = 0
        while True:
            began = self._loop.time()
            try:
                code = await self._life()
            except OSError as error:
                code = error.errno or 0
            self._falls += 1
            self._fell_at = monotonic()
            failures = 0 if self._loop.time() - began > _LASTED_SECONDS else failures + 1
            pause = _PAUSES[min(failures, len(_PAUSES)) - 1] if failures else 0.0
            log.warning("decoder fell", source=self.name, code=code, falls=self._falls, again_in=pause)
            await asyncio.sleep(pause)

    async def _life(self) -> int:
        """One child until its end; its exit code."""
        child = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert child.stdout is not None
        self._child = child
        frames = Frames()
        try:
            while data := await child.stdout.read(_READ):
                for body in frames.feed(data):
                    self._answered(from_decoder.decode(body))
        except (msgspec.MsgspecError, ValueError) as error:
            log.warning("decoder says what nobody understands", source=self.name, error=str(error))
        finally:
            self._end()
            if child.returncode is None:
                child.kill()
            await child.wait()
        return child.returncode or 0

    def _answered(self, message: Looked | Tasted) -> None:
        if isinstance(message, Looked):
            if self._looking is not None and not self._looking.done():
                self._looking.set_result(message)
        elif self._tasting is not None and self._tasting.number == message.number:
            self._tasting.verdict = "stream" if message.found else "nothing"

    def _end(self) -> None:
        self._child = None
        if self._looking is not None and not self._looking.done():
            self._looking.set_result(None)
        if self._tasting is not None and not self._tasting.verdict:
            self._tasting.verdict = "fell"

    def _unsent(self) -> int:
        pipe = self._child.stdin if self._child is not None else None
        return pipe.transport.get_write_buffer_size() if pipe is not None else 0
