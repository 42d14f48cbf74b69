"""What the ceremony remembers of the programme: the plan, how it runs, and what can be taken back."""

from dataclasses import dataclass, field

import msgspec

from server.ceremony.programme.items import Item, Sheet
from server.ceremony.programme.timing import Projection, Run, project
from server.ceremony.rules import Role
from site_agent.units import Instant

KEPT = 30
"""Edits, and steps of the run, that can be taken back; older ones stay in the journal alone."""


class Edit(msgspec.Struct, frozen=True):
    """One edit of the plan: what, who, when."""

    number: int
    words: str
    """What was done, as a person says it: “đổi thời lượng mục 4”."""
    by: Role | None
    seat: str
    at: Instant | None


class Undoable(msgspec.Struct, frozen=True):
    """An edit that can be taken back, and what it takes for that: only what differed, the state is kept and copied."""

    edit: Edit
    order_before: tuple[str, ...]
    items_before: dict[str, Item]
    """The items that the edit changed or took out, as they were."""
    sheet_before: Sheet | None

    def plan_before(self, items: dict[str, Item]) -> dict[str, Item]:
        """The plan before this edit, from the plan right after it."""
        return {name: self.items_before.get(name) or items[name] for name in self.order_before}


class Going(msgspec.Struct, frozen=True):
    """How the programme runs. Replaced whole, never changed, so that a step back is exact."""

    runs: dict[str, Run] = msgspec.field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    current: str | None = None


class Step(msgspec.Struct, frozen=True):
    """One step of the run and how it ran before."""

    number: int
    words: str
    at: Instant
    before: Going


class Told(msgspec.Struct, frozen=True):
    """A short message to the speaker."""

    text: str
    at: Instant


@dataclass(slots=True)
class ProgrammeState:
    """Owned by this package; others read."""

    items: dict[str, Item] = field(default_factory=dict)
    """In order."""
    sheet: Sheet | None = None
    edits: int = 0
    """Number of the last edit."""
    versions: dict[str, Edit] = field(default_factory=dict)
    """By item: the last edit that meant it. An item nobody edited has version 0."""
    last_edits: list[Undoable] = field(default_factory=list)
    """Oldest first; the last is taken back first."""
    going: Going = field(default_factory=Going)
    steps: int = 0
    """Number of the last step of the run."""
    last_steps: list[Step] = field(default_factory=list)
    told: Told | None = None

    @property
    def current(self) -> str | None:
        """The item on air."""
        return self.going.current

    @property
    def started(self) -> dict[str, Instant]:
        """When each item really started."""
        return {name: run.started for name, run in self.going.runs.items()}

    def version(self, item: str) -> int:
        """Number of the last edit that meant the item; 0 for none."""
        edit = self.versions.get(item)
        return edit.number if edit is not None else 0

    def number(self, item: str) -> int:
        """Its place in the order, from 1."""
        return list(self.items).index(item) + 1

    def project(self, zero: Instant, now: Instant) -> Projection:
        """The day as it stands; see `timing.project`."""
        going = self.going
        return project(tuple(self.items.values()), going.runs, going.skipped, going.current, zero, now)
