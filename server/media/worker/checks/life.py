"""What pictures and sound do over time: black, frozen, silent, clipped, too quiet, too loud, unsteady. Pure, words included.

Wanted loudness: between −23 LUFS (EBU R128, television) and −16 LUFS (what phones and the platforms expect). The programme goes
to halls, phones and loudspeaker boxes alike, so anything between is right; a fault begins 5 LU below and 3 LU above.
"""

import math
from collections import deque
from collections.abc import Iterator

from server.media.messages import Fault
from server.media.worker.checks.agree import decimal
from server.media.worker.checks.findings import QUIETEST, Heard, Seen
from server.media.worker.checks.rhythm import Rhythm
from server.media.worker.flow import TICKS_PER_SECOND, Ticks
from site_agent.units import Monotonic, in_seconds

_BLACK_FOR = 4 * TICKS_PER_SECOND
_FROZEN_FOR = 10 * TICKS_PER_SECOND
_SILENT_BELOW = -60.0
_SILENT_PIECES = 100
_CLIPPED_WITHIN = 10
"""Stretches of sound, about a second each."""
_CLIPPED_PIECES = 5
_QUIET_BELOW = -28.0
_LOUD_ABOVE = -13.0
_LOUDNESS_OVER = 60
_LEAST_LOUDNESS = 15
_SPEECH_ABOVE = -50.0
_GATE = 10.0
"""LU below the mean: pauses between words do not count (the idea of ITU-R BS.1770-4 §5.1)."""
_UNSTEADY = 0.6
_UNEVEN = 0.08
_BROKEN_PICTURES = 2

LIVELY = frozenset(
    {"pictures_broken", "black", "frozen", "sound_broken", "silent", "clipping", "too_quiet", "too_loud", "checks_failed"}
) | frozenset({"timestamps_jump", "bitrate_unsteady", "fps_uneven"})
"""Codes of all that is said here: what a source does, other than what it is."""


class Life:
    """What one source does, key picture by key picture and second by second."""

    def __init__(self) -> None:
        self._black_from: Ticks | None = None
        self._same_from: Ticks | None = None
        self._shown: Ticks | None = None
        self._broken_pictures = 0
        self._broken_sound = False
        self._silent_pieces = 0
        self._clipped: deque[int] = deque(maxlen=_CLIPPED_WITHIN)
        self._loudness: deque[float] = deque(maxlen=_LOUDNESS_OVER)

    def picture(self, seen: Seen | None, pts: Ticks) -> None:
        """Take in a key picture; None: it could not be decoded."""
        if seen is None:
            self._broken_pictures += 1
            return
        self._broken_pictures = 0
        before, self._shown = self._shown, pts
        if before is not None and pts < before:  # the timestamps jumped back: what lasted is not known any more
            before = self._black_from = self._same_from = None
        self._black_from = (pts if self._black_from is None else self._black_from) if seen.black else None
        if not seen.same or before is None:
            self._same_from = None
        elif self._same_from is None:
            self._same_from = before

    def sound(self, heard: Heard | None, *, broken: bool) -> None:
        """Take in about a second of sound; `heard` is None where there was none, or too little to say anything."""
        self._broken_sound = broken
        if heard is None:
            return
        self._silent_pieces = self._silent_pieces + heard.pieces if heard.loudest < _SILENT_BELOW else 0
        self._clipped.append(heard.clipped)
        if heard.short_term > _SPEECH_ABOVE:
            self._loudness.append(heard.short_term)

    def faults(self) -> Iterator[Fault]:
        """What is wrong by now."""
        yield from self._of_pictures()
        yield from self._of_sound()

    def _of_pictures(self) -> Iterator[Fault]:
        shown = self._shown or 0
        if self._broken_pictures >= _BROKEN_PICTURES:
            yield Fault(
                "pictures_broken",
                "Hình hỏng, không giải mã được. Kiểm tra đường truyền; khởi động lại việc phát ở OBS/vMix.",
                serious=True,
            )
        elif self._black_from is not None and shown - self._black_from >= _BLACK_FOR:
            yield Fault(
                "black",
                "Hình đen. Kiểm tra máy quay đã bật, nắp ống kính, dây tín hiệu, và cảnh đang phát trong OBS/vMix.",
                serious=False,
            )
        elif self._same_from is not None and shown - self._same_from >= _FROZEN_FOR:
            yield Fault(
                "frozen",
                "Hình đứng yên hơn 10 giây. Nếu không phải ảnh tĩnh: kiểm tra dây HDMI/SDI và thẻ bắt hình, tắt rồi bật "
                "lại nguồn máy quay trong OBS/vMix.",
                serious=False,
            )

    def _of_sound(self) -> Iterator[Fault]:
        if self._broken_sound:
            yield Fault(
                "sound_broken", "Tiếng hỏng, không giải mã được. Kiểm tra đường truyền; đặt Audio Encoder = AAC.", serious=False
            )
        if self._silent_pieces >= _SILENT_PIECES:
            yield Fault(
                "silent",
                "Im lặng hơn 10 giây (dưới −60 LUFS). Kiểm tra đường tiếng từ bàn trộn, "
                "nút Mute trong Audio Mixer của OBS, nút M trong vMix.",
                serious=False,
            )
            return
        if sum(self._clipped) >= _CLIPPED_PIECES:
            yield Fault(
                "clipping",
                "Tiếng bị vỡ (chạm 0 dBFS). Giảm mức ra của bàn trộn, hoặc kéo Audio Mixer xuống đến khi đỉnh dưới −6 dB; "
                "thêm bộ lọc Limiter −2 dB trong OBS.",
                serious=False,
            )
        yield from self._of_loudness()

    def _of_loudness(self) -> Iterator[Fault]:
        level = loudness(self._loudness)
        if level is None or _QUIET_BELOW <= level <= _LOUD_ABOVE:
            return
        told = f"{_signed(level)} LUFS trong phút qua, nên từ −23 đến −16."
        if level < _QUIET_BELOW:
            yield Fault(
                "too_quiet",
                f"Tiếng nhỏ: {told} Tăng mức ra của bàn trộn hoặc Audio Mixer thêm khoảng {decimal(round(-20 - level))} dB.",
                serious=False,
            )
        else:
            yield Fault(
                "too_loud",
                f"Tiếng to: {told} Giảm mức ra của bàn trộn hoặc Audio Mixer bớt khoảng {decimal(round(level + 20))} dB.",
                serious=False,
            )


def loudness(levels: deque[float]) -> float | None:
    """Mean of short-term levels in LUFS as power, without what lies 10 LU below it; None where there are too few."""
    if len(levels) < _LEAST_LOUDNESS:
        return None
    gate = _mean(levels) - _GATE
    return _mean(level for level in levels if level >= gate)


def _mean(levels: Iterator[float] | deque[float]) -> float:
    powers = [10 ** (level / 10) for level in levels]
    return 10 * math.log10(sum(powers) / len(powers)) if powers else QUIETEST


def unsteadiness(pictures: Rhythm, sound: Rhythm, now: Monotonic) -> Iterator[Fault]:
    """What is wrong with when things come."""
    jumps = pictures.jumps(now)
    by = pictures.jumped_by
    if sound.jumps(now) > jumps:
        jumps, by = sound.jumps(now), sound.jumped_by
    if jumps:
        yield Fault(
            "timestamps_jump",
            f"Mốc thời gian nhảy {jumps} lần trong nửa phút (lớn nhất {_signed(in_seconds(by))} giây): "
            "hình và tiếng có thể lệch, giật. Khởi động lại việc phát; không phát từ tệp ghép; kiểm tra giờ của bộ mã hóa.",
            serious=False,
        )
    if pictures.unsteady > _UNSTEADY:
        yield Fault(
            "bitrate_unsteady",
            f"Tốc độ hình lên xuống thất thường (±{round(pictures.unsteady * 100)}%). Trong OBS: Output → Rate Control = CBR, "
            "tắt Dynamic Bitrate; kiểm tra đường lên mạng.",
            serious=False,
        )
    if pictures.uneven > _UNEVEN:
        yield Fault(
            "fps_uneven",
            f"{round(pictures.uneven * 100)}% khung hình đến không đều hoặc bị bỏ. Trong OBS: xem Stats, "
            "nếu Skipped/Rendering lag tăng thì giảm tải máy (x264 preset veryfast); đặt máy quay cùng số hình/giây.",
            serious=False,
        )


def _signed(value: float) -> str:
    return decimal(value).replace("-", "−")
