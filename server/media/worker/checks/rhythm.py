"""When pictures and sound come, how large, and in which order: rate, distance of key pictures, bit rate, jumps. Pure.

Everything is reckoned in stream time (`Ticks`) over a sliding window, so that a burst of the network changes nothing.
"""

from collections import deque
from itertools import pairwise
from statistics import fmean, median, pstdev

from server.media.worker.flow import TICKS_PER_SECOND, Ticks, Unit
from site_agent.units import Duration, Monotonic, seconds

_PICTURES_FOR = 10 * TICKS_PER_SECOND
_KEYS_FOR = 32 * TICKS_PER_SECOND
_LEAST_PICTURES = 20
_BIN = 4 * TICKS_PER_SECOND
"""Bits are counted over 4 s: two groups of pictures of 2 s, so that the size of key pictures evens out."""
_BINS = 8
_LEAST_BINS = 5
_NEAR = 0.25
"""Distances of pictures that far from the median still belong to the rate: timestamps in milliseconds are 33 and 34."""
_REORDERED_FOR_SURE = 3
_JUMP = seconds(1.5)
_JUMPS_FOR = seconds(30)
_SLIP = seconds(0.3)
_SETTLED = seconds(1)


class Rhythm:
    """Meter of one track. `see` every unit in decoding order; everything else is what that amounts to."""

    def __init__(self) -> None:
        self.jumped_by: Duration = Duration(0)
        """The largest jump of the timestamps lately, signed."""
        self._jumps: deque[tuple[Monotonic, Duration]] = deque()
        self._last: Unit | None = None
        self._reordered = 0
        self._begin()

    def _begin(self) -> None:
        """After a jump, nothing before it can be compared with what follows."""
        self._shown: deque[Ticks] = deque()
        self._keys: deque[Ticks] = deque()
        self._bins: deque[int] = deque(maxlen=_BINS)
        self._bin_from: Ticks | None = None
        self._bin_bytes = 0
        self._first: Ticks | None = None
        self._latest: Ticks | None = None

    def see(self, unit: Unit) -> None:
        """Take in one unit."""
        last, self._last = self._last, unit
        if last is not None and (jump := _jump(last, unit)):
            self._jumps.append((unit.arrived, jump))
            self._begin()
        if self._latest is not None and unit.pts < self._latest:
            self._reordered += 1
        self._latest = unit.pts if self._latest is None else Ticks(max(self._latest, unit.pts))
        self._first = unit.dts if self._first is None else self._first
        self._shown.append(unit.pts)
        while self._shown and unit.pts - self._shown[0] > _PICTURES_FOR:
            self._shown.popleft()
        if unit.key:
            self._keys.append(unit.pts)
            while len(self._keys) > 2 and unit.pts - self._keys[0] > _KEYS_FOR:
                self._keys.popleft()
        self._count(unit)

    def _count(self, unit: Unit) -> None:
        if self._bin_from is None:
            self._bin_from = unit.dts
        while unit.dts - self._bin_from >= _BIN:
            self._bins.append(self._bin_bytes)
            self._bin_bytes, self._bin_from = 0, Ticks(self._bin_from + _BIN)
        self._bin_bytes += len(unit.data)

    @property
    def reordered(self) -> bool:
        """Whether pictures come in another order than they are shown in: B-frames."""
        return self._reordered >= _REORDERED_FOR_SURE

    @property
    def rate(self) -> float | None:
        """Pictures a second as the source means it: a picture that is missing here and there does not lower it."""
        gaps = self._gaps()
        if gaps is None:
            return None
        usual = median(gaps)
        return TICKS_PER_SECOND / fmean(gap for gap in gaps if abs(gap - usual) <= usual * _NEAR)

    @property
    def uneven(self) -> float:
        """Share of pictures that come at another distance than usual, 0 to 1."""
        gaps = self._gaps()
        if gaps is None:
            return 0.0
        usual = median(gaps)
        return sum(abs(gap - usual) > usual * _NEAR for gap in gaps) / len(gaps)

    def _gaps(self) -> list[int] | None:
        if len(self._shown) < _LEAST_PICTURES:
            return None
        shown = sorted(self._shown)
        gaps = [after - before for before, after in pairwise(shown) if after > before]
        return gaps or None

    @property
    def keyframe_seconds(self) -> float | None:
        """Longest distance of two key pictures lately; while the next is overdue, how long it has been."""
        if not self._keys or self._latest is None:
            return None
        keys = list(self._keys)
        distances = [after - before for before, after in pairwise(keys)]
        since = self._latest - keys[-1]
        if not distances and since <= 2 * TICKS_PER_SECOND:
            return None
        return max([*distances, since]) / TICKS_PER_SECOND

    @property
    def kbps(self) -> float | None:
        """Kilobits a second over the last seconds."""
        if self._bin_from is None or self._last is None:
            return None
        lately = list(self._bins)[-2:]
        length = len(lately) * _BIN + self._last.dts - self._bin_from
        if length < TICKS_PER_SECOND:
            return None
        return (sum(lately) + self._bin_bytes) * 8 * TICKS_PER_SECOND / length / 1_000

    @property
    def unsteady(self) -> float:
        """How much the bit rate swings: standard deviation over mean of the last half minute; 0 where that is not known."""
        if len(self._bins) < _LEAST_BINS or not any(self._bins):
            return 0.0
        return pstdev(self._bins) / fmean(self._bins)

    def jumps(self, now: Monotonic) -> int:
        """How often the timestamps jumped in the last half minute; `jumped_by` is the largest of them."""
        while self._jumps and now - self._jumps[0][0] > _JUMPS_FOR:
            self._jumps.popleft()
        self.jumped_by = max((by for _, by in self._jumps), key=abs, default=Duration(0))
        return len(self._jumps)


def _jump(last: Unit, unit: Unit) -> Duration | None:
    """How far the timestamps jumped between two units; a pause of the source, which takes as long as they say, is none."""
    step = Duration((unit.dts - last.dts) * 1_000_000 // TICKS_PER_SECOND)
    if step < 0:
        return step if step < -_SLIP else None
    waited = unit.arrived - last.arrived
    return Duration(step - waited) if step > _JUMP and step - waited > _SETTLED else None
