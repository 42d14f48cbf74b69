"""Takes MPEG-TS from outside apart, in a thread of its own. Whatever comes, it goes on and looks for what it can read."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import av
import av.error
import structlog
from av.audio.codeccontext import AudioCodecContext
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from server.media.worker.bytequeue import ByteQueue
from server.media.worker.checks.talk import OPENING
from server.media.worker.clock import monotonic
from server.media.worker.flow import TICKS_PER_SECOND
from site_agent.units import Monotonic, seconds

_STARVED = seconds(3)
"""Bytes without a unit for this long: what the stream carries has changed, or it is no stream."""
_STARVED_BYTES = 64 * 1024
_TS_PACKET = 188
_TOLD = 3
_TASTE_EVERY = 0.02
_TASTE_WITHIN = seconds(20)
_TASTER_WITHIN = seconds(10)
_HELD_OUT = (2.0, 10.0, 30.0, 60.0)
"""Seconds for which a stream is left out whose taster fell, by how often it did."""

log = structlog.get_logger("demux")
_TS_PAYLOAD = 184


class PacketSink(Protocol):
    """Takes what was found. Called in the demuxer's thread alone."""

    def opened(self, container: InputContainer) -> None: ...

    def packet(self, packet: "Packet[Stream]", arrived: Monotonic) -> None:
        """`arrived`: when its last byte was read, as near as its place in the stream tells."""

    def idle(self) -> None:
        """Everything that came has been told."""

    def unreadable(self) -> None:
        """There was nothing to read in what came; it goes on looking."""

    def fell(self, times: int, pause: float) -> None:
        """The taster did not survive the stream, so many times now; for `pause` seconds what comes is left out."""

    def ended(self) -> None: ...


class Tasting(Protocol):
    """One stream being opened elsewhere first."""

    @property
    def verdict(self) -> str:
        """`stream`, `nothing` (in it that could be read), `fell`; empty: not known yet."""
        ...

    def feed(self, data: bytes, *, last: bool = False) -> None: ...
    def give_up(self) -> None: ...


@dataclass(frozen=True)
class Guard:
    """What stands between foreign bytes and this process."""

    tasting: Callable[[], Tasting | None]
    """Begins to taste a stream in another process; None: nobody is there to do it just now."""
    entered: Callable[[], None]
    """Notes that the calling thread takes this source's bytes apart from here on."""


class Demuxer:
    """One stream of bytes in, its packets out. `queue` takes the bytes from any thread.

    With a guard a stream is opened elsewhere first: to know what it carries libavformat decodes its first pictures, and what
    makes a decoder crash must not be decoded here. Only what was survived there is opened here.
    """

    def __init__(self, name: str, sink: PacketSink, guard: Guard | None = None) -> None:
        self._sink = sink
        self._guard = guard
        self._head = b""
        """What was tasted, and is read first."""
        self._falls = 0
        self.queue = ByteQueue(sink.idle)
        self._thread = threading.Thread(target=self._work, name=f"demux {name}", daemon=True)
        self._reopen = False
        self._fed = monotonic()
        self._fed_at = 0
        self._failures = 0

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
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        return self.queue.read(size)

    def _starved(self) -> bool:
        return monotonic() - self._fed > _STARVED and self.queue.pushed - self._fed_at > _STARVED_BYTES

    def _work(self) -> None:
        if self._guard is not None:
            self._guard.entered()
        while not self._over:
            self._begin()
            if self._guard is not None and not self._survived(self._guard):
                continue
            try:
                with av.open(self, mode="r", format="mpegts", options=OPENING) as container:
                    found = self._demux(container)
            except (av.error.FFmpegError, ValueError, IndexError):
                found = False
            except Exception as error:  # noqa: BLE001 -- what a stream can do to its reader is never its publisher's last word
                found = False
                self._failed(error)
            if not found and not self._over:
                self._sink.unreadable()
        self._sink.ended()

    @property
    def _over(self) -> bool:
        return self.queue.ended and not self._head

    def _survived(self, guard: Guard) -> bool:
        """Whether it may be opened here. Tastes the stream from where it stands; what was tasted is read again."""
        tasting = self._taster(guard)
        if tasting is None:
            return True  # nobody can taste on this machine: a source is worth more than the caution
        self._sink.idle()
        tasted = [self._head]
        tasting.feed(self._head)
        last = False
        began = monotonic()
        while not tasting.verdict:
            data = self.queue.take(_TASTE_EVERY) if not last else b""
            if data:
                tasted.append(data)
                tasting.feed(data)
            elif last:
                time.sleep(_TASTE_EVERY)
            if not last and (self.queue.ended or self._reopen or self._starved()):
                last = True
                tasting.feed(b"", last=True)
            if monotonic() - began > _TASTE_WITHIN:
                tasting.give_up()
                break
        self._head = b"".join(tasted)
        if tasting.verdict == "stream":
            self._falls = 0
            self._fed, self._fed_at = monotonic(), self.queue.pushed
            return True
        self._head = b""
        if tasting.verdict != "nothing":
            self._hold_out()
        elif not self._over:
            self._sink.unreadable()
        return False

    def _taster(self, guard: Guard) -> Tasting | None:
        """Another child may have to be started first."""
        waits = monotonic() + _TASTER_WITHIN
        while (tasting := guard.tasting()) is None and monotonic() < waits and not self.queue.ended:
            time.sleep(_TASTE_EVERY)
        return tasting

    def _hold_out(self) -> None:
        """Leaves out what comes for a while."""
        self._falls += 1
        pause = _HELD_OUT[min(self._falls, len(_HELD_OUT)) - 1]
        log.warning("stream held out: its taster fell", falls=self._falls, seconds=pause)
        self._sink.fell(self._falls, pause)
        until = monotonic() + seconds(pause)
        while monotonic() < until and not self.queue.ended:
            self.queue.take(0.2)

    def _failed(self, error: Exception) -> None:
        """The first few are told: a stream that does it again and again must not fill the disk with words."""
        self._failures += 1
        if self._failures <= _TOLD:
            log.error("stream not taken apart", failures=self._failures, exc_info=error)

    def _begin(self) -> None:
        self.queue.restart(len(self._head))
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
        places: dict[int, _Place] = {}
        for packet in container.demux(streams):
            place = places.setdefault(packet.stream_index, _Place())
            if packet.size == 0 or not place.complete(packet):
                continue
            found = True
            self._fed = monotonic()
            self._fed_at = self.queue.pushed
            self._sink.packet(packet, self.queue.arrival(place.end))
        return found


class _Place:
    """Where one track is: in time and in the stream of bytes. What libavformat leaves out follows from the packet before."""

    def __init__(self) -> None:
        self.end = 0
        """Position of the last byte of the newest packet, as near as its size tells."""
        self._next: int | None = None
        self._begin = 0
        self._size = 0

    def complete(self, packet: "Packet[Stream]") -> bool:
        """Gives the packet its timestamps; False: nobody knows them."""
        if packet.dts is None and packet.pts is None:
            packet.pts = packet.dts = self._next
        elif packet.dts is None or packet.pts is None:
            packet.dts = packet.pts = packet.pts if packet.dts is None else packet.dts
        if packet.pos is not None and packet.pos >= 0:
            self._begin, self._size = packet.pos, 0
        self._size += packet.size
        self.end = self._begin + -(-self._size // _TS_PAYLOAD) * _TS_PACKET - 1
        if packet.dts is None:
            return False
        self._next = packet.dts + (packet.duration or _duration(packet.stream))
        return True


def _duration(stream: Stream) -> int:
    """Ticks of one frame of sound; 0 where that is not known."""
    codec = stream.codec_context
    if not isinstance(codec, AudioCodecContext) or not codec.sample_rate:
        return 0
    return round((codec.frame_size or 1_024) * TICKS_PER_SECOND / codec.sample_rate)
