"""Opus, as WebRTC brings it, into AAC. Runs in aiortc's decoder thread of the track, in the decoder's place."""

from collections.abc import Iterator
from fractions import Fraction

import av
import av.error
from aiortc.jitterbuffer import JitterFrame
from av.audio.codeccontext import AudioCodecContext
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from server.media.worker.annexb import adts
from server.media.worker.clock import monotonic
from server.media.worker.elementary import AUDIO_FRAME_SAMPLES
from server.media.worker.whip_stream import Coded

_HZ = 48_000
_KBPS = 128
_APART = 960
"""Samples of one packet: timestamps further off than that have jumped, or packets are missing."""


class OpusToAac:
    """One track. Timestamps in and out count samples at 48 kHz."""

    def __init__(self) -> None:
        self._decoder: AudioCodecContext = av.CodecContext.create("libopus", "r")
        self._decoder.sample_rate = _HZ
        self._decoder.layout = "stereo"
        self._encoder: AudioCodecContext = av.CodecContext.create("aac", "w")
        self._encoder.sample_rate = _HZ
        self._encoder.layout = "stereo"
        self._encoder.format = "fltp"
        self._encoder.bit_rate = _KBPS * 1_000
        self._encoder.time_base = Fraction(1, _HZ)
        self._resampler = AudioResampler("fltp", "stereo", _HZ)
        self._samples = AudioFifo()
        self._start: int | None = None
        """Timestamp of sample 0 of the encoder's own counting."""
        self._taken = 0
        self._given = 0

    def decode(self, frame: JitterFrame) -> list[Coded]:
        """The AAC frames, with ADTS headers, that are whole now."""
        arrived = monotonic()
        if self._start is None or abs(frame.timestamp - self._start - self._taken) > _APART:
            self._start = frame.timestamp - self._taken
        for decoded in self._decoder.decode(av.Packet(frame.data)):
            decoded.pts = None
            for plain in self._resampler.resample(decoded):
                plain.pts = None
                self._taken += plain.samples
                self._samples.write(plain)
        return [Coded(data, self._start + at, arrived) for at, data in self._encoded()]

    def _encoded(self) -> Iterator[tuple[int, bytes]]:
        while (frame := self._samples.read(AUDIO_FRAME_SAMPLES)) is not None:
            assert isinstance(frame, AudioFrame)
            frame.pts, frame.time_base = self._given, Fraction(1, _HZ)
            self._given += AUDIO_FRAME_SAMPLES
            for packet in self._encoder.encode(frame):
                yield packet.pts or 0, adts(bytes(packet), _HZ, 2)
