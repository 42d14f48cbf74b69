"""Questions to the worker that somebody waits for: does a destination answer?"""

import asyncio
from collections.abc import Callable

from server.media.messages import RelayPlan, RelayTested, TestRelay

TEST_SECONDS = 30.0


class WorkerAway(Exception):
    """There is no worker that could do it now."""


class RelayTests:
    """Tests under way; two people who ask the same get one answer.

    Args:
        send: hands the question to the worker; False if there is none.

    """

    def __init__(self, send: Callable[[TestRelay], bool]) -> None:
        self._send = send
        self._asked: dict[str, asyncio.Future[RelayTested]] = {}

    async def ask(self, relay: RelayPlan) -> RelayTested:
        """The worker's answer.

        Raises:
            WorkerAway: there is no worker, it went meanwhile, or it does not answer.

        """
        asked = self._asked.get(relay.id)
        if asked is None:
            asked = self._asked[relay.id] = asyncio.get_running_loop().create_future()
            if not self._send(TestRelay(relay)):
                del self._asked[relay.id]
                raise WorkerAway
        try:
            return await asyncio.wait_for(asyncio.shield(asked), TEST_SECONDS)
        except TimeoutError:
            self._asked.pop(relay.id, None)
            raise WorkerAway from None

    def answered(self, answer: RelayTested) -> None:
        """The worker said how it went."""
        asked = self._asked.pop(answer.id, None)
        if asked is not None and not asked.done():
            asked.set_result(answer)

    def interrupted(self) -> None:
        """The worker went."""
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(WorkerAway())
                asked.exception()  # seen, if nobody waits any more
        self._asked.clear()
