"""The device's idea of the ceremony clock, from four timestamps. Pure; DESIGN §6.

A probe leaves at `origin` (device's monotonic clock), reaches the server at `received`, its answer leaves at `sent`
(both on the ceremony clock) and arrives at `arrived` (monotonic). Then (RFC 5905 §8)

    round trip = (arrived - origin) - (sent - received)
    offset     = ((received - origin) + (sent - arrived)) / 2          ceremony clock minus monotonic clock

and the true offset lies within half the round trip of it, whatever the network did. That is the whole proof of the bound.

`DeviceClock` takes whole bursts. Of each it keeps the probe of the lowest round trip; of the bursts kept it believes the one
whose bound is smallest now: half its round trip, plus what drift may have added since. A burst whose interval does not
touch the clock's own contradicts it: it is not believed until the next one says the same, then the clock starts anew (a
jump: the machine slept, or the centre's clock was set). Meanwhile the clock goes on as it was and is not ready.

The estimator stands behind `Estimator`, so that the Kalman filter of a later step replaces `BestOfBursts` and nothing else.
"""

from collections import deque
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from site_agent.units import MILLISECOND, ClockId, Duration, Instant, Monotonic

DRIFT_ALLOWANCE_PPM = 60
"""What a device's oscillator may be off by: every second an estimate ages adds this many microseconds to its bound."""
SLEW_PPM = 500
"""How fast a correction is worked in while steps are forbidden: 0.5 ms a second, as `adjtime` does."""
KEPT_BURSTS = 8
JUMP_MARGIN = Duration(2 * MILLISECOND)
"""Two intervals further apart than this contradict each other; covers time stamps taken late by a busy machine."""
SUSPECT_KEPT_FOR = Duration(180_000_000)


class Sample(msgspec.Struct, frozen=True):
    """One answered probe."""

    origin: Monotonic
    received: Instant
    sent: Instant
    arrived: Monotonic

    @property
    def round_trip(self) -> Duration:
        """Time on the way, there and back, without the server's own."""
        return Duration(max(0, (self.arrived - self.origin) - (self.sent - self.received)))

    @property
    def offset(self) -> Duration:
        """Ceremony clock minus the device's monotonic clock, rounded down to whole microseconds."""
        return Duration(((self.received - self.origin) + (self.sent - self.arrived)) // 2)


class Estimate(msgspec.Struct, frozen=True):
    """What an estimator believes at one moment."""

    offset: Duration
    bound: Duration
    """The true offset is within this of `offset`."""


class Estimator(Protocol):
    """Turns bursts into an estimate. The seam for the filter of a later step."""

    def add(self, best: Sample) -> None:
        """Take the best probe of a burst."""
        ...

    def at(self, now: Monotonic) -> Estimate | None:
        """The estimate for `now`, or None while nothing is known."""
        ...

    def reset(self) -> None:
        """Forget everything."""
        ...


def best_of(samples: Sequence[Sample]) -> Sample | None:
    """The sample of the lowest round trip; the first of equals."""
    return min(samples, key=lambda sample: sample.round_trip, default=None)


def drift_allowance(elapsed: int) -> Duration:
    """What drift may have added in `elapsed` microseconds, rounded up."""
    return Duration(-(-abs(elapsed) * DRIFT_ALLOWANCE_PPM // 1_000_000))


def bound_of(sample: Sample, now: Monotonic) -> Duration:
    """How far the offset of `sample` may be from the truth at `now`."""
    return Duration((sample.round_trip + 1) // 2 + drift_allowance(now - sample.arrived))


class BestOfBursts:
    """Believes, of the last `KEPT_BURSTS` bursts, the best probe whose bound is the smallest now."""

    def __init__(self) -> None:
        self._bests: deque[Sample] = deque(maxlen=KEPT_BURSTS)

    def add(self, best: Sample) -> None:
        self._bests.append(best)

    def at(self, now: Monotonic) -> Estimate | None:
        newest_first = reversed(self._bests)
        believed = min(newest_first, key=lambda sample: bound_of(sample, now), default=None)
        return None if believed is None else Estimate(offset=believed.offset, bound=bound_of(believed, now))

    def reset(self) -> None:
        self._bests.clear()


class ClockChange(StrEnum):
    """What a burst did to the clock."""

    NOTHING = "nothing"
    """The burst had no answer."""
    ADJUSTED = "adjusted"
    SUSPECTED = "suspected"
    """The burst contradicts the clock: not ready, ask again soon."""
    JUMPED = "jumped"
    """A second burst agreed with the suspicion: the clock started anew."""


class DeviceClock:
    """Tells the ceremony's instant from the device's monotonic clock.

    Attributes:
        ready: an estimate stands and nothing contradicts it.
        slew_only: no steps; set by the owner from the order until the receipt. The first estimate and a proven jump still step.
        clock_id: whose clock it follows; another one starts it anew.

    """

    def __init__(self, estimator: Estimator | None = None) -> None:
        self._estimator: Estimator = estimator or BestOfBursts()
        self._shown: Duration | None = None
        self._shown_at = Monotonic(0)
        self._suspect: Sample | None = None
        self.clock_id: ClockId | None = None
        self.slew_only = False

    @property
    def known(self) -> bool:
        """Whether it tells any time at all."""
        return self._shown is not None

    @property
    def ready(self) -> bool:
        return self._shown is not None and self._suspect is None

    def follow(self, clock_id: ClockId) -> None:
        """Follow the clock of that name; if it is another than before, start anew."""
        if clock_id != self.clock_id:
            self.clock_id = clock_id
            self.disturbed()

    def disturbed(self) -> None:
        """Start anew: the monotonic clock cannot be trusted across what happened (sleep, another clock)."""
        self._estimator.reset()
        self._shown = None
        self._suspect = None

    def add_burst(self, samples: Sequence[Sample], now: Monotonic) -> ClockChange:
        """Take the answered probes of one burst; `now` is not before the last arrival."""
        best = best_of(samples)
        if best is None:
            return ClockChange.NOTHING
        before = self._estimator.at(now)
        if before is not None and _contradicts(best, before, now):
            if self._suspect is None or not _agree(best, self._suspect, now):
                self._suspect = best
                return ClockChange.SUSPECTED
            self._estimator.reset()
            self._shown = None
            change = ClockChange.JUMPED
        else:
            change = ClockChange.ADJUSTED
        self._suspect = None
        self._settle(now)
        self._estimator.add(best)
        if self._shown is None or not self.slew_only:
            self._step(now)
        return change

    def offset(self, now: Monotonic) -> Duration | None:
        """Ceremony clock minus monotonic clock as the clock tells it at `now`; None while unknown."""
        if self._shown is None:
            return None
        believed = self._estimator.at(now)
        if believed is None or not self.slew_only:
            return self._shown
        return _towards(self._shown, believed.offset, now - self._shown_at)

    def instant(self, reading: Monotonic) -> Instant | None:
        """The ceremony's instant of a monotonic reading; None while unknown."""
        offset = self.offset(reading)
        return None if offset is None else Instant(reading + offset)

    def reading(self, instant: Instant, now: Monotonic) -> Monotonic | None:
        """The monotonic reading at which the ceremony's instant will be (or was), as known at `now`.

        While a correction is worked in, that of the time until then is counted in.
        """
        if self._shown is None:
            return None
        reading = Monotonic(instant - self._shown)
        if not self.slew_only:
            return reading
        believed = self._estimator.at(now)
        if believed is None:
            return reading
        then = _towards(self._shown, believed.offset, max(now, reading) - self._shown_at)
        return Monotonic(instant - then)

    def bound(self, now: Monotonic) -> Duration | None:
        """The clock told at `now` is within this of the truth; None while unknown."""
        believed, offset = self._estimator.at(now), self.offset(now)
        if believed is None or offset is None:
            return None
        return Duration(believed.bound + abs(believed.offset - offset))

    def allow_steps(self, now: Monotonic) -> None:
        """End `slew_only`: what is not yet worked in is stepped now."""
        self.slew_only = False
        self._step(now)

    def forbid_steps(self, now: Monotonic) -> None:
        """Begin `slew_only`."""
        self._settle(now)
        self.slew_only = True

    def _settle(self, now: Monotonic) -> None:
        """Keep what has been worked in up to `now`, before the estimate changes."""
        self._shown = self.offset(now)
        self._shown_at = now

    def _step(self, now: Monotonic) -> None:
        believed = self._estimator.at(now)
        if believed is not None:
            self._shown = believed.offset
            self._shown_at = now


def _towards(shown: Duration, wanted: Duration, elapsed: int) -> Duration:
    """`shown` moved towards `wanted` by at most what may be slewed in `elapsed` microseconds."""
    most = max(0, elapsed) * SLEW_PPM // 1_000_000
    return Duration(shown + max(-most, min(most, wanted - shown)))


def _contradicts(sample: Sample, estimate: Estimate, now: Monotonic) -> bool:
    return abs(sample.offset - estimate.offset) > bound_of(sample, now) + estimate.bound + JUMP_MARGIN


def _agree(one: Sample, other: Sample, now: Monotonic) -> bool:
    recent = now - other.arrived <= SUSPECT_KEPT_FOR
    return recent and abs(one.offset - other.offset) <= bound_of(one, now) + bound_of(other, now) + JUMP_MARGIN
