"""The light rendition: the programme at 360p, encoded by one ffmpeg child, its key pictures where the programme has them.

What it writes is cut by the programme's own piece borders: the same timestamps, so the same segments. Where it has not encoded
every picture of a piece in time, that piece is not told here.
"""

from collections import deque
from dataclasses import replace

from server.media.messages import LOW_VIDEO_KBPS, Profile
from server.media.worker.clock import monotonic
from server.media.worker.fed_child import FedChild
from server.media.worker.flow import Chunk, Ticks, Unit
from server.media.worker.playlist import low_size
from server.media.worker.segmenter import Piece
from server.media.worker.ts_reader import TsReader, unwrapped

_NICENESS = 5
"""Below everything that the launch needs."""
_ENOUGH = 0.9
"""Share of a piece's pictures without which the piece is not shown."""


class LowEncoder:
    """Encodes while its child lives; a child that dies loses the pieces it was at, no more."""

    def __init__(self, profile: Profile) -> None:
        self._frame = 90_000 // profile.frames_per_second
        self._reader = TsReader(monotonic)
        self._pictures: deque[Unit] = deque()
        self._fed_from: Ticks | None = None
        """Since which picture everything was fed to the running child."""
        self._fed_to = Ticks(0)
        self._reached: Ticks | None = None
        self.child = FedChild("360p", _arguments(profile), self._output, self._started, niceness=_NICENESS)

    async def run(self) -> None:
        """Keep the child alive, for ever."""
        await self.child.run()

    def chunk(self, chunk: Chunk) -> None:
        """The next chunk of the programme."""
        fed = self.child.feed(chunk.data, entry=chunk.key)
        if chunk.track == "video":
            if not fed:
                self._fed_from = None
            elif self._fed_from is None:
                self._fed_from = chunk.pts
            self._fed_to = chunk.pts

    def encodes(self, piece: Piece) -> bool:
        """Whether all pictures of the piece went to the child."""
        return self.child.running and self._fed_from is not None and self._fed_from <= piece.first

    @property
    def warm(self) -> bool:
        """Whether the child has given a picture yet."""
        return self._reached is not None

    def finished(self, piece: Piece) -> bool:
        """Whether it has got past the end of the piece."""
        return self._reached is not None and self._reached >= piece.end - self._frame * 3 // 2

    def take(self, piece: Piece) -> list[Unit] | None:
        """The pictures of the piece; None if they are not enough to show. What is older is let go of."""
        while self._pictures and self._pictures[0].pts < piece.first:
            self._pictures.popleft()
        taken = []
        while self._pictures and self._pictures[0].pts < piece.end:
            taken.append(self._pictures.popleft())
        whole = taken and taken[0].key and taken[0].pts == piece.first and len(taken) >= _ENOUGH * len(piece.pictures)
        return taken if whole else None

    def _started(self) -> None:
        self._reader = TsReader(monotonic)
        self._fed_from = self._reached = None
        self._pictures.clear()

    def _output(self, data: bytes) -> None:
        for unit in self._reader.feed(data):
            pts = unwrapped(unit.pts, self._fed_to)
            self._pictures.append(replace(unit, pts=pts, dts=pts))
            self._reached = pts


def _arguments(profile: Profile) -> tuple[str, ...]:
    """MPEG-TS in, MPEG-TS out, every timestamp kept; no frame waits in the decoder or the encoder for the next."""
    width, height = low_size(profile)
    return (
        *("-v", "error", "-threads", "1", "-flags", "low_delay"),
        *("-probesize", "500000", "-analyzeduration", "200000", "-fpsprobesize", "0"),
        *("-copyts", "-f", "mpegts", "-i", "pipe:0", "-map", "0:v:0", "-an"),
        *("-vf", f"scale={width}:{height}:flags=bilinear,format=yuv420p", "-vsync", "passthrough", "-enc_time_base", "1:90000"),
        *("-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-profile:v", "main", "-threads", "1"),
        *("-b:v", f"{LOW_VIDEO_KBPS}k", "-maxrate", f"{LOW_VIDEO_KBPS}k", "-bufsize", f"{2 * LOW_VIDEO_KBPS}k"),
        *("-g", "100000", "-sc_threshold", "0", "-force_key_frames", "source", "-forced-idr", "1"),
        *("-muxdelay", "0", "-muxpreload", "0", "-mpegts_copyts", "1", "-flush_packets", "1", "-f", "mpegts", "pipe:1"),
    )
