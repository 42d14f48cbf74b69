"""How long an order, or an abort behind it, takes to the screens that are ready: measured, for the last instant of an abort.

Of each ready screen the freshest is taken: how long it took to say that it has the running order on its disk, else the
one before (a rehearsal), else what its link's round trip is. The worst screen never decides: one that hangs must not
take the abort from all others.
"""

from collections.abc import Callable, Collection
from typing import Protocol

from server.ceremony.link_grading import LinkSample
from server.sites.registry import Session, SiteRegistry
from site_agent.launch.objects import Part
from site_agent.units import DeviceId, Duration, Instant, Sha256, SiteCode

PERCENT = 99


class Clock(Protocol):
    """Tells the ceremony's instant."""

    def now(self) -> Instant: ...


class Reach:
    """Measures round trips of orders.

    Args:
        clock: the ceremony's.
        registry: who is connected.
        link: the link of a site now.
        ready: screens that said ready for the attempt being polled.

    """

    def __init__(
        self,
        clock: Clock,
        registry: SiteRegistry,
        link: Callable[[SiteCode], LinkSample | None],
        ready: Callable[[], Collection[DeviceId]],
    ) -> None:
        self._clock = clock
        self._registry = registry
        self._link = link
        self._ready = ready
        self._order: Sha256 | None = None
        self._sent_at = Instant(0)
        self._came_later: set[DeviceId] = set()
        """Were not there when the order left: what they take says nothing of its way."""
        self._took: dict[DeviceId, Duration] = {}
        registry.listen(self._opened, lambda _: None)

    def sent(self, order: Sha256) -> None:
        """An order leaves now; the same one again measures nothing anew."""
        if order != self._order:
            self._order, self._sent_at = order, self._clock.now()
            self._came_later.clear()

    def loaded(self, session: Session, order: Sha256) -> None:
        """A device has the order on its disk."""
        if order == self._order and session.part is Part.SCREEN and session.device not in self._came_later:
            self._came_later.add(session.device)
            self._took[session.device] = Duration(max(0, self._clock.now() - self._sent_at))

    def p99(self) -> Duration:
        """Of all ready screens that are connected; 0 where nothing was measured."""
        sessions = (self._registry.of_device(device) for device in self._ready())
        times = sorted(time for session in sessions if session is not None and (time := self._of(session)) is not None)
        if not times:
            return Duration(0)
        rank = -(-PERCENT * len(times) // 100)
        return times[max(0, min(rank, len(times) - 1) - 1)]

    def _of(self, session: Session) -> Duration | None:
        measured = self._took.get(session.device)
        if measured is not None:
            return measured
        link = self._link(session.site)
        return link.round_trip if link is not None else None

    def _opened(self, session: Session) -> None:
        self._came_later.add(session.device)
