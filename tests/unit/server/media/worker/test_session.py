"""One publisher's bytes through the whole session, without a network."""

import asyncio
import subprocess
from itertools import pairwise

import pytest

from server.media.worker.clock import monotonic
from server.media.worker.ffmpeg import ffmpeg_path
from server.media.worker.session import Session
from server.media.worker.timeline import Timeline
from tests.support.publishers import SMALL, Units, arguments, until


@pytest.fixture(scope="module")
def stream() -> dict[str, bytes]:
    def made(*options: str) -> bytes:
        command = [*arguments(seconds=3, real_time=False), "-f", "mpegts", *options, "pipe:1"]
        return subprocess.run(command, check=True, capture_output=True).stdout

    return {"now": made(), "an hour on": made("-output_ts_offset", "3600"), "before the wrap": made("-output_ts_offset", "95441")}


async def taken(*parts: bytes) -> tuple[Units, list[str]]:
    units = Units()
    session = Session(
        "primary", SMALL, Timeline(), asyncio.get_running_loop(), deliver=units.units, arrived=lambda _pictures: None
    )
    session.start()
    for part in parts:
        session.push(part, monotonic())
    session._demuxer.queue.end()
    await until(session._ended.is_set, 20)
    faults = [fault.code for fault in session.faults(monotonic())]
    await session.finish()
    return units, faults


def steps(units: Units, track: str) -> list[int]:
    return [after.dts - before.dts for before, after in pairwise(units.of(track))]


async def test_timestamps_that_jump_are_laid_flat_and_named(stream):
    units, faults = await taken(stream["now"], stream["an hour on"])
    assert "timestamps_jump" in faults
    assert len(units.of("video")) >= 170
    assert min(steps(units, "video")) > 0
    assert max(steps(units, "video")) < 90_000


async def test_the_33_bit_wrap_is_passed_without_a_word(stream):
    units, faults = await taken(stream["before the wrap"])
    assert "timestamps_jump" not in faults
    assert set(steps(units, "video")) == {3_000}
    assert set(steps(units, "audio")) <= {1_919, 1_920, 1_921}


async def test_garbage_in_the_middle_costs_pictures_and_nothing_else(stream):
    whole = stream["now"]
    half = len(whole) // 2
    units, _ = await taken(whole[:half], bytes(range(256)) * 40, whole[half:])
    assert len(units.of("video")) > 60
    assert min(steps(units, "video")) > 0


async def test_a_file_sent_without_pace_runs_ahead_no_further_than_any_server_would_and_is_named(stream, tmp_path):
    short = tmp_path / "short.ts"
    short.write_bytes(stream["now"])
    command = [ffmpeg_path(), "-v", "error", "-stream_loop", "9", "-i", str(short), "-c", "copy", "-f", "mpegts", "pipe:1"]
    made = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    units, faults = await taken(made.stdout)
    assert "too_fast" in faults
    pictures = units.of("video")
    assert pictures[-1].dts - pictures[0].dts < 20 * 90_000
