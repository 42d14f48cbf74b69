"""The process that decodes what one source sends: `python -m server.media.worker.checks.child`. Foreign bytes may end only it.

On standard input `Look`, `Forget`, `Taste`; on standard output their answers (see `talk`). It ends with its input, and the
kernel ends it with its parent.
"""

import ctypes
import os
import queue
import signal
import threading

import av
import av.error
import msgspec

from server.media.worker.checks.pictures import PictureEye
from server.media.worker.checks.sound import SoundMeter
from server.media.worker.checks.talk import OPENING, Forget, Frames, FromDecoder, Look, Looked, Taste, Tasted, framed, to_decoder

_PARENT_DEATH = 1
"""PR_SET_PDEATHSIG of prctl(2)."""
_NICENESS = 5
"""Cues and the programme come before its checks."""
_READ = 256 * 1024


def main() -> None:
    """Answer until the input ends."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    desk = _Desk(_Answers())
    frames = Frames()
    while data := os.read(0, _READ):
        for body in frames.feed(data):
            desk.take(to_decoder.decode(body))
    os._exit(0)  # a tasting may still wait for bytes


class _Answers:
    """Standard output; a library that prints by itself cannot disturb it."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def say(self, message: FromDecoder) -> None:
        data = framed(message)
        with self._lock:
            while data:
                try:
                    data = data[os.write(self._out, data) :]
                except OSError:
                    os._exit(1)  # nobody listens: the parent is gone


class Looker:
    """What is seen and heard of one source, one look after the other."""

    def __init__(self) -> None:
        self._eye = PictureEye()
        self._meter = SoundMeter()

    def look(self, asked: Look) -> Looked:
        """Decodes. Raises nothing, whatever it was given."""
        picture = self._eye.look(asked.codec, asked.picture) if asked.picture is not None and asked.codec else None
        before = self._meter.broken
        try:
            heard = self._meter.hear(asked.sound)
        except (av.error.FFmpegError, ValueError):  # sound that no filter takes
            return Looked(picture, None, broken=True)
        return Looked(picture, heard, broken=self._meter.broken > before)

    def forget(self) -> None:
        """What follows is of another life of the source."""
        self._eye.forget()
        self._meter.forget()


class _Desk:
    def __init__(self, answers: _Answers) -> None:
        self._answers = answers
        self._looker = Looker()
        self._tasting: _Tasting | None = None

    def take(self, message: Look | Forget | Taste) -> None:
        match message:
            case Look():
                self._answers.say(self._looker.look(message))
            case Forget():
                self._looker.forget()
            case Taste():
                self._taste(message)

    def _taste(self, more: Taste) -> None:
        if self._tasting is None or self._tasting.number != more.number:
            if self._tasting is not None:
                self._tasting.feed(b"", last=True)
            self._tasting = _Tasting(more.number, self._answers)
            self._tasting.start()
        self._tasting.feed(more.data, last=more.last)


class _Tasting(threading.Thread):
    """Opens a stream as the demuxer will: libavformat decodes its first pictures to know what they are."""

    def __init__(self, number: int, answers: _Answers) -> None:
        super().__init__(name="taste", daemon=True)
        self.number = number
        self._answers = answers
        self._coming: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._rest = b""

    def feed(self, data: bytes, *, last: bool) -> None:
        if data:
            self._coming.put(data)
        if last:
            self._coming.put(b"")

    def read(self, size: int) -> bytes:
        """For PyAV: the face of a file."""
        if not self._rest:
            self._rest = self._coming.get()
            if not self._rest:
                self._coming.put(b"")  # the end stays the end
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def run(self) -> None:
        try:
            with av.open(self, mode="r", format="mpegts", options=OPENING) as container:
                found = bool(container.streams.video or container.streams.audio)
        except (av.error.FFmpegError, ValueError, IndexError):
            found = False
        self._answers.say(Tasted(self.number, found))


if __name__ == "__main__":
    try:
        main()
    except (msgspec.MsgspecError, ValueError, KeyboardInterrupt):
        os._exit(2)
