"""What a device has reported and the server has not yet settled. Pure; the shell keeps the same items on disk.

Items go oldest first, at most 20 a message and one message under way at a time, so that the server decides them in the order
they were typed. Whatever is not settled within 10 s is sent again; after a reconnect everything is. The server accepts an
id once, so nothing is doubled; an item leaves only when its id was settled, so nothing is lost.
"""

from collections.abc import Iterable, Sequence

import msgspec

from site_agent.link.codec import TooLarge
from site_agent.link.messages import MAX_MESSAGE_BYTES, Report, ReportItem, ReportOutcome
from site_agent.units import SECOND, CommandId, Duration, Monotonic

BATCH_ITEMS = 20
ACK_TIMEOUT = Duration(10 * SECOND)
_ENVELOPE_BYTES = 64
"""More than `{"type":"report","items":[]}` takes."""


class UnsettledReports:
    """The device's outbox as the session sees it."""

    def __init__(self) -> None:
        self._items: dict[CommandId, ReportItem] = {}
        self._sizes: dict[CommandId, int] = {}
        self._under_way: set[CommandId] = set()
        self._again_at: Monotonic | None = None

    def __len__(self) -> int:
        return len(self._items)

    def add(self, items: Iterable[ReportItem]) -> None:
        """Take new or restored items; an id already there is left as it is.

        Raises:
            TooLarge: an item alone would not fit into a message; it and those after it are not taken.

        """
        for item in items:
            size = len(msgspec.json.encode(item)) + 1
            if size + _ENVELOPE_BYTES > MAX_MESSAGE_BYTES:
                raise TooLarge(f"report {item.id} of {size} bytes does not fit into a message")
            if item.id not in self._items:
                self._items[item.id] = item
                self._sizes[item.id] = size

    def due(self, now: Monotonic) -> Report | None:
        """The message to send now, or None: nothing to send, or one is under way and may still be settled."""
        if not self._items or (self._under_way and self._again_at is not None and now < self._again_at):
            return None
        batch = self._oldest()
        self._under_way = {item.id for item in batch}
        self._again_at = Monotonic(now + ACK_TIMEOUT)
        return Report(items=tuple(batch))

    def wake_at(self) -> Monotonic | None:
        """When what is under way is sent again."""
        return self._again_at if self._under_way else None

    def settle(self, outcomes: Sequence[ReportOutcome]) -> list[ReportOutcome]:
        """Forget the settled items; returns the outcomes of those that were still here."""
        settled = [outcome for outcome in outcomes if self._items.pop(outcome.id, None) is not None]
        for outcome in settled:
            del self._sizes[outcome.id]
            self._under_way.discard(outcome.id)
        return settled

    def disconnected(self) -> None:
        """What was under way may be lost: all of it goes again."""
        self._under_way.clear()
        self._again_at = None

    def _oldest(self) -> list[ReportItem]:
        batch: list[ReportItem] = []
        room = MAX_MESSAGE_BYTES - _ENVELOPE_BYTES
        for item in self._items.values():
            room -= self._sizes[item.id]
            if room < 0 or len(batch) == BATCH_ITEMS:
                break
            batch.append(item)
        return batch
