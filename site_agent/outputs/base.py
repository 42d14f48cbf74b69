"""What an agent does to the world when it fires: the contract of every output.

`start` is called by the firing thread and must return at once; the work goes on in the output's own thread. A *state* output
(a scene, a light left on) may be asserted again after a crash; a *pulse* (a relay, a sound) may not, and then is unknown.
"""

import queue
import threading
from abc import ABC, abstractmethod
from concurrent.futures import Future
from enum import StrEnum
from typing import NamedTuple

import msgspec
import structlog

from site_agent.local_clock import raw_now
from site_agent.realtime import OUTPUT, run_first
from site_agent.units import Attempt, CueId, Instant

log = structlog.get_logger(__name__)


class Phase(StrEnum):
    """Why an output acts."""

    FIRE = "fire"
    END_STATE = "end_state"
    """Too late to fire, or started again after firing: state outputs only."""


class Occasion(msgspec.Struct, frozen=True):
    """What an output may know of the launch."""

    live: bool
    cue: CueId
    attempt: Attempt
    t0: Instant
    phase: Phase


class Done(msgspec.Struct, frozen=True):
    """What an output did. `raw` is the machine's monotonic clock in ns when it acted; None if it did not."""

    name: str
    ok: bool
    raw: int | None = None
    detail: str = ""


class Started(NamedTuple):
    """An output under way."""

    name: str
    done: "Future[Done]"


class Output(ABC):
    """One output with its own thread.

    Attributes:
        name: as in the configuration and in receipts.
        state: asserted again after a crash.
        delay_ns: how long it takes from `start` until the world sees it; the firing thread starts it that much earlier.

    """

    def __init__(self, name: str, *, state: bool, delay_ns: int) -> None:
        self.name = name
        self.state = state
        self.delay_ns = delay_ns
        self._jobs: queue.SimpleQueue[tuple[Occasion, Future[Done]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"output {name}", daemon=True)
        self._thread.start()

    def start(self, occasion: Occasion) -> Started:
        """Act now. Never blocks, never raises; the future tells how it went."""
        future: Future[Done] = Future()
        self._jobs.put((occasion, future))
        return Started(self.name, future)

    def close(self) -> None:
        """Let the thread end once its queue is empty."""
        self._jobs.put(None)

    @abstractmethod
    def act(self, occasion: Occasion) -> Done:
        """Do it, within the output's own time limit. Anything raised counts as not done."""

    def _run(self) -> None:
        run_first(OUTPUT)
        while (job := self._jobs.get()) is not None:
            occasion, future = job
            started = raw_now()
            try:
                done = self.act(occasion)
            except Exception as error:  # noqa: BLE001 - an output that breaks must not end its thread
                done = Done(name=self.name, ok=False, detail=f"{type(error).__name__}: {error}"[:200])
            log.info("output.done", output=self.name, ok=done.ok, ms=(raw_now() - started) // 1_000_000, detail=done.detail)
            future.set_result(done)
