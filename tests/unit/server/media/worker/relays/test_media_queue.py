from server.media.worker.flow import TICKS_PER_SECOND, Chunk, Ticks
from server.media.worker.relays.media_queue import MediaQueue, NewestPictures
from site_agent.units import Instant


def picture(number: int, key: bool = False) -> Chunk:
    """The picture of that number at 10 a second, its number as its data."""
    return Chunk(b"%d " % number, key, "video", Ticks(number * TICKS_PER_SECOND // 10), Instant(0), "primary")


def programme(begin: int, end: int) -> list[Chunk]:
    """Pictures with a key picture every two seconds."""
    return [picture(number, key=number % 20 == 0) for number in range(begin, end)]


def taken(queue: MediaQueue) -> list[int]:
    return [int(each) for each in queue.take().split()]


def test_what_waits_comes_out_once_and_in_order():
    queue = MediaQueue(start=programme(0, 3))
    for chunk in programme(3, 5):
        queue.put(chunk)
    assert taken(queue) == [0, 1, 2, 3, 4]
    assert not queue
    assert queue.take() == b""


def test_a_queue_begins_with_a_key_picture_and_owes_nothing_before_it():
    queue = MediaQueue()
    for chunk in programme(15, 23):
        queue.put(chunk)
    assert taken(queue) == [20, 21, 22]
    assert queue.dropped == 0


def test_a_destination_that_falls_behind_goes_on_at_the_newest_key_picture_and_what_it_missed_is_counted():
    queue = MediaQueue(seconds=5.0)
    for chunk in programme(0, 52):
        queue.put(chunk)
    assert taken(queue) == list(range(40, 52))
    assert queue.dropped == 40


def test_where_no_key_picture_waits_everything_is_skipped_until_one_comes():
    queue = MediaQueue(seconds=1.0)
    for chunk in programme(0, 15):
        queue.put(chunk)
    assert [number for number in taken(queue) if number < 12] == []
    for chunk in programme(15, 22):
        queue.put(chunk)
    assert taken(queue) == [20, 21]


def test_pictures_skipped_while_waiting_for_a_key_picture_count_once_something_was_sent():
    queue = MediaQueue(seconds=1.0, start=programme(0, 2))
    queue.take()
    for chunk in programme(2, 21):
        queue.put(chunk)
    assert taken(queue) == [20]
    assert queue.dropped == 18


def test_a_new_session_begins_at_the_newest_key_picture():
    newest = NewestPictures()
    for chunk in programme(0, 45):
        newest.add(chunk)
    assert [int(chunk.data) for chunk in newest.copy()] == [40, 41, 42, 43, 44]


def test_key_pictures_too_far_apart_are_not_kept_for_ever():
    newest = NewestPictures(seconds=1.0)
    for chunk in programme(0, 15):
        newest.add(chunk)
    assert newest.copy() == []
