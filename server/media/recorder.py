"""Journals what changed of the programme: from the worker's reports, and the worker's own comings and goings."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog
from msgspec import structs

from server.ceremony.ceremony import Ceremony
from server.ceremony.media_history import RecordMediaChanges, WorkerChange
from server.ceremony.rules import SYSTEM, Command, Principal
from server.engine.answers import Answer
from server.engine.ids import new_id
from server.media.changes import changes
from server.media.messages import Status

MAX_UNTOLD = 100

log = structlog.get_logger("media")


class Journalling(Protocol):
    """What the recorder needs of the engine."""

    @property
    def state(self) -> Ceremony: ...
    async def submit_many(self, commands: Sequence[Command], principal: Principal) -> list[Answer]: ...


class Recorder:
    """One writer: what is true is compared with what the history knows, so that nothing is told twice.

    Args:
        engine: journal and state.
        status: what the worker said last.

    """

    def __init__(self, engine: Journalling, status: Callable[[], Status | None]) -> None:
        self._engine = engine
        self._status = status
        self._untold: list[WorkerChange] = []
        self._wake = asyncio.Event()

    def worker_moved(self, change: WorkerChange) -> None:
        """The worker went, or came."""
        if len(self._untold) < MAX_UNTOLD:
            self._untold.append(change)
        self.look()

    def look(self) -> None:
        """Something may have changed."""
        self._wake.set()

    async def run(self) -> None:
        """Record until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.record()
            except Exception:  # whatever is wrong with one report, the next may be right
                log.exception("media changes could not be recorded")

    async def record(self) -> None:
        """Journal what differs from what the history knows."""
        status = self._status()
        command = changes(self._engine.state.media, status, new_id()) if status is not None else None
        told, self._untold = self._untold, []
        if told:
            command = structs.replace(command or RecordMediaChanges(id=new_id()), worker=tuple(told))
        if command is None:
            return
        [answer] = await self._engine.submit_many([command], SYSTEM)
        if answer.outcome == "refused":
            # The journal is full: the next status says what is true then; the worker's comings and goings are kept.
            self._untold = [*told, *self._untold][:MAX_UNTOLD]
