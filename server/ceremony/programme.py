"""The programme (run of show): items with planned and actual times. Times are offsets so that a day can be moved."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

import msgspec

from server.ceremony.rules import Capability, Command, Event, Role
from site_agent.units import Duration, Instant, SiteCode


class ItemKind(StrEnum):
    SPEECH = "speech"
    REMOTE_SPEECH = "remote-speech"
    VIDEO = "video"
    PERFORMANCE = "performance"
    LAUNCH = "launch"
    PLEDGE = "pledge"
    CEREMONY = "ceremony"


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One item. `start` and `end` are offsets from the ceremony's `starts_at`."""

    id: str
    """In file order: item-1, item-2, …"""
    start: Duration
    end: Duration
    title: str
    owner: str
    kind: ItemKind
    site: SiteCode | None = None


class ImportProgramme(Command, frozen=True, kw_only=True, tag="import_programme"):
    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.ADMIN, Role.CALLER, Role.TECH, Role.SYSTEM})

    items: tuple[Item, ...]


class StartItem(Command, frozen=True, kw_only=True, tag="start_item"):
    """The item goes on air; the one before ends now."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN})

    item: str


class ProgrammeImported(Event, frozen=True, kw_only=True, tag="programme_imported"):
    items: tuple[Item, ...]


class ItemStarted(Event, frozen=True, kw_only=True, tag="item_started"):
    item: str
    at: Instant


@dataclass(slots=True)
class ProgrammeState:
    """Items in order, and when each really started."""

    items: dict[str, Item] = field(default_factory=dict)
    started: dict[str, Instant] = field(default_factory=dict)
    current: str | None = None


CAPABILITY = Capability(name="programme", decide={}, evolve={})
