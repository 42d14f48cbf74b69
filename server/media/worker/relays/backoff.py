"""How long to wait before the next try."""

import random
from collections.abc import Callable


class Backoff:
    """Doubles from a quick first try to a bound, each time a little apart from everybody else's. In seconds."""

    def __init__(
        self, first: float = 0.5, longest: float = 30.0, jitter: float = 0.25, dice: Callable[[], float] = random.random
    ) -> None:
        self._first = first
        self._longest = longest
        self._jitter = jitter
        self._dice = dice
        self._next = first

    def next(self) -> float:
        """How long to wait now."""
        wait, self._next = self._next, min(self._next * 2, self._longest)
        return self.apart(wait)

    def apart(self, wait: float) -> float:
        """A wait made a little longer or shorter by chance."""
        return wait * (1 + self._jitter * (2 * self._dice() - 1))

    def reset(self) -> None:
        """It went well: the next try is a quick one again."""
        self._next = self._first
