"""The few bits of coded pictures and sound that tell what they are. Pure; the decoder tells the rest."""

from typing import NamedTuple

_H264_SPS = 7
_HEVC_VPS, _HEVC_PPS = 32, 34
_SAMPLE_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
"""ISO/IEC 14496-3 table 1.18."""
_ADTS_HEADER = 7


class AdtsHeader(NamedTuple):
    """What the header of a frame of AAC says (ISO/IEC 14496-3 §1.A.2.2)."""

    hz: int
    channels: int | None
    """None: described inside the frame."""
    length: int
    """Bytes of the frame, header included."""


def video_codec(data: bytes) -> str:
    """`h264` or `hevc` by the parameter sets of an access unit in Annex B; empty where it carries none."""
    at = data.find(b"\0\0\1")
    while 0 <= at < len(data) - 4:
        first, second = data[at + 3], data[at + 4]
        if _HEVC_VPS <= (first >> 1) & 0x3F <= _HEVC_PPS and first & 0x81 == 0 and second == 1:
            return "hevc"
        if first & 0x9F == _H264_SPS:
            return "h264"
        at = data.find(b"\0\0\1", at + 3)
    return ""


def adts_header(data: bytes) -> AdtsHeader | None:
    """The header at the beginning of `data`; None where there is none."""
    if len(data) < _ADTS_HEADER or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return None
    rate = (data[2] >> 2) & 0x0F
    if rate >= len(_SAMPLE_RATES):
        return None
    channels = (data[2] & 1) << 2 | data[3] >> 6
    length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    return AdtsHeader(_SAMPLE_RATES[rate], (8 if channels == 7 else channels) or None, length)
