import errno
import os

from server.media.worker.flow import Segment
from server.media.worker.recording_index import read_index
from server.media.worker.recording_writer import RESERVE, ROOM_TO_RESUME, Writer, free_bytes
from site_agent.units import MINUTE, Instant, seconds
from tests.support.disks import full_disk, small_disk

ZERO = 1_795_312_800_000_000


def segment(number: int, size: int = 1_000) -> Segment:
    begin = Instant(ZERO + seconds(2 * number))
    return Segment("source", number, begin, seconds(2), bytes([number % 256]) * size, False, "primary")


class Room:
    """How much the disk is said to have."""

    def __init__(self, free: int) -> None:
        self.free = free

    def __call__(self, folder):
        return self.free


def opened(folder, free=free_bytes, **more) -> Writer:
    writer = Writer(folder, free, **more)
    writer.open()
    return writer


def test_what_is_written_is_found_at_its_place(tmp_path):
    writer = opened(tmp_path)
    for number in range(5):
        writer.write(segment(number))
    writer.close()
    for piece in read_index(tmp_path):
        data = (tmp_path / piece.file).read_bytes()[piece.offset : piece.offset + piece.length]
        assert data == segment(piece.number).data
    assert read_index(tmp_path) == writer.pieces


def test_files_change_every_ten_minutes_at_the_bound_of_a_segment(tmp_path):
    writer = opened(tmp_path)
    for number in range(0, 700, 50):
        writer.write(segment(number))
    writer.close()
    files = sorted(tmp_path.glob("*.ts"))
    begins = [int(file.stem.rpartition("-")[2]) for file in files]
    assert begins == [ZERO, ZERO + 10 * MINUTE, ZERO + 20 * MINUTE]
    assert sum(file.stat().st_size for file in files) == 14_000


def test_a_new_life_goes_on_where_a_killed_one_left_the_index(tmp_path):
    killed = opened(tmp_path)
    killed.write(segment(0))
    killed.write(segment(1))
    with (tmp_path / "index.jsonl").open("r+b") as index:
        index.truncate(index.seek(0, os.SEEK_END) - 5)
    again = opened(tmp_path)
    again.write(segment(7))
    again.close()
    assert [piece.number for piece in read_index(tmp_path)] == [0, 7]


def test_it_stops_before_the_reserve_of_the_journal_is_touched_says_so_and_goes_on_when_there_is_room(tmp_path):
    room = Room(RESERVE + 1_500)
    writer = opened(tmp_path, room)
    writer.write(segment(0))
    assert writer.state == "recording"
    assert "phút nữa" in writer.words
    room.free = RESERVE + 500
    writer.write(segment(1))
    assert writer.state == "full"
    assert "để dành 1,0 GB cho nhật ký" in writer.words
    room.free = RESERVE + ROOM_TO_RESUME - 1
    writer.write(segment(2))
    assert writer.state == "full"
    room.free = RESERVE + ROOM_TO_RESUME * 100
    writer.write(segment(3))
    assert (writer.state, writer.words) == ("recording", "")
    assert [piece.number for piece in writer.pieces] == [0, 3]


def test_a_disk_that_fills_up_at_once_leaves_whole_pieces_only(tmp_path):
    with small_disk(tmp_path / "disk", 1) as disk:
        if disk is None:
            return
        writer = opened(disk.place / "recording", reserve=0, resume=0)
        writer.write(segment(0))
        disk.fill()
        writer.write(segment(1, 100_000))
        assert writer.state == "full"
        disk.free()
        writer.write(segment(2))
        assert writer.state == "recording"
        writer.close()
        assert [piece.number for piece in read_index(disk.place / "recording")] == [0, 2]


def test_a_file_that_may_not_grow_is_a_full_disk_too(tmp_path):
    writer = opened(tmp_path)
    with full_disk(largest_file=10_000):
        for number in range(12):
            writer.write(segment(number))
        assert writer.state == "recording"  # a new file had room again
    writer.close()
    assert [piece.number for piece in read_index(tmp_path)] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11]


def test_a_folder_that_cannot_be_used_is_said_and_tried_again(tmp_path):
    place = tmp_path / "recording"
    place.write_text("a file stands where the folder should")
    writer = opened(place)
    assert writer.state == "failed"
    writer.write(segment(0))
    assert "Không ghi được vào" in writer.words
    assert os.strerror(errno.EEXIST) in writer.words
    place.unlink()
    writer.write(segment(1))
    assert writer.state == "recording"
    assert [piece.number for piece in writer.pieces] == [1]
