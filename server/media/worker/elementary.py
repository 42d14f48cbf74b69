"""The little of H.264 and ADTS that the programme's path must read. Pure; never decodes."""

from collections.abc import Iterator

AUDIO_FRAME_SAMPLES = 1_024
"""Of AAC-LC."""
DELIMITER = b"\x00\x00\x00\x01\x09\xf0"
"""An access unit delimiter, which MPEG-TS wants before every picture (ISO 13818-1 §2.14.1)."""

_ADTS_HEADER = 7
_SPS, _PPS, _DELIMITER, _SLICES = 7, 8, 9, frozenset({1, 5})


def begins_with_delimiter(picture: bytes) -> bool:
    """Whether the first NAL unit of an Annex B picture is an access unit delimiter."""
    at = 4 if picture.startswith(b"\x00\x00\x00\x01") else 3
    return len(picture) > at and picture[at] & 0x1F == _DELIMITER


def parameter_sets(picture: bytes) -> bytes:
    """SPS and PPS before the first slice of an Annex B picture, joined; empty where it brings none."""
    sets = []
    begin = picture.find(b"\x00\x00\x01")
    while begin >= 0 and begin + 3 < len(picture):
        kind = picture[begin + 3] & 0x1F
        if kind in _SLICES:
            break
        end = picture.find(b"\x00\x00\x01", begin + 3)
        if kind in {_SPS, _PPS}:
            sets.append(picture[begin + 3 : end if end >= 0 else len(picture)].rstrip(b"\x00"))
        begin = end
    return b"".join(sets)


def sound_parameters(frame: bytes) -> bytes:
    """What of an ADTS header decides how to decode: object type, rate and channels."""
    if len(frame) < _ADTS_HEADER:
        return b""
    return bytes((frame[2] & 0xFD, frame[3] & 0xC0))


def adts_frames(data: bytes) -> Iterator[bytes]:
    """The whole ADTS frames that `data` begins with; ends at the first byte that begins none."""
    at = 0
    while at + _ADTS_HEADER <= len(data) and data[at] == 0xFF and data[at + 1] & 0xF0 == 0xF0:
        length = (data[at + 3] & 0x03) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        if length < _ADTS_HEADER or at + length > len(data):
            return
        yield data[at : at + length]
        at += length
