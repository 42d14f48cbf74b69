import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.media.worker.recording_index import INDEX, Gap, Piece, chosen, gaps_within, line_of, mend_index, read_index
from site_agent.units import Instant, seconds

ZERO = 1_795_312_800_000_000


def at(second: float) -> Instant:
    return Instant(ZERO + seconds(second))


def piece(number: int, begin: float | None = None, file: str = "one.ts") -> Piece:
    return Piece(at(2 * number if begin is None else begin), seconds(2), file, number * 10, 10, number)


def recorded(folder, pieces, tail=b""):
    (folder / "one.ts").write_bytes(bytes(10 * len(pieces)))
    (folder / INDEX).write_bytes(b"".join(map(line_of, pieces)) + tail)


def test_what_was_written_is_read(tmp_path):
    pieces = [piece(number) for number in range(3)]
    recorded(tmp_path, pieces)
    assert read_index(tmp_path) == pieces


def test_an_empty_folder_has_nothing(tmp_path):
    assert mend_index(tmp_path) == []


@pytest.mark.parametrize("cut", range(1, len(line_of(piece(2))) + 1))
def test_half_a_line_at_the_end_is_dropped_and_the_next_one_stands_alone(tmp_path, cut):
    pieces = [piece(number) for number in range(3)]
    recorded(tmp_path, pieces)
    index = tmp_path / INDEX
    whole = index.read_bytes()
    index.write_bytes(whole[:-cut])
    assert mend_index(tmp_path) == pieces[:2]
    with index.open("ab") as file:
        file.write(line_of(pieces[2]))
    assert read_index(tmp_path) == pieces


def test_a_piece_whose_bytes_are_not_all_there_is_dropped(tmp_path):
    recorded(tmp_path, [piece(number) for number in range(3)])
    (tmp_path / "one.ts").write_bytes(bytes(25))
    assert [each.number for each in read_index(tmp_path)] == [0, 1]


def test_a_file_that_was_deleted_takes_its_pieces_along(tmp_path):
    recorded(tmp_path, [piece(0), piece(1, file="gone.ts")])
    assert [each.number for each in read_index(tmp_path)] == [0]


@given(st.binary(max_size=200))
def test_garbage_in_the_index_never_stops_the_recording(tmp_path_factory, garbage):
    folder = tmp_path_factory.mktemp("garbage")
    recorded(folder, [piece(0)], tail=garbage + b"\n")
    assert piece(0) in mend_index(folder)


def test_an_interval_takes_the_pieces_that_show_any_of_it():
    pieces = [piece(number) for number in range(5)]
    assert [each.number for each in chosen(pieces, at(3), at(6))] == [1, 2]
    assert [each.number for each in chosen(pieces, at(2), at(6.1))] == [1, 2, 3]
    assert chosen(pieces, at(20), at(30)) == []


def test_gaps_are_what_is_missing_at_the_ends_and_between():
    pieces = [piece(1), piece(2), piece(7)]
    assert gaps_within(pieces, at(0), at(20)) == [Gap(at(0), at(2)), Gap(at(6), at(14)), Gap(at(16), at(20))]
    assert gaps_within(pieces[:2], at(2.2), at(5.9)) == []
    assert gaps_within([], at(0), at(1)) == [Gap(at(0), at(1))]


def test_a_source_whose_pictures_travel_longer_makes_no_gap():
    later = [piece(1), piece(2, begin=6.5), piece(3, begin=8.5)]
    earlier = [piece(1), piece(2, begin=2.5), piece(3, begin=4.5)]
    assert gaps_within(later, at(2), at(10)) == []
    assert gaps_within(earlier, at(2), at(6)) == []


def test_old_lines_without_a_number_are_read():
    line = msgspec.json.encode({"begin": ZERO, "duration": 1, "file": "one.ts", "offset": 0, "length": 1})
    assert msgspec.json.decode(line, type=Piece).number == 0
