"""Joins engine, signer, holder and dispatcher: the one who walks a launch from two confirmations to its receipts.

It works by levels, not by edges: whenever something happened it compares what the journal says with what the holder's
disk says, and does the next thing that is missing. A start in the middle of a launch is therefore no special case.

| the journal says | the holder's disk says | it does |
| --- | --- | --- |
| POLLING, two confirmed | | ask the signer, `RecordWarrant` (or `RecordWarrantRefused`) |
| POLLING, warrant | | offer it, `RecordHeld`; or give it back, `RecordReturn` |
| ARMED | committed | send the order, `CommitCue` |
| ARMED, stop asked or window over | not committed | give it back, `RecordReturn` |
| ARMED | given back | `RecordReturn` |
| COMMITTED, stop asked | | abort, send it, `RecordAbort` |
| COMMITTED, FIRED, VERIFIED | aborted | send it, `RecordAbort` |
| any, seats counted | counted | `RecordPress` |

A press does not wait for any of this: holder's fsync, dispatch, answer. The journal follows.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import structlog

from server.ceremony import access
from server.ceremony.access import DeviceEnrolled
from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import (
    CAPABILITY,
    AbortCue,
    AttemptState,
    CommitCue,
    CueRecord,
    CueState,
    ReadinessChanged,
    ReceiptRecorded,
    RecordAbort,
    RecordHeld,
    RecordPress,
    RecordReturn,
    RecordWarrant,
    RecordWarrantRefused,
    both_confirmed,
    commit_id,
    warrant_hash,
)
from server.ceremony.rules import SYSTEM, Command, Context, Event, Principal, Refused, Role, derived_id
from server.conductor.asking import to_trust_on_enrolment, warrant_request
from server.engine.answers import Answer, Problem, Published, refused
from server.signer.port import Signer, SignerRefused, WarrantRequest
from site_agent.durable import Failpoint, no_failpoint
from site_agent.holder import AlreadyCommitted, Holder, OfferRefused, PressOutcome
from site_agent.launch.firing import Key
from site_agent.launch.holding import Holding, PressKind
from site_agent.launch.objects import Press, Warrant
from site_agent.launch.signed import Signed, digest, read
from site_agent.units import CommandId, CueId, Instant, KeyId, Sha256

PRESSING = frozenset({Role.PRESSER, Role.MC, Role.CALLER, Role.HOST})
"""Who may bring a press; whether it counts its signature decides."""
RETRY_SECONDS = 1.0
"""After a disk or a journal failed."""
MAX_PADS_WAITING = 1_000
MOST_STEPS = 20
"""Of one cue in a row; more is a mistake, and must not keep the event loop."""
_AFTER_COMMIT = frozenset({CueState.COMMITTED, CueState.FIRED, CueState.VERIFIED})
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


class Clock(Protocol):
    """Tells the ceremony's instant."""

    def now(self) -> Instant: ...


class Unfinished(Exception):
    """A step could not be done now and is to be tried again."""


class Conductor:
    """Walks launches. Call `start` before sites connect, then `run` until cancelled.

    Args:
        engine: journal and state.
        signer: issues warrants.
        holder: turns presses into orders.
        dispatcher: reaches the sites.
        clock: the ceremony's.
        trust_on_enrolment: demo only: trust every device of a person who arms or presses.
        failpoint: called with the name of every step.

    """

    def __init__(
        self,
        engine: Source,
        signer: Signer,
        holder: Holder,
        dispatcher: Sender,
        clock: Clock,
        *,
        trust_on_enrolment: bool = False,
        failpoint: Failpoint = no_failpoint,
    ) -> None:
        self._engine = engine
        self._signer = signer
        self._holder = holder
        self._dispatcher = dispatcher
        self._clock = clock
        self._trusting = self._to_trust = trust_on_enrolment
        self._failpoint = failpoint
        self._disk = asyncio.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="holder")
        """The holder's own: a press must not queue behind reports and uploads in the loop's few shared threads."""
        self._sent: set[Sha256] = set()
        """Orders that this process has handed to the dispatcher, which tells them to whoever comes later."""
        self._wake = asyncio.Event()
        self._wake.set()
        self._pads: deque[Signed] = deque(maxlen=MAX_PADS_WAITING)
        """Pad presses not journalled yet; counted ones are on the holder's disk."""
        self._pressing: set[asyncio.Task[Any]] = set()
        engine.listen(self._heard)

    async def start(self) -> None:
        """Tell again what the holder's disk says was decided: the same bytes, the same T0."""
        standing = self._holder.standing(self._clock.now())
        for order in standing.orders:
            self._send_order(order)
        for abort in standing.aborts:
            self._dispatcher.send_abort(abort)
        if standing.orders or standing.aborts:
            log.info("standing orders sent again", orders=len(standing.orders), aborts=len(standing.aborts))

    async def run(self) -> None:
        """Do what is missing, whenever something happened; never gives up."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.settle()
            except Unfinished as error:
                log.warning("a step of the launch waits", reason=str(error))
                self._later()
            except Exception:
                log.exception("a step of the launch failed")
                self._later()

    async def press(self, command_id: CommandId, signed: Signed, principal: Principal) -> Answer:
        """A press: answered when it is on the holder's disk and, if it made the quorum, on its way to every site."""
        if principal.role not in PRESSING:
            return refused(command_id, Problem("forbidden", "Liên kết của bạn không có quyền bấm nút phát động."))
        # A sender that hangs up must not stop an order that is on the disk from leaving.
        outcome = await asyncio.shield(self._owned(self._pressed(signed)))
        if outcome.kind is PressKind.REFUSED:
            log.info("press refused", code=outcome.code, seat=principal.seat)
            return refused(command_id, Problem(outcome.code, outcome.detail))
        return Answer(id=command_id, outcome="accepted")

    async def stop(self, command: AbortCue, principal: Principal) -> Answer:
        """A person's wish to stop: journalled and then done, or, while the journal takes nothing, done first.

        An order must never be harder to take back than to give. What the holder's disk then says is journalled later.
        """
        answer = await self._engine.submit(command, principal)
        if not _failed_for_now(answer):
            return answer
        try:
            access.authorise(self._engine.state, command, Context(now=self._clock.now(), principal=principal))
        except Refused as error:
            return refused(command.id, Problem(error.code, error.detail))
        stopped = await asyncio.shield(self._owned(self._stopped(command)))
        return Answer(id=command.id, outcome="accepted") if stopped else answer

    async def _stopped(self, command: AbortCue) -> bool:
        """Abort the order on the holder's disk, or bar its warrant; whether either was done."""
        record = self._engine.state.cues.cues.get(command.cue)
        attempt = record.current if record else None
        if attempt is None or attempt.attempt != command.attempt:
            return False
        key = Key(live=attempt.live, cue=command.cue, attempt=command.attempt)
        held = self._holder.holding(key)
        if held is None:
            return False
        try:
            if held.order is None:
                await self._blocking(lambda: self._holder.give_back(held.signed))
                return True
        except AlreadyCommitted:
            log.info("pressed while it was being stopped", attempt=key.attempt)
        abort = await self._blocking(lambda: self._holder.abort(key, self._clock.now()))
        if abort is not None:
            self._dispatcher.send_abort(abort)
        return abort is not None

    async def settle(self) -> None:
        """Do everything that is missing now.

        Raises:
            Unfinished: something has to be tried again later.

        """
        if self._to_trust:
            self._to_trust = False
            await self._trust_enrolled()
        # Neither another cue's trouble nor a pad that cannot be journalled may keep an abort waiting.
        failed: Exception | None = None
        for cue in list(self._engine.state.cues.cues):
            try:
                await self._steps(cue)
            except Exception as error:  # noqa: BLE001 - raised below
                failed = failed or error
        if failed is not None:
            raise failed
        await self._record_pads()

    # ---- the press path

    async def _pressed(self, signed: Signed) -> PressOutcome:
        self._failpoint("press.begin")
        async with self._disk:
            outcome = await self._threaded(lambda: self._holder.press(signed, self._clock.now()))
        if outcome.order is not None:
            self._wake.set()
            self._failpoint("press.committed")
            self._send_order(outcome.order)
            self._failpoint("press.dispatched")
            log.info("order committed", order=digest(outcome.order)[:12])
        if outcome.kind is PressKind.PAD and not self._is_lit(signed, outcome):
            self._pads.append(signed)
        self._wake.set()
        return outcome

    def _is_lit(self, signed: Signed, outcome: PressOutcome) -> bool:
        """Whether the journal knows already that this seat was touched: a pad may be struck a hundred times."""
        named = read(signed, Press).warrant_hash
        attempts = [record.current for record in self._engine.state.cues.cues.values() if record.current is not None]
        return any(outcome.touched in attempt.presses and warrant_hash(attempt) == named for attempt in attempts)

    async def _record_pads(self) -> None:
        for _ in range(len(self._pads)):  # not those that come meanwhile: pads must not keep an order or an abort waiting
            press = self._pads[0]
            await self._tell(RecordPress(id=_press_id(press), press=press, counted=False))
            self._pads.popleft()

    # ---- one step of one cue

    async def _steps(self, cue: CueId) -> None:
        for _ in range(MOST_STEPS):
            if not await self._step(cue):
                break

    async def _step(self, cue: CueId) -> bool:
        """Do the next missing thing; whether there was one."""
        record = self._engine.state.cues.cues[cue]
        attempt = record.current
        if attempt is None or record.state is not attempt.state:
            return False
        key = Key(live=attempt.live, cue=cue, attempt=attempt.attempt)
        held = self._holder.holding(key)
        if record.state is CueState.POLLING:
            return await self._polling(record, attempt)
        if record.state is CueState.ARMED:
            return await self._armed(attempt, held)
        if held is None or held.order is None or record.state not in _AFTER_COMMIT:
            return False
        if record.state is not CueState.VERIFIED:
            await self._record_counted(attempt, held)
        return await self._after_commit(record, attempt, key, held)

    async def _polling(self, record: CueRecord, attempt: AttemptState) -> bool:
        if attempt.warrant is not None:
            if attempt.abort_asked or attempt.window_ended:
                return await self._give_back(attempt, attempt.warrant)
            return await self._offer(attempt, attempt.warrant)
        if both_confirmed(attempt):
            return await self._issue(record, attempt)
        return False

    async def _armed(self, attempt: AttemptState, held: Holding | None) -> bool:
        if held is not None:
            await self._record_counted(attempt, held)
        if held is not None and held.order is not None:
            return await self._commit(held.order)
        given_back = held is not None and held.returned
        if attempt.warrant is not None and (attempt.abort_asked or attempt.window_ended or given_back):
            return await self._give_back(attempt, attempt.warrant)
        return False

    async def _after_commit(self, record: CueRecord, attempt: AttemptState, key: Key, held: Holding) -> bool:
        asked = attempt.abort_asked and record.state is not CueState.VERIFIED
        if attempt.abort is not None or (held.abort is None and not asked):
            return False
        abort = await self._blocking(lambda: self._holder.abort(key, self._clock.now()))
        if abort is not None:
            self._failpoint("abort.signed")
            self._dispatcher.send_abort(abort)
            self._failpoint("abort.dispatched")
        said = derived_id("record_abort", key.cue, str(key.attempt), digest(abort) if abort else self._moment())
        return await self._tell(RecordAbort(id=said, cue=key.cue, attempt=key.attempt, abort=abort))

    async def _issue(self, record: CueRecord, attempt: AttemptState) -> bool:
        self._failpoint("issue.begin")
        try:
            warrant = await self._signer.issue(await self._request(record, attempt))
        except SignerRefused as error:
            log.warning("warrant refused", code=error.code, detail=error.detail)
            return await self._void(record, attempt, error.detail)
        self._failpoint("issue.issued")
        answer = await self._engine.submit(RecordWarrant(id=_id("record_warrant", warrant), warrant=warrant), SYSTEM)
        if _failed_for_now(answer):
            raise Unfinished("the warrant could not be journalled")
        if answer.problem is not None:
            # It is out and must never be used: barred at the holder, proven to the signer at the next attempt.
            await self._blocking(lambda: self._holder.give_back(warrant))
            return await self._void(record, attempt, answer.problem.detail)
        self._failpoint("issue.recorded")
        return True

    async def _request(self, record: CueRecord, attempt: AttemptState) -> WarrantRequest:
        key = Key(live=attempt.live, cue=record.plan.cue, attempt=attempt.attempt)
        commit_key = await self._blocking(lambda: self._holder.commit_key_for(key))
        status = await self._signer.status()
        last = next((one for one in status.last if one.cue == key.cue and one.attempt != key.attempt), None)
        ended, fired = await self._ending_of(last.warrant) if last is not None else (None, None)
        trusted = {str(device.fingerprint) for device in status.trusted}
        return warrant_request(self._engine.state, record, attempt, trusted, commit_key, ended, fired)

    async def _ending_of(self, warrant: Signed) -> tuple[Signed | None, Signed | None]:
        """How the warrant before ended, from the holder's disk: (return or abort, fired order)."""
        body = read(warrant, Warrant)
        held = self._holder.holding(Key(live=body.live, cue=body.cue, attempt=body.attempt))
        if held is not None and held.abort is not None:
            return held.abort, None
        try:
            return await self._blocking(lambda: self._holder.give_back(warrant)), None
        except AlreadyCommitted as error:
            return None, error.order
        except OfferRefused:
            return None, None

    async def _void(self, record: CueRecord, attempt: AttemptState, detail: str) -> bool:
        said = derived_id("warrant_refused", record.plan.cue, str(attempt.attempt), self._moment())
        return await self._tell(RecordWarrantRefused(id=said, cue=record.plan.cue, attempt=attempt.attempt, detail=detail))

    async def _offer(self, attempt: AttemptState, warrant: Signed) -> bool:
        self._failpoint("offer.begin")
        try:
            held = await self._blocking(lambda: self._holder.offer(warrant, self._clock.now()))
        except OfferRefused as error:
            log.warning("offer refused", code=error.code, attempt=attempt.attempt)
            return await self._give_back(attempt, warrant)
        self._failpoint("offer.held")
        return await self._tell(RecordHeld(id=_id("record_held", held), held=held))

    async def _give_back(self, attempt: AttemptState, warrant: Signed) -> bool:
        try:
            returned = await self._blocking(lambda: self._holder.give_back(warrant))
        except AlreadyCommitted as error:
            if attempt.state is CueState.POLLING:
                return await self._offer(attempt, warrant)
            return await self._commit(error.order)
        except OfferRefused as error:
            # Another holder's warrant (its folder was lost): only people can say that it will never fire.
            log.exception("the warrant cannot be given back", code=error.code, attempt=attempt.attempt)
            return False
        self._failpoint("return.signed")
        return await self._tell(RecordReturn(id=_id("record_return", returned), returned=returned))

    async def _commit(self, order: Signed) -> bool:
        if digest(order) not in self._sent:
            self._send_order(order)
        self._failpoint("commit.begin")
        done = await self._tell(CommitCue(id=commit_id(order), order=order))
        self._failpoint("commit.recorded")
        return done

    async def _record_counted(self, attempt: AttemptState, held: Holding) -> None:
        for press in held.counted:
            seat = attempt.presses.get(press.seat)
            if seat is None or not seat.counted:
                await self._tell(RecordPress(id=_press_id(press.signed), press=press.signed, counted=True))

    async def _trust_enrolled(self) -> None:
        status = await self._signer.status()
        trusted = {str(device.fingerprint) for device in status.trusted}
        for device in to_trust_on_enrolment(self._engine.state, trusted):
            try:
                await self._signer.trust(KeyId(str(device.id)), device.public_key, device.role.value, str(device.seat))
            except SignerRefused as error:
                log.warning("device not trusted", device=device.id, detail=error.detail)

    # ---- helpers

    async def _tell(self, command: Command) -> bool:
        """Journal what happened; whether the state moved on.

        Raises:
            Unfinished: the journal cannot be written now.

        """
        answer = await self._engine.submit(command, SYSTEM)
        if _failed_for_now(answer):
            raise Unfinished("the journal takes no commands now")
        if answer.problem is not None:
            log.warning("refused by the rules", command=type(command).__name__, code=answer.problem.code)
        return answer.outcome == "accepted"

    async def _blocking(self, work: Callable[[], T]) -> T:
        """Disk work of the holder, one at a time, off the event loop.

        Raises:
            Unfinished: the disk fails.

        """
        try:
            async with self._disk:
                return await self._threaded(work)
        except OSError as error:
            raise Unfinished(f"the holder's disk fails: {error}") from error

    def _threaded(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _send_order(self, order: Signed) -> None:
        self._dispatcher.send_order(order)
        self._sent.add(digest(order))

    def _heard(self, batch: Sequence[Published]) -> None:
        events = [event for published in batch for event in published.events]
        self._to_trust |= self._trusting and any(isinstance(event, DeviceEnrolled) and event.seat for event in events)
        if self._to_trust or any(_wakes(event) for event in events):
            self._wake.set()

    def _later(self) -> None:
        asyncio.get_running_loop().call_later(RETRY_SECONDS, self._wake.set)

    def _owned(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(work)
        self._pressing.add(task)
        task.add_done_callback(self._pressing.discard)
        return task

    def _moment(self) -> str:
        """Makes the id of something that may happen again in the same attempt."""
        return str(self._clock.now())


def _wakes(event: Event) -> bool:
    return type(event) in CAPABILITY.evolve and not isinstance(event, ReceiptRecorded | ReadinessChanged)


def _failed_for_now(answer: Answer) -> bool:
    return answer.problem is not None and answer.problem.code in _TRANSIENT


def _id(what: str, signed: Signed) -> CommandId:
    """Anybody who holds the same bytes gives the same command: it is journalled once."""
    return derived_id(what, digest(signed))


def _press_id(press: Signed) -> CommandId:
    return _id("record_press", press)
