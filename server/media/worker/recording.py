"""Keeps the programme: every segment of the source rendition in files of ten minutes, and clips cut from them."""

import asyncio
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import structlog

from server.media.messages import ClipMade, CutClip, RecordingStatus
from server.media.worker.clock import Clock
from server.media.worker.cutting import CutFailed, cut, gap_words
from server.media.worker.flow import Segment
from server.media.worker.recording_index import Piece
from server.media.worker.recording_writer import Writer
from site_agent.units import SECOND, Duration, Instant, in_seconds, seconds

FOLDER = Path("media", "recording")
"""Inside the data directory."""
LONGEST_QUEUE = 64
"""Segments that wait for a slow disk (two minutes) before the oldest are lost."""
STILL = seconds(10)
"""Without a segment for that long nothing is being recorded."""
CLIP_WAITS = seconds(20)
"""So long after a clip's end its last segment is waited for."""

log = structlog.get_logger("recording")


class Recording:
    """A `SegmentSink`. Its files are read by `diemcau recording` without it."""

    def __init__(self, data: Path, clock: Clock, writer: Writer | None = None) -> None:
        self._data = data
        self._folder = data / FOLDER
        self._clock = clock
        self._writer = writer or Writer(self._folder)
        self._wanted = False
        self._waiting: deque[Segment] = deque()
        self._more = asyncio.Event()
        self._kept = asyncio.Condition()
        self._cutting = asyncio.Lock()
        """One clip at a time: each is judged by the room that the one before has left."""
        self._lost = 0
        self._last: Instant | None = None
        self._state: Literal["off", "recording", "full", "failed"] = "off"
        self._since = clock.now()
        self._bytes = 0

    @property
    def pieces(self) -> Sequence[Piece]:
        """Everything recorded so far."""
        return self._writer.pieces

    def apply(self, wanted: bool) -> None:
        """Whether to record from now on."""
        self._wanted = wanted
        self._more.set()

    def segment(self, segment: Segment) -> None:
        """Keep it, soon."""
        if not self._wanted or segment.rendition != "source":
            return
        if len(self._waiting) == LONGEST_QUEUE:
            self._waiting.popleft()
            self._lost += 1
        self._waiting.append(segment)
        self._more.set()

    def status(self) -> RecordingStatus:
        """What is true now."""
        self._settle()
        pieces = self._writer.pieces
        return RecordingStatus(
            state=self._state,
            since=self._since,
            begin=pieces[0].begin if pieces else None,
            bytes=self._bytes,
            free_bytes=self._writer.free,
            words=self._words(),
        )

    async def run(self) -> None:
        """Live until cancelled; what waits then is still written."""
        try:
            await asyncio.to_thread(self._writer.open)
            self._bytes = sum(piece.length for piece in self._writer.pieces)
            while True:
                await self._more.wait()
                self._more.clear()
                while self._waiting:
                    await asyncio.to_thread(self._write, self._waiting.popleft())
                    await self._tell()
                if not self._wanted:
                    await asyncio.to_thread(self._writer.close)
        finally:
            await asyncio.to_thread(self._finish)

    async def cut(self, clip: CutClip) -> ClipMade:
        """Make an MP4 of an interval, waiting for its end where that is still to come."""
        out = (self._data / clip.path).resolve()
        if not out.is_relative_to(self._data.resolve()) or clip.end <= clip.begin:
            return ClipMade(clip.id, clip.path, ok=False, words="Yêu cầu cắt đoạn không hợp lệ.")
        await self._recorded_until(clip.end)
        try:
            async with self._cutting:
                await asyncio.to_thread(out.parent.mkdir, parents=True, exist_ok=True)
                made = await cut(self._folder, list(self.pieces), clip.begin, clip.end, out)
        except (CutFailed, OSError) as error:
            log.warning("clip not made", clip=clip.id, why=str(error))
            return ClipMade(clip.id, clip.path, ok=False, words=str(error))
        except Exception:  # whoever asked is told in any case
            log.exception("clip not made", clip=clip.id)
            return ClipMade(clip.id, clip.path, ok=False, words="Không cắt được đoạn này: lỗi trong tiến trình truyền hình.")
        log.info("clip made", clip=clip.id, bytes=made.bytes, gaps=len(made.gaps))
        return ClipMade(clip.id, clip.path, ok=True, words=gap_words(made.gaps), begin=made.begin, duration=made.duration)

    def _write(self, segment: Segment) -> None:
        before = len(self._writer.pieces)
        self._writer.write(segment)
        if len(self._writer.pieces) > before:
            self._bytes += len(segment.data)
            self._last = self._clock.now()

    def _finish(self) -> None:
        while self._waiting:
            self._write(self._waiting.popleft())
        self._writer.close()

    async def _tell(self) -> None:
        self._settle()
        async with self._kept:
            self._kept.notify_all()

    async def _recorded_until(self, end: Instant) -> None:
        def reached() -> bool:
            return bool(self.pieces) and self.pieces[-1].end >= end

        patience = in_seconds(Duration(max(SECOND, end + CLIP_WAITS - self._clock.now())))
        try:
            async with asyncio.timeout(patience), self._kept:
                await self._kept.wait_for(reached)
        except TimeoutError:
            log.info("the programme ended before the clip", end=end)

    def _settle(self) -> None:
        state = self._true_state()
        if state != self._state:
            self._state = state
            self._since = self._clock.now()

    def _true_state(self) -> Literal["off", "recording", "full", "failed"]:
        if not self._wanted:
            return "off"
        if self._writer.state != "recording":
            return self._writer.state
        return "recording" if self._last is not None and self._clock.now() - self._last < STILL else "off"

    def _words(self) -> str:
        if self._wanted and self._state == "off":
            return "Chờ chương trình để ghi."
        lost = f" Đĩa ghi quá chậm: đã mất {self._lost} đoạn." if self._lost else ""
        return (self._writer.words + lost).strip()
