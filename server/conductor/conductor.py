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
| POLLING with a warrant, ARMED | nothing of it | `RecordHolderLost`; and, found again, that it is back |
| two vouched | nothing, or not committed | ask the signer, `RecordVouch`; or give it back, `RecordReturn` |
| vouched | not given back, or committed | bar it; `RecordOrderSurfaced`, never send |
| COMMITTED, stop asked | | abort, send it, `RecordAbort` |
| COMMITTED, FIRED, VERIFIED | aborted | send it, `RecordAbort` |
| any, seats counted | counted | `RecordPress` |

A press does not wait for any of this (`pressing`), nor does a wish to stop while the journal is full (`stopping`).
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from server.ceremony.access import DeviceEnrolled
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
    both_confirmed,
    commit_id,
)
from server.ceremony.rules import Command, Event, Principal, derived_id
from server.conductor.doubt import Doubt
from server.conductor.issuing import Issuing
from server.conductor.ports import Clock, HolderThread, Sender, Source, Unfinished, id_of, tell
from server.conductor.pressing import PressDoor, press_id
from server.conductor.stopping import StopDoor
from server.engine.answers import Answer, Published
from server.signer.port import Signer
from site_agent.durable import Failpoint, no_failpoint
from site_agent.holder import AlreadyCommitted, Holder, OfferRefused
from site_agent.launch.firing import Key
from site_agent.launch.holding import Holding
from site_agent.launch.signed import Signed, digest
from site_agent.units import CommandId, CueId, Sha256

RETRY_SECONDS = 1.0
"""After a disk or a journal failed."""
MOST_STEPS = 20
"""Of one cue in a row; more is a mistake, and must not keep the event loop."""
_AFTER_COMMIT = frozenset({CueState.COMMITTED, CueState.FIRED, CueState.VERIFIED})

log = structlog.get_logger("conductor")


class Conductor:
    """Walks launches. Call `start` before sites connect, then `run` until cancelled.

    Args:
        engine: journal and state.
        signer: issues warrants.
        holder: turns presses into orders.
        dispatcher: reaches the sites.
        clock: the ceremony's.
        connected: whether a page of a link's subject is open now.
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
        connected: Callable[[str], bool] = lambda _: True,
        trust_on_enrolment: bool = False,
        failpoint: Failpoint = no_failpoint,
    ) -> None:
        self._engine = engine
        self._holder = holder
        self._dispatcher = dispatcher
        self._clock = clock
        self._trusting = self._to_trust = trust_on_enrolment
        self._failpoint = failpoint
        self._sent: set[Sha256] = set()
        """Orders that this process has handed to the dispatcher, which tells them to whoever comes later."""
        self._wake = asyncio.Event()
        self._wake.set()
        self._disk = disk = HolderThread()
        self._issuing = Issuing(engine, signer, holder, disk, clock, failpoint, connected)
        self._doubt = Doubt(engine, holder, disk, clock)
        self._stops = StopDoor(engine, holder, disk, dispatcher, clock)
        self._presses = PressDoor(engine, holder, disk, clock, send=self._send_order, wake=self._wake.set, failpoint=failpoint)
        engine.listen(self._heard)

    async def start(self) -> None:
        """Tell again what the holder's disk says was decided: the same bytes, the same T0."""
        # What two people have vouched for must neither be told again nor take a press, whatever its disk says.
        await self._doubt.bar_vouched()
        standing = self._holder.standing(self._clock.now())
        orders = [order for order in standing.orders if not self._doubt.is_vouched(order)]
        for order in orders:
            self._send_order(order)
        for abort in standing.aborts:
            self._dispatcher.send_abort(abort)
        if orders or standing.aborts:
            log.info("standing orders sent again", orders=len(orders), aborts=len(standing.aborts))

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
        """A press: see `PressDoor.press`."""
        return await self._presses.press(command_id, signed, principal)

    async def stop(self, command: AbortCue, principal: Principal) -> Answer:
        """A person's wish to stop: see `StopDoor.stop`."""
        return await self._stops.stop(command, principal)

    async def settle(self) -> None:
        """Do everything that is missing now.

        Raises:
            Unfinished: something has to be tried again later.

        """
        if self._to_trust:
            self._to_trust = False
            await self._issuing.trust_enrolled()
        # Neither another cue's trouble nor a pad that cannot be journalled may keep an abort waiting.
        failed: Exception | None = None
        for cue in list(self._engine.state.cues.cues):
            try:
                await self._steps(cue)
            except Exception as error:  # noqa: BLE001 - raised below
                failed = failed or error
        if failed is not None:
            raise failed
        await self._presses.record_pads()

    # ---- one step of one cue

    async def _steps(self, cue: CueId) -> None:
        for _ in range(MOST_STEPS):
            if not await self._step(cue):
                break

    async def _step(self, cue: CueId) -> bool:
        """Do the next missing thing; whether there was one."""
        record = self._engine.state.cues.cues[cue]
        attempt = record.current
        if await self._doubtful(record):
            return True
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

    async def _doubtful(self, record: CueRecord) -> bool:
        """What there is to do about warrants for which people vouch, or have vouched."""
        if await self._doubt.record_surfaced(record):
            return True
        vouched = await self._doubt.settled_by_people(record)
        return vouched is not None and await self._issuing.vouch(record, *vouched)

    async def _polling(self, record: CueRecord, attempt: AttemptState) -> bool:
        if attempt.warrant is not None:
            if attempt.abort_asked or attempt.window_ended:
                return await self._give_back(attempt, attempt.warrant)
            return await self._offer(attempt, attempt.warrant)
        if both_confirmed(attempt):
            return await self._issuing.issue(record, attempt)
        return False

    async def _armed(self, attempt: AttemptState, held: Holding | None) -> bool:
        if held is not None:
            await self._record_counted(attempt, held)
        if held is not None and held.order is not None:
            return await self._commit(held.order)
        if attempt.warrant is not None and await self._doubt.record_lost(attempt, attempt.warrant, lost=held is None):
            return True
        given_back = held is not None and held.returned
        if attempt.warrant is not None and (attempt.abort_asked or attempt.window_ended or given_back):
            return await self._give_back(attempt, attempt.warrant)
        return False

    async def _after_commit(self, record: CueRecord, attempt: AttemptState, key: Key, held: Holding) -> bool:
        asked = attempt.abort_asked and record.state is not CueState.VERIFIED
        if attempt.abort is not None or (held.abort is None and not asked):
            return False
        reach = self._dispatcher.reach_p99()
        abort = await self._disk.blocking(lambda: self._holder.abort(key, self._clock.now(), reach))
        if abort is not None:
            self._failpoint("abort.signed")
            self._dispatcher.send_abort(abort)
            self._failpoint("abort.dispatched")
        said = derived_id("record_abort", key.cue, str(key.attempt), digest(abort) if abort else self._moment())
        return await self._tell(RecordAbort(id=said, cue=key.cue, attempt=key.attempt, abort=abort))

    async def _offer(self, attempt: AttemptState, warrant: Signed) -> bool:
        self._failpoint("offer.begin")
        try:
            held = await self._disk.blocking(lambda: self._holder.offer(warrant, self._clock.now()))
        except OfferRefused as error:
            if attempt.lost is None:
                log.warning("offer refused", code=error.code, attempt=attempt.attempt)
            return await self._give_back(attempt, warrant)
        self._failpoint("offer.held")
        return await self._tell(RecordHeld(id=id_of("record_held", held), held=held))

    async def _give_back(self, attempt: AttemptState, warrant: Signed) -> bool:
        try:
            returned = await self._disk.blocking(lambda: self._holder.give_back(warrant))
        except AlreadyCommitted as error:
            if attempt.state is CueState.POLLING:
                return await self._offer(attempt, warrant)
            return await self._commit(error.order)
        except OfferRefused as error:
            # Another holder's warrant (its folder was lost): only people can say that it will never fire.
            log.debug("the warrant cannot be given back", code=error.code, attempt=attempt.attempt)
            return await self._doubt.record_lost(attempt, warrant, lost=True)
        self._failpoint("return.signed")
        return await self._tell(RecordReturn(id=id_of("record_return", returned), returned=returned))

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
                await self._tell(RecordPress(id=press_id(press.signed), press=press.signed, counted=True))

    # ---- helpers

    async def _tell(self, command: Command) -> bool:
        return await tell(self._engine, command)

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

    def _moment(self) -> str:
        """Makes the id of something that may happen again in the same attempt."""
        return str(self._clock.now())


def _wakes(event: Event) -> bool:
    return type(event) in CAPABILITY.evolve and not isinstance(event, ReceiptRecorded | ReadinessChanged)
