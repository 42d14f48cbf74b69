"""A destination dies and comes back: how soon it has the programme again, and what the others noticed."""

import asyncio
import time

from ops.bench.media_house import House
from ops.bench.media_peer import NginxRtmp, bytes_of, lost_in, records_of
from ops.bench.table import Row

TIMES = 3
DOWN = 6.0
BACK_BYTES = 20_000
"""More than the talk that begins a session: pictures."""
WITHIN = 40.0
NAMES = ("ours", "peer")


async def relay_rows(built: House) -> list[Row]:
    """SIGKILL to one destination, three times; ours and the peer's connections end and begin in the same instants."""
    back: dict[str, list[float]] = {name: [] for name in NAMES}
    for _ in range(TIMES):
        for name, seconds in (await _once(built.destinations[0])).items():
            back[name].append(seconds)
        await built.settle(4.0)
    others = built.destinations[1:]
    lost = {name: [lost_in(records_of(each, name)) for each in others] for name in NAMES}
    sessions = {name: sum(len(records_of(each, name)) - 1 for each in others) for name in NAMES}
    ours, theirs = (sum(missing for missing, _ in lost[name]) for name in NAMES)
    there = sum(pictures for _, pictures in lost["ours"])
    worst = max(back["ours"])
    told = f"nginx-rtmp's push: {max(back['peer']):.2f} s"
    return [
        Row("a relay is back after its destination returned, worst of 3", worst, "s", "≤ 3", told, worst <= 3),
        Row(f"… pictures missing at the 3 others, of {there}", ours, "", "= 0", f"nginx-rtmp: {theirs}", ours == 0),
        Row("… sessions that broke there", sessions["ours"], "", "= 0", str(sessions["peer"]), sessions["ours"] == 0),
    ]


async def _once(destination: NginxRtmp) -> dict[str, float]:
    """Seconds from when it listens again until each has given it pictures."""
    await destination.kill()
    await asyncio.sleep(DOWN)
    had = {name: bytes_of(destination, name) for name in NAMES}
    await destination.start()
    listens = time.monotonic()
    found: dict[str, float] = {}
    while len(found) < len(NAMES) and time.monotonic() - listens < WITHIN:
        for name in NAMES:
            if name not in found and bytes_of(destination, name) - had[name] > BACK_BYTES:
                found[name] = time.monotonic() - listens
        await asyncio.sleep(0.01)
    return {name: found.get(name, WITHIN) for name in NAMES}
