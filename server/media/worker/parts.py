"""The worker's tasks by name: each has an owner, and one that fails is started again without touching the others."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger("worker")

_PAUSES = (0.2, 1.0, 2.0, 5.0)
_STOP_WITHIN_SECONDS = 3.0


class Parts:
    """What runs beside each other in the worker."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, name: str, life: Callable[[], Awaitable[None]]) -> None:
        """Run it for good; a part of that name that runs already must be stopped before."""
        assert name not in self._tasks
        self._tasks[name] = asyncio.create_task(_keep(name, life), name=name)

    async def stop(self, name: str) -> None:
        """End one, within bounds; unknown names are no error."""
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.wait({task}, timeout=_STOP_WITHIN_SECONDS)

    async def stop_all(self) -> None:
        """End all at once, within bounds."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_WITHIN_SECONDS)


async def _keep(name: str, life: Callable[[], Awaitable[None]]) -> None:
    """Live again after a failure; a part that returns has done what it was for."""
    failures = 0
    while True:
        try:
            await life()
        except Exception:
            log.exception("part failed", name=name)
            await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])
            failures += 1
        else:
            return
