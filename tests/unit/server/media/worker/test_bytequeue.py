import threading

from server.media.worker.bytequeue import ByteQueue
from site_agent.units import SECOND, Monotonic


def test_each_byte_knows_when_it_arrived():
    queue = ByteQueue(idle=lambda: None)
    queue.push(b"abc", Monotonic(1))
    queue.push(b"defg", Monotonic(2))
    assert [queue.arrival(position) for position in (0, 2, 3, 6)] == [1, 1, 2, 2]
    assert queue.read(2) == b"ab"
    queue.restart()
    assert [queue.arrival(position) for position in (0, 1, 4)] == [1, 2, 2]


def test_a_full_queue_counts_what_it_leaves_out_and_never_blocks():
    queue = ByteQueue(idle=lambda: None, bound=4)
    queue.push(b"abc", Monotonic(1))
    queue.push(b"defg", Monotonic(2))
    assert queue.dropped == 4
    assert queue.read(100) == b"abc"


def test_a_reader_that_fell_far_behind_goes_on_with_what_comes_now():
    queue = ByteQueue(idle=lambda: None)
    for second in range(12):
        queue.push(b"abcd", Monotonic(second * SECOND))
    assert queue.dropped == 40
    assert queue.read(100) == b"abcd"
    assert queue.arrival(0) == 10 * SECOND
    queue.push(b"efgh", Monotonic(30 * SECOND))
    assert queue.read(100) == b"efgh"
    assert queue.arrival(4) == 30 * SECOND


def test_the_reader_waits_for_bytes_tells_before_that_it_is_idle_and_reads_nothing_after_the_end():
    idle = threading.Event()
    queue = ByteQueue(idle=idle.set)
    read: list[bytes] = []
    thread = threading.Thread(target=lambda: read.extend([queue.read(10), queue.read(10)]))
    thread.start()
    assert idle.wait(10)
    queue.push(b"abc", Monotonic(1))
    queue.end()
    thread.join(10)
    assert read == [b"abc", b""]
    assert queue.ended
