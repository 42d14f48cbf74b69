"""How loud the sound is, by libavfilter's `ebur128` (EBU R128, ITU-R BS.1770), and whether it is clipped.

Everything here blocks, and what it decodes is foreign: it belongs into a process of its own (`child`).
"""

import math
from collections.abc import Iterable
from fractions import Fraction

import av
import av.error
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.codec.context import CodecContext
from av.filter.context import FilterContext
from av.filter.graph import Graph

from server.media.worker.checks.findings import QUIETEST, Heard

_CLIPPED = -0.5
"""dBFS of a sample: AAC rounds off what was cut at 0."""
_METER = (
    ("ebur128", "metadata=1:peak=true:framelog=quiet"),
    ("astats", "metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level"),
)


class SoundMeter:
    """Decodes AAC and measures it. A change of the sampling or a hole begins the meter anew."""

    def __init__(self) -> None:
        self._decoder: AudioCodecContext | None = None
        self._form: tuple[int, str, str] | None = None
        self._entry: FilterContext
        self._exit: FilterContext
        self._graph: Graph
        self.broken = 0
        """Frames that could not be decoded."""

    def hear(self, frames: Iterable[bytes]) -> Heard | None:
        """Measure frames of AAC with their ADTS headers; None where that was too little for the meter to say anything."""
        told: list[dict[str, str]] = []
        for data in frames:
            for frame in self._decode(data):
                told += self._measure(frame)
        return _heard(told) if told else None

    def forget(self) -> None:
        """The next sound is of another life of the source."""
        self._decoder = self._form = None

    def _decode(self, data: bytes) -> list[AudioFrame]:
        if self._decoder is None:
            made = CodecContext.create("aac", "r")
            assert isinstance(made, AudioCodecContext)
            self._decoder = made
        try:
            return self._decoder.decode(av.Packet(data))
        except av.error.FFmpegError:
            self.broken += 1
            self._decoder = None
            return []

    def _measure(self, frame: AudioFrame) -> list[dict[str, str]]:
        form = (frame.sample_rate, frame.format.name, frame.layout.name)
        if form != self._form:
            self._build(*form)
            self._form = form
        frame.pts = None
        self._entry.push(frame)
        told = []
        while True:
            try:
                told.append(self._exit.pull().metadata)
            except (av.error.BlockingIOError, av.error.EOFError):
                return told

    def _build(self, hz: int, sample_format: str, layout: str) -> None:
        graph = Graph()
        last = self._entry = graph.add_abuffer(sample_rate=hz, format=sample_format, layout=layout, time_base=Fraction(1, hz))
        for name, options in _METER:
            each = graph.add(name, options)
            last.link_to(each)
            last = each
        self._exit = graph.add("abuffersink")
        last.link_to(self._exit)
        graph.configure()
        self._graph = graph


def _heard(told: list[dict[str, str]]) -> Heard:
    last = told[-1]
    return Heard(
        momentary=_level(last.get("lavfi.r128.M")),
        loudest=max(_level(each.get("lavfi.r128.M")) for each in told),
        short_term=_level(last.get("lavfi.r128.S")),
        integrated=_level(last.get("lavfi.r128.I")),
        true_peak=_decibels(float(last.get("lavfi.r128.true_peak", 0.0))),
        pieces=len(told),
        clipped=sum(_level(each.get("lavfi.astats.Overall.Peak_level")) >= _CLIPPED for each in told),
    )


def _level(words: str | None) -> float:
    value = float(words) if words else -math.inf
    return QUIETEST if math.isnan(value) else max(QUIETEST, value)


def _decibels(amplitude: float) -> float:
    return max(QUIETEST, 20 * math.log10(amplitude)) if amplitude > 0 else QUIETEST
