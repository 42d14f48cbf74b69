"""Access units into MPEG-TS packets (ISO 13818-1): one programme, H.264 and AAC, counters that never break.

Tables stand before every key picture, so that a reader may begin at any of them; PCR rides on each picture (or, in a stream
of sound alone, on each frame). Pure: bytes in, bytes out, its only state is the continuity counters.
"""

import functools
import struct

from server.media.worker.elementary import DELIMITER, begins_with_delimiter
from server.media.worker.flow import Ticks, Unit

PACKET = 188
PCR_LEAD = 45_000
"""Ticks by which the clock reference runs behind the decoding time: what a receiver may buffer, half a second."""

_PAYLOAD = PACKET - 4
_PAT_PID, _PMT_PID, _VIDEO_PID, _AUDIO_PID = 0x0000, 0x1000, 0x0100, 0x0101
_VIDEO_STREAM, _AUDIO_STREAM = 0xE0, 0xC0
_H264, _AAC_ADTS = 0x1B, 0x0F
_CLOCK = 1 << 33


class Muxer:
    """One MPEG-TS stream. `video=False`: sound alone."""

    def __init__(self, *, video: bool = True, audio: bool = True) -> None:
        self._counters = {_PAT_PID: 0, _PMT_PID: 0, _VIDEO_PID: 0, _AUDIO_PID: 0}
        self._clock_pid = _VIDEO_PID if video else _AUDIO_PID
        streams = ([(_H264, _VIDEO_PID)] if video else []) + ([(_AAC_ADTS, _AUDIO_PID)] if audio else [])
        self._pat = _section(0x00, 1, (1).to_bytes(2, "big") + (0xE000 | _PMT_PID).to_bytes(2, "big"))
        self._pmt = _section(0x02, 1, _programme(self._clock_pid, streams))

    def tables(self) -> bytes:
        """PAT and PMT: where a reader may begin."""
        return self._table(_PAT_PID, self._pat) + self._table(_PMT_PID, self._pmt)

    def packets(self, unit: Unit) -> bytes:
        """The packets of one access unit; before a key picture the tables too."""
        if unit.track == "audio":
            return self._elementary(_AUDIO_PID, unit, _sound_pes(unit), key=True)
        data = unit.data if begins_with_delimiter(unit.data) else DELIMITER + unit.data
        packets = self._elementary(_VIDEO_PID, unit, _picture_pes(unit, data), key=unit.key)
        return self.tables() + packets if unit.key else packets

    def _elementary(self, pid: int, unit: Unit, pes: bytes, *, key: bool) -> bytes:
        """The PES in packets: the first with PCR or random access where due, the last stuffed."""
        with_clock = pid == self._clock_pid
        fields = bytes(((0x40 if key else 0) | (0x10 if with_clock else 0),)) + (_clock(unit.dts) if with_clock else b"")
        head = bytes((len(fields),)) + fields if with_clock or key else b""
        packets = [self._packet(pid, pes[: _PAYLOAD - len(head)], head, begins=True)]
        at = _PAYLOAD - len(head)
        if whole := max(len(pes) - at, 0) // _PAYLOAD:
            packets += self._middle(pid, pes, at, whole)
            at += whole * _PAYLOAD
        if at < len(pes):
            packets.append(self._packet(pid, pes[at:], b"", begins=False))
        return b"".join(packets)

    def _middle(self, pid: int, pes: bytes, at: int, count: int) -> list[bytes]:
        """Heads and payloads of whole packets: nearly everything there is, so nothing here goes packet by packet."""
        counter = self._counters[pid]
        self._counters[pid] = (counter + count) & 0x0F
        heads = _HEADS[pid][counter:] + _HEADS[pid] * (count // 16 + 1)
        packets = [b""] * (2 * count)
        packets[::2] = heads[:count]
        packets[1::2] = _payloads(count).unpack_from(pes, at)
        return packets

    def _packet(self, pid: int, payload: bytes, head: bytes, *, begins: bool) -> bytes:
        """One packet, its adaptation field stretched so that the payload ends it."""
        missing = _PAYLOAD - len(head) - len(payload)
        if missing > 0:
            head = _stuffed(head, missing)
        counter = self._counters[pid]
        self._counters[pid] = (counter + 1) & 0x0F
        third = (0x30 if head else 0x10) | counter
        return bytes((0x47, (0x40 if begins else 0) | pid >> 8, pid & 0xFF, third)) + head + payload

    def _table(self, pid: int, section: bytes) -> bytes:
        payload = (b"\x00" + section).ljust(_PAYLOAD, b"\xff")
        return self._packet(pid, payload, b"", begins=True)


_HEADS = {pid: [bytes((0x47, pid >> 8, pid & 0xFF, 0x10 | counter)) for counter in range(16)] for pid in (_VIDEO_PID, _AUDIO_PID)}
"""Heads of the packets in the middle of a PES, by counter: nearly all packets are these."""


@functools.lru_cache(maxsize=1_024)
def _payloads(count: int) -> struct.Struct:
    return struct.Struct(f"{_PAYLOAD}s" * count)


def _stuffed(head: bytes, missing: int) -> bytes:
    """An adaptation field that is `missing` bytes longer than `head` (ISO 13818-1 §2.4.3.5)."""
    if not head:
        return b"\x00" if missing == 1 else bytes((missing - 1, 0)) + b"\xff" * (missing - 2)
    return bytes((head[0] + missing,)) + head[1:] + b"\xff" * missing


def _clock(dts: Ticks) -> bytes:
    """PCR: 33 bits of base, 6 reserved, 9 of extension."""
    base = (dts - PCR_LEAD) % _CLOCK
    return (base << 15 | 0x7E00).to_bytes(6, "big")


def _picture_pes(unit: Unit, data: bytes) -> bytes:
    """Of no stated length, which video may have; DTS only where it differs."""
    if unit.pts == unit.dts:
        return bytes((0, 0, 1, _VIDEO_STREAM, 0, 0, 0x84, 0x80, 5)) + _stamp(0x2, unit.pts) + data
    return bytes((0, 0, 1, _VIDEO_STREAM, 0, 0, 0x84, 0xC0, 10)) + _stamp(0x3, unit.pts) + _stamp(0x1, unit.dts) + data


def _sound_pes(unit: Unit) -> bytes:
    length = (len(unit.data) + 8).to_bytes(2, "big")
    return bytes((0, 0, 1, _AUDIO_STREAM)) + length + bytes((0x84, 0x80, 5)) + _stamp(0x2, unit.pts) + unit.data


def _stamp(kind: int, ticks: int) -> bytes:
    """A time of 33 bits in five bytes with its marker bits (ISO 13818-1 §2.4.3.7)."""
    ticks %= _CLOCK
    return bytes(
        (
            kind << 4 | ticks >> 29 & 0x0E | 1,
            ticks >> 22 & 0xFF,
            ticks >> 14 & 0xFE | 1,
            ticks >> 7 & 0xFF,
            ticks << 1 & 0xFE | 1,
        )
    )


def _programme(clock_pid: int, streams: list[tuple[int, int]]) -> bytes:
    """The body of a PMT: the clock's PID, no descriptors, the streams."""
    body = (0xE000 | clock_pid).to_bytes(2, "big") + b"\xf0\x00"
    return body + b"".join(bytes((kind,)) + (0xE000 | pid).to_bytes(2, "big") + b"\xf0\x00" for kind, pid in streams)


def _section(table: int, number: int, body: bytes) -> bytes:
    """A PSI section: header, body, CRC-32 of MPEG-2."""
    length = 5 + len(body) + 4
    section = bytes((table, 0xB0 | length >> 8, length & 0xFF)) + number.to_bytes(2, "big") + b"\xc1\x00\x00" + body
    return section + _crc(section).to_bytes(4, "big")


def _crc(data: bytes) -> int:
    """CRC-32/MPEG-2: not reflected, begun with ones, not inverted at the end."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc
