"""What the programme asks of the line that carries it out, in words, before the day. Pure.

Reckoned with what the renditions are made with, MPEG-TS around them included, and with everybody watching at the same time.
"""

import math
from typing import Literal

import msgspec

from server.media.messages import LOW_VIDEO_KBPS, MP3_KBPS, TS_OVERHEAD, Profile

COMFORTABLE = 0.8
"""Of a line: above it players begin to wait whenever several ask at once."""


class Demand(msgspec.Struct, frozen=True):
    """Who takes the programme from us over the line."""

    sites: int
    """That see it on their page (`hls` in the roster)."""
    speakers: int = 0
    """That only hear it (`audio` in the roster)."""
    audience: int = 0
    """People on /watch at the same time."""
    relays: int = 0
    """Social networks and other destinations, each fed by us."""


class Capacity(msgspec.Struct, frozen=True):
    """In Mbit/s; `lines` says it to people."""

    state: Literal["ok", "warning", "problem"]
    """problem: the line does not carry it even where everybody sees the light picture; warning: not known, or tight."""
    lines: tuple[str, ...]
    low: float
    """Of one viewer of the light picture; where everybody begins."""
    full: float
    """Of one viewer of the whole picture."""
    least: float
    """Over the line, with everybody at the light picture."""
    most: float
    """With everybody at the whole picture."""
    cached: float
    """Over the line where a cache elsewhere serves everybody."""
    uplink: float | None


def capacity(demand: Demand, profile: Profile, uplink: float | None = None) -> Capacity:
    """What is needed, against an uplink in Mbit/s where that is told.

    Raises:
        ValueError: a count below nothing, or an uplink that is none.

    """
    if min(demand.sites, demand.speakers, demand.audience, demand.relays) < 0 or (uplink is not None and not uplink > 0):
        raise ValueError(f"no such line: {demand}, {uplink}")
    low = (LOW_VIDEO_KBPS + profile.audio_kbps) * TS_OVERHEAD / 1_000
    full = (profile.video_kbps + profile.audio_kbps) * TS_OVERHEAD / 1_000
    sound = MP3_KBPS / 1_000
    viewers = demand.sites + demand.audience
    # Neither loudspeakers (a stream that never ends) nor relays go through a cache.
    beside = demand.speakers * sound + demand.relays * full
    least, most = viewers * low + beside, viewers * full + beside
    cached = min(low + full, most - beside) + beside
    state, verdict = _verdict(least, most, uplink, profile)
    lines = (
        *_needs(demand, profile, low, full),
        *_beside(demand, full, sound, least),
        verdict,
        *_cache(viewers, viewers * low, cached),
    )
    return Capacity(state, lines, low, full, least, most, cached, uplink)


def _needs(demand: Demand, profile: Profile, low: float, full: float) -> tuple[str, ...]:
    viewers = demand.sites + demand.audience
    if not viewers:
        return ("Chưa có điểm cầu nào xem qua trang (hình “hls” trong danh sách) và chưa tính khán giả.",)
    who = [f"{whole(demand.sites)} điểm cầu"] if demand.sites else []
    who += [f"{whole(demand.audience)} khán giả"] if demand.audience else []
    counted = " + ".join(who) if len(who) == 1 else f"({' + '.join(who)})"
    words = (
        f"{counted} × {precise(low)} Mbit/s (mức 360p) = {whole(viewers * low)} Mbit/s; "
        f"nếu tất cả lên mức {profile.height}p: × {precise(full)} Mbit/s = {whole(viewers * full)} Mbit/s."
    )
    return (words,)


def _beside(demand: Demand, full: float, sound: float, least: float) -> tuple[str, ...]:
    parts = []
    if demand.speakers:
        parts.append(f"{whole(demand.speakers)} điểm chỉ nghe × {precise(sound)} Mbit/s")
    if demand.relays:
        parts.append(f"{whole(demand.relays)} nơi phát lại × {precise(full)} Mbit/s")
    return (f"Thêm {' và '.join(parts)}: cộng cả là {whole(least)} Mbit/s.",) if parts else ()


def _verdict(
    least: float, most: float, uplink: float | None, profile: Profile
) -> tuple[Literal["ok", "warning", "problem"], str]:
    if least == 0:
        return "ok", "Chưa có nơi nào lấy chương trình qua đường truyền này."
    if uplink is None:
        return (
            "warning",
            f"Cần đường truyền lên ít nhất {whole(least / COMFORTABLE)} Mbit/s; chưa biết đường truyền của nơi đặt máy chủ.",
        )
    line = f"Đường truyền {whole(uplink)} Mbit/s"
    if least > uplink:
        return "problem", f"{line}: không đủ, thiếu {whole(least - uplink)} Mbit/s."
    if least > uplink * COMFORTABLE:
        return "warning", f"{line}: sát ngưỡng, mức 360p đã dùng {whole(100 * least / uplink)}%."
    if most > uplink:
        return (
            "ok",
            f"{line}: đủ cho mức 360p (dùng {whole(100 * least / uplink)}%), không đủ nếu tất cả lên mức {profile.height}p.",
        )
    return "ok", f"{line}: đủ, cả khi tất cả lên mức {profile.height}p (dùng {whole(100 * most / uplink)}%)."


def _cache(viewers: int, light: float, cached: float) -> tuple[str, ...]:
    if viewers < 2:
        return ()
    words = (
        "Đặt nginx có bộ đệm (ops/nginx/diemcau.conf) ở nơi có đường truyền lớn, như trung tâm dữ liệu của tỉnh: "
        f"đường truyền ở đây chỉ còn mang {precise(cached)} Mbit/s, bộ đệm mang {whole(light)} Mbit/s. "
        "Bộ đệm đặt cùng chỗ với máy chủ chỉ đỡ việc cho máy chủ, không bớt tải đường truyền."
    )
    return (words,)


def whole(value: float) -> str:
    """Up to the next whole number, as Vietnamese writes it: 1.413."""
    return f"{math.ceil(round(value, 6)):,}".replace(",", ".")


def precise(value: float) -> str:
    """Two decimals: 0,58; 1.413,20."""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
