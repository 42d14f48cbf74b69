"""Owned tasks: named services, started in a stated order, stopped in the reverse, in bounded time.

Not an `asyncio.TaskGroup`: that waits for its tasks without bound, and a stop must end even where one of them hangs.
Everything else is kept: no task without an owner, the first failure stops all, and it is raised at the end.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

log = structlog.get_logger("supervisor")


async def _nothing() -> None:
    """Default of a service that has nothing to do at start or stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A part with a life of its own.

    `start` runs to its end before the next service starts; `run` then goes on until it is cancelled; `stop` runs after
    the cancelled `run` has ended. Bounds are seconds.
    """

    name: str
    start: Callable[[], Awaitable[None]] = _nothing
    run: Callable[[], Awaitable[None]] | None = None
    stop: Callable[[], Awaitable[None]] = _nothing
    start_within: float = 30.0
    stop_within: float = 5.0


class ServiceFailed(Exception):
    """A service failed at its start, ended by itself or raised while running; the cause is chained."""


class Supervisor:
    """Runs services until told to stop, or until one fails."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = tuple(services)
        self._started: list[Service] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Ask for the stop; safe from a signal handler of the loop."""
        self._stop.set()

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Start all, call `ready`, run until `stop` or a failure, stop all.

        Raises:
            ServiceFailed: with the first failure, after everything was stopped.

        """
        try:
            await self._start_all()
            if not self._stop.is_set():
                ready()
                await self._wait()
        finally:
            await self._stop_all()

    async def _start_all(self) -> None:
        for service in self._services:
            if self._stop.is_set():
                return
            self._started.append(service)
            try:
                await asyncio.wait_for(service.start(), service.start_within)
            except Exception as error:
                raise ServiceFailed(f"{service.name} did not start") from error
            if service.run is not None:
                self._tasks[service.name] = asyncio.create_task(_as_coroutine(service.run), name=service.name)
            log.debug("service started", service=service.name)

    async def _wait(self) -> None:
        stopping = asyncio.create_task(self._stop.wait(), name="stop")
        try:
            done, _ = await asyncio.wait({stopping, *self._tasks.values()}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
        for name, task in self._tasks.items():
            if task in done:
                cause = None if task.cancelled() else task.exception()
                raise ServiceFailed(f"{name} ended by itself") from cause

    async def _stop_all(self) -> None:
        for service in reversed(self._started):
            await self._end_task(service)
            try:
                await asyncio.wait_for(service.stop(), service.stop_within)
            except Exception as error:
                log.error("service did not stop well", service=service.name, exc_info=error)  # noqa: TRY400
            else:
                log.debug("service stopped", service=service.name)

    async def _end_task(self, service: Service) -> None:
        task = self._tasks.get(service.name)
        if task is None:
            return
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=service.stop_within)
        if not done:
            log.error("service ignores its stop", service=service.name)
        elif not task.cancelled() and (error := task.exception()) is not None:
            log.error("service failed", service=service.name, exc_info=error)


async def _as_coroutine(run: Callable[[], Awaitable[None]]) -> None:
    await run()
