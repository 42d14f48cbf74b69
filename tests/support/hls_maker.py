"""A small programme for tests of players: ffmpeg's test picture and a tone, cut into segments, and playlists with capture times as
our worker writes them. Its faults are attributes: `status` (404, 503), `hang`, `marks`.

Run `python tests/support/hls_maker.py --port 8098` for a programme at `/live/programme.m3u8`.
"""

import asyncio
import base64
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

SEGMENT = 1.0
"""Seconds; the worker cuts two. Shorter keeps tests short."""
FRAMES = 25


def date_time(instant: int) -> str:
    """An instant (µs of UTC) as EXT-X-PROGRAM-DATE-TIME."""
    return datetime.fromtimestamp(instant / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class Mark:
    """A signed order or abort, as the plan carries it."""

    id: str
    at: int
    signed: dict[str, str]

    def line(self) -> str:
        """Its EXT-X-DATERANGE (RFC 8216 §4.3.2.7)."""
        text = base64.urlsafe_b64encode(json.dumps(self.signed).encode()).rstrip(b"=").decode()
        return f'#EXT-X-DATERANGE:ID="{self.id}",START-DATE="{date_time(self.at)}",DURATION=12.000,X-DIEMCAU-SIGNED="{text}"'


@dataclass
class HlsMaker:
    """Encodes in real time into a folder; serves the playlists and segments under /live/."""

    folder: Path
    sound: bool = True
    window: int = 60
    """Segments in a playlist."""
    earlier: int = 0
    """So many seconds were sent before it began: there is something to look back on. Behind them a discontinuity."""
    status: int = 200
    """What every request of /live/ is answered with; 200: truly."""
    hang: bool = False
    """Playlists stand still, as if the encoder did."""
    marks: list[Mark] = field(default_factory=list)
    segments: list[tuple[str, int]] = field(default_factory=list)
    """(file name, instant of the first picture in µs)"""
    requests: list[str] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _task: asyncio.Task[None] | None = None
    _frozen: str | None = None

    def arguments(self, most: int = 0) -> list[str]:
        """ffmpeg's; `most` seconds at once, or for ever in real time."""
        keys = round(FRAMES * SEGMENT)
        pace, end, name = ([], ["-t", str(most)], "e") if most else (["-re"], [], "s")
        sound = ["-f", "lavfi", *pace, "-i", "sine=frequency=440:sample_rate=48000"] if self.sound else []
        encode = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(keys), "-sc_threshold", "0"]
        encode += ["-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "64k"]
        cut = ["-f", "segment", "-segment_time", str(SEGMENT), "-segment_format", "mpegts", "-segment_list", "pipe:1"]
        cut += ["-segment_list_type", "csv", "-segment_list_flags", "+live", *end, str(self.folder / f"{name}%06d.ts")]
        picture = ["-f", "lavfi", *pace, "-i", f"testsrc2=size=320x180:rate={FRAMES}"]
        return ["-loglevel", "error", "-nostdin", *picture, *sound, *encode, *cut]

    async def start(self) -> None:
        """Begin to encode."""
        if self.earlier:
            before = await asyncio.create_subprocess_exec(
                "ffmpeg", *self.arguments(self.earlier), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
            )
            await before.wait()
        self._process = await asyncio.create_subprocess_exec(
            "ffmpeg", *self.arguments(), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        self._task = asyncio.create_task(self._read())

    async def stop(self) -> None:
        """End."""
        assert self._process is not None
        assert self._task is not None
        self._process.kill()
        await self._process.wait()
        await self._task

    async def _read(self) -> None:
        """Each line tells of a finished segment: name, begin, end. The first to arrive fixes when the stream began."""
        assert self._process is not None
        assert self._process.stdout is not None
        began: int | None = None
        while line := await self._process.stdout.readline():
            name, start, end = line.decode().strip().split(",")
            arrived = time.time_ns() // 1000 - round(float(end) * 1e6)
            if began is None:
                self.segments = [(f"e{back:06d}.ts", arrived - (self.earlier - back) * 1_000_000) for back in range(self.earlier)]
            began = arrived if began is None else min(began, arrived)
            self.segments.append((name, began + round(float(start) * 1e6)))

    def master(self) -> str:
        """Two renditions; both are the same here."""
        lines = ["#EXTM3U", "#EXT-X-VERSION:3"]
        for bandwidth, size, name in ((400_000, "320x180", "360p"), (900_000, "640x360", "source")):
            lines += [f'#EXT-X-STREAM-INF:BANDWIDTH={bandwidth},RESOLUTION={size},CODECS="avc1.42c01e,mp4a.40.2"', f"{name}.m3u8"]
        return "\n".join(lines) + "\n"

    def playlist(self) -> str:
        """Of either rendition."""
        if self.hang and self._frozen is not None:
            return self._frozen
        shown = self.segments[-self.window :]
        first = len(self.segments) - len(shown)
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{round(SEGMENT)}", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
        lines += [mark.line() for mark in self.marks]
        for name, instant in shown:
            lines += ["#EXT-X-DISCONTINUITY"] if name == "s000000.ts" and self.earlier else []
            lines += [f"#EXT-X-PROGRAM-DATE-TIME:{date_time(instant)}", f"#EXTINF:{SEGMENT:.3f},", name]
        self._frozen = "\n".join(lines) + "\n"
        return self._frozen

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """GET /live/…"""
        name = request.match_info["name"]
        self.requests.append(name)
        headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
        if self.status != 200 or (name.endswith(".m3u8") and len(self.segments) < 3):
            return web.Response(status=self.status if self.status != 200 else 404, headers=headers)
        if name == "programme.m3u8":
            return web.Response(text=self.master(), content_type="application/vnd.apple.mpegurl", headers=headers)
        if name.endswith(".m3u8"):
            return web.Response(text=self.playlist(), content_type="application/vnd.apple.mpegurl", headers=headers)
        return web.FileResponse(self.folder / name, headers=headers | {"Content-Type": "video/mp2t"})

    def route(self, app: web.Application) -> None:
        """Put /live/ into an application, before its other routes."""
        app.router.add_get("/live/{name}", self.serve)


@asynccontextmanager
async def making(**options: Any) -> AsyncIterator[HlsMaker]:
    """A programme that runs while the block does."""
    with tempfile.TemporaryDirectory(prefix="hls-") as folder:
        maker = HlsMaker(Path(folder), **options)
        await maker.start()
        try:
            yield maker
        finally:
            await maker.stop()
