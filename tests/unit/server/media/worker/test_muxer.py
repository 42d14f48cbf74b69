"""The muxer's packets, read back by our own reader, by PyAV, and counted."""

import io
from itertools import pairwise

import av
from hypothesis import given
from hypothesis import strategies as st

from server.media.worker.flow import Ticks, Unit
from server.media.worker.muxer import PACKET, Muxer
from server.media.worker.ts_reader import TsReader, unwrapped
from site_agent.units import Monotonic
from tests.support.media import coded_units

DELIMITER = b"\x00\x00\x00\x01\x09\xf0"


def picture(size: int, at: int, *, key: bool = False, late: int = 0) -> Unit:
    slice_ = b"\x00\x00\x00\x01" + (b"\x65" if key else b"\x41") + b"\xaa" * size
    return Unit("video", Ticks(at + late), Ticks(at), key, DELIMITER + slice_, Monotonic(0))


def counters(data: bytes) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for at in range(0, len(data), PACKET):
        assert data[at] == 0x47
        if data[at + 3] & 0x10:
            found.setdefault((data[at + 1] & 0x1F) << 8 | data[at + 2], []).append(data[at + 3] & 0x0F)
    return found


@given(st.lists(st.tuples(st.integers(0, 7_000), st.booleans(), st.integers(0, 9_000)), min_size=1, max_size=30))
def test_whatever_the_sizes_the_units_read_back_are_those_written_and_no_counter_breaks(
    shapes: list[tuple[int, bool, int]],
) -> None:
    units = [picture(size, 90_000 + 3_000 * n, key=key, late=late) for n, (size, key, late) in enumerate(shapes)]
    muxer = Muxer()
    data = b"".join(map(muxer.packets, units))
    assert len(data) % PACKET == 0
    for found in counters(data).values():
        assert all((after - before) % 16 == 1 for before, after in pairwise(found))
    reader = TsReader(lambda: Monotonic(0))
    assert [*reader.feed(data), *reader.finish()] == units


@given(st.integers(0, 1 << 40), st.integers(-(1 << 31), 1 << 31))
def test_a_wrapped_time_is_unwrapped_to_the_nearest(near: int, by: int) -> None:
    assert unwrapped((near + by) % (1 << 33), near) == near + by


def test_tables_stand_before_every_key_picture_and_nowhere_else() -> None:
    muxer = Muxer()
    assert muxer.packets(picture(10, 90_000, key=True))[1:3] == b"\x40\x00"
    assert muxer.packets(picture(10, 93_000))[1:3] == b"\x41\x00"


def test_a_picture_without_delimiter_gets_one() -> None:
    bare = Unit("video", Ticks(90_000), Ticks(90_000), True, b"\x00\x00\x01\x65\xaa", Monotonic(0))
    assert DELIMITER + bare.data in Muxer().packets(bare)


def test_pyav_reads_what_was_muxed_with_the_same_times_and_bytes() -> None:
    units = coded_units()
    muxer = Muxer()
    data = b"".join(map(muxer.packets, units))
    with av.open(io.BytesIO(data), format="mpegts") as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", "aac"]
        read = [(packet.stream.type, packet.pts, bytes(packet)) for packet in container.demux() if packet.pts is not None]
    for track in ("video", "audio"):
        assert [(pts, data) for kind, pts, data in read if kind == track] == [(u.pts, u.data) for u in units if u.track == track]


def test_sound_alone_is_a_stream_with_its_own_clock() -> None:
    sound = [unit for unit in coded_units() if unit.track == "audio"]
    muxer = Muxer(video=False)
    data = muxer.tables() + b"".join(map(muxer.packets, sound))
    with av.open(io.BytesIO(data), format="mpegts") as container:
        assert [stream.codec_context.name for stream in container.streams] == ["aac"]
        assert len([packet for packet in container.demux() if packet.pts is not None]) == len(sound)
