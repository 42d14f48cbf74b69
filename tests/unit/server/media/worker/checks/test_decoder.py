"""The decoder of a source is a process of its own: what makes it crash costs a look, and never the worker."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager

from server.media.worker.checks.decoder import ChildDecoder
from server.media.worker.checks.talk import Frames, Looked, framed
from server.media.worker.clock import monotonic
from server.media.worker.demux import Demuxer, Guard
from tests.support.media import coded_ts, coded_units
from tests.support.publishers import until

CRASHES = "import os,signal;os.read(0,1);os.kill(os.getpid(),signal.SIGSEGV)"
"""What a libav does that meets its bug: dies of the first bytes."""


@asynccontextmanager
async def running(*command):
    decoder = ChildDecoder("primary", *([command] if command else []))
    task = asyncio.create_task(decoder.run())
    try:
        await until(lambda: decoder.pid)
        yield decoder
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert decoder.pid is None


class Sink:
    def __init__(self):
        self.told = []

    def opened(self, _container):
        self.told.append("opened")

    def packet(self, _packet, _arrived):
        if self.told[-1] != "packets":
            self.told.append("packets")

    def idle(self): ...

    def unreadable(self):
        self.told.append("unreadable")

    def fell(self, times, _pause):
        self.told.append(f"fell {times}")

    def ended(self):
        self.told.append("ended")


def key_picture():
    return next(unit.data for unit in coded_units() if unit.track == "video" and unit.key)


def sound():
    return [unit.data for unit in coded_units() if unit.track == "audio"]


async def test_pictures_and_sound_are_decoded_elsewhere_and_a_child_killed_by_a_signal_is_replaced_and_told():
    async with running() as decoder:
        found = await decoder.look("h264", key_picture(), sound())
        assert (found.picture.width, found.picture.height, found.broken) == (160, 90, False)
        assert found.picture.jpeg[:2] == b"\xff\xd8"
        assert found.sound.pieces > 10
        assert decoder.faults() == ()
        first = decoder.pid
        looking = asyncio.create_task(decoder.look("h264", key_picture(), sound()))
        os.kill(first, signal.SIGSEGV)
        await looking  # answered before, or None: never an exception
        await until(lambda: decoder.falls)
        (fault,) = decoder.faults()
        assert fault.words.startswith("Không kiểm tra được hình và tiếng: bộ giải mã hỏng, đã chạy lại 1 lần.")
        await until(lambda: decoder.pid not in {None, first})
        assert (await decoder.look("h264", key_picture(), [])).picture.width == 160


async def test_one_that_is_to_start_later_starts_as_soon_as_somebody_needs_it():
    decoder = ChildDecoder("backup", (sys.executable, "-S", "-c", CRASHES), after=600)
    task = asyncio.create_task(decoder.run())
    await asyncio.sleep(0)
    assert decoder.tasting() is None
    await until(decoder.tasting)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_look_that_makes_the_child_crash_is_answered_with_nothing():
    async with running(sys.executable, "-S", "-c", CRASHES) as decoder:
        assert await decoder.look("h264", key_picture(), []) is None
        await until(lambda: decoder.falls)


async def demuxed(decoder, data):
    """What comes of a stream behind the guard, and whether its thread was named."""
    sink, entered = Sink(), []
    demuxer = Demuxer("primary", sink, Guard(decoder.tasting, lambda: entered.append(True)))
    for at in range(0, len(data), 1_316):
        demuxer.queue.push(data[at : at + 1_316], monotonic())
    demuxer.start()
    return sink, demuxer, entered


async def test_a_stream_is_opened_only_after_the_child_has_survived_it_and_nothing_of_it_is_lost():
    async with running() as decoder:
        sink, demuxer, entered = await demuxed(decoder, coded_ts())
        demuxer.queue.end()
        await until(lambda: "ended" in sink.told)
        assert sink.told == ["opened", "packets", "ended"]
        assert entered == [True]
        await asyncio.to_thread(demuxer.close)


async def test_noise_is_told_unreadable_without_being_opened():
    async with running() as decoder:
        sink, demuxer, _ = await demuxed(decoder, os.urandom(300_000))
        demuxer.queue.end()
        await until(lambda: "ended" in sink.told)
        assert set(sink.told) <= {"unreadable", "ended"}
        await asyncio.to_thread(demuxer.close)


async def test_a_stream_that_its_taster_falls_over_is_held_out_and_never_opened():
    async with running(sys.executable, "-S", "-c", CRASHES) as decoder:
        sink, demuxer, _ = await demuxed(decoder, coded_ts())
        await until(lambda: "fell 1" in sink.told)
        demuxer.queue.end()
        await until(lambda: "ended" in sink.told)
        assert sink.told == ["fell 1", "ended"]
        await asyncio.to_thread(demuxer.close)


def test_messages_are_cut_out_of_whatever_pieces_they_come_in():
    whole = framed(Looked(None, None, broken=True)) * 3
    frames = Frames()
    found = [body for at in range(0, len(whole), 5) for body in frames.feed(whole[at : at + 5])]
    assert len(found) == 3
    assert len(set(found)) == 1
