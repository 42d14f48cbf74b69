"""How good a link is: one table of thresholds, and the judging of samples by it. Pure.

The grade of a sample is that of its worst measure: the minimum of loss, delay, jitter and throughput, each way where it was
measured each way. Falling is fast: one bad sample lowers the grade. Rising is slow: three better ones in a row raise it. A
site that is seen for the first time in the morning takes the grade of its first sample, because nothing speaks against it.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from site_agent.units import MILLISECOND, SECOND, Duration, in_seconds

STALE_AFTER = Duration(25 * SECOND)
"""Silence after which a site is stale: two heartbeats and a half."""
DOWN_AFTER = Duration(45 * SECOND)
"""Silence after which a site is down."""
GOOD_TO_RISE = 3
"""Samples in a row that must be better before the grade rises."""


class Grade(StrEnum):
    """How a site's link is. Order is worst last, but for `never_seen`."""

    NEVER_SEEN = "never_seen"
    UP = "up"
    UNSTABLE = "unstable"
    DEGRADED = "degraded"
    STALE = "stale"
    DOWN = "down"


CONNECTED = frozenset({Grade.UP, Grade.UNSTABLE, Grade.DEGRADED})

_RANK = {grade: rank for rank, grade in enumerate(Grade)}


class LinkSample(msgspec.Struct, frozen=True):
    """What is known of a site's link at one moment; None where a device has not measured yet."""

    silence: Duration
    """Since anything was heard of the site."""
    round_trip: Duration | None = None
    jitter: Duration | None = None
    loss: float | None = None
    """0 to 1, smoothed, both ways together."""
    screen_silence: Duration | None = None
    """Since the screen was heard, where the site has one that was heard before."""
    loss_up: float | None = None
    """0 to 1, smoothed, of the way from the site to the centre (chiều gửi)."""
    loss_down: float | None = None
    jitter_up: Duration | None = None
    jitter_down: Duration | None = None
    up_kbps: int | None = None
    """Throughput in kilobits a second, by the last small probe."""
    down_kbps: int | None = None


class Measure(msgspec.Struct, frozen=True):
    """One row of the table of thresholds."""

    field: str
    """Of `LinkSample`."""
    unstable: float
    """From here on (down from here where less is worse) the link is unstable."""
    degraded: float
    words: str
    """With the value, multiplied by `scale`, in it."""
    scale: float = 1.0
    less_is_worse: bool = False
    whole_of: tuple[str, ...] = ()
    """Fields that say the same more closely: where one of them complains as loudly, this one is not told."""


MEASURES = (
    Measure("loss_up", 0.04, 0.10, "mất gói {:.0f}%, chiều gửi", scale=100),
    Measure("loss_down", 0.04, 0.10, "mất gói {:.0f}%, chiều nhận", scale=100),
    Measure("loss", 0.04, 0.10, "mất gói {:.0f}%", scale=100, whole_of=("loss_up", "loss_down")),
    Measure("round_trip", 400 * MILLISECOND, 800 * MILLISECOND, "độ trễ {:.0f} ms", scale=1 / MILLISECOND),
    Measure("jitter_up", 80 * MILLISECOND, 250 * MILLISECOND, "độ biến thiên trễ {:.0f} ms, chiều gửi", scale=1 / MILLISECOND),
    Measure("jitter_down", 80 * MILLISECOND, 250 * MILLISECOND, "độ biến thiên trễ {:.0f} ms, chiều nhận", scale=1 / MILLISECOND),
    Measure(
        "jitter", 80 * MILLISECOND, 250 * MILLISECOND, "độ biến thiên trễ {:.0f} ms", scale=1 / MILLISECOND,
        whole_of=("jitter_up", "jitter_down"),
    ),
    Measure("up_kbps", 256, 96, "tốc độ {:.0f} kb/s, chiều gửi", less_is_worse=True),
    Measure("down_kbps", 800, 400, "tốc độ {:.0f} kb/s, chiều nhận", less_is_worse=True),
)  # fmt: skip
"""What is too much, and too little. Loss is smoothed by the sampler, so that one lost probe of a burst stays below. The page's
own messages need a few kb/s; 400 kb/s is what the smallest picture of the programme takes, 96 a telephone's voice.
"""

MOST_TOLD = 2
"""Complaints in one reason: more is no news to who reads it."""
SCREEN_SILENT = "màn hình hội trường không phản hồi"


class Standing(msgspec.Struct, frozen=True):
    """What judging remembers of a site between samples."""

    grade: Grade
    reason: str = ""
    good: int = 0
    """Better samples in a row."""


NEVER_SEEN = Standing(Grade.NEVER_SEEN)


def judge(standing: Standing, sample: LinkSample) -> Standing:
    """The standing after one sample: falls at once, rises after three better ones in a row."""
    grade, reason = grade_of(sample)
    if standing.grade is Grade.NEVER_SEEN or _RANK[grade] >= _RANK[standing.grade]:
        return Standing(grade, reason)
    good = standing.good + 1
    if good >= GOOD_TO_RISE:
        return Standing(grade, reason)
    return Standing(standing.grade, standing.reason, good)


def grade_of(sample: LinkSample) -> tuple[Grade, str]:
    """What one sample alone says, and the words for it; the worst measurement speaks first."""
    silent = silence_of(sample.silence)
    if silent is not None:
        return silent
    complaints = list(_complaints(sample))
    for grade in (Grade.DEGRADED, Grade.UNSTABLE):
        loud = {measure.field: (measure, words) for measure, severity, words in complaints if severity is grade}
        told = [words for measure, words in loud.values() if loud.keys().isdisjoint(measure.whole_of)]
        if grade is Grade.DEGRADED and sample.screen_silence is not None and sample.screen_silence >= STALE_AFTER:
            told.insert(0, SCREEN_SILENT)
        if told:
            return grade, "; ".join(told[:MOST_TOLD])
    return Grade.UP, ""


def silence_of(silence: Duration) -> tuple[Grade, str] | None:
    """The grade that silence alone gives, or None while the site is heard."""
    if silence >= DOWN_AFTER:
        return Grade.DOWN, "mất kết nối"
    if silence >= STALE_AFTER:
        return Grade.STALE, f"không phản hồi {in_seconds(silence):.0f} giây"
    return None


def is_worse(grade: Grade, than: Grade) -> bool:
    """Whether a grade is further down; a site never seen is neither."""
    return Grade.NEVER_SEEN not in {grade, than} and _RANK[grade] > _RANK[than]


def _complaints(sample: LinkSample) -> Iterator[tuple[Measure, Grade, str]]:
    for measure in MEASURES:
        value = getattr(sample, measure.field)
        if value is None or not _beyond(measure, value, measure.unstable):
            continue
        grade = Grade.DEGRADED if _beyond(measure, value, measure.degraded) else Grade.UNSTABLE
        yield measure, grade, measure.words.format(value * measure.scale)


def _beyond(measure: Measure, value: float, threshold: float) -> bool:
    return value < threshold if measure.less_is_worse else value >= threshold
