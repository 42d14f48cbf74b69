"""One agent's firing line in a process of its own, for `bench_agent`: prints the errors of many shots, in µs, as one JSON line.

    python -m ops.bench.firing FILE SHOTS

Each shot is marked on the disk and carries an output, as the agent's do; between shots the event loop works as an agent's
does. The error is how far from its target the shot fired, on the machine's own monotonic clock.
"""

import asyncio
import json
import random
import sys
from concurrent.futures import Future
from pathlib import Path

from site_agent import logs
from site_agent.firing_line import FiringLine, Shot, deliver
from site_agent.local_clock import raw_now
from site_agent.outputs.base import Done, Occasion, Output, Phase
from site_agent.storage import DeviceStore, Storage
from site_agent.units import Attempt, CueId, Instant

MARK_BEFORE_NS = 100_000_000
AHEAD_NS = 150_000_000


class Lamp(Output):
    """Notes when it acted."""

    def act(self, occasion: Occasion) -> Done:  # noqa: ARG002
        return Done(name=self.name, ok=True, raw=raw_now())


class Owner:
    """Marks in the storage, as the cue runner does."""

    def __init__(self, store: DeviceStore) -> None:
        self._store = store
        self.hit: asyncio.Future[Shot] = asyncio.get_running_loop().create_future()

    def mark(self, shot: Shot, raw: int) -> "Future[None]":  # noqa: ARG002
        return self._store.keep("mark", str(raw).encode())

    def mark_failed(self, shot: Shot) -> None:  # noqa: ARG002
        raise RuntimeError("the mark was not stored")

    def fired(self, shot: Shot) -> None:
        self.hit.set_result(shot)


async def main(path: Path, shots: int) -> list[float]:
    """Errors of the shots in µs, and of their outputs."""
    loop = asyncio.get_running_loop()
    storage = Storage(path)
    line = FiringLine(lambda fired: loop.call_soon_threadsafe(deliver, fired))
    lamp = Lamp("den", state=True, delay_ns=0)
    line.start()
    errors = []
    for number in range(shots):
        at = raw_now() + AHEAD_NS + random.randrange(50_000_000)
        occasion = Occasion(live=False, cue=CueId("do"), attempt=Attempt(number + 1), t0=Instant(0), phase=Phase.FIRE)
        owner = Owner(DeviceStore(storage, "agent"))
        shot = Shot(number, owner, occasion, at - MARK_BEFORE_NS, at, (lamp,))
        line.schedule(shot)
        while not owner.hit.done():
            await asyncio.wait({owner.hit}, timeout=0.01)
        [started] = shot.started
        done = await asyncio.wrap_future(started.done)
        assert done.raw is not None
        assert shot.fired_at is not None
        errors.append(max(abs(shot.fired_at - at), abs(done.raw - at)) / 1e3)
    line.stop()
    lamp.close()
    storage.close()
    return errors


if __name__ == "__main__":
    logs.configure("warning", as_json=True)
    print(json.dumps(asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))))
