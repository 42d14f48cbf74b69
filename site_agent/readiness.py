"""Whether a device could take the prepared cue now, told to the server at every change. Codes: `messages.CueReady`."""

from collections.abc import Callable

from site_agent.link.clock import DeviceClock
from site_agent.link.messages import CuePrepare, CueReady, Message
from site_agent.units import MILLISECOND, Duration, Monotonic

BOUND_FOR_READY = Duration(100 * MILLISECOND)
"""A device whose clock may be off by more is not ready."""


class Readiness:
    """The readiness of one device.

    Attributes:
        prepare: what the server prepares or polls; None when nothing is.
        missing_assets: names of prepared assets that are not on the disk; set by the owner.

    """

    def __init__(self, clock: DeviceClock) -> None:
        self.prepare: CuePrepare | None = None
        self.missing_assets: frozenset[str] = frozenset()
        self._clock = clock
        self._told: CueReady | None = None

    @property
    def polling(self) -> bool:
        """Whether the go/no-go is open."""
        return self.prepare is not None and self.prepare.polling

    def new_session(self) -> None:
        """The server of a new session has been told nothing."""
        self._told = None

    def tell(self, send: Callable[[Message], bool], now: Monotonic) -> None:
        """Tell the server, if there is something new to tell."""
        if self.prepare is None:
            self._told = None
            return
        reasons = self._reasons(now)
        ready = CueReady(
            live=self.prepare.live,
            cue=self.prepare.cue,
            attempt=self.prepare.attempt,
            plan_hash=self.prepare.plan_hash,
            ready=not reasons,
            reasons=reasons,
        )
        if ready != self._told and send(ready):
            self._told = ready

    def _reasons(self, now: Monotonic) -> tuple[str, ...]:
        bound = self._clock.bound(now)
        clock_good = self._clock.ready and bound is not None and bound <= BOUND_FOR_READY
        return (*(() if clock_good else ("clock",)), *(f"asset:{name}" for name in sorted(self.missing_assets)))
