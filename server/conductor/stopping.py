"""The stop door: a person's wish that the launch should not be.

An order must never be harder to take back than to give: while the journal takes nothing, the holder is asked first and
what its disk then says is journalled later.
"""

import structlog

from server.ceremony import access
from server.ceremony.cue import AbortCue
from server.ceremony.rules import Context, Principal, Refused
from server.conductor.ports import Clock, HolderThread, Sender, Source, failed_for_now
from server.engine.answers import Answer, Problem, refused
from site_agent.holder import AlreadyCommitted, Holder
from site_agent.launch.firing import Key

log = structlog.get_logger("conductor")


class StopDoor:
    """Takes wishes to stop.

    Args:
        engine: journal and state.
        holder: gives warrants back, aborts orders.
        disk: the holder's thread.
        dispatcher: reaches the sites.
        clock: the ceremony's.

    """

    def __init__(self, engine: Source, holder: Holder, disk: HolderThread, dispatcher: Sender, clock: Clock) -> None:
        self._engine = engine
        self._holder = holder
        self._disk = disk
        self._dispatcher = dispatcher
        self._clock = clock

    async def stop(self, command: AbortCue, principal: Principal) -> Answer:
        """Journalled and then done by the conductor, or, while the journal takes nothing, done now."""
        answer = await self._engine.submit(command, principal)
        if not failed_for_now(answer):
            return answer
        try:
            access.authorise(self._engine.state, command, Context(now=self._clock.now(), principal=principal))
        except Refused as error:
            return refused(command.id, Problem(error.code, error.detail))
        stopped = await self._disk.to_its_end(self._stopped(command))
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
                await self._disk.blocking(lambda: self._holder.give_back(held.signed))
                return True
        except AlreadyCommitted:
            log.info("pressed while it was being stopped", attempt=key.attempt)
        reach = self._dispatcher.reach_p99()
        abort = await self._disk.blocking(lambda: self._holder.abort(key, self._clock.now(), reach))
        if abort is not None:
            self._dispatcher.send_abort(abort)
        return abort is not None
