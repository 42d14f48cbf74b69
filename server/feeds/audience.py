"""How many watch: the last beacon of each open page of /watch, in memory, and the row made of them.

A page names itself with a random word that it forgets when it is closed; nothing else is kept of anybody. How often pages come is
told to them by how many there are, so that a hundred thousand viewers cost as many requests a second as a few hundred.
"""

from dataclasses import dataclass

from server.feeds.playback_rows import AudienceRow
from server.feeds.store import FeedStore
from site_agent.units import SECOND, Instant

LEAST_SECONDS = 30
PER_SECOND = 20
"""Beacons a second that all pages together should make."""
MISSED = 2.5
"""A page that has not come for so many of its intervals is gone."""
MOST_PAGES = 200_000


@dataclass(slots=True, frozen=True)
class Beacon:
    """What one page said last."""

    until: Instant
    playing: bool
    sound: bool
    stalled: bool


class Audience:
    """Keeps the row `audience`; none while nobody watches."""

    def __init__(self, store: FeedStore) -> None:
        self._store = store
        self._pages: dict[str, Beacon] = {}
        """Those heard longest ago first."""
        self._counts = dict.fromkeys(AudienceRow.__struct_fields__, 0)

    def heard(self, page: str, now: Instant, *, playing: bool, sound: bool, stalled: bool) -> int:
        """A page's beacon; returns after how many seconds it should come again."""
        after = max(LEAST_SECONDS, len(self._pages) // PER_SECOND)
        self.left(page)
        if len(self._pages) < MOST_PAGES:
            beacon = self._pages[page] = Beacon(Instant(now + round(MISSED * after) * SECOND), playing, sound, stalled)
            self._count(beacon, 1)
        return after

    def left(self, page: str) -> None:
        """A page was closed."""
        beacon = self._pages.pop(page, None)
        if beacon is not None:
            self._count(beacon, -1)

    def settle(self, now: Instant) -> None:
        """Forget who is gone, and tell the counts if they differ. Called every few seconds, not at each beacon."""
        while self._pages:
            page, beacon = next(iter(self._pages.items()))
            if beacon.until >= now:
                break
            self.left(page)
        row = AudienceRow(**self._counts)
        if not self._pages:
            self._store.remove("audience")
        elif self._store.rows.get("audience") != row:
            self._store.put("audience", row)

    def _count(self, beacon: Beacon, sign: int) -> None:
        self._counts["playing"] += sign * beacon.playing
        self._counts["with_sound"] += sign * (beacon.playing and beacon.sound)
        self._counts["waiting"] += sign * (not beacon.playing)
        self._counts["stalled"] += sign * (beacon.playing and beacon.stalled)
