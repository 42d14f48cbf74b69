"""Orders and aborts for the playlists: from the conductor at once, from the journal after a restart."""

from collections.abc import Callable

import structlog
from msgspec import structs

from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import CueAborted, CueCommitted, WarrantVouched
from server.ceremony.rules import Event
from server.media.messages import LaunchMark
from server.media.plan import abort_mark, marks_of, order_mark, standing
from site_agent.launch.objects import Abort, Order, Warrant
from site_agent.launch.signed import BadSignature, Signed, read
from site_agent.units import Attempt, CueId, Instant

log = structlog.get_logger("media")


class MarkBook:
    """The marks that stand now.

    Args:
        state: the ceremony of now.
        now: the ceremony's clock.

    """

    def __init__(self, state: Callable[[], Ceremony], now: Callable[[], Instant]) -> None:
        self._state = state
        self._now = now
        self._marks = marks_of(state(), now())

    def standing(self) -> tuple[LaunchMark, ...]:
        """Those that a viewer can still come across."""
        self._marks = standing(self._marks, self._now())
        return tuple(self._marks.values())

    def order(self, order: Signed) -> bool:
        """Keep an order's mark; False for what is no order."""
        try:
            mark = order_mark(order)
        except BadSignature as error:
            log.warning("an order cannot be read", reason=str(error))
            return False
        self._marks[mark.id] = mark
        return True

    def abort(self, abort: Signed) -> tuple[CueId, Attempt] | None:
        """Keep an abort's mark; of which attempt it is, None for what is no abort."""
        try:
            body = read(abort, Abort)
            mark = abort_mark(abort, None)
        except BadSignature as error:
            log.warning("an abort cannot be read", reason=str(error))
            return None
        # It stands at the T0 that it takes back. The order's mark came before it, by the conductor or from the journal.
        known = self._marks.get(f"{body.cue}.{body.attempt}.order")
        self._marks[mark.id] = mark if known is None else structs.replace(mark, at=known.at)
        return body.cue, body.attempt

    def note(self, event: Event) -> None:
        """What the journal tells that this conductor did not: recovered after a crash."""
        if isinstance(event, CueCommitted | CueAborted | WarrantVouched):
            # What came from the conductor itself is never taken back by a journal that is behind.
            self._marks = {**marks_of(self._state(), self._now()), **self._marks}

    def launches(self) -> list[tuple[CueId, Attempt, Instant]]:
        """Attempts whose order the journal knows and nobody aborted, with their T0."""
        records = self._state().cues.cues.values()
        orders = [each.order for record in records for each in record.attempts if each.order and not each.abort]
        return [launch_of(order) for order in orders]


def launch_of(order: Signed) -> tuple[CueId, Attempt, Instant]:
    """Cue, attempt and T0.

    Raises:
        BadSignature: it is no order.

    """
    body = read(order, Order)
    warrant = read(body.warrant, Warrant)
    return warrant.cue, warrant.attempt, body.t0
