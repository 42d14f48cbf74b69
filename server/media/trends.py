"""The last ten minutes of each source, so that a page that is opened or loaded anew shows more than from now on.

Asked for once by HTTP, not in the feed: a row that changes by a sample would send the whole of it again and again.
"""

from collections import deque
from collections.abc import Iterable

import msgspec

from server.media.messages import Status
from site_agent.units import SECOND, Duration, Instant

EVERY = Duration(5 * SECOND)
MOST = 120
"""Samples a source, ten minutes."""


class Trend(msgspec.Struct, frozen=True):
    """Columns of one source, oldest first; null: nothing was received, or it was not known."""

    at: list[int]
    """Seconds of UTC."""
    video_kbps: list[int | None]
    loudness_lufs: list[float | None]
    """EBU R128, short term."""
    link_lost_percent: list[float | None]


class _Sample(msgspec.Struct, frozen=True):
    at: int
    kbps: int | None
    lufs: float | None
    lost: float | None


class Trends:
    """Of all sources that can be lost."""

    def __init__(self) -> None:
        self._samples: dict[str, deque[_Sample]] = {}
        self._newest = Instant(0)

    def take(self, status: Status) -> None:
        """A report of the worker; most of them are passed over."""
        if 0 <= status.at - self._newest < EVERY:
            return
        self._newest = status.at
        for source in status.sources:
            if source.name == "slate":
                continue
            found = source.measured if source.state == "receiving" else None
            samples = self._samples.setdefault(source.name, deque(maxlen=MOST))
            samples.append(
                _Sample(
                    status.at // SECOND,
                    None if found is None or found.video_kbps is None else round(found.video_kbps),
                    None if found is None or found.loudness_lufs is None else round(found.loudness_lufs, 1),
                    None if found is None or found.link_lost_percent is None else round(found.link_lost_percent, 1),
                )
            )

    def of_all(self) -> dict[str, Trend]:
        """By source."""
        return {name: _columns(samples) for name, samples in self._samples.items()}


def _columns(samples: Iterable[_Sample]) -> Trend:
    kept = list(samples)
    return Trend(
        [each.at for each in kept],
        [each.kbps for each in kept],
        [each.lufs for each in kept],
        [each.lost for each in kept],
    )
