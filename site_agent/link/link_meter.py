"""What the answers of time probes say of a link: round trip, jitter and loss, and which way they went wrong. Pure.

Ways apart need no synchronised clocks: a way's delay is a difference of two clocks, and only how far it stands above its
own smallest is used. A probe over the WebSocket is never truly lost, TCP sends again: one answered too late is counted
lost on the way that took longer. A UDP probe without answer tells the device nothing of the way; it counts what it sent
and got back (`ProbeCount`), and the server, which knows what it received, does the rest.
"""

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import msgspec

from site_agent.link.messages import ProbeCount
from site_agent.units import Duration

METER_PROBES = 20
"""Loss and jitter are over this many probes, about the last minute."""
MOST_COUNTED = 100
"""UDP probes in one count: more were not settled in time and are let go."""

Way = Literal["up", "down"]


class LinkQuality(msgspec.Struct, frozen=True):
    """What a heartbeat says of the link; None where nothing was measured."""

    round_trip: Duration | None
    """Median of the answers since the last heartbeat, else of the last answer known."""
    jitter: Duration | None
    """Mean difference between neighbouring round trips (as RFC 3550 §6.4.1 means it), over the last probes."""
    loss: float | None
    jitter_up: Duration | None = None
    """As `jitter`, of the way to the server alone."""
    jitter_down: Duration | None = None
    loss_up: float | None = None
    """Share of the probes whose answer came too late because of the way to the server; None for none."""
    loss_down: float | None = None
    probes: ProbeCount | None = None


@dataclass(slots=True)
class _Outcome:
    """A probe that was answered in time (`trip`), or not; `late` once it is known which way took so long."""

    probe: int
    trip: Duration | None = None
    up: int | None = None
    down: int | None = None
    late: Way | None = None


class LinkMeter:
    """Gathers the outcomes of probes."""

    def __init__(self) -> None:
        self._outcomes: deque[_Outcome] = deque(maxlen=METER_PROBES)
        self._fresh: list[Duration] = []
        self._last: Duration | None = None
        self._udp = UdpCount()

    def sent_udp(self, probe: int) -> None:
        """A probe leaves by UDP."""
        self._udp.sent(probe)

    def new_session(self) -> None:
        """The session ended, and with it the server's count; the device may have slept, so that old delays of a way, which
        are differences of clocks, cannot be compared with new ones.
        """
        self._udp.forget()
        for outcome in self._outcomes:
            outcome.up = outcome.down = None

    def answered(self, probe: int, round_trip: Duration, up: int, down: int) -> None:
        """Answered in time; `up` and `down` are each way's delay plus a constant unknown."""
        self._outcomes.append(_Outcome(probe, round_trip, up, down))
        self._fresh.append(round_trip)
        self._last = round_trip
        self._udp.settled(probe, answered=True)

    def lost(self, probe: int) -> None:
        """Not answered in time."""
        self._outcomes.append(_Outcome(probe))
        self._udp.settled(probe, answered=False)

    def late(self, probe: int, up: int, down: int) -> None:
        """The answer of a lost probe came after all: the way further above its smallest delay took too long."""
        lost = next((outcome for outcome in self._outcomes if outcome.probe == probe and outcome.trip is None), None)
        ups, downs = self._ways()
        if lost is not None and ups and downs:
            lost.late = "up" if up - min(ups) >= down - min(downs) else "down"

    def quality(self) -> LinkQuality:
        """The figures for a heartbeat; starts the time "since the last heartbeat" anew."""
        fresh, self._fresh = self._fresh, []
        trips = [outcome.trip for outcome in self._outcomes if outcome.trip is not None]
        ups, downs = self._ways()
        return LinkQuality(
            round_trip=sorted(fresh)[(len(fresh) - 1) // 2] if fresh else self._last,
            jitter=_jitter(trips),
            loss=round(1 - len(trips) / len(self._outcomes), 4) if self._outcomes else None,
            jitter_up=_jitter(ups),
            jitter_down=_jitter(downs),
            loss_up=self._late("up"),
            loss_down=self._late("down"),
            probes=self._udp.take(),
        )

    def _ways(self) -> tuple[list[int], list[int]]:
        """Delays up and down, each plus its constant, of this session's answers."""
        ups = [outcome.up for outcome in self._outcomes if outcome.up is not None]
        downs = [outcome.down for outcome in self._outcomes if outcome.down is not None]
        return ups, downs

    def _late(self, way: Way) -> float | None:
        late = sum(outcome.late == way for outcome in self._outcomes)
        return round(late / len(self._outcomes), 4) if late else None


def _jitter(values: list[Duration] | list[int]) -> Duration | None:
    steps = [abs(after - before) for before, after in pairwise(values)]
    return Duration(sum(steps) // len(steps)) if steps else None


class UdpCount:
    """UDP probes in the order they left; those settled from the front are told, each once."""

    def __init__(self) -> None:
        self._waiting: dict[int, bool | None] = {}
        """Probe → answered; None while it may still be."""

    def sent(self, probe: int) -> None:
        """A probe leaves."""
        self._waiting[probe] = None
        if len(self._waiting) > MOST_COUNTED:
            del self._waiting[next(iter(self._waiting))]

    def settled(self, probe: int, *, answered: bool) -> None:
        """A probe, perhaps by the WebSocket, was answered or given up."""
        if probe in self._waiting:
            self._waiting[probe] = answered

    def forget(self) -> None:
        """Begin anew."""
        self._waiting.clear()

    def take(self) -> ProbeCount | None:
        """What was settled since the last call; None where nothing was."""
        done: list[tuple[int, bool]] = []
        for probe, answered in self._waiting.items():
            if answered is None:
                break
            done.append((probe, answered))
        if not done:
            return None
        for probe, _ in done:
            del self._waiting[probe]
        return ProbeCount(first=done[0][0], last=done[-1][0], sent=len(done), answered=sum(ok for _, ok in done))
