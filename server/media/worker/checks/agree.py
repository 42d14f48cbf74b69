"""Whether what a source is agrees with the profile. Pure: `Measured` and `Profile` in, `Fault`s with words out.

Only what is known is judged: a value that is None or empty (not known yet) is no fault. `NONE` as a codec says that it is known
that there is no such track.
"""

from collections.abc import Iterator

from server.media.messages import Fault, Measured, Profile

NONE = "none"
"""As `video_codec` or `audio_codec`: certainly absent."""

_RATE_TOLERANCE = 0.02
"""29.97 agrees with 30; 25 does not."""
_KEYFRAME_TOLERANCE = 1.12
"""Of the wanted distance: an encoder that keeps 2 s now and then needs a frame or three more."""
_KEYFRAME_SHORTEST = 0.45
_VIDEO_MOST = 2.0
_VIDEO_LEAST = 0.25
"""Of the profile's rate: sites and capacity are reckoned with it."""
_AUDIO_LEAST = 0.5
_PLAIN_PROFILES = frozenset({"", "baseline", "constrained baseline", "main"})
_PLAIN_PICTURES = frozenset({"", "yuv420p", "yuvj420p"})


def must_encode(measured: Measured, profile: Profile) -> tuple[str, ...]:
    """Codes of the reasons why the source cannot be copied into the programme; empty: it can, as far as is known."""
    return tuple(fault.code for fault in disagreements(measured, profile) if fault.serious)


def disagreements(measured: Measured, profile: Profile) -> tuple[Fault, ...]:
    """Everything that differs from the profile, serious things first."""
    found = [*_codec(measured), *_pictures(measured, profile), *_rhythm(measured, profile)]
    found += [*_rates(measured, profile), *_sound(measured, profile)]
    return tuple(sorted(found, key=lambda fault: not fault.serious))


def _codec(found: Measured) -> Iterator[Fault]:
    codec = found.video_codec.lower()
    if codec == NONE:
        yield Fault(
            "video_missing",
            "Không có hình, chỉ có tiếng. Kiểm tra cảnh đang phát trong OBS/vMix và nguồn máy quay của cảnh đó.",
            serious=True,
        )
    elif codec in {"hevc", "h265"}:
        yield Fault(
            "codec_hevc",
            "Hình nén bằng HEVC (H.265), cần H.264. Trong OBS: Settings → Output → Video Encoder = x264 hoặc NVENC H.264. "
            "Trong vMix: bỏ chọn HEVC ở Streaming Quality.",
            serious=True,
        )
    elif codec not in {"", "h264"}:
        yield Fault(
            "codec_other",
            f"Hình nén bằng {codec.upper()}, cần H.264. Trong OBS: Settings → Output → Video Encoder = x264 hoặc NVENC H.264.",
            serious=True,
        )
    if found.video_profile.lower() not in _PLAIN_PROFILES and codec in {"", "h264"}:
        yield Fault(
            "profile_high",
            f"H.264 Profile {found.video_profile}, cần Main: đầu thu cũ có thể không mở được. "
            "Trong OBS: Settings → Output → Profile = main. Trong vMix: Streaming Quality → Profile = Main.",
            serious=False,
        )


def _pictures(found: Measured, profile: Profile) -> Iterator[Fault]:
    wanted = f"{profile.width}×{profile.height}"
    if found.width and found.height and (found.width, found.height) != (profile.width, profile.height):
        larger = found.width > profile.width or found.height > profile.height
        yield Fault(
            "too_large" if larger else "size_other",
            f"Cỡ hình {found.width}×{found.height}, cần {wanted}. Trong OBS: Settings → Video → Output (Scaled) Resolution = "
            f"{profile.width}x{profile.height}. Trong vMix: Streaming Quality → Encode Size = {profile.width}x{profile.height}.",
            serious=True,
        )
    if found.pixel_format not in _PLAIN_PICTURES:
        yield Fault(
            "pixel_format",
            f"Điểm ảnh {found.pixel_format}, cần 8 bit 4:2:0. Trong OBS: Settings → Advanced → Color Format = NV12.",
            serious=True,
        )
    if found.interlaced:
        yield Fault(
            "interlaced",
            "Hình quét xen kẽ (interlaced), cần quét liên tục. Đặt máy quay hoặc bàn trộn về p (720p, 1080p); trong "
            "OBS: chuột phải vào nguồn → Deinterlacing = Yadif 2x.",
            serious=True,
        )


def _rhythm(found: Measured, profile: Profile) -> Iterator[Fault]:
    rate = profile.frames_per_second
    if found.frames_per_second is not None and abs(found.frames_per_second / rate - 1) > _RATE_TOLERANCE:
        yield Fault(
            "fps",
            f"{decimal(found.frames_per_second)} hình/giây, cần {rate}. Trong OBS: Settings → Video → FPS = {rate}. "
            f"Trong vMix: Settings → Display → Frame Rate = {rate}p.",
            serious=True,
        )
    if found.b_frames:
        yield Fault(
            "b_frames",
            "Có khung hình B, cần tắt: hình đến trễ và chuyển nguồn bị giật. Trong OBS: Output → B-Frames = 0 (NVENC), "
            "hoặc x264 Options: bframes=0. Trong vMix: Streaming Quality → Profile = Baseline.",
            serious=True,
        )
    yield from _keyframes(found.keyframe_seconds, profile.keyframe_seconds)


def _keyframes(found: float | None, wanted: float) -> Iterator[Fault]:
    if found is None:
        return
    told = f"Khoảng cách khung hình khóa {decimal(found)} giây, cần {decimal(wanted)} giây."
    number = decimal(wanted)
    change = f"Trong OBS: Output → Keyframe Interval = {number}. Trong vMix: Streaming Quality → Keyframe Latency = {number}."
    if found > wanted * _KEYFRAME_TOLERANCE:
        yield Fault("gop_long", f"{told} {change}", serious=True)
    elif found < wanted * _KEYFRAME_SHORTEST:
        yield Fault("gop_short", f"{told} Khung khóa dày làm hình kém nét ở cùng tốc độ. {change}", serious=False)


def _rates(found: Measured, profile: Profile) -> Iterator[Fault]:
    if found.video_kbps is None:
        return
    wanted = profile.video_kbps
    change = (
        f"Trong OBS: Output → Rate Control = CBR, Bitrate = {wanted} Kbps. Trong vMix: Streaming Quality → Bit Rate = {wanted}."
    )
    told = f"Hình {thousands(found.video_kbps)} kb/s, cần khoảng {thousands(wanted)}"
    if found.video_kbps > wanted * _VIDEO_MOST:
        yield Fault("bitrate_high", f"{told}: đường truyền của các điểm cầu được tính theo mức này. {change}", serious=False)
    elif found.video_kbps < wanted * _VIDEO_LEAST:
        yield Fault("bitrate_low", f"{told}: hình có thể mờ, vỡ. {change}", serious=False)


def _sound(found: Measured, profile: Profile) -> Iterator[Fault]:
    codec = found.audio_codec.lower()
    if codec == NONE:
        yield Fault(
            "audio_missing",
            "Không có tiếng. Trong OBS: kiểm tra Audio Mixer và Settings → Output → Audio Track = 1. Trong vMix: bật "
            "Audio ở đầu ra, kiểm tra nút M (Master) của từng nguồn.",
            serious=True,
        )
        return
    if codec not in {"", "aac"}:
        yield Fault(
            "audio_codec",
            f"Tiếng nén bằng {codec.upper()}, cần AAC. Trong OBS: Settings → Output → Audio Encoder = FFmpeg AAC.",
            serious=True,
        )
    if found.audio_hz is not None and found.audio_hz != profile.audio_hz:
        khz = decimal(profile.audio_hz / 1_000)
        yield Fault(
            "audio_hz",
            f"Tiếng lấy mẫu {decimal(found.audio_hz / 1_000)} kHz, cần {khz} kHz. "
            f"Trong OBS: Settings → Audio → Sample Rate = {khz} kHz. Trong vMix: Audio → Sample Rate = {profile.audio_hz}.",
            serious=True,
        )
    if found.audio_channels is not None and found.audio_channels != profile.audio_channels:
        yield Fault(
            "audio_channels",
            f"Tiếng {_channels(found.audio_channels)}, cần {_channels(profile.audio_channels)}. Trong OBS: Settings → Audio → "
            f"Channels = {'Stereo' if profile.audio_channels == 2 else 'Mono'}.",
            serious=True,
        )
    if found.audio_kbps is not None and found.audio_kbps < profile.audio_kbps * _AUDIO_LEAST:
        yield Fault(
            "audio_bitrate_low",
            f"Tiếng {thousands(found.audio_kbps)} kb/s, cần {profile.audio_kbps}. Trong OBS: Settings → Output → Audio Bitrate = "
            f"{profile.audio_kbps}.",
            serious=False,
        )


def _channels(count: int) -> str:
    return {1: "một kênh (mono)", 2: "hai kênh (stereo)"}.get(count, f"{count} kênh")


def decimal(value: float) -> str:
    """For people: at most one digit after a decimal comma; 2.0 is `2`, 29.97 is `30`, 44.1 is `44,1`."""
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def thousands(value: float) -> str:
    """For people: a whole number with dots between thousands."""
    return f"{round(value):,}".replace(",", ".")
