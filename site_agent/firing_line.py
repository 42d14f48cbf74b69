"""The one thread of a process that fires, for one device or for hundreds.

A shot has two moments on the machine's monotonic clock (raw ns). Some time before its target it is *marked*: its owner
writes to the disk that it fires, without which nothing is output. At the target, less each output's own delay, the outputs
are started. Between, the thread sleeps; the last milliseconds it spins, because a sleeping thread is woken late (about 0.1 ms by
the kernel, up to 5 ms by Python's interpreter lock, whose switch interval is shortened while a target is near).

The moments themselves are all this file knows: rules are `site_agent.launch.firing`'s, clocks are the owner's.
"""

import heapq
import itertools
import sys
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from site_agent.local_clock import raw_now
from site_agent.outputs.base import Occasion, Output, Started
from site_agent.realtime import FIRING, run_first

SPIN_NS = 6_000_000
"""The thread is awake this long before a target: longer than Python's switch interval of 5 ms."""
NEAR_NS = 400_000_000
QUIET_NS = 20_000_000
"""Results are handed over when nothing is due for this long: handing over takes time from shots at the same instant."""
MARKS_TOGETHER_NS = 20_000_000
"""Marks due within this are written now: those of many devices share one transaction."""
MARK_AGAIN_NS = 200_000_000
LOOK_AGAIN_S = 1.0
"""Longest sleep while a shot waits: a thread's sleep does not count the time the machine itself slept."""
_SHORT_SWITCH_S = 0.0001

log = structlog.get_logger(__name__)


class Owner(Protocol):
    """Whose shot it is. The marks are called on the firing thread (or the storage's) and must return at once."""

    def mark(self, shot: "Shot", raw: int) -> "Future[None] | None":
        """Write the mark: the future is done when it is durable. None: do not fire (any more)."""
        ...

    def mark_failed(self, shot: "Shot") -> None:
        """The disk did not take the mark: nothing was output; the line asks again."""
        ...

    def fired(self, shot: "Shot") -> None:
        """It fired. Called on the event loop, by `deliver`."""
        ...


@dataclass(slots=True, eq=False)
class Shot:
    """One attempt of one device.

    Attributes:
        name: two shots of the same name are one; the later scheduled counts.
        mark_at: raw ns from when on the mark is written.
        at: raw ns of the device's target.
        outputs: what to start, each its own delay before `at`.
        fired_at: raw ns at which the target was reached; set by the line.
        started: the outputs' futures; set by the line.

    """

    name: Hashable
    owner: Owner
    occasion: Occasion
    mark_at: int
    at: int
    outputs: Sequence[Output] = ()
    fired_at: int | None = None
    started: list[Started] = field(default_factory=list)
    withdrawn: bool = False


def deliver(shots: Sequence[Shot]) -> None:
    """Tell the owners; give this to the event loop: `FiringLine(lambda shots: loop.call_soon_threadsafe(deliver, shots))`."""
    for shot in shots:
        shot.owner.fired(shot)


class FiringLine:
    """Marks and fires shots at their moments.

    Args:
        fired: takes shots that fired, in batches; called on the firing thread.
        now: the raw clock; replaced by tests.

    """

    def __init__(self, fired: Callable[[Sequence[Shot]], object], now: Callable[[], int] = raw_now) -> None:
        self._fired = fired
        self._now = now
        self._order = itertools.count()
        self._marks: list[tuple[int, int, Shot]] = []
        """Heap of (moment, order, shot) to mark."""
        self._pulls: list[tuple[int, int, Shot, Output | None]] = []
        """Heap of (moment, order, shot, output to start; None for the target itself)."""
        self._waiting: dict[Hashable, Shot] = {}
        """Shots not yet marked."""
        self._results: list[Shot] = []
        self._changed = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="firing", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread. Shots not yet due stay unfired: they are on their owners' disks."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def schedule(self, shot: Shot) -> None:
        """Add a shot, in place of one of the same name that is not yet marked."""
        with self._changed:
            self._withdraw(shot.name)
            self._wait_to_mark(shot, shot.mark_at)

    def withdraw(self, name: Hashable) -> None:
        """Take back a shot that is not yet marked."""
        with self._changed:
            self._withdraw(name)

    def step(self) -> int | None:
        """Do all that is due; returns the moment of what comes next, None if nothing waits."""
        while True:
            with self._changed:
                now = self._now()
                pull = heapq.heappop(self._pulls) if self._pulls and self._pulls[0][0] <= now else None
                early = self._marks and self._marks[0][0] <= now + MARKS_TOGETHER_NS
                mark = heapq.heappop(self._marks)[2] if early and pull is None else None
                if pull is None and mark is None:
                    return min((heap[0][0] for heap in (self._marks, self._pulls) if heap), default=None)
            try:
                if mark is not None:
                    self._mark(mark)
                elif pull is not None:
                    self._pull(pull[2], pull[3])
            except Exception:  # whatever is wrong with one shot, the others must fire
                log.exception("firing.broken", mark=mark is not None)

    def hand_over(self) -> None:
        """Give the shots that fired to their owner."""
        if self._results:
            results, self._results = self._results, []
            self._fired(results)

    def _withdraw(self, name: Hashable) -> None:
        before = self._waiting.pop(name, None)
        if before is not None:
            before.withdrawn = True

    def _wait_to_mark(self, shot: Shot, moment: int) -> None:
        self._waiting[shot.name] = shot
        heapq.heappush(self._marks, (moment, next(self._order), shot))
        if self._marks[0][2] is shot:
            self._changed.notify()

    def _mark(self, shot: Shot) -> None:
        with self._changed:
            if shot.withdrawn:
                return
            self._waiting.pop(shot.name, None)
        durable = shot.owner.mark(shot, self._now())
        if durable is not None:
            durable.add_done_callback(lambda done: self._marked(shot, done))

    def _marked(self, shot: Shot, durable: "Future[None]") -> None:
        """On the storage's thread, or at once."""
        if durable.exception() is not None:
            log.error("firing.mark_not_stored", shot=str(shot.name), error=str(durable.exception()))
            shot.owner.mark_failed(shot)
            with self._changed:
                self._wait_to_mark(shot, self._now() + MARK_AGAIN_NS)
            return
        with self._changed:
            for output in shot.outputs:
                heapq.heappush(self._pulls, (shot.at - output.delay_ns, next(self._order), shot, output))
            heapq.heappush(self._pulls, (shot.at, next(self._order), shot, None))
            if self._pulls[0][2] is shot:
                self._changed.notify()

    def _pull(self, shot: Shot, output: Output | None) -> None:
        if output is not None:
            shot.started.append(output.start(shot.occasion))
        else:
            shot.fired_at = self._now()
            self._results.append(shot)

    def _run(self) -> None:
        run_first(FIRING)
        usual = sys.getswitchinterval()
        while not self._stopping:
            moment = self.step()
            now = self._now()
            if self._results and (moment is None or moment - now > QUIET_NS):
                self.hand_over()
                continue
            sys.setswitchinterval(_SHORT_SWITCH_S if moment is not None and moment - now < NEAR_NS else usual)
            self._sleep()
        self.hand_over()
        sys.setswitchinterval(usual)

    def _sleep(self) -> None:
        """Until shortly before the next pull, or a mark is due, or something changes. Only pulls are worth spinning for."""
        with self._changed:
            if self._stopping:
                return
            now = self._now()
            waits = [self._pulls[0][0] - SPIN_NS - now] if self._pulls else []
            waits += [self._marks[0][0] - now] if self._marks else []
            wait = min(waits, default=None)
            if wait is None:
                self._changed.wait()
            elif wait > 0:
                self._changed.wait(min(wait / 1e9, LOOK_AGAIN_S))
