"""Parts of the programme's service that go on, whatever happens to them."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

AGAIN_SECONDS = 5.0

log = structlog.get_logger("media")


async def for_ever(work: Callable[[], Awaitable[None]]) -> None:
    """Whatever is wrong here must not end the server: it is logged and begun again."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("a part of the programme's service failed")
        await asyncio.sleep(AGAIN_SECONDS)
