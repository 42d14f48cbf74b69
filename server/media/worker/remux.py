"""Packets of a source as a clean MPEG-TS for the encoder: even timestamps, tables first, a key picture first."""

from fractions import Fraction

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from server.media.worker.flow import TICKS_PER_SECOND, Ticks


class Remux:
    """One encoder's input. Lives in the demuxer's thread."""

    BEGIN = 10 * TICKS_PER_SECOND
    """Where the encoder's timeline begins: the sound of the first picture may lie before it."""

    def __init__(self, source: InputContainer, base: Ticks) -> None:
        """`base`: what 0 of the encoder's timeline is on the source's."""
        self._base = base
        self._written: list[bytes] = []
        self._container = av.open(self, mode="w", format="mpegts", options={"mpegts_copyts": "1", "flush_packets": "1"})
        self._streams: dict[int, Stream] = {}
        for stream in (*source.streams.video[:1], *source.streams.audio[:1]):
            try:
                self._streams[stream.index] = self._container.add_stream_from_template(stream)
            except (av.error.FFmpegError, ValueError):
                """A track whose parameters nobody told: the programme goes on without it."""

    def write(self, data: bytes) -> int:
        """For PyAV: the face of a file."""
        self._written.append(bytes(data))
        return len(data)

    def packet(self, packet: "Packet[Stream]") -> None:
        """Takes a packet with timestamps of the source's timeline. One that cannot be written is left out."""
        stream = self._streams.get(packet.stream_index)
        if stream is None or packet.pts is None or packet.dts is None or packet.dts < self._base:
            return
        copy = av.Packet(bytes(packet))
        copy.stream = stream
        copy.time_base = Fraction(1, TICKS_PER_SECOND)
        copy.pts, copy.dts = packet.pts - self._base, packet.dts - self._base
        copy.is_keyframe = packet.is_keyframe
        try:
            self._container.mux_one(copy)
        except (av.error.FFmpegError, ValueError):
            """Out of order or broken: the decoder would have no use for it either."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._written)
        self._written.clear()
        return data

    def close(self) -> None:
        """End. What is written at the end is not wanted."""
        try:
            self._container.close()
        except (av.error.FFmpegError, ValueError):
            """It had not even a header."""
        self._written.clear()
