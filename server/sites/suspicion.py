"""Whether so many sites fell silent together that the server itself is the likelier cause."""

from collections import deque

from server.ceremony.link_health import SUSPECT_AT_LEAST, SUSPECT_SHARE, SUSPECT_WITHIN
from site_agent.units import Instant, SiteCode


class Suspicion:
    """Over 30 % of the connected sites stale within 30 s. Lasts until at most that share of them is still silent.

    Attributes:
        suspect: the verdict; changed by `judge` alone.
        connected_before: how many sites were connected when the verdict became true.

    """

    def __init__(self, *, suspect: bool) -> None:
        self.suspect = suspect
        self.connected_before = 0
        self._falls: deque[tuple[Instant, SiteCode]] = deque()
        self._fallen: dict[SiteCode, Instant] = {}
        """Sites in `_falls` (or in the suspicion) that did not rise since."""

    @property
    def silent(self) -> int:
        """Sites that fell and did not rise."""
        return len(self._fallen)

    def fell(self, site: SiteCode, at: Instant) -> None:
        """A connected site became stale at that instant."""
        self._falls.append((at, site))
        self._fallen[site] = at

    def rose(self, site: SiteCode) -> None:
        """The site is heard again, or is no more."""
        self._fallen.pop(site, None)

    def judge(self, alive: int, now: Instant) -> None:
        """Look at the falls of the last 30 s; `alive` sites are connected now."""
        if self.suspect:
            self.suspect = self.silent > SUSPECT_SHARE * self.connected_before
            return
        self._forget(now)
        before = alive + self.silent
        if self.silent >= SUSPECT_AT_LEAST and self.silent > SUSPECT_SHARE * before:
            self.suspect, self.connected_before = True, before

    def _forget(self, now: Instant) -> None:
        while self._falls and self._falls[0][0] <= now - SUSPECT_WITHIN:
            at, site = self._falls.popleft()
            if self._fallen.get(site) == at:
                del self._fallen[site]
