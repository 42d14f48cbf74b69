"""Takes MPEG-TS from outside apart, in a thread of its own. Whatever comes, it goes on and looks for what it can read."""

import threading
from typing import Protocol

import av
import av.error
from av.container import InputContainer
from av.packet import Packet

from server.media.worker.bytequeue import ByteQueue
from server.media.worker.clock import monotonic
from site_agent.units import Monotonic, seconds

_OPTIONS = {
    "probesize": "1500000",
    "analyzeduration": "2000000",
    "fpsprobesize": "0",
    "correct_ts_overflow": "0",
}
_STARVED = seconds(3)
"""Bytes without a unit for this long: what the stream carries has changed, or it is no stream."""
_STARVED_BYTES = 64 * 1024
_TS_PAYLOAD = 184


class PacketSink(Protocol):
    """Takes what was found. Called in the demuxer's thread alone."""

    def opened(self, container: InputContainer) -> None: ...

    def packet(self, packet: Packet, arrived: Monotonic) -> None:
        """`arrived`: when its last byte was read, as near as its place in the stream tells."""

    def idle(self) -> None:
        """Everything that came has been told."""

    def unreadable(self) -> None:
        """There was nothing to read in what came; it goes on looking."""

    def ended(self) -> None: ...


class Demuxer:
    """One stream of bytes in, its packets out. `queue` takes the bytes from any thread."""

    def __init__(self, name: str, sink: PacketSink) -> None:
        self._sink = sink
        self.queue = ByteQueue(sink.idle)
        self._thread = threading.Thread(target=self._work, name=f"demux {name}", daemon=True)
        self._reopen = False
        self._fed = monotonic()
        self._fed_at = 0

    def start(self) -> None:
        """Begin; once."""
        self._thread.start()

    def reopen(self) -> None:
        """Look anew at what the stream carries, from the next bytes on."""
        self._reopen = True

    def close(self) -> None:
        """End at once and wait until the thread is gone. Blocks for some milliseconds."""
        self.queue.abandon()
        if self._thread.ident is not None:
            self._thread.join(timeout=5)

    def read(self, size: int) -> bytes:
        """For PyAV: the face of a file. Empty also where it has to begin anew."""
        if self._reopen or self._starved():
            return b""
        return self.queue.read(size)

    def _starved(self) -> bool:
        return monotonic() - self._fed > _STARVED and self.queue.pushed - self._fed_at > _STARVED_BYTES

    def _work(self) -> None:
        while not self.queue.ended:
            self._begin()
            try:
                with av.open(self, mode="r", format="mpegts", options=_OPTIONS) as container:
                    found = self._demux(container)
            except (av.error.FFmpegError, ValueError, IndexError):
                found = False
            if not found and not self.queue.ended:
                self._sink.unreadable()
        self._sink.ended()

    def _begin(self) -> None:
        self.queue.restart()
        self._reopen = False
        self._fed = monotonic()
        self._fed_at = self.queue.pushed

    def _demux(self, container: InputContainer) -> bool:
        """Whether anything was found."""
        streams = [*container.streams.video[:1], *container.streams.audio[:1]]
        if not streams:
            return False
        self._sink.opened(container)
        found = False
        for packet in container.demux(streams):
            if packet.dts is None or packet.pts is None or packet.size == 0:
                continue
            found = True
            self._fed = monotonic()
            self._fed_at = self.queue.pushed
            self._sink.packet(packet, self._arrival(packet))
        return found

    def _arrival(self, packet: Packet) -> Monotonic:
        begin = packet.pos if packet.pos is not None and packet.pos >= 0 else 0
        return self.queue.arrival(begin + -(-packet.size // _TS_PAYLOAD) * 188 - 1)
