"""Commands that come due by themselves: one alarm for the earliest, no polling."""

from collections.abc import Callable, Collection, Iterable

from server.ceremony.rules import Command, Deadline
from server.engine.answers import Answer
from server.engine.ids import id_key
from server.engine.port import Clock, Timer, TimerHandle


class Deadlines:
    """Gives each deadline's command once its instant has come. Ids are deterministic, so a restart gives none twice."""

    def __init__(self, clock: Clock, timer: Timer, give: Callable[[list[Command]], None]) -> None:
        self._clock = clock
        self._timer = timer
        self._give = give
        self._pending: list[Deadline] = []
        self._vain: set[str] = set()
        """Refused since the state last changed: not given again before it does."""
        self._alarm: TimerHandle | None = None

    def changed(self) -> None:
        """The state moved on: what was refused may be right now."""
        self._vain.clear()

    def answered(self, answers: Iterable[Answer]) -> None:
        """Take note of refusals, which would otherwise be asked for again at once and for ever."""
        self._vain |= {answer.id for answer in answers if answer.outcome == "refused"}

    def set(self, pending: Iterable[Deadline], accepted: Collection[bytes]) -> None:
        """Wake at the earliest of what is pending and not accepted yet."""
        self.clear()
        self._pending = [
            deadline
            for deadline in pending
            if deadline.command.id not in self._vain and id_key(deadline.command.id) not in accepted
        ]
        if self._pending:
            self._alarm = self._timer.call_at(min(deadline.at for deadline in self._pending), self._due)

    def clear(self) -> None:
        """Do not wake."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _due(self) -> None:
        self._alarm = None
        now = self._clock.now()
        due = sorted((deadline for deadline in self._pending if deadline.at <= now), key=lambda deadline: deadline.at)
        self._give([deadline.command for deadline in due])
