"""`/live/audio.mp3`: the programme's sound without end, for loudspeaker boxes that know nothing but MP3 over HTTP.

One ffmpeg child for all listeners, alive while anybody listens and a little longer. Constant bit rate and no bit reservoir:
each frame is whole in itself and of one length, so that a listener may begin at any.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

import structlog

from server.media.messages import MP3_KBPS, Profile
from server.media.worker.fed_child import FedChild
from server.media.worker.flow import Unit

log = structlog.get_logger("loudspeaker")

KBPS = MP3_KBPS
LISTENERS_MOST = 500
_LINGER_SECONDS = 15.0
_BEHIND_MOST = 64
"""Frames groups a slow listener may be behind (some ten seconds) before the oldest are left out for it."""


class _Listener:
    def __init__(self) -> None:
        self.queue: deque[bytes] = deque(maxlen=_BEHIND_MOST)
        self.something = asyncio.Event()


class Loudspeaker:
    """Broadcasts MP3 to any number of listeners."""

    def __init__(self, profile: Profile) -> None:
        self._frame = 144 * KBPS * 1_000 // profile.audio_hz
        self._rest = b""
        self._listeners: set[_Listener] = set()
        self._wanted = asyncio.Event()
        self._child = FedChild("mp3", _arguments(profile), self._output, self._started, most_bytes=400_000)

    @property
    def listeners(self) -> int:
        """How many hear it now."""
        return len(self._listeners)

    def sound(self, unit: Unit) -> None:
        """The next frame of the programme's sound."""
        self._child.feed(unit.data, entry=True)

    async def run(self) -> None:
        """Keep the child as long as somebody listens."""
        while True:
            await self._wanted.wait()
            child = asyncio.ensure_future(self._child.run())
            try:
                await self._until_nobody_listens()
            finally:
                child.cancel()
                await asyncio.gather(child, return_exceptions=True)

    async def _until_nobody_listens(self) -> None:
        while self._wanted.is_set():
            await asyncio.sleep(_LINGER_SECONDS)
            if not self._listeners:
                self._wanted.clear()

    async def listen(self) -> AsyncIterator[bytes]:
        """Whole MP3 frames as they are made, from now on."""
        listener = _Listener()
        self._listeners.add(listener)
        self._wanted.set()
        try:
            while True:
                await listener.something.wait()
                listener.something.clear()
                while listener.queue:
                    yield listener.queue.popleft()
        finally:
            self._listeners.discard(listener)

    def _started(self) -> None:
        self._rest = b""

    def _output(self, data: bytes) -> None:
        data = self._rest + data
        whole = len(data) - len(data) % self._frame
        self._rest = data[whole:]
        if whole:
            for listener in self._listeners:
                listener.queue.append(data[:whole])
                listener.something.set()


def _arguments(profile: Profile) -> tuple[str, ...]:
    return (
        *("-v", "error", "-probesize", "4096", "-analyzeduration", "0", "-f", "aac", "-i", "pipe:0", "-vn"),
        *("-c:a", "libmp3lame", "-b:a", f"{KBPS}k", "-ar", str(profile.audio_hz), "-ac", "2", "-reservoir", "0"),
        *("-write_xing", "0", "-id3v2_version", "0", "-flush_packets", "1", "-f", "mp3", "pipe:1"),
    )
