"""The window of two hours, the disk that is full, the worker that starts again."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from server.media.messages import LaunchMark
from server.media.worker.flow import Segment
from server.media.worker.folder import Folder, NoRoom
from server.media.worker.playlist import Entry
from server.media.worker.store import RENDITIONS, Store
from site_agent.units import MINUTE, Duration, Instant, seconds

BEGIN = 1_795_337_000_000_000


class SmallDisk(Folder):
    """A real folder that can be told to refuse."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, leave_free=0)
        self.full = False

    def write(self, files: Sequence[tuple[Entry, bytes]]) -> None:
        if self.full:
            raise NoRoom("hết chỗ")
        super().write(files)


def group(number: int, *, discontinuity: bool = False) -> list[Segment]:
    begin = Instant(BEGIN + number * 2_000_000)
    return [
        Segment(rendition, number, begin, seconds(2), f"{rendition} {number}".encode(), discontinuity, "primary")
        for rendition in RENDITIONS
    ]


async def opened(disk: Folder, window: Duration = MINUTE) -> Store:
    store = Store(disk, 3, window)
    await store.load()
    return store


async def filled(disk: Folder, count: int, window: Duration = MINUTE) -> Store:
    store = await opened(disk, window)
    for number in range(store.next_number, store.next_number + count):
        store.add(group(number))
    await store.write()
    return store


def numbers(store: Store) -> list[int]:
    return [int(line[-11:-3]) for line in (store.text("source") or "").splitlines() if line.endswith(".ts")]


def content(store: Store, name: str) -> bytes | None:
    found = store.find(name)
    return found.read_bytes() if isinstance(found, Path) else found


async def test_all_renditions_name_the_same_numbers_within_the_window(tmp_path: Path) -> None:
    store = await filled(SmallDisk(tmp_path), 40)
    assert numbers(store) == list(range(10, 40))
    for rendition in RENDITIONS:
        assert (store.text(rendition) or "").count(f"{rendition}-") == 30
        assert "#EXT-X-MEDIA-SEQUENCE:10" in (store.text(rendition) or "")


async def test_a_segment_that_left_the_playlist_stays_for_as_long_as_the_playlist_was(tmp_path: Path) -> None:
    store = await filled(SmallDisk(tmp_path), 40)
    assert content(store, group(0)[0].name) == b"source 0"
    for number in range(40, 65):
        store.add(group(number))
    await store.write()
    assert content(store, group(0)[0].name) is None
    assert not (tmp_path / group(0)[0].name).exists()
    assert content(store, group(20)[0].name) == b"source 20"


async def test_the_newest_segments_are_served_from_memory_and_the_others_from_their_files(tmp_path: Path) -> None:
    store = await filled(SmallDisk(tmp_path), 20)
    assert isinstance(store.find(group(19)[1].name), bytes)
    assert isinstance(store.find(group(3)[1].name), Path)
    assert store.find("../index.jsonl") is None


async def test_after_a_restart_numbers_and_discontinuities_go_on(tmp_path: Path) -> None:
    store = await filled(SmallDisk(tmp_path), 20)
    store.add(group(20, discontinuity=True))
    await store.write()
    again = await opened(SmallDisk(tmp_path))
    assert again.continues
    assert again.next_number == 21
    assert again.text("360p") == store.text("360p")
    for number in range(21, 60):
        again.add(group(number, discontinuity=number == 21))
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:2" in (again.text("source") or "")


async def test_a_group_that_was_half_written_or_torn_is_not_taken_up(tmp_path: Path) -> None:
    await filled(SmallDisk(tmp_path), 5)
    (tmp_path / group(4)[2].name).write_bytes(b"to")
    with (tmp_path / "index.jsonl").open("ab") as index:
        index.write(b'{"rendition":"sou')
    again = await opened(SmallDisk(tmp_path))
    assert numbers(again) == [0, 1, 2, 3]
    assert not (tmp_path / group(4)[0].name).exists()


async def test_a_hole_ends_what_is_taken_up(tmp_path: Path) -> None:
    await filled(SmallDisk(tmp_path), 6)
    (tmp_path / group(2)[0].name).unlink()
    assert numbers(await opened(SmallDisk(tmp_path))) == [3, 4, 5]


async def test_another_target_duration_begins_a_new_playlist_for_a_playlists_own_never_changes(tmp_path: Path) -> None:
    await filled(SmallDisk(tmp_path), 6)
    other = Store(SmallDisk(tmp_path), 5, MINUTE)
    await other.load()
    assert other.text("source") is None


async def test_with_a_full_disk_the_programme_goes_on_from_memory_and_says_so(tmp_path: Path) -> None:
    disk = SmallDisk(tmp_path)
    store = await filled(disk, 10)
    disk.full = True
    for number in range(10, 30):
        store.add(group(number))
        await store.write()
    assert "hết chỗ" in store.problem
    assert numbers(store) == list(range(30))
    assert content(store, group(12)[0].name) == b"source 12"
    disk.full = False
    await store.write()
    assert store.problem == ""
    assert await asyncio.to_thread((tmp_path / group(12)[0].name).read_bytes) == b"source 12"


async def test_a_disk_that_stays_full_shrinks_the_window_and_never_the_programme(tmp_path: Path) -> None:
    disk = SmallDisk(tmp_path)
    store = await filled(disk, 10, window=Duration(60 * MINUTE))
    disk.full = True
    for number in range(10, 100):
        store.add(group(number))
        await store.write()
    assert numbers(store) == list(range(60, 100))
    assert all(content(store, group(number)[0].name) for number in numbers(store))
    assert not await asyncio.to_thread(lambda: list(tmp_path.glob("*.ts")))


async def test_a_segment_beyond_the_target_is_told_as_long_as_the_target_allows(tmp_path: Path) -> None:
    store = await opened(SmallDisk(tmp_path))
    store.add([Segment(rendition, 0, Instant(BEGIN), seconds(9), b"", False, "primary") for rendition in RENDITIONS])
    assert "#EXTINF:3.499999," in (store.text("source") or "")


async def test_the_version_rises_with_each_change_of_the_text(tmp_path: Path) -> None:
    store = await filled(SmallDisk(tmp_path), 2)
    before = store.version
    mark = LaunchMark("launch.1.order", Instant(BEGIN), seconds(20), "{}")
    store.mark((mark,), MINUTE)
    assert store.version > before
    assert "launch.1.order" in (store.text("audio") or "")
    before = store.version
    store.mark((mark,), MINUTE)
    assert store.version == before


def test_a_disk_with_little_left_is_not_filled_to_the_brim(tmp_path: Path) -> None:
    folder = Folder(tmp_path, leave_free=1 << 60)
    folder.load(3)
    with pytest.raises(NoRoom, match="MB"):
        folder.write([(Entry("source", 0, Instant(BEGIN), seconds(2), False, 0, "a.ts", 1), b"x")])


async def test_where_nothing_could_be_taken_up_numbers_begin_above_what_players_have_seen(tmp_path: Path) -> None:
    seen = await filled(SmallDisk(tmp_path), 3)
    (tmp_path / "index.jsonl").unlink()
    again = Store(SmallDisk(tmp_path), 3, MINUTE, first_number=1_795_337_000)
    await again.load()
    assert again.next_number == 1_795_337_000 > seen.next_number
