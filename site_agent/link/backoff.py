"""When to dial again: full jitter, as the server asked for (AWS, "Exponential Backoff And Jitter", 2015). Pure."""

from site_agent.link.messages import Backoff
from site_agent.link.prober import Random
from site_agent.units import MILLISECOND, SECOND, Duration

UNTIL_TOLD = Backoff(base=Duration(500 * MILLISECOND), cap=Duration(8 * SECOND), spread=Duration(2 * SECOND))
"""Before the first welcome. The cap lets every site be back within 10 s of the server."""


class Retry:
    """Counts failed attempts and draws the next wait.

    Attributes:
        backoff: the server's wish, kept from the last welcome.

    """

    def __init__(self, random: Random) -> None:
        self.backoff = UNTIL_TOLD
        self._random = random
        self._failures = 0
        self._welcomed = False

    def welcomed(self) -> None:
        """A session opened: the next wait is the first one again."""
        self._failures = 0
        self._welcomed = True

    def next_wait(self) -> Duration:
        """How long to wait before dialling.

        1. After a session that was open: anywhere within `spread`, so that all the sites of a dead server do not come at once.
        2. After the n-th failure in a row: anywhere in [0, min(cap, base x 2^n)].
        """
        if self._welcomed:
            self._welcomed = False
            return self._within(self.backoff.spread)
        self._failures = min(self._failures + 1, 30)
        return self._within(Duration(min(self.backoff.cap, self.backoff.base * 2**self._failures)))

    def _within(self, most: Duration) -> Duration:
        return Duration(int(most * self._random()))
