"""The demuxer's thread outlives whatever a stream does to those who read it."""

from server.media.worker.clock import monotonic
from server.media.worker.demux import Demuxer
from server.media.worker.muxer import Muxer
from tests.support.media import coded_units


class Sink:
    def __init__(self) -> None:
        self.told: list[str] = []

    def opened(self, _container: object) -> None:
        self.told.append("opened")

    def packet(self, _packet: object, _arrived: object) -> None:
        raise KeyError("unforeseen")

    def idle(self) -> None: ...

    def unreadable(self) -> None:
        self.told.append("unreadable")

    def ended(self) -> None:
        self.told.append("ended")


def test_a_reader_that_fails_ends_neither_the_thread_nor_the_stream() -> None:
    sink = Sink()
    demuxer = Demuxer("test", sink)
    muxer = Muxer()
    for _ in range(3):
        for unit in coded_units():
            demuxer.queue.push(muxer.packets(unit), monotonic())
    demuxer.start()
    demuxer.queue.end()
    demuxer._thread.join(timeout=20)
    assert sink.told[0] == "opened"
    assert sink.told.count("opened") > 1
    assert sink.told[-1] == "ended"
    demuxer.close()
