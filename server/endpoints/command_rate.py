"""How fast one link may give commands over HTTP: far above what people do, far below what would keep others waiting.

Presses and wishes to stop are never held up. A batch is let in whole while anything is left, and paid for afterwards:
the desk's long list goes through at once, a second one behind it waits.
"""

from math import ceil

from server.endpoints.problems import HttpProblem
from site_agent.units import SECOND, Instant

PER_SECOND = 20
AT_ONCE = 200
MAX_LINKS = 20_000


class CommandRate:
    """A token bucket for each link.

    Args:
        per_second: commands in the long run.
        at_once: commands after a rest.

    """

    def __init__(self, per_second: int = PER_SECOND, at_once: int = AT_ONCE) -> None:
        self._per_second = per_second
        self._at_once = at_once
        self._links: dict[str, tuple[float, Instant]] = {}
        """What is left (less than nothing after a long batch), and when that was so; the longest quiet first."""

    def take(self, subject: str, commands: int, now: Instant) -> None:
        """Let `commands` pass, or say when to come back.

        Raises:
            HttpProblem: 429 `too_fast` with Retry-After.

        """
        if not commands:
            return
        left, at = self._links.pop(subject, (float(self._at_once), now))
        left = min(float(self._at_once), left + max(0, now - at) * self._per_second / SECOND)
        if left < 1:
            self._links[subject] = (left, now)
            wait = ceil((1 - left) / self._per_second)
            words = f"Liên kết này gửi quá nhanh (tối đa {self._per_second} lệnh mỗi giây). Chờ {wait} giây rồi gửi lại."
            raise HttpProblem(429, "too_fast", words, headers={"Retry-After": str(wait)})
        if len(self._links) >= MAX_LINKS:
            del self._links[next(iter(self._links))]
        self._links[subject] = (left - commands, now)
