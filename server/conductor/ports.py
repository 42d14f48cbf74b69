"""What the parts of the conductor need of others, and the few tools they share."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import structlog

from server.ceremony.ceremony import Ceremony
from server.ceremony.rules import SYSTEM, Command, Principal, derived_id
from server.engine.answers import Answer, Published
from site_agent.launch.signed import Signed, digest
from site_agent.units import CommandId, Duration, Instant

_TRANSIENT = frozenset({"journal_unwritable", "engine_stopped", "internal_error"})

T = TypeVar("T")
log = structlog.get_logger("conductor")


class Source(Protocol):
    """What the conductor needs of the engine."""

    @property
    def state(self) -> Ceremony: ...
    def listen(self, listener: Callable[[Sequence[Published]], None]) -> None: ...
    async def submit(self, command: Command, principal: Principal) -> Answer: ...


class Sender(Protocol):
    """What the conductor needs of the dispatcher; sending again is harmless."""

    def send_order(self, order: Signed) -> object: ...
    def send_abort(self, abort: Signed) -> object: ...
    def reach_p99(self) -> Duration:
        """How long an abort takes to all but the slowest of the ready screens."""
        ...


class Clock(Protocol):
    """Tells the ceremony's instant."""

    def now(self) -> Instant: ...


class Unfinished(Exception):
    """A step could not be done now and is to be tried again."""


class HolderThread:
    """The holder's disk work: one piece at a time, on a thread of its own.

    A press must not queue behind reports and uploads in the loop's few shared threads.
    """

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="holder")
        self._owned: set[asyncio.Task[Any]] = set()

    async def run(self, work: Callable[[], T]) -> T:
        """Do it off the event loop; raises what it raises."""
        async with self._one_at_a_time:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def blocking(self, work: Callable[[], T]) -> T:
        """The same, for a step that can be tried again.

        Raises:
            Unfinished: the disk fails.

        """
        try:
            return await self.run(work)
        except OSError as error:
            raise Unfinished(f"the holder's disk fails: {error}") from error

    async def to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Await work that goes on when the one who waits hangs up: what is on the disk must leave it."""
        task = asyncio.ensure_future(work)
        self._owned.add(task)
        task.add_done_callback(self._owned.discard)
        return await asyncio.shield(task)

    async def quiet(self) -> None:
        """Return when nothing that was begun is under way any more."""
        await asyncio.gather(*self._owned)


async def tell(engine: Source, command: Command) -> bool:
    """Journal what happened; whether the state moved on.

    Raises:
        Unfinished: the journal cannot be written now.

    """
    answer = await engine.submit(command, SYSTEM)
    if failed_for_now(answer):
        raise Unfinished("the journal takes no commands now")
    if answer.problem is not None:
        log.warning("refused by the rules", command=type(command).__name__, code=answer.problem.code)
    return answer.outcome == "accepted"


def failed_for_now(answer: Answer) -> bool:
    """Whether the journal, not the rules, stood in the way."""
    return answer.problem is not None and answer.problem.code in _TRANSIENT


def id_of(what: str, signed: Signed) -> CommandId:
    """Anybody who holds the same bytes gives the same command: it is journalled once."""
    return derived_id(what, digest(signed))
