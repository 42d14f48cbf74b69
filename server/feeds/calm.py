"""A feed as thousands of pages get it: the same rows, but sums that move with every check-in come only now and then.

With 5,000 hosts on `ceremony` and `public`, each change of a total would be written 10,000 times, four times a second, and cost
every village's line 1 kB a second. A host's page does not show these sums; the main hall, whose `/stage` does, reads the feed
as the staff does, and so does everybody who looks at other people's work. What a launch changes is never held back.
"""

from collections.abc import Callable

from server.ceremony.roster import RosterState
from server.ceremony.rules import Principal, Role
from server.feeds.store import FeedStore

CALM_EVERY = 3
"""Signs of life (5 s each) from one telling of the sums to the next."""
SLOW: dict[str, frozenset[str]] = {"ceremony": frozenset({"totals", "readiness"}), "public": frozenset({"info"})}
"""Rows that are held back, by feed."""


class CalmFeed:
    """Follows a store; `store` has the same name and rows, an id and offsets of its own."""

    def __init__(self, source: FeedStore, slow: frozenset[str], woken: Callable[[FeedStore], None]) -> None:
        self.store = FeedStore(source.name, source.rows, woken)
        self._source = source
        self._slow = slow
        self._late: dict[str, None] = {}
        self._signs = 0
        source.follow(self._changed)

    def sign_of_life(self) -> None:
        """Another sign of life was given; every few of them what was held back is told."""
        self._signs += 1
        if self._signs % CALM_EVERY == 0:
            late, self._late = self._late, {}
            for key in late:
                self._copy(key)

    def _changed(self, key: str) -> None:
        # A row that comes or goes is told at once: a page may wait for it.
        if key in self._slow and (key in self._source.rows) == (key in self.store.rows):
            self._late[key] = None
        else:
            self._copy(key)

    def _copy(self, key: str) -> None:
        row = self._source.rows.get(key)
        if row is None:
            self.store.remove(key)
        else:
            self.store.put(key, row)


def takes_it_calmly(principal: Principal, roster: RosterState) -> bool:
    """Whether somebody is one of the many: hosts but the main hall's, and the audience."""
    if principal.role is Role.HOST:
        return principal.site != roster.root
    return principal.role is Role.VIEWER
