"""Warrants for which the holder does not answer: noticing them, and keeping the people's word once it is given."""

import structlog

from server.ceremony.cue import (
    AttemptState,
    CueRecord,
    RecordHolderLost,
    RecordOrderSurfaced,
    RecordReturn,
    both_vouched,
    warrant_in_doubt,
)
from server.ceremony.rules import derived_id
from server.conductor.ports import Clock, HolderThread, Source, Unfinished, id_of, tell
from site_agent.holder import AlreadyCommitted, Holder, OfferRefused
from site_agent.launch.firing import Key
from site_agent.launch.holding import Holding
from site_agent.launch.objects import Order, Warrant
from site_agent.launch.signed import Signed, digest, read

log = structlog.get_logger("conductor")


class Doubt:
    """What the conductor does about lost holders.

    Args:
        engine: journal and state.
        holder: this node's.
        disk: the holder's thread.
        clock: the ceremony's.

    """

    def __init__(self, engine: Source, holder: Holder, disk: HolderThread, clock: Clock) -> None:
        self._engine = engine
        self._holder = holder
        self._disk = disk
        self._clock = clock

    async def record_lost(self, attempt: AttemptState, warrant: Signed, *, lost: bool) -> bool:
        """Journal that nobody answers for the running attempt's warrant, or somebody again; whether that was new.

        Raises:
            Unfinished: the journal fails for now.

        """
        if lost is (attempt.lost is not None):
            return False
        log.warning("the holder of a warrant is lost" if lost else "the holder of a warrant is back", attempt=attempt.attempt)
        said = derived_id("holder_lost", digest(warrant), str(lost), str(self._clock.now()))
        return await tell(self._engine, RecordHolderLost(id=said, warrant=warrant, lost=lost))

    async def settled_by_people(self, record: CueRecord) -> tuple[AttemptState, Signed] | None:
        """The attempt two people have vouched for, and its warrant; None while there is none.

        Where this node's holder can answer after all its own word counts, not theirs.

        Raises:
            Unfinished: journal or disk fail for now.

        """
        for attempt in record.attempts:
            warrant = warrant_in_doubt(record, attempt)
            if warrant is None or not both_vouched(attempt):
                continue
            held = self._holding(attempt, record)
            if held is None or held.warrant_hash != digest(warrant):
                return attempt, warrant
            if held.order is not None:
                continue  # it was committed: the order is journalled by the step of its state
            returned = await self._returned(held.signed)
            if returned is None:
                return attempt, warrant
            await tell(self._engine, RecordReturn(id=id_of("record_return", returned), returned=returned))
        return None

    async def record_surfaced(self, record: CueRecord) -> bool:
        """Journal that a holder people had vouched for came back with an order; whether there was one.

        Raises:
            Unfinished: the journal fails for now.

        """
        for attempt in record.attempts:
            held = self._holding(attempt, record) if attempt.vouch is not None else None
            if held is None or held.order is None or any(known.device is None for known in attempt.surfaced):
                continue
            log.error("a vouched holder came back with an order", attempt=attempt.attempt)
            return await tell(self._engine, RecordOrderSurfaced(id=id_of("order_surfaced", held.order), order=held.order))
        return False

    async def bar_vouched(self) -> None:
        """At start: no warrant that people have vouched for takes a press from here on."""
        for record in self._engine.state.cues.cues.values():
            for attempt in record.attempts:
                held = self._holding(attempt, record) if attempt.vouch is not None else None
                if held is not None and held.order is None and not held.returned:
                    log.error("a vouched holder came back; its warrant is barred", attempt=attempt.attempt)
                    await self._returned(held.signed)

    def is_vouched(self, order: Signed) -> bool:
        """Whether people have vouched that this order does not exist."""
        warrant = read(read(order, Order).warrant, Warrant)
        record = self._engine.state.cues.cues.get(warrant.cue)
        attempt = record.attempt(warrant.attempt) if record is not None else None
        return attempt is not None and attempt.vouch is not None

    def _holding(self, attempt: AttemptState, record: CueRecord) -> Holding | None:
        return self._holder.holding(Key(live=attempt.live, cue=record.plan.cue, attempt=attempt.attempt))

    async def _returned(self, warrant: Signed) -> Signed | None:
        """Bar the warrant and prove it; None where the disk fails. It takes no press even then, while this process lives."""
        try:
            return await self._disk.blocking(lambda: self._holder.give_back(warrant))
        except (AlreadyCommitted, OfferRefused, Unfinished) as error:
            log.warning("could not bar a warrant on the disk", reason=str(error))
            return None
