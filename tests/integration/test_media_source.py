"""One source against real ffmpeg publishers over the loopback."""

import asyncio
import os
import signal
import socket
import subprocess
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from server.media.messages import SourcePlan
from server.media.worker.clock import Clock
from server.media.worker.libsrt import NoLibsrt, libsrt
from server.media.worker.source import Source
from tests.support.publishers import AGREEING, KEY, SMALL, STEREO, Units, arguments, publisher, until


def has_srt() -> bool:
    try:
        libsrt()
    except NoLibsrt:
        return False
    return True


needs_srt = pytest.mark.skipif(not has_srt(), reason="libsrt is not installed")


@asynccontextmanager
async def running(plan: SourcePlan) -> AsyncIterator[tuple[Source, Units]]:
    units = Units()
    source = Source(plan, SMALL, Clock.of_this_machine(), units)
    task = asyncio.create_task(source.run())
    try:
        yield source, units
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        left = [thread.name for thread in threading.enumerate() if thread.name.startswith(("srt", "demux"))]
        assert left == []


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[Source, Units, str]]:
    async with running(SourcePlan("primary", key=KEY)) as (source, units):
        await until(lambda: source.status().port)
        yield source, units, f"srt://127.0.0.1:{source.status().port}?passphrase="


def even(units: Units) -> bool:
    return all(before.dts < after.dts for track in ("video", "audio") for before, after in pairwise(units.of(track)))


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


@needs_srt
async def test_a_wrong_key_and_a_second_publisher_are_refused_and_named_while_the_first_goes_on():
    async with listening() as (source, units, url):
        assert source.status().state == "waiting"
        with publisher(url + "sai-khoa-0123456789"):
            await until(lambda: source.status().state == "refused")
        assert source.status().words.startswith("Sai khóa từ 127.0.0.1 lúc ")
        with publisher(url + KEY):
            await until(lambda: source.status().state == "receiving")
            with publisher(url + KEY):
                await until(lambda: "Đã có nguồn khác đang phát bằng khóa này" in source.status().words)
            so_far = len(units.all)
            await until(lambda: len(units.all) > so_far + 60 and source.status().measured.link_round_trip_ms is not None)
            status = source.status()
            assert status.state == "receiving"
            assert not status.encoded
            assert status.stable_since is not None
            assert (status.measured.video_codec, status.measured.width, status.measured.audio_hz) == ("h264", 320, 48_000)
            assert not [fault.code for fault in status.faults if fault.serious]
            captured = source.captured(units.of("video")[-1].pts)
            assert captured is not None
    first = units.of("video")[0]
    assert first.key
    assert {unit.data[4] & 0x1F for unit in units.of("video") if unit.key} <= {7, 9}
    assert all(unit.data[:2] == b"\xff\xf1" for unit in units.of("audio"))
    assert even(units)


@needs_srt
async def test_a_stall_is_told_and_a_publisher_that_returns_continues_the_timeline():
    async with listening() as (source, units, url):
        with publisher(url + KEY) as child:
            await until(lambda: source.status().state == "receiving")
            os.kill(child.pid, signal.SIGSTOP)
            await until(lambda: source.status().state == "stalled")
            assert source.status().stable_since is None
            assert "chưa có hình" in source.status().words
            before = len(units.all)
            with publisher(url + KEY):
                await until(lambda: source.status().state == "receiving" and len(units.all) > before + 60)
        assert even(units)
        assert source.session is None or "timestamps_jump" not in [fault.code for fault in source.status().faults]


@needs_srt
async def test_garbage_is_named_and_a_good_publisher_after_it_is_taken(tmp_path):
    noise = tmp_path / "noise.bin"
    noise.write_bytes(os.urandom(4_000_000))
    async with listening() as (source, _units, url):
        with publisher(url + KEY, *_noise(noise)):
            await until(lambda: source.status().state == "stalled")
            assert [fault.code for fault in source.status().faults] == ["garbage"]
            assert "không đọc được hình" in source.status().words
        await until(lambda: source.status().state == "waiting")
        with publisher(url + KEY):
            await until(lambda: source.status().state == "receiving")


def _noise(path: Path) -> tuple[str, ...]:
    ffmpeg = arguments()[0]
    return (
        ffmpeg,
        "-v",
        "error",
        "-readrate",
        "1",
        "-f",
        "s16le",
        "-ar",
        "96000",
        "-ac",
        "2",
        "-i",
        str(path),
        "-c",
        "copy",
        "-f",
        "s16le",
    )


@needs_srt
@pytest.mark.parametrize(
    ("video", "audio", "codes"),
    [
        (
            ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=60:log-level=none"),
            (),
            {"codec_hevc", "audio_missing"},
        ),
        (
            ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "60"),
            ("-c:a", "aac", "-ac", "1", "-ar", "8000"),
            {"b_frames", "audio_hz"},
        ),
        ((*AGREEING[:-3], "300", "-keyint_min", "300", "-sc_threshold", "0"), STEREO, {"gop_long"}),
    ],
    ids=["HEVC without sound", "B-frames and mono at 8 kHz", "a key picture every 10 s"],
)
async def test_a_source_that_differs_is_encoded_into_the_profile_and_named(video, audio, codes):
    async with listening() as (source, units, url):
        with publisher(url + KEY, video=video, audio=audio):
            await until(lambda: len([unit for unit in units.of("video") if unit.key]) >= 3)
            status = source.status()
            assert status.encoded
            assert codes <= {fault.code for fault in status.faults}
    keys = [unit.dts for unit in units.of("video") if unit.key]
    assert {after - before for before, after in pairwise(keys)} == {180_000}
    assert all(unit.pts == unit.dts for unit in units.of("video"))
    assert all(unit.data[2] >> 2 & 15 == 3 for unit in units.of("audio"))
    assert units.of("audio")
    assert even(units)


@needs_srt
async def test_a_killed_encoder_is_replaced_and_the_timeline_only_goes_on():
    async with listening() as (source, units, url):
        with publisher(url + KEY, video=("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "60")):
            await until(lambda: units.of("video"))
            assert source.session is not None
            killed = source.session.encoder_pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            before = len(units.of("video"))
            await until(lambda: len(units.of("video")) > before + 60)
            assert "encoder" in {fault.code for fault in source.status().faults}
            assert source.session.encoder_pid not in {None, killed}
    steps = {after.dts - before.dts for before, after in pairwise(units.of("video"))}
    assert max(steps) <= 9_000
    assert even(units)


@pytest.fixture
def clip(tmp_path) -> Path:
    path = tmp_path / "clip's.mp4"
    subprocess.run([*arguments(seconds=2, real_time=False), str(path)], check=True)
    return path


async def test_a_file_is_pulled_at_its_own_pace_and_begins_again(clip):
    async with running(SourcePlan("primary", kind="pull", url=str(clip))) as (source, units):
        await until(lambda: units.of("video") and units.of("video")[-1].dts - units.of("video")[0].dts > 4 * 90_000)
        assert source.status().state == "receiving"
        assert not source.status().encoded
        shown = (units.of("video")[-1].dts - units.of("video")[0].dts) / 90_000
        waited = (units.of("video")[-1].arrived - units.of("video")[0].arrived) / 1_000_000
        assert shown < waited + 2
    assert even(units)


async def test_a_url_that_cannot_be_pulled_is_told_without_its_secrets_which_stand_in_no_argument():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        plan = SourcePlan("backup", kind="pull", url=f"rtmp://nguoi:matkhau@127.0.0.1:{port}/live/bimat")
        async with running(plan) as (source, _units):
            await until(lambda: source.puller is not None and source.puller.pid)
            assert source.puller is not None
            told = command_line(source.puller.pid or 0)
            assert b"matkhau" not in told
            assert b"bimat" not in told
            silent.close()
            await until(lambda: source.status().state == "failed")
            words = source.status().words
            assert words.startswith(f"rtmp://127.0.0.1:{port}: ")
            assert "matkhau" not in words
            assert "bimat" not in words
            await source.apply(SourcePlan("backup", kind="pull", url="gopher://127.0.0.1/"))
            await until(lambda: "phải bắt đầu bằng" in source.status().words)


@needs_srt
async def test_a_new_key_ends_the_old_publisher_and_a_key_too_short_is_told():
    async with listening() as (source, _units, url):
        port = source.status().port
        with publisher(url + KEY):
            await until(lambda: source.status().state == "receiving")
            await source.apply(SourcePlan("primary", key="khoa-moi-0123456789"))
            await until(lambda: source.status().state == "waiting")
            assert source.status().port == port
        await source.apply(SourcePlan("primary", key="ngan"))
        await until(lambda: source.status().state == "failed")
        assert "10 đến 79" in source.status().words
