"""The recording as the worker uses it, with real clips where a real file comes out."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import av
import pytest

from server.media.messages import CutClip
from server.media.worker.clock import Clock
from server.media.worker.cutting import CutFailed, cut
from server.media.worker.flow import Segment
from server.media.worker.recording import FOLDER, Recording
from server.media.worker.recording_writer import RESERVE, Writer
from site_agent.units import Instant, seconds
from tests.support.clips import AAC, GOOD, PICTURE, TONE, make_clip, units_of
from tests.support.programme_stream import Timeline
from tests.support.waiting import until


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    other = ("-x264-params", "ref=3:keyint=60:scenecut=0:cabac=0", "-level", "4.0")
    one = make_clip(folder / "one.ts", 6, PICTURE, TONE, *GOOD, *AAC)
    return units_of(one), units_of(make_clip(folder / "two.ts", 6, PICTURE, TONE, *GOOD, *other, *AAC))


def segments(clips, begin: Instant, first_number: int = 0) -> list[Segment]:
    """Two seconds each, on one timeline."""
    timeline, groups = Timeline(begin), []
    for chunk in (chunk for clip in clips for chunk in timeline.chunks(clip, "primary")):
        if chunk.key:
            groups.append([])
        groups[-1].append(chunk)
    return [
        Segment("source", number, group[0].captured, seconds(2), b"".join(each.data for each in group), False, "primary")
        for number, group in enumerate(groups, first_number)
    ]


@asynccontextmanager
async def recording(data: Path, clock: Clock, writer: Writer | None = None):
    made = Recording(data, clock, writer)
    made.apply(True)
    task = asyncio.create_task(made.run())
    await asyncio.sleep(0)
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def kept(recorder: Recording, pieces: int) -> None:
    await until(lambda: len(recorder.pieces) == pieces)


def shown(file: Path) -> tuple[int, float]:
    """Pictures decoded, and when the last is shown in seconds."""
    with av.open(str(file)) as clip:
        times = [frame.time for frame in clip.decode(video=0)]
    return len(times), times[-1]


async def test_a_clip_begins_at_a_key_picture_and_goes_over_a_change_of_source(tmp_path, clips):
    clock = Clock.of_this_machine()
    begin = Instant(clock.now() - seconds(60))
    async with recording(tmp_path, clock) as recorder:
        assert recorder.status().state == "off"
        for each in segments(clips, begin):
            recorder.segment(each)
        await until(lambda: len(recorder.pieces) == 6)
        status = recorder.status()
        assert (status.state, status.begin) == ("recording", begin)
        made = await recorder.cut(CutClip("clip", Instant(begin + seconds(3)), Instant(begin + seconds(9)), "clips/launch.mp4"))
    assert made.ok
    assert made.begin == begin + seconds(2)
    assert made.duration == seconds(7)
    count, last = shown(tmp_path / "clips" / "launch.mp4")
    assert 208 <= count <= 212
    assert last == pytest.approx(7.0, abs=0.1)


async def test_a_clip_over_a_restart_names_what_is_missing(tmp_path, clips):
    clock = Clock.of_this_machine()
    begin = Instant(clock.now() - seconds(60))
    for each, later in ((clips[0], 0), (clips[1], 20)):
        async with recording(tmp_path, clock) as recorder:
            for segment in segments([each], Instant(begin + seconds(later))):
                recorder.segment(segment)
            await kept(recorder, 6 if later else 3)
            clip = await recorder.cut(CutClip("clip", begin, Instant(begin + seconds(26)), "whole.mp4")) if later else None
    assert clip is not None
    assert clip.ok
    assert "(14 giây)" in clip.words
    assert shown(tmp_path / "whole.mp4")[0] == 360


async def test_a_clip_waits_for_its_end(tmp_path, clips):
    clock = Clock.of_this_machine()
    begin = clock.now()
    every = segments(clips, begin)
    async with recording(tmp_path, clock) as recorder:
        for each in every[:2]:
            recorder.segment(each)
        asked = asyncio.create_task(recorder.cut(CutClip("clip", begin, Instant(begin + seconds(10)), "clip.mp4")))
        await until(lambda: len(recorder.pieces) == 2)
        assert not asked.done()
        for each in every[2:]:
            recorder.segment(each)
        made = await asked
    assert (made.ok, made.words) == (True, "")


async def test_a_clip_of_a_time_without_pictures_is_refused_in_words(tmp_path):
    async with recording(tmp_path, Clock.of_this_machine()) as recorder:
        nothing = await recorder.cut(CutClip("clip", Instant(0), Instant(1_000_000), "clip.mp4"))
        outside = await recorder.cut(CutClip("clip", Instant(0), Instant(1_000_000), "../clip.mp4"))
    assert not nothing.ok
    assert "Không ghi được hình nào" in nothing.words
    assert not outside.ok
    assert list(tmp_path.glob("*.mp4")) == []


async def test_what_waits_at_the_end_is_still_written_and_other_renditions_are_not(tmp_path, clips):
    clock = Clock.of_this_machine()
    async with recording(tmp_path, clock) as recorder:
        for each in segments(clips, clock.now()):
            recorder.segment(each)
            recorder.segment(Segment("360p", each.number, each.begin, each.duration, b"small", False, "primary"))
    assert len(recorder.pieces) == 6
    assert sum(file.stat().st_size for file in (tmp_path / FOLDER).glob("*.ts")) == recorder.status().bytes


async def test_nothing_is_kept_while_it_is_off(tmp_path, clips):
    clock = Clock.of_this_machine()
    async with recording(tmp_path, clock) as recorder:
        recorder.apply(False)
        for each in segments(clips, clock.now()):
            recorder.segment(each)
        assert recorder.status().state == "off"
    assert not recorder.pieces


async def test_a_full_disk_is_told_in_the_status(tmp_path, clips):
    clock = Clock.of_this_machine()
    async with recording(tmp_path, clock, Writer(tmp_path, free=lambda _folder: 0)) as recorder:
        recorder.segment(segments(clips, clock.now())[0])
        await until(lambda: recorder.status().state == "full")
        assert "đã dừng ghi hình" in recorder.status().words


async def test_a_clip_never_takes_what_the_journal_needs_of_the_disk(tmp_path, clips):
    clock = Clock.of_this_machine()
    begin = clock.now()
    async with recording(tmp_path, clock) as recorder:
        for each in segments(clips, begin):
            recorder.segment(each)
        await kept(recorder, 6)
        wanted = (tmp_path / FOLDER, recorder.pieces, begin, Instant(begin + seconds(12)), tmp_path / "clip.mp4")
        with pytest.raises(CutFailed, match="cho nhật ký buổi lễ"):
            await cut(*wanted, free=lambda _folder: RESERVE + 1_000)
        assert not (tmp_path / "clip.mp4").exists()
        assert (await cut(*wanted, free=lambda _folder: 2 * RESERVE)).bytes > 0


async def test_a_cut_that_goes_wrong_in_an_unforeseen_way_is_answered_too(tmp_path, monkeypatch):
    async def broken(*_args):
        raise KeyError("unforeseen")

    monkeypatch.setattr("server.media.worker.recording.cut", broken)
    async with recording(tmp_path, Clock.of_this_machine()) as recorder:
        made = await recorder.cut(CutClip("clip", Instant(0), Instant(1_000_000), "clip.mp4"))
    assert not made.ok
    assert made.words
