"""Spreads reconnect storms: so many new sessions a second, in the order in which they came."""

import asyncio

from server.sites import metrics

PER_SECOND = 500
"""A hello costs about 0.3 ms (a signature, a welcome): at this rate a sixth of one core, and 433 sites are in within 1 s."""


class Admission:
    """Gives every new connection its turn."""

    def __init__(self, per_second: float = PER_SECOND) -> None:
        self.per_second = per_second
        self._free_at = 0.0

    async def turn(self) -> None:
        """Wait for a turn; at once when there is no storm."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._free_at)
        self._free_at = turn + 1 / self.per_second
        metrics.ADMISSION_WAIT.observe(turn - now)
        if turn > now:
            await asyncio.sleep(turn - now)
