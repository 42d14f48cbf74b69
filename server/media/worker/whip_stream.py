"""What comes by WebRTC as one MPEG-TS, so that it goes the same way as everything else. H.264 and AAC are passed on as they are.

The two tracks of WebRTC have timestamps of their own. How they lie to each other is told by their arrivals: the least of
(arrival − timestamp) of each in the first second, less what the jitter buffer holds back of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import av
import av.error

from server.media.worker.annexb import is_key
from server.media.worker.capture import in_ticks
from server.media.worker.flow import TICKS_PER_SECOND
from site_agent.units import Duration, Monotonic, milliseconds, seconds

Track = Literal["video", "audio"]
_TICK = Fraction(1, TICKS_PER_SECOND)
_RATES: dict[Track, int] = {"video": 90_000, "audio": 48_000}
_HELD: dict[Track, Duration] = {"video": milliseconds(33), "audio": milliseconds(80)}
"""aiortc's jitter buffers: a picture is whole when the next begins; sound waits for four packets of 20 ms."""
_LISTENING = seconds(1)


@dataclass(frozen=True, slots=True)
class Coded:
    """One picture or packet of sound as it came; `timestamp` in the clock of its track."""

    data: bytes
    timestamp: int
    arrived: Monotonic


class WhipStream:
    """One publisher's tracks into bytes of MPEG-TS."""

    def __init__(self, push: Callable[[bytes, Monotonic], None]) -> None:
        self._push = push
        self._written: list[bytes] = []
        self._waiting: list[tuple[Track, Coded]] | None = []
        self._lags: dict[Track, int] = {}
        self._first: Monotonic | None = None
        self._zero = 0
        self._shown: dict[Track, int] = {}
        self._container = av.open(self, mode="w", format="mpegts", options={"mpegts_copyts": "1", "flush_packets": "1"})
        self._streams = {
            "video": self._container.add_mux_stream("h264", time_base=_TICK, width=1280, height=720),
            "audio": self._container.add_mux_stream("aac", rate=48_000, time_base=_TICK),
        }
        self.last_key: Monotonic | None = None
        """When the newest key picture came."""

    def write(self, data: bytes) -> int:
        """For PyAV: the face of a file."""
        self._written.append(bytes(data))
        return len(data)

    def take(self, track: Track, coded: Coded) -> None:
        """One picture or packet of sound."""
        lag = coded.arrived - _HELD[track] - coded.timestamp * 1_000_000 // _RATES[track]
        if track == "video" and is_key(coded.data):
            self.last_key = coded.arrived
        if self._waiting is None:
            self._lags.setdefault(track, lag)
            self._mux(track, coded)
            return
        self._first = self._first or coded.arrived
        self._lags[track] = min(lag, self._lags.get(track, lag))
        self._waiting.append((track, coded))
        if coded.arrived - self._first >= _LISTENING:
            waiting, self._waiting = self._waiting, None
            self._zero = self._first - seconds(10)
            for one in waiting:
                self._mux(*one)

    def close(self) -> None:
        """End. Nothing more is pushed."""
        try:
            self._container.close()
        except (av.error.FFmpegError, ValueError):
            """It had not even begun."""

    def _mux(self, track: Track, coded: Coded) -> None:
        """Places the unit by its own clock, the tracks to each other by their lags."""
        shown = coded.timestamp * TICKS_PER_SECOND // _RATES[track] + in_ticks(Duration(self._lags[track] - self._zero))
        shown = max(shown, self._shown.get(track, 0) + 1)
        self._shown[track] = shown
        packet = av.Packet(coded.data)
        packet.stream = self._streams[track]
        packet.time_base = _TICK
        packet.pts = packet.dts = shown
        packet.is_keyframe = track == "audio" or is_key(coded.data)
        try:
            self._container.mux_one(packet)
        except (av.error.FFmpegError, ValueError):
            """Broken: nobody could decode it either."""
        data = b"".join(self._written)
        self._written.clear()
        self._push(data, coded.arrived)
