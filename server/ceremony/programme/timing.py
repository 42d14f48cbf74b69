"""When things really happen: the item on air with its clock, how late the day is, and when the rest will come.

Pure and mirrored by web/static/js/models/programme.js; tests/vectors/programme_timing.json holds both to the same answers.

An item on air ends when its planned length, the time added and the time its clock stood still are over, and not before
now. After it, item by item in order: a linked one starts when the one before it ends (a gap in the plan is kept), a fixed
one at its clock time or when the one before it ends, whichever is later; none starts before now. Skipped items take no
time. Items before the place reached that never ran are passed over.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from server.ceremony.programme.items import Item
from site_agent.units import Duration, Instant


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an item really ran. Its clock stands still while held."""

    started: Instant
    ended: Instant | None = None
    held: Duration = Duration(0)
    """All finished holds."""
    held_since: Instant | None = None
    added: Duration = Duration(0)
    """Time given (or, below zero, taken) while on air."""

    def held_until(self, now: Instant) -> Duration:
        """All holds, the running one included."""
        standing = max(0, now - self.held_since) if self.held_since is not None else 0
        return Duration(self.held + standing)


def elapsed(run: Run, now: Instant) -> Duration:
    """How long the item's clock has run."""
    until = run.ended if run.ended is not None else now
    return Duration(max(0, until - run.started - run.held_until(until)))


def remaining(item: Item, run: Run, now: Instant) -> Duration:
    """What the speaker's clock shows; below zero once the time is over."""
    return Duration(item.length + run.added - elapsed(run, now))


class Slot(msgspec.Struct, frozen=True):
    """From when to when: real for what ran, projected for what comes."""

    start: Instant
    end: Instant


class Projection(msgspec.Struct, frozen=True):
    """The day as it stands at one instant."""

    slots: dict[str, Slot]
    """Every item but those skipped and those passed over."""
    next: str | None
    """The item that comes after the one on air."""
    over: Duration | None
    """By how much the day is late (or, below zero, early) where it stands; None while nothing was started."""
    end: Instant | None
    """When the whole will be over; None for an empty programme."""
    end_over: Duration | None
    """By how much the whole will end later than planned."""


def place_reached(order: Sequence[str], runs: Mapping[str, Run], current: str | None) -> int:
    """Index of the item on air, else of the one that started last; -1 before the first."""
    if current is not None:
        return order.index(current)
    ran = [(runs[name].started, index) for index, name in enumerate(order) if name in runs]
    return max(ran)[1] if ran else -1


def project(
    items: Sequence[Item],
    runs: Mapping[str, Run],
    skipped: AbstractSet[str],
    current: str | None,
    zero: Instant,
    now: Instant,
) -> Projection:
    """The whole day. `zero` is the ceremony's `starts_at`, from which the plan counts."""
    order = [item.id for item in items]
    place = place_reached(order, runs, current)
    slots = {item.id: Slot(run.started, _end(item, run, now)) for item in items if (run := runs.get(item.id)) is not None}
    at = slots[order[place]].end if place >= 0 else None
    following: str | None = None
    for index in range(place + 1, len(items)):
        item = items[index]
        if item.id in skipped or item.id in runs:
            continue
        gap = max(0, item.start - items[index - 1].end) if index else 0
        planned = zero + item.start
        start = planned if at is None else max(planned, at) if item.fixed else at + gap
        start = max(start, now)
        slots[item.id] = Slot(Instant(start), Instant(start + item.length))
        at = slots[item.id].end
        following = following or item.id
    planned_ends = {item.id: zero + item.end for item in items}
    last = items[-1] if items else None
    end = max((slots[name].end for name in slots if order.index(name) >= max(place, 0)), default=None)
    return Projection(
        slots=slots,
        next=following,
        over=_over(items, slots, place, current, following, zero),
        end=end,
        end_over=None if end is None or last is None else Duration(end - max(planned_ends.values())),
    )


def _end(item: Item, run: Run, now: Instant) -> Instant:
    if run.ended is not None:
        return run.ended
    return Instant(max(now, run.started + item.length + run.added + run.held_until(now)))


def _over(
    items: Sequence[Item], slots: Mapping[str, Slot], place: int, current: str | None, following: str | None, zero: Instant
) -> Duration | None:
    if place < 0:
        return None
    if current is not None or following is None:
        here = items[place]
        return Duration(slots[here.id].end - zero - here.end)
    coming = next(item for item in items if item.id == following)
    return Duration(slots[following].start - zero - coming.start)
