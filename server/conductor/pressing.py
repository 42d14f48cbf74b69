"""The press door: from a leader's finger to an order on its way. Nothing here waits for the journal.

Holder's fsync, dispatch, answer; what was counted lies on the holder's disk, and the conductor journals it afterwards.
"""

from collections import deque
from collections.abc import Callable

import structlog

from server.ceremony.cue import RecordPress, warrant_hash
from server.ceremony.rules import Principal, Role
from server.conductor.ports import Clock, HolderThread, Source, id_of, tell
from server.engine.answers import Answer, Problem, refused
from site_agent.durable import Failpoint
from site_agent.holder import Holder, PressOutcome
from site_agent.launch.holding import PressKind
from site_agent.launch.objects import Press
from site_agent.launch.signed import Signed, digest, read
from site_agent.units import CommandId

PRESSING = frozenset({Role.PRESSER, Role.MC, Role.CALLER, Role.HOST})
"""Who may bring a press; whether it counts its signature decides."""
MAX_PADS_WAITING = 1_000

log = structlog.get_logger("conductor")


class PressDoor:
    """Takes presses.

    Args:
        engine: journal and state.
        holder: turns presses into orders.
        disk: the holder's thread.
        clock: the ceremony's.
        send: hands an order to the dispatcher.
        wake: tells the conductor that something is to be journalled.
        failpoint: called with the name of every step.

    """

    def __init__(
        self,
        engine: Source,
        holder: Holder,
        disk: HolderThread,
        clock: Clock,
        *,
        send: Callable[[Signed], None],
        wake: Callable[[], None],
        failpoint: Failpoint,
    ) -> None:
        self._engine = engine
        self._holder = holder
        self._disk = disk
        self._clock = clock
        self._send = send
        self._wake = wake
        self._failpoint = failpoint
        self.pads: deque[Signed] = deque(maxlen=MAX_PADS_WAITING)
        """Pad presses not journalled yet; counted ones are on the holder's disk."""

    async def press(self, command_id: CommandId, signed: Signed, principal: Principal) -> Answer:
        """Answered when it is on the holder's disk and, if it made the quorum, on its way to every site."""
        if principal.role not in PRESSING:
            return refused(command_id, Problem("forbidden", "Liên kết của bạn không có quyền bấm nút phát động."))
        # A sender that hangs up must not stop an order that is on the disk from leaving.
        outcome = await self._disk.to_its_end(self._pressed(signed))
        if outcome.kind is PressKind.REFUSED:
            log.info("press refused", code=outcome.code, seat=principal.seat)
            return refused(command_id, Problem(outcome.code, outcome.detail))
        return Answer(id=command_id, outcome="accepted")

    async def record_pads(self) -> None:
        """Journal the pads that were touched: those that wait now, so that they keep neither order nor abort waiting.

        Raises:
            Unfinished: the journal cannot be written now.

        """
        for _ in range(len(self.pads)):
            press = self.pads[0]
            await tell(self._engine, RecordPress(id=press_id(press), press=press, counted=False))
            self.pads.popleft()

    async def _pressed(self, signed: Signed) -> PressOutcome:
        self._failpoint("press.begin")
        outcome = await self._disk.run(lambda: self._holder.press(signed, self._clock.now()))
        if outcome.order is not None:
            self._wake()
            self._failpoint("press.committed")
            self._send(outcome.order)
            self._failpoint("press.dispatched")
            log.info("order committed", order=digest(outcome.order)[:12])
        if outcome.kind is PressKind.PAD and not self._is_lit(signed, outcome):
            self.pads.append(signed)
        self._wake()
        return outcome

    def _is_lit(self, signed: Signed, outcome: PressOutcome) -> bool:
        """Whether the journal knows already that this seat was touched: a pad may be struck a hundred times."""
        named = read(signed, Press).warrant_hash
        attempts = [record.current for record in self._engine.state.cues.cues.values() if record.current is not None]
        return any(outcome.touched in attempt.presses and warrant_hash(attempt) == named for attempt in attempts)


def press_id(press: Signed) -> CommandId:
    """The id of the one `RecordPress` of a press."""
    return id_of("record_press", press)
