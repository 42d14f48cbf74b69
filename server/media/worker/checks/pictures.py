"""Looks at key pictures: decodes each alone, says what the decoder found, and whether it is black or the same as the one before.

Everything here blocks, and what it decodes is foreign: it belongs into a process of its own (`child`).
"""

import io

import av
import av.error
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from PIL import Image, ImageChops

from server.media.worker.checks.findings import Seen

_SMALL = (160, 90)
"""Large enough that the noise of a camera that runs is seen in it."""
_BLACK_MEAN = 24
_BLACK_MOST = 48
"""Of 255, where black itself is 16 in video. A title on black is more."""
_BLACK_SHARE = 0.998
_SAME_WITHIN = 6
_SAME_SHARE = 0.999
"""The same picture coded again differs by a step or two; a clock in a corner makes it another."""
_WIDE = 320
_MOST_HIGH = 640
"""A picture a few dots wide and thousands high is somebody's trick or mishap."""
_MOST_BYTES = 20 * 1024
_QUALITIES = (70, 55, 40, 25, 12)


class PictureEye:
    """Decodes the key pictures of one source; keeps a small one to compare the next with."""

    def __init__(self) -> None:
        self._decoder: VideoCodecContext | None = None
        self._before: Image.Image | None = None

    def look(self, codec: str, data: bytes) -> Seen | None:
        """What the key picture `data` (Annex B with its parameter sets) shows; None where it cannot be decoded."""
        decoder = self._decoder_of(codec)
        try:
            frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
        except av.error.FFmpegError:
            frames = []
        finally:
            decoder.flush_buffers()
        if not frames or frames[0].is_corrupt:
            return None
        frame = frames[0]
        grey = _grey(frame)
        before, self._before = self._before, grey
        return Seen(
            width=frame.width,
            height=frame.height,
            profile=decoder.profile or "",
            level=_level(codec, decoder.level),
            pixel_format=frame.format.name,
            interlaced=frame.interlaced_frame,
            black=_is_black(grey),
            same=before is not None and _is_same(before, grey),
            jpeg=_thumbnail(frame),
        )

    def forget(self) -> None:
        """The next picture is of another life of the source."""
        self._before = None

    def _decoder_of(self, codec: str) -> VideoCodecContext:
        if self._decoder is None or self._decoder.name != codec:
            made = CodecContext.create(codec, "r")
            assert isinstance(made, VideoCodecContext)
            made.thread_count = 1
            self._decoder = made
        return self._decoder


def _level(codec: str, level: int | None) -> float | None:
    """H.264 counts levels in tenths, HEVC in thirtieths."""
    if level is None or level <= 0:
        return None
    return level / (30 if codec == "hevc" else 10)


def _grey(frame: VideoFrame) -> Image.Image:
    plane = frame.reformat(*_SMALL, format="gray", interpolation="POINT").planes[0]
    return Image.frombytes("L", _SMALL, bytes(plane), "raw", "L", plane.line_size, 1)


def _is_black(grey: Image.Image) -> bool:
    histogram = grey.histogram()
    count = grey.width * grey.height
    mean = sum(value * times for value, times in enumerate(histogram)) / count
    return mean <= _BLACK_MEAN and sum(histogram[: _BLACK_MOST + 1]) >= _BLACK_SHARE * count


def _is_same(before: Image.Image, grey: Image.Image) -> bool:
    histogram = ImageChops.difference(before, grey).histogram()
    return sum(histogram[: _SAME_WITHIN + 1]) >= _SAME_SHARE * grey.width * grey.height


def _thumbnail(frame: VideoFrame) -> bytes | None:
    """A JPEG of 320 px width and at most 20 KiB."""
    height = min(_MOST_HIGH, max(2, round(_WIDE * frame.height / frame.width / 2) * 2))
    plane = frame.reformat(_WIDE, height, format="rgb24", interpolation="AREA").planes[0]
    image = Image.frombytes("RGB", (_WIDE, height), bytes(plane), "raw", "RGB", plane.line_size, 1)
    for quality in _QUALITIES:
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality)
        if written.tell() <= _MOST_BYTES:
            return written.getvalue()
    return None
