"""What ingest must know of H.264 Annex B and of ADTS. Pure. ITU-T H.264 annex B; ISO 13818-7 §6.2."""

from collections.abc import Iterator

_IDR, _SPS, _PPS, _DELIMITER = 5, 7, 8, 9
_SYNC = b"\x00\x00\x01"
_START = b"\x00\x00\x00\x01"


def nal_units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and bytes (without start code) of each NAL unit."""
    begin = data.find(_SYNC)
    while begin != -1:
        begin += 3
        following = data.find(_SYNC, begin)
        end = len(data) if following == -1 else following
        unit = data[begin:end].rstrip(b"\x00")
        if unit:
            yield unit[0] & 0x1F, unit
        begin = following


def is_key(data: bytes) -> bool:
    """Whether decoding can begin here: an IDR picture (a mere recovery point is not enough for a closed GOP)."""
    begin = data.find(_SYNC)
    while begin != -1 and begin + 3 < len(data):
        kind = data[begin + 3] & 0x1F
        if kind == _IDR:
            return True
        if kind == 1:
            return False
        begin = data.find(_SYNC, begin + 3)
    return False


class ParameterSets:
    """Keeps the newest SPS and PPS of a stream, and puts them before key pictures that came without."""

    def __init__(self) -> None:
        self.sps = b""
        self._pps: dict[bytes, bytes] = {}

    def complete(self, data: bytes) -> bytes:
        """A key picture with its parameter sets before it; unchanged if it has them or none are known."""
        seen: set[int] = set()
        for kind, unit in nal_units(data):
            seen.add(kind)
            if kind == _SPS:
                self.sps = unit
            elif kind == _PPS:
                self._pps[unit[1:2]] = unit
            elif kind == _IDR:
                break
        if {_SPS, _PPS} <= seen or not self.sps or not self._pps:
            return data
        sets = b"".join(_START + unit for unit in (self.sps, *self._pps.values()))
        at = _after_delimiter(data)
        return data[:at] + sets + data[at:]

    def keep(self, data: bytes) -> None:
        """Remember parameter sets that came in other data (extradata)."""
        for kind, unit in nal_units(data):
            if kind == _SPS:
                self.sps = unit
            elif kind == _PPS:
                self._pps[unit[1:2]] = unit


def _after_delimiter(data: bytes) -> int:
    """Where the first NAL unit that is no access unit delimiter begins, start code included."""
    begin = data.find(_SYNC)
    if begin == -1 or begin + 3 >= len(data) or data[begin + 3] & 0x1F != _DELIMITER:
        return 0
    following = data.find(_SYNC, begin + 3)
    if following == -1:
        return len(data)
    return following - 1 if data[following - 1] == 0 else following


_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)


def is_adts(data: bytes) -> bool:
    """Whether an AAC frame carries its ADTS header."""
    return len(data) > 7 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0


def adts(frame: bytes, hz: int, channels: int) -> bytes:
    """An AAC-LC frame with its ADTS header. Raises ValueError for a sampling rate that AAC does not know."""
    length = len(frame) + 7
    rate = _RATES.index(hz)
    return (
        bytes(
            (
                0xFF,
                0xF1,
                1 << 6 | rate << 2 | channels >> 2,
                (channels & 3) << 6 | length >> 11,
                length >> 3 & 0xFF,
                (length & 7) << 5 | 0x1F,
                0xFC,
            )
        )
        + frame
    )
