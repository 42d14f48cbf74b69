"""Each kind of bad source, really encoded, is named in words; a good one is not blamed."""

import dataclasses
import io
from itertools import pairwise

import pytest
from PIL import Image

from server.media.messages import Fault, Measured, Profile, SourceStatus
from server.media.worker.checks.agree import must_encode
from server.media.worker.checks.child import Looker
from server.media.worker.checks.inspector import Inspector
from server.media.worker.checks.talk import Look
from site_agent.units import Instant, Monotonic
from tests.support.clips import AAC, GOOD, PICTURE, TONE, X264, make_clip, units_of

PROFILE = Profile(width=320, height=180, video_kbps=800)
STILL = "color=c=0x406080:size=320x180:rate=30"
CLIPS = {
    "good": (14, PICTURE, TONE, *GOOD, *AAC),
    "gop_10": (
        13,
        PICTURE.replace("30", "25"),
        TONE,
        *X264,
        "-tune",
        "film",
        "-bf",
        "3",
        "-g",
        "250",
        "-c:a",
        "aac",
        "-ac",
        "1",
        "-ar",
        "8000",
    ),
    "hevc": (2, PICTURE, None, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:keyint=60:bframes=0"),
    "large": (1, "color=c=gray:size=3840x2160:rate=60", TONE, *X264, "-bf", "0", "-g", "60", *AAC),
    "black": (16, "color=c=black:size=320x180:rate=30", "anullsrc=r=48000:cl=stereo", *GOOD, *AAC),
    "frozen": (16, STILL, "sine=frequency=440:sample_rate=48000,volume=22dB", *GOOD, *AAC),
    "quiet": (26, PICTURE, "sine=frequency=440:sample_rate=48000,volume=-10dB", *GOOD, *AAC),
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    made = {}

    def units(name):
        if name not in made:
            made[name] = units_of(make_clip(tmp_path_factory.mktemp("clips") / f"{name}.ts", *CLIPS[name]))
        return made[name]

    return units


class Decoder(Looker):
    """Decodes here, where no foreign bytes are; `falls` as a child does that died over what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.falls = 0

    async def look(self, codec, picture, sound):
        return None if self.falls else super().look(Look(codec, picture, tuple(sound)))

    def faults(self):
        return (Fault("checks_failed", "Không kiểm tra được hình và tiếng", serious=False),) if self.falls else ()


class StreamClock:
    """Shows when the newest unit came."""

    def __init__(self) -> None:
        self.at = Monotonic(0)

    def monotonic(self) -> Monotonic:
        return self.at

    def now(self) -> Instant:
        return Instant(self.at)


async def inspected(units, name="primary", decoder=None):
    """An inspector that has been given the units, and looked after each second of them."""
    clock = StreamClock()
    inspector = Inspector(name, PROFILE, clock, decoder or Decoder())
    looked = clock.at = units[0].arrived
    for unit in units:
        clock.at = Monotonic(max(clock.at, unit.arrived))
        inspector.units([unit])
        if clock.at - looked >= 1_000_000:
            looked = clock.at
            await inspector.look()
    return inspector


def codes(inspector):
    return {fault.code for fault in inspector.faults()}


def shifted(units, ticks):
    """The same units with other timestamps, arriving as they did."""
    return [dataclasses.replace(unit, pts=unit.pts + ticks, dts=unit.dts + ticks) for unit in units]


def repeated(units, seconds, times):
    """The clip again and again, as one stream."""
    return [
        dataclasses.replace(unit, arrived=Monotonic(unit.arrived + turn * seconds * 1_000_000))
        for turn in range(times)
        for unit in shifted(units, turn * seconds * 90_000)
    ]


async def test_a_good_source_is_measured_and_not_blamed(clip):
    inspector = await inspected(clip("good"))
    found = inspector.measured()
    assert inspector.faults() == ()
    assert (found.video_codec, found.pixel_format, found.b_frames) == ("h264", "yuv420p", False)
    assert found.video_profile in {"Main", "Constrained Baseline"}
    assert (found.width, found.height, found.interlaced) == (320, 180, False)
    assert found.frames_per_second == pytest.approx(30, abs=0.1)
    assert found.keyframe_seconds == pytest.approx(2, abs=0.01)
    assert found.video_kbps == pytest.approx(800, rel=0.2)
    assert (found.audio_codec, found.audio_hz, found.audio_channels) == ("aac", 48_000, 2)
    assert found.audio_kbps == pytest.approx(128, rel=0.35)
    assert found.loudness_lufs == pytest.approx(-18, abs=6)
    assert found.loudness_integrated_lufs == pytest.approx(found.loudness_lufs, abs=1)
    assert -20 < found.true_peak_dbfs < 0


async def test_a_long_gop_b_frames_another_rate_and_a_telephones_sound_are_each_named(clip):
    inspector = await inspected(clip("gop_10"))
    assert codes(inspector) >= {"gop_long", "b_frames", "fps", "audio_hz", "audio_channels"}
    words = " ".join(fault.words for fault in inspector.faults())
    assert "Khoảng cách khung hình khóa 10 giây, cần 2 giây." in words
    assert "25 hình/giây, cần 30" in words
    assert "8 kHz, cần 48 kHz" in words
    assert "gop_long" in must_encode(inspector.measured(), PROFILE)


async def test_hevc_without_sound_is_named_as_both(clip):
    inspector = await inspected(repeated(clip("hevc"), 2, times=5))
    assert codes(inspector) >= {"codec_hevc", "audio_missing"}
    assert inspector.measured().width == 320


async def test_4k60_is_named_by_its_size_and_its_rate(clip):
    inspector = await inspected(repeated(clip("large"), 1, times=6))
    assert codes(inspector) >= {"too_large", "fps"}
    assert "Cỡ hình 3840×2160, cần 320×180" in inspector.faults()[0].words


async def test_black_and_silent_are_told_and_a_slate_may_be_both(clip):
    assert codes(await inspected(clip("black"))) >= {"black", "silent"}
    assert codes(await inspected(clip("black"), "slate")).isdisjoint({"black", "silent", "frozen"})


async def test_a_frozen_picture_and_clipped_sound_are_told(clip):
    inspector = await inspected(repeated(clip("frozen"), 16, times=2))
    assert codes(inspector) >= {"frozen", "clipping", "too_loud"}


async def test_sound_that_is_too_quiet_says_by_how_much_to_raise_it(clip):
    inspector = await inspected(clip("quiet"))
    (fault,) = [fault for fault in inspector.faults() if fault.code == "too_quiet"]
    assert "nên từ −23 đến −16" in fault.words


async def test_timestamps_that_jump_are_counted_and_forgotten_after_a_while(clip):
    units = clip("good")
    half = len(units) // 2
    jumped = units[:half] + shifted(units[half:], 100 * 90_000)
    inspector = await inspected(jumped)
    assert "timestamps_jump" in codes(inspector)
    assert "100 giây" in next(fault.words for fault in inspector.faults() if fault.code == "timestamps_jump")
    assert inspector.measured().frames_per_second == pytest.approx(30, abs=0.1)


async def test_a_thumbnail_is_a_small_jpeg_of_320_pixels_and_comes_again_within_5_seconds(clip):
    clock, inspector, found = StreamClock(), None, []
    inspector = Inspector("primary", PROFILE, clock, Decoder())
    for unit in clip("good"):
        clock.at = unit.arrived
        inspector.units([unit])
        await inspector.look() if unit.key and unit.track == "video" else None
        if inspector.thumbnail() and (not found or found[-1] is not inspector.thumbnail()):
            found.append(inspector.thumbnail())
    assert all(later.at - before.at <= 5_000_000 for before, later in pairwise(found))
    assert len(found) >= 3
    assert len(found[0].jpeg) <= 20 * 1024
    assert Image.open(io.BytesIO(found[0].jpeg)).size == (320, 180)


async def test_what_a_lost_source_was_is_forgotten(clip):
    inspector = await inspected(clip("gop_10"))
    inspector._clock.at = Monotonic(inspector._clock.at + 60_000_000)
    await inspector.look()
    assert inspector.faults() == ()
    assert inspector.thumbnail() is None
    assert inspector.measured().video_codec == ""


async def test_pictures_that_cannot_be_decoded_are_told_and_nothing_fails(clip):
    units = [
        dataclasses.replace(unit, data=unit.data[:60] + b"\x55" * 40) if unit.track == "video" else unit for unit in clip("good")
    ]
    assert "pictures_broken" in codes(await inspected(units))


async def test_a_decoder_that_fell_costs_only_the_checks_and_is_told(clip):
    decoder = Decoder()
    decoder.falls = 1
    inspector = await inspected(clip("good"), decoder=decoder)
    assert codes(inspector) == {"checks_failed"}
    assert inspector.measured().frames_per_second == pytest.approx(30, abs=0.1)
    status = inspector.complete(SourceStatus("primary", "receiving", Instant(0)))
    assert [fault.code for fault in status.faults] == ["checks_failed"]


async def test_garbage_as_sound_is_told_and_nothing_fails(clip):
    units = [
        dataclasses.replace(unit, data=unit.data[:7] + b"\xff" * (len(unit.data) - 7)) if unit.track == "audio" else unit
        for unit in clip("good")
    ]
    assert "sound_broken" in codes(await inspected(units))


async def test_what_the_source_found_out_itself_stands_and_the_rest_is_added(clip):
    inspector = await inspected(clip("black"))
    fault = Fault("audio_missing", "Không có tiếng.", serious=True)
    own = Measured(width=1920, height=1080, audio_codec="none", link_round_trip_ms=12.0)
    status = inspector.complete(SourceStatus("primary", "receiving", Instant(0), encoded=True, measured=own, faults=(fault,)))
    assert [each.code for each in status.faults] == ["audio_missing", "black"]
    assert (status.measured.width, status.measured.audio_codec, status.measured.link_round_trip_ms) == (1920, "none", 12.0)
    assert status.measured.loudness_lufs == -70
    waiting = SourceStatus("primary", "waiting", Instant(0))
    assert inspector.complete(waiting) == waiting
