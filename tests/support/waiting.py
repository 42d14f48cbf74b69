"""Waiting for what nothing tells of."""

import asyncio
from collections.abc import Callable


async def until(holds: Callable[[], object], within: float = 30.0) -> None:
    """Return once it holds; TimeoutError where it does not in that many seconds."""
    async with asyncio.timeout(within):
        while not holds():  # noqa: ASYNC110 -- statuses are read, not sent
            await asyncio.sleep(0.02)
