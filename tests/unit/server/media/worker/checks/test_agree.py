import msgspec
import pytest

from server.media.messages import Measured, Profile
from server.media.worker.checks.agree import NONE, disagreements, must_encode

GOOD = Measured(
    video_codec="h264",
    video_profile="Main",
    pixel_format="yuv420p",
    interlaced=False,
    width=1280,
    height=720,
    frames_per_second=29.97,
    keyframe_seconds=2.002,
    b_frames=False,
    video_kbps=2_900,
    audio_codec="aac",
    audio_hz=48_000,
    audio_channels=2,
    audio_kbps=126,
)


def but(**changes):
    return msgspec.structs.replace(GOOD, **changes)


def test_a_source_that_keeps_to_the_profile_is_copied_and_nothing_is_said():
    assert disagreements(GOOD, Profile()) == ()
    assert must_encode(GOOD, Profile()) == ()


def test_what_is_not_known_yet_is_no_fault():
    assert disagreements(Measured(), Profile()) == ()


@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"video_codec": "hevc", "video_profile": "Main"}, "codec_hevc", "HEVC"),
        ({"video_codec": "vp8"}, "codec_other", "VP8"),
        ({"video_codec": NONE}, "video_missing", "Không có hình"),
        ({"width": 3840, "height": 2160}, "too_large", "3840×2160"),
        ({"width": 960, "height": 540}, "size_other", "960×540"),
        ({"frames_per_second": 60.0}, "fps", "60 hình/giây, cần 30"),
        ({"frames_per_second": 25.0}, "fps", "25 hình/giây"),
        ({"b_frames": True}, "b_frames", "B-Frames = 0"),
        ({"keyframe_seconds": 10.0}, "gop_long", "10 giây, cần 2 giây"),
        ({"interlaced": True}, "interlaced", "interlaced"),
        ({"pixel_format": "yuv422p10le"}, "pixel_format", "NV12"),
        ({"audio_codec": NONE}, "audio_missing", "Không có tiếng"),
        ({"audio_codec": "opus"}, "audio_codec", "OPUS"),
        ({"audio_hz": 8_000}, "audio_hz", "8 kHz, cần 48 kHz"),
        ({"audio_channels": 1}, "audio_channels", "mono"),
    ],
)
def test_what_cannot_be_copied_is_named_with_what_was_found_and_what_to_change(changes, code, named):
    found = but(**changes)
    assert must_encode(found, Profile()) == (code,)
    assert named in disagreements(found, Profile())[0].words


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"video_profile": "High"}, "profile_high"),
        ({"keyframe_seconds": 0.5}, "gop_short"),
        ({"video_kbps": 9_000}, "bitrate_high"),
        ({"video_kbps": 400}, "bitrate_low"),
        ({"audio_kbps": 32}, "audio_bitrate_low"),
    ],
)
def test_what_is_only_unwise_is_advice_and_the_source_is_copied(changes, code):
    found = but(**changes)
    assert [fault.code for fault in disagreements(found, Profile())] == [code]
    assert must_encode(found, Profile()) == ()


def test_a_source_without_sound_is_not_blamed_for_its_sampling_too():
    found = but(audio_codec=NONE, audio_hz=8_000, audio_channels=1)
    assert must_encode(found, Profile()) == ("audio_missing",)


def test_serious_things_stand_first():
    codes = [fault.code for fault in disagreements(but(video_profile="High", audio_hz=44_100), Profile())]
    assert codes == ["audio_hz", "profile_high"]
