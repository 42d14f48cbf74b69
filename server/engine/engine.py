"""The engine: inbox → decide → append → evolve → publish. The only one that changes the state or the journal.

Group commit: while one append is on its way to the disk, commands gather in the inbox; then all that wait, up to
`MAX_BATCH`, are decided in order and appended at once. Only when the journal has them are they folded into `state`, told
to the listeners, and answered, in that order.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import structlog

from server.ceremony import ceremony
from server.ceremony.ceremony import Ceremony
from server.ceremony.rules import SYSTEM, Command, Context, Principal
from server.engine.answers import (
    BAD_ID,
    ID_REUSED,
    JOURNAL_PROBLEM,
    STOPPED,
    UNWRITABLE,
    Answer,
    Problem,
    Published,
    refused,
)
from server.engine.batch import Ahead
from server.engine.body_hashes import BodyHashes
from server.engine.codec import body_hash, check_event_types, header
from server.engine.deadlines import Deadlines
from server.engine.ids import id_key
from server.engine.kept import PURPOSE
from server.engine.port import Clock, Head, Journal, JournalError, JournalUnwritable, KeyStore, Timer, TimerHandle
from server.engine.replay import Replayed, replay
from server.engine.secret import NumberedSecret
from server.engine.timer import LoopTimer
from site_agent.units import SECOND, Instant, PersonId

MAX_BATCH = 256
"""Commands decided in one go before their append: bounds how long others of the event loop wait (about 20 ms)."""
PROBE_EVERY = SECOND
"""Between two tries whether the journal can be written again."""

_log = structlog.get_logger(room="engine")

Listener = Callable[[Sequence[Published]], None]


@dataclass(slots=True, frozen=True)
class _Ask:
    """Commands of one sender that are decided in one batch, and where their answers go."""

    commands: Sequence[Command]
    principal: Principal
    answers: asyncio.Future[list[Answer]] | None

    def answer(self, answers: list[Answer]) -> None:
        if self.answers is not None and not self.answers.done():
            self.answers.set_result(answers)

    def refuse(self, problem: Problem) -> None:
        self.answer([refused(command.id, problem) for command in self.commands])


class Engine:
    """Owns the state of one ceremony. Made by `opened`; works while `run` runs; owns neither journal nor keys."""

    def __init__(self, journal: Journal, keys: KeyStore, clock: Clock, replayed: Replayed, timer: Timer | None = None) -> None:
        check_event_types()
        self.state: Ceremony = replayed.state
        """Durable facts only, at any time. Others read and never change it; `forget` replaces the object."""
        self.problem = ""
        """Empty, or plain Vietnamese words while the journal cannot be written."""
        self._journal = journal
        self._keys = keys
        self._clock = clock
        self._timer = timer or LoopTimer(clock)
        self._head = replayed.head
        self._ids = replayed.ids
        self.events = replayed.events
        """Folded so far, from the first entry on."""
        self.kept_head = replayed.kept
        """How far a kept state led at the start; the chain up to there was not checked then."""
        self.settled = True
        """False from the beginning of a forgetting until `state` no longer holds the person: it must not be written down."""
        self._hashes = BodyHashes(keys)
        self._ahead = Ahead(replayed.state, keys, self._hashes)
        self._inbox: deque[_Ask] = deque()
        self._in_hand: list[_Ask] = []
        self._forgets: deque[tuple[Sequence[PersonId], asyncio.Future[None]]] = deque()
        self._wake = asyncio.Event()
        self._probe_due = False
        self._stopped = False
        self._probe_alarm: TimerHandle | None = None
        """Set while there is a problem."""
        self._deadlines = Deadlines(clock, self._timer, self._give)
        self._listeners: list[Listener] = []
        self._problem_listeners: list[Callable[[str], None]] = []
        self._reload_listeners: list[Callable[[], None]] = []

    @classmethod
    async def opened(cls, journal: Journal, keys: KeyStore, clock: Clock, timer: Timer | None = None) -> "Engine":
        """An engine that stands where the journal ends.

        Raises:
            JournalCorrupt: the journal does not replay.

        """
        return cls(journal, keys, clock, await replay(journal, keys), timer)

    @property
    def head(self) -> Head:
        """The journal's head as of `state`."""
        return self._head

    @property
    def ids(self) -> Collection[bytes]:
        """The keys of all accepted commands as of `state`."""
        return self._ids

    async def submit(self, command: Command, principal: Principal) -> Answer:
        """Decide one command; returns when it is durable, or refused. Raises nothing for refusals."""
        return (await self.submit_many([command], principal))[0]

    async def submit_many(self, commands: Sequence[Command], principal: Principal) -> list[Answer]:
        """Decide in order within one batch, each by itself: a refusal of one does not touch the others."""
        if not commands:
            return []
        ask = _Ask(commands, principal, asyncio.get_running_loop().create_future())
        if self._stopped:
            ask.refuse(STOPPED)
        else:
            self._put(ask)
        assert ask.answers is not None
        return await ask.answers

    async def forget(self, *people: PersonId) -> None:
        """Destroy persons' keys and drop their fields from the state, which is rebuilt from the journal, once for all.

        The secret of the stored hashes goes with it: a command of before, sent again, is then known by id and principal alone.

        Raises:
            JournalError: the key store could not be written, the journal not be read, or the engine has stopped.

        """
        if self._stopped:
            raise JournalUnwritable("the engine has stopped")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._forgets.append((people, done))
        self._wake.set()
        await done

    def listen(self, listener: Listener) -> None:
        """Have every batch told after its append, in order, before its answers. Synchronous; must not raise or block."""
        self._listeners.append(listener)

    def listen_problem(self, listener: Callable[[str], None]) -> None:
        """Have every change of `problem` told."""
        self._problem_listeners.append(listener)

    def listen_reload(self, listener: Callable[[], None]) -> None:
        """Have it told that `state` was replaced (a person was forgotten): rebuild what was derived from it."""
        self._reload_listeners.append(listener)

    async def run(self) -> None:
        """Work until cancelled. An append that has begun is finished and answered; the rest is told we stop."""
        self._set_alarms()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._inbox or self._forgets or self._probe_due:
                    await _finished(asyncio.ensure_future(self._turn()))
        finally:
            self._stop()

    async def _turn(self) -> None:
        """Everything that waits now, once."""
        if self._probe_due:
            await self._probe()
        while self._forgets:
            await self._forget(*self._forgets.popleft())
        self._in_hand = self._take()
        answers = None if self.problem else await self._decided_and_kept(self._in_hand)
        for place, ask in enumerate(self._in_hand):
            if answers is None:
                ask.refuse(UNWRITABLE)
            else:
                ask.answer(answers[place])
        self._in_hand = []
        self._set_alarms()

    async def _decided_and_kept(self, asks: Sequence[_Ask]) -> list[list[Answer]] | None:
        """The answers of one batch, or None when it could not be kept: then nothing of it happened."""
        self._ahead.begin(self._head)
        try:
            answers = [[await self._decide(command, ask.principal) for command in ask.commands] for ask in asks]
            if self._ahead.drafts:
                await self._keys.ensure(self._ahead.keys_needed())
                self._head = await self._journal.append(self._head, self._ahead.entries())
        except JournalUnwritable as error:
            self._ahead.drop(self.state)
            self._tell_problem(JOURNAL_PROBLEM, str(error))
            return None
        self._publish()
        for ask, given in zip(asks, answers, strict=True):
            if ask.answers is None:
                self._deadlines.answered(given)
        return answers

    async def _decide(self, command: Command, principal: Principal) -> Answer:
        key = id_key(command.id)
        if key is None:
            return refused(command.id, BAD_ID)
        digest = body_hash(command)
        if key not in self._ids:
            return self._ahead.decide(key, digest, command, Context(now=self._clock.now(), principal=principal))
        stored = await self._journal.find(command.id)
        assert stored is not None, "an id in the index is in the journal"
        first = header(stored.body)
        if first.principal != principal or not self._hashes.same(first.body_hash, first.hash_key, digest):
            return refused(command.id, ID_REUSED)
        return Answer(id=command.id, outcome="accepted", seq=stored.seq)

    def _publish(self) -> None:
        """Fold the durable batch into the state and tell it."""
        drafts = self._ahead.drafts.values()
        if not drafts:
            return
        for draft in drafts:
            self._ids.add(draft.key)
            self.events += len(draft.published.events)
            for event in draft.published.events:
                ceremony.evolve(self.state, event)
        self._deadlines.changed()
        published = [draft.published for draft in drafts]
        for listener in self._listeners:
            try:
                listener(published)
            except Exception:  # noqa: BLE001 - any bug of a reader
                # What is durable is a fact whether or not one reader copes with it; the others must hear of it.
                _log.exception("a listener failed", listener=repr(listener))

    def _take(self) -> list[_Ask]:
        """Whole asks from the front of the inbox, up to MAX_BATCH commands (one larger ask alone)."""
        taken: list[_Ask] = []
        room = MAX_BATCH
        while self._inbox and (not taken or len(self._inbox[0].commands) <= room):
            taken.append(self._inbox.popleft())
            room -= len(taken[-1].commands)
        return taken

    def _put(self, ask: _Ask) -> None:
        self._inbox.append(ask)
        self._wake.set()

    def _set_alarms(self) -> None:
        """Wake at the next probe while there is a problem, else at the earliest deadline."""
        if not self.problem:
            self._deadlines.set(ceremony.deadlines(self.state), self._ids)
            return
        self._deadlines.clear()
        # Refused commands come through here too and must not put the probe off.
        if self._probe_alarm is None:
            self._probe_alarm = self._timer.call_at(Instant(self._clock.now() + PROBE_EVERY), self._ask_probe)

    def _give(self, commands: list[Command]) -> None:
        """Deadlines came due: nobody waits for the answers."""
        self._put(_Ask(commands, SYSTEM, None))

    def _ask_probe(self) -> None:
        self._probe_alarm = None
        self._probe_due = True
        self._wake.set()

    async def _probe(self) -> None:
        self._probe_due = False
        try:
            await self._journal.probe()
            await self._keys.probe()
        except JournalUnwritable as error:
            _log.info("journal still unwritable", reason=str(error))
        else:
            self._tell_problem("", "")

    def _tell_problem(self, problem: str, reason: str) -> None:
        self.problem = problem
        _log.warning("journal unwritable" if problem else "journal writable again", reason=reason)
        for listener in self._problem_listeners:
            listener(problem)

    async def _forget(self, people: Sequence[PersonId], done: asyncio.Future[None]) -> None:
        try:
            self.settled = False
            # The secrets first: a crash in between leaves nothing that could be guessed from a forgotten person's hash, or
            # read in a kept state.
            await NumberedSecret(self._keys, PURPOSE).renew()
            await self._hashes.renew()
            await self._keys.forget(*people)
            self.state = (await replay(self._journal, self._keys)).state
            self.settled = True
        except JournalError as error:
            if not done.done():
                done.set_exception(error)
            return
        self._ahead.drop(self.state)
        for listener in self._reload_listeners:
            listener()
        if not done.done():
            done.set_result(None)

    def _stop(self) -> None:
        self._stopped = True
        self._deadlines.clear()
        if self._probe_alarm is not None:
            self._probe_alarm.cancel()
        for ask in (*self._in_hand, *self._inbox):
            ask.refuse(STOPPED)
        self._inbox.clear()
        for _, done in self._forgets:
            done.set_exception(JournalUnwritable("the engine has stopped"))


async def _finished(task: asyncio.Task[None]) -> None:
    """Wait for the task; a cancellation waits for its end too, then goes on."""
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


__all__ = ["MAX_BATCH", "PROBE_EVERY", "Answer", "Engine", "Problem", "Published"]
