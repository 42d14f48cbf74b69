"""The shell of the throughput probe (`link.throughput` says what, how often and why): HTTP beside the link, so that nothing
waits behind it.
"""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable

import structlog

from site_agent.api import Api, ApiError, Unreachable
from site_agent.link.session import ClientSession, State
from site_agent.link.throughput import DOWN_BYTES, FIRST_WITHIN, MOST_PROBES, UP_BYTES, WITHIN, kbps, next_wait
from site_agent.units import Duration, in_seconds

PATH = "/api/v1/link-probe"
TURNS = 0.5
"""An empty request takes two round trips, one of them to connect."""

log = structlog.get_logger(__name__)


async def measure(api: Api) -> tuple[int, int]:
    """(up, down) in kilobits a second.

    Raises:
        ApiError: the server cannot be reached, or refuses.

    """
    empty = await _timed(api.get_bytes(f"{PATH}?empty=true"))
    down = await _timed(api.get_bytes(PATH))
    up = await _timed(api.put_bytes(PATH, os.urandom(UP_BYTES), "application/octet-stream"))
    return kbps(UP_BYTES, up, empty, TURNS), kbps(DOWN_BYTES, down, empty, TURNS)


async def watch_throughput(api: Api, session: ClientSession, busy: Callable[[], bool]) -> None:
    """Measure now and then while there is a session, and let its next heartbeat tell; `busy` is true around a cue."""
    wait = in_seconds(FIRST_WITHIN) * random.random()
    probes = slow = 0
    while probes < MOST_PROBES:
        await asyncio.sleep(wait)
        if session.state is not State.OPEN or busy():
            wait = 30.0
            continue
        try:
            up, down = await measure(api)
        except ApiError as error:
            log.debug("throughput not measured", reason=str(error)[:100])
            wait = 60.0
            continue
        probes += 1
        session.up_kbps, session.down_kbps = up, down
        after = next_wait(up, down, slow)
        slow = slow + 1 if after != next_wait(None, None, 0) else 0
        wait = in_seconds(after) * (0.9 + 0.2 * random.random())


async def _timed(asking: Awaitable[bytes]) -> Duration:
    """How long it took. A line so slow that it was given up took at least as long."""
    began = time.perf_counter_ns()
    try:
        async with asyncio.timeout(in_seconds(WITHIN)):
            await asking
    except TimeoutError:
        return WITHIN
    except Unreachable as error:
        if "timed out" in str(error):
            return WITHIN
        raise
    return Duration((time.perf_counter_ns() - began) // 1_000)
