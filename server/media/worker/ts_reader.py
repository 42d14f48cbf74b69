"""MPEG-TS of one programme back into access units: what ffmpeg children of the worker write. Not for what comes from outside.

Bytes come in as they are read; a picture is told when the next one begins, or at `finish`.
"""

from collections.abc import Callable

from server.media.worker.elementary import adts_frames
from server.media.worker.flow import Ticks, Unit
from server.media.worker.muxer import PACKET
from site_agent.units import Monotonic

_WRAP = 1 << 33
_VIDEO, _AUDIO = 0xE0, 0xC0
_IDR = 5


class TsReader:
    """Reads one H.264 and one AAC stream by their PES stream ids, whatever their PIDs."""

    def __init__(self, now: Callable[[], Monotonic], audio_hz: int = 48_000) -> None:
        self._now = now
        self._frame_ticks = 1_024 * 90_000 / audio_hz
        self._rest = b""
        self._open: dict[int, bytearray] = {}
        self._units: list[Unit] = []

    def feed(self, data: bytes) -> list[Unit]:
        """The units that are whole now."""
        data = self._rest + data if self._rest else data
        whole = len(data) - len(data) % PACKET
        for at in range(0, whole, PACKET):
            self._packet(data, at)
        self._rest = data[whole:]
        return self._taken()

    def finish(self) -> list[Unit]:
        """The units that were still open: the stream has ended."""
        for pid in list(self._open):
            self._close(pid)
        return self._taken()

    def _taken(self) -> list[Unit]:
        units, self._units = self._units, []
        return units

    def _packet(self, data: bytes, at: int) -> None:
        pid = (data[at + 1] & 0x1F) << 8 | data[at + 2]
        flags = data[at + 3]
        if not flags & 0x10:
            return
        begin = at + 5 + data[at + 4] if flags & 0x20 else at + 4
        if data[at + 1] & 0x40:
            self._close(pid)
            if data[begin : begin + 3] == b"\x00\x00\x01" and data[begin + 3] in {_VIDEO, _AUDIO}:
                self._open[pid] = bytearray(data[begin : at + PACKET])
        elif pid in self._open:
            self._open[pid] += data[begin : at + PACKET]

    def _close(self, pid: int) -> None:
        pes = self._open.pop(pid, None)
        if pes is None:
            return
        pts = _stamp(pes, 9)
        dts = _stamp(pes, 14) if pes[7] & 0x40 else pts
        body = bytes(pes[9 + pes[8] :])
        if pes[3] == _VIDEO:
            self._units.append(Unit("video", Ticks(pts), Ticks(dts), _has_idr(body), body, self._now()))
            return
        for index, frame in enumerate(adts_frames(body)):
            at = Ticks(pts + round(index * self._frame_ticks))
            self._units.append(Unit("audio", at, at, True, frame, self._now()))


def _stamp(pes: bytearray, at: int) -> int:
    return (
        (pes[at] & 0x0E) << 29
        | pes[at + 1] << 22
        | (pes[at + 2] & 0xFE) << 14
        | pes[at + 3] << 7
        | pes[at + 4] >> 1
    )  # fmt: skip


def _has_idr(picture: bytes) -> bool:
    at = picture.find(b"\x00\x00\x01")
    while at >= 0 and at + 3 < len(picture):
        kind = picture[at + 3] & 0x1F
        if kind in {1, _IDR}:
            return kind == _IDR
        at = picture.find(b"\x00\x00\x01", at + 3)
    return False


def unwrapped(ticks: int, near: int) -> Ticks:
    """The time without end that has these 33 bits and lies nearest to `near`."""
    return Ticks(near + (ticks - near + _WRAP // 2) % _WRAP - _WRAP // 2)
