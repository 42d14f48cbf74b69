"""One even timeline out of a stream's 33-bit timestamps: unwrapped, and laid flat where they jump. Pure."""

from dataclasses import dataclass
from typing import Literal

from server.media.worker.capture import in_ticks
from server.media.worker.flow import TICKS_PER_SECOND, Ticks
from site_agent.units import Duration, Monotonic

_WRAP = 1 << 33
_HALF = _WRAP >> 1
_FORWARD = 2 * TICKS_PER_SECOND
"""A step forward beyond what the arrivals explain plus this is a jump."""
_BACKWARD = TICKS_PER_SECOND // 2
"""A step backward beyond this is a jump; a smaller one is a disorder that is evened out."""

Track = Literal["video", "audio"]


@dataclass(slots=True)
class _Last:
    dts: int
    arrived: Monotonic
    offset: int


class Timeline:
    """Places units of both tracks of one stream. Decoding times rise strictly within a track."""

    def __init__(self) -> None:
        self.jumps = 0
        """How often the timestamps jumped; both tracks of one jump count once."""
        self.last_jump: Duration | None = None
        """How far the newest jump went, µs; negative: backward."""
        self._offset = 0
        """The newest; a track that has not jumped yet still has the one before."""
        self._last: dict[Track, _Last] = {}
        self._fresh = False

    def resume(self) -> None:
        """Another stream follows: its timestamps are laid after what was, and that is no jump."""
        self._fresh = bool(self._last)

    def place(self, track: Track, pts: int, dts: int, arrived: Monotonic) -> tuple[Ticks, Ticks]:
        """The unit's (pts, dts) on the even timeline, from its 33-bit timestamps."""
        placed, offset = self._placed(track, dts, arrived)
        previous = self._last.get(track)
        if previous is not None and placed <= previous.dts:
            placed = previous.dts + 1
        self._last[track] = _Last(placed, arrived, offset)
        shown = placed + max(_signed(pts - dts), 0)
        return Ticks(shown), Ticks(placed)

    def _placed(self, track: Track, dts: int, arrived: Monotonic) -> tuple[int, int]:
        """Where it lies, and the offset that brought it there."""
        last = self._last.get(track) or next(iter(self._last.values()), None)
        if last is None:
            return dts, 0
        if self._fresh:
            self._fresh = False
            return self._continued(dts, arrived)
        elapsed = max(in_ticks(Duration(arrived - last.arrived)), 0)
        steps = {offset: _signed(dts + offset - last.dts) for offset in (last.offset, self._offset)}
        offset = min(steps, key=lambda offset: abs(steps[offset] - elapsed))
        if -_BACKWARD <= steps[offset] <= elapsed + _FORWARD:
            return last.dts + steps[offset], offset
        return self._jump(dts, arrived)

    def _jump(self, dts: int, arrived: Monotonic) -> tuple[int, int]:
        newest = max(last.dts for last in self._last.values())
        self.jumps += 1
        self.last_jump = Duration(_signed(dts + self._offset - newest) * 1_000_000 // TICKS_PER_SECOND)
        return self._continued(dts, arrived)

    def _continued(self, dts: int, arrived: Monotonic) -> tuple[int, int]:
        """Lays `dts` after the newest unit, as far as the arrivals are apart; what follows keeps its distance to it."""
        newest = max(self._last.values(), key=lambda last: last.dts)
        continued = newest.dts + max(in_ticks(Duration(arrived - newest.arrived)), 1)
        self._offset = continued - dts
        return continued, self._offset


def _signed(difference: int) -> int:
    """The 33-bit difference nearest to zero."""
    return (difference + _HALF) % _WRAP - _HALF
