import pytest

from server.media.worker.annexb import ParameterSets, adts, is_key, nal_units

DELIMITER = b"\x00\x00\x00\x01\x09\xf0"
SPS = b"\x00\x00\x00\x01\x67\x42\x00\x1e"
PPS = b"\x00\x00\x00\x01\x68\xce\x38"
IDR = b"\x00\x00\x01\x65\x88\x84"
SLICE = b"\x00\x00\x01\x41\x9a"


def test_only_an_idr_picture_is_a_key():
    assert is_key(DELIMITER + SPS + PPS + IDR)
    assert not is_key(DELIMITER + SLICE)
    assert not is_key(b"")
    assert not is_key(b"\x00\x00\x01")


def test_nal_units_are_told_by_type_with_either_start_code():
    assert [kind for kind, _ in nal_units(DELIMITER + SPS + PPS + IDR)] == [9, 7, 8, 5]


def test_a_key_picture_without_parameter_sets_gets_the_newest_ones_after_its_delimiter():
    sets = ParameterSets()
    sets.keep(SPS + PPS)
    assert sets.complete(DELIMITER + IDR) == DELIMITER + SPS + PPS + IDR
    assert sets.complete(IDR) == SPS + PPS + IDR


def test_a_key_picture_that_has_them_stays_as_it_is_and_is_learned_from():
    sets = ParameterSets()
    whole = SPS + PPS + IDR
    assert sets.complete(whole) == whole
    assert sets.complete(IDR) == whole


def test_an_adts_header_tells_rate_channels_and_length():
    frame = adts(b"abc", 48_000, 2)
    assert frame[:2] == b"\xff\xf1"
    assert frame[2] >> 2 & 15 == 3
    assert (frame[3] & 3) << 11 | frame[4] << 3 | frame[5] >> 5 == 10
    with pytest.raises(ValueError, match="not in tuple"):
        adts(b"abc", 47_999, 2)
