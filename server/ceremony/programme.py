"""The programme (run of show): items with planned and actual times. Times are offsets so that a day can be moved."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import Duration, Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony


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
    """Replace the programme. Items that already started may not vanish: what happened stays told."""

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


def decide_import(state: "Ceremony", command: ImportProgramme, context: Context) -> list[Event]:
    """Accept a programme that can be run: something in it, ids once, times forward, sites that exist."""
    if not command.items:
        raise Refused("programme_empty", "Chương trình chưa có nội dung nào.")
    faults = _faults(state, command.items)
    if faults:
        raise Refused("programme_wrong", "Chương trình có chỗ chưa đúng; chưa thay đổi gì.", faults)
    missing = state.programme.started.keys() - {item.id for item in command.items}
    if missing:
        titles = ", ".join(f"“{state.programme.items[item].title}”" for item in sorted(missing))
        raise Refused("programme_started", f"Không thể bỏ nội dung đã lên sóng: {titles}.")
    if command.items == tuple(state.programme.items.values()):
        return []
    return [ProgrammeImported(items=command.items)]


def _faults(state: "Ceremony", items: tuple[Item, ...]) -> dict[str, str]:
    """Item id → what is wrong with it."""
    faults: dict[str, str] = {}
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            faults[item.id] = "mã nội dung bị trùng"
        elif not item.title.strip():
            faults[item.id] = "thiếu tên nội dung"
        elif item.end < item.start:
            faults[item.id] = "giờ kết thúc sớm hơn giờ bắt đầu"
        elif item.site is not None and state.roster.sites and item.site not in state.roster.sites:
            faults[item.id] = f"không có điểm cầu mang mã {item.site}"
        seen.add(item.id)
    return faults


def decide_start(state: "Ceremony", command: StartItem, context: Context) -> list[Event]:
    """Any item may start, also one that ran before (the caller goes back); not the one on air."""
    if command.item not in state.programme.items:
        raise Refused("item_unknown", "Không có nội dung này trong chương trình.")
    if command.item == state.programme.current:
        raise Refused("item_on_air", "Nội dung này đang lên sóng.")
    return [ItemStarted(item=command.item, at=context.now)]


def evolve_imported(state: "Ceremony", event: ProgrammeImported) -> None:
    state.programme.items = {item.id: item for item in event.items}


def evolve_started(state: "Ceremony", event: ItemStarted) -> None:
    state.programme.started[event.item] = event.at
    state.programme.current = event.item


CAPABILITY = Capability(
    name="programme",
    decide={ImportProgramme: decide_import, StartItem: decide_start},
    evolve={ProgrammeImported: evolve_imported, ItemStarted: evolve_started},
)
