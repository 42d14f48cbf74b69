"""When to ask for the time, by which path, and what the answers say of the link. Pure; DESIGN §6.

Bursts of 8 probes, one a minute, every 10 s while a cue is polled, spread by jitter; each goes wholly by UDP or wholly over
the WebSocket. A UDP burst without any answer moves the device to the WebSocket at once; UDP is tried again five minutes
later. Between bursts, single probes (every 5 s by UDP, with each heartbeat over the WebSocket) tell how the link is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from site_agent.link.clock import ClockChange, DeviceClock, Sample
from site_agent.link.link_meter import LinkMeter
from site_agent.units import MILLISECOND, MINUTE, SECOND, Duration, Instant, Monotonic

BURST_PROBES = 8
BURST_EVERY = Duration(60 * SECOND)
BURST_EVERY_POLLING = Duration(10 * SECOND)
BURST_AFTER_SUSPICION = Duration(1 * SECOND)
BURST_GAP = Duration(25 * MILLISECOND)
"""Between the probes of a burst, ± half of it by jitter: one queue on the way does not hold them all."""
PROBE_TIMEOUT = Duration(2 * SECOND)
"""A probe not answered by then is lost; a later answer is not used."""
SINGLE_EVERY = Duration(5 * SECOND)
UDP_RETRY_AFTER = Duration(5 * MINUTE)
LATE_UNTIL = Duration(60 * SECOND)
"""An answer later than this is not even told late."""

Random = Callable[[], float]
"""Uniform in [0, 1)."""


class TimeProbe(msgspec.Struct, frozen=True):
    """A probe to be sent now. `origin` is the monotonic reading the shell gave a moment ago."""

    probe: int
    origin: Monotonic
    udp: bool


@dataclass(slots=True)
class _Pending:
    origin: Monotonic
    burst: bool
    metered: bool
    udp: bool


class Prober:
    """Schedules the probes of one device and hands whole bursts to its clock.

    Attributes:
        polling: a cue is polled or loaded: bursts every 10 s.
        meter: what the answers say of the link.

    """

    def __init__(self, clock: DeviceClock, random: Random, first_probe: int = 0) -> None:
        self.meter = LinkMeter()
        self._clock = clock
        self._random = random
        self._next_probe = first_probe
        self._pending: dict[int, _Pending] = {}
        self._given_up: dict[int, _Pending] = {}
        """Probes over the WebSocket whose answer is late: TCP will bring it yet."""
        self._samples: list[Sample] = []
        self._polling = False
        self._udp_offered = False
        self._udp_again_at: Monotonic | None = None
        self._burst_udp = False
        self._burst_left = 0
        self._burst_answers_missing = 0
        self._burst_sent_last = Monotonic(0)
        self._burst_at: Monotonic | None = None
        """When the next probe of a burst is due, in or between bursts; None while stopped."""
        self._burst_ends_at: Monotonic | None = None
        self._single_at: Monotonic | None = None

    @property
    def polling(self) -> bool:
        return self._polling

    def set_polling(self, polling: bool, now: Monotonic) -> None:
        """Ask more often, beginning with a burst now, or go back to once a minute."""
        if polling and not self._polling:
            self.hurry(now)
        self._polling = polling

    def start(self, now: Monotonic, udp: bool) -> None:
        """A session opened: first burst now, by UDP where the server offers it."""
        self.stop()
        self._udp_offered = udp
        self._udp_again_at = None
        self._burst_at = now
        self._single_at = Monotonic(now + SINGLE_EVERY)

    def stop(self) -> None:
        """The session ended: what is under way is neither lost nor answered."""
        self._pending.clear()
        self._given_up.clear()
        self.meter.new_session()
        self._samples.clear()
        self._burst_left = self._burst_answers_missing = 0
        self._burst_at = self._burst_ends_at = self._single_at = None

    def hurry(self, now: Monotonic) -> None:
        """Begin a burst now, unless one is running or the prober is stopped."""
        if self._burst_at is not None and self._burst_left == 0 and self._burst_ends_at is None:
            self._burst_at = now

    def wake_at(self) -> Monotonic | None:
        """When `due` has something to do next."""
        times = [t for t in (self._burst_at, self._burst_ends_at, self._single_at) if t is not None]
        return min(times, default=None)

    def due(self, now: Monotonic) -> list[TimeProbe]:
        """The probes to send now; closes a burst whose time is over."""
        probes: list[TimeProbe] = []
        if self._burst_ends_at is not None and now >= self._burst_ends_at:
            self._close_burst(now)
        if self._burst_at is not None and now >= self._burst_at:
            probes.append(self._burst_probe(now))
        if self._single_at is not None and now >= self._single_at:
            self._single_at = Monotonic(now + self._jittered(SINGLE_EVERY))
            if self._by_udp(now):
                probes.append(self._new_probe(now, udp=True, burst=False, metered=True))
        return probes

    def single(self, now: Monotonic) -> TimeProbe:
        """The probe that goes with a heartbeat over the WebSocket: a sign of life from the server."""
        return self._new_probe(now, udp=False, burst=False, metered=not self._by_udp(now))

    def leaves(self, probe: int, origin: Monotonic) -> None:
        """The probe leaves only now: a shell that can tell says so just before it sends."""
        pending = self._pending.get(probe)
        if pending is not None:
            pending.origin = origin

    def answer(self, probe: int, received: Instant, sent: Instant, arrived: Monotonic) -> ClockChange:
        """Take an answer; the last one of a burst moves the clock. Answers nobody waits for are ignored."""
        pending = self._pending.pop(probe, None)
        if pending is None:
            self._late(probe, self._given_up.pop(probe, None), received, sent, arrived)
            return ClockChange.NOTHING
        if sent < received or arrived < pending.origin:
            return ClockChange.NOTHING
        if arrived - pending.origin > PROBE_TIMEOUT:
            self._lost(probe, pending)
            self._late(probe, self._given_up.pop(probe, None), received, sent, arrived)
            return ClockChange.NOTHING
        sample = Sample(origin=pending.origin, received=received, sent=sent, arrived=arrived)
        if pending.metered:
            self.meter.answered(probe, sample.round_trip, received - pending.origin, arrived - sent)
        if not pending.burst:
            return ClockChange.NOTHING
        self._samples.append(sample)
        self._burst_answers_missing -= 1
        if self._burst_left == 0 and self._burst_answers_missing == 0:
            return self._close_burst(arrived)
        return ClockChange.NOTHING

    def expire(self, now: Monotonic) -> None:
        """Count probes that waited too long as lost; called before the link is judged."""
        for probe, pending in list(self._pending.items()):
            if now - pending.origin > PROBE_TIMEOUT:
                del self._pending[probe]
                self._lost(probe, pending)
        for probe, pending in list(self._given_up.items()):
            if now - pending.origin > LATE_UNTIL:
                del self._given_up[probe]

    def _burst_probe(self, now: Monotonic) -> TimeProbe:
        if self._burst_left == 0:
            self._burst_udp = self._by_udp(now)
            self._burst_left = BURST_PROBES
            self._burst_answers_missing = BURST_PROBES
            self._samples.clear()
        self._burst_left -= 1
        if self._burst_left > 0:
            self._burst_at = Monotonic(now + int(BURST_GAP * (0.5 + self._random())))
        else:
            self._burst_at = Monotonic(now + self._jittered(BURST_EVERY_POLLING if self._polling else BURST_EVERY))
            self._burst_ends_at = Monotonic(now + PROBE_TIMEOUT)
        return self._new_probe(now, udp=self._burst_udp, burst=True, metered=True)

    def _close_burst(self, now: Monotonic) -> ClockChange:
        samples, self._samples = self._samples, []
        self._burst_ends_at = None
        self._burst_answers_missing = 0
        for pending in self._pending.values():
            pending.burst = False
        if not samples and self._burst_udp:
            self._udp_again_at = Monotonic(now + UDP_RETRY_AFTER)
            self._burst_at = now
        change = self._clock.add_burst(samples, now)
        if change is ClockChange.SUSPECTED:
            self._burst_at = Monotonic(now + BURST_AFTER_SUSPICION)
        return change

    def _by_udp(self, now: Monotonic) -> bool:
        return self._udp_offered and (self._udp_again_at is None or now >= self._udp_again_at)

    def _new_probe(self, now: Monotonic, *, udp: bool, burst: bool, metered: bool) -> TimeProbe:
        probe = self._next_probe
        self._next_probe = (probe + 1) % 2**32
        self._pending[probe] = _Pending(origin=now, burst=burst, metered=metered, udp=udp)
        if udp:
            self.meter.sent_udp(probe)
        return TimeProbe(probe=probe, origin=now, udp=udp)

    def _lost(self, probe: int, pending: _Pending) -> None:
        if pending.metered:
            self.meter.lost(probe)
            if not pending.udp:
                self._given_up[probe] = pending

    def _late(self, probe: int, pending: _Pending | None, received: Instant, sent: Instant, arrived: Monotonic) -> None:
        if pending is not None and received <= sent:
            self.meter.late(probe, received - pending.origin, arrived - sent)

    def _jittered(self, duration: Duration) -> int:
        return int(duration * (0.9 + 0.2 * self._random()))
