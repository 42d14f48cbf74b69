"""The encoders that read the programme, as real children."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from server.media.messages import Profile
from server.media.worker.fed_child import FedChild
from server.media.worker.flow import Chunk
from server.media.worker.loudspeaker import KBPS, Loudspeaker
from server.media.worker.low import LowEncoder
from server.media.worker.muxer import Muxer
from server.media.worker.segmenter import Piece, Segmenter
from site_agent.units import Instant
from tests.support.media import coded_units
from tests.support.waiting import until

PROFILE = Profile(width=160, height=90)


@asynccontextmanager
async def living(life: object) -> AsyncIterator[None]:
    task = asyncio.ensure_future(life)  # type: ignore[call-overload]
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def programme() -> tuple[list[Chunk], list[Piece]]:
    """Four seconds of it, and the pieces they are cut into."""
    muxer, pieces = Muxer(), list[Piece]()
    segmenter = Segmenter(pieces.append, 0, continues=False)
    chunks = []
    for unit in coded_units():
        key = unit.key and unit.track == "video"
        chunks.append(Chunk(muxer.packets(unit), key, unit.track, unit.pts, Instant(unit.pts), "primary"))
        segmenter.lay(unit, chunks[-1])
    return chunks, pieces


async def test_the_light_rendition_has_every_picture_of_a_piece_at_the_same_time_and_its_key_picture_first() -> None:
    low = LowEncoder(PROFILE)
    chunks, pieces = programme()
    async with living(low.run()):
        await until(lambda: low.child.running)
        for chunk in chunks:
            low.chunk(chunk)
        piece = pieces[1]
        assert low.encodes(piece)
        await until(lambda: low.finished(piece))
        taken = low.take(piece)
    assert taken is not None
    assert [unit.pts for unit in taken] == [unit.pts for unit in piece.pictures]
    assert [unit.key for unit in taken] == [unit.key for unit in piece.pictures]


async def test_a_child_that_was_killed_is_started_again_and_takes_up_at_a_key_picture() -> None:
    low = LowEncoder(PROFILE)
    chunks, pieces = programme()
    async with living(low.run()):
        await until(lambda: low.child.running)
        for chunk in chunks[:20]:
            low.chunk(chunk)
        assert low.child.pid is not None
        os.kill(low.child.pid, signal.SIGKILL)
        await until(lambda: low.child.restarts == 1 and low.child.running)
        for chunk in chunks[20:]:
            low.chunk(chunk)
        assert not low.encodes(pieces[0])
        assert low.encodes(pieces[1])
        await until(lambda: low.finished(pieces[1]))
        assert low.take(pieces[0]) is None
        assert low.take(pieces[1]) is not None


async def test_a_slow_child_loses_what_waits_and_goes_on_at_the_next_entry() -> None:
    child = FedChild("slow", (), lambda data: None, most_bytes=1_000)
    assert not child.feed(b"x" * 600, entry=True)
    child.running = True
    assert not child.feed(b"x" * 600, entry=False)
    assert child.feed(b"x" * 600, entry=True)
    assert child.feed(b"x" * 600, entry=False)
    assert not child.feed(b"x" * 600, entry=False)
    assert not child.feed(b"x" * 600, entry=False)
    assert child.feed(b"x" * 600, entry=True)


async def test_loudspeakers_hear_whole_frames_and_the_encoder_lives_only_while_one_listens() -> None:
    loudspeaker = Loudspeaker(PROFILE)
    sound = [unit for unit in coded_units() if unit.track == "audio"]
    frame = 144 * KBPS * 1_000 // PROFILE.audio_hz
    async with living(loudspeaker.run()):
        assert loudspeaker.listeners == 0
        heard = b""
        listening = loudspeaker.listen()
        first = asyncio.ensure_future(anext(listening))
        await until(lambda: loudspeaker.listeners)
        while not first.done():
            for unit in sound:
                loudspeaker.sound(unit)
            await asyncio.wait({first}, timeout=0.5)
        heard = await first
        await listening.aclose()
        assert loudspeaker.listeners == 0
    assert len(heard) % frame == 0
    assert {heard[at : at + 2] for at in range(0, len(heard), frame)} == {b"\xff\xfb"}
