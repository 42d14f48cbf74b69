"""What a programme is made of: items with planned times, the office's own columns, and what is wrong with an item."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from server.ceremony.programme.words import fault_in
from site_agent.units import HOUR, Duration, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_ITEMS = 300
MAX_TITLE = 500
MAX_OWNER = 250
MAX_WORDS = 8_000
MAX_NOTES = 4_000
MAX_COLUMNS = 80
MAX_CELL = 4_000
MAX_LENGTH = Duration(24 * HOUR)
FARTHEST = Duration(7 * 24 * HOUR)
"""An item this far from the start of the ceremony is a slip of the hand."""


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
    """From a file: item-1, item-2, … in its order; added by hand: item- and part of the command's id."""
    start: Duration
    end: Duration
    title: str
    owner: str
    kind: ItemKind
    site: SiteCode | None = None
    fixed: bool = False
    """It starts at its clock time, not before; otherwise linked: it starts when the item before it ends."""
    words: str = ""
    """For the MC to read, with placeholders; lines kept."""
    notes: str = ""
    """For those who run the day; never shown to the public."""
    more: dict[str, str] = msgspec.field(default_factory=dict)
    """What stands in the office's own columns: name of the column → text."""

    @property
    def length(self) -> Duration:
        """How long it is planned to last."""
        return Duration(self.end - self.start)


FIELDS = ("number", "start", "end", "length", "title", "owner", "kind", "site", "fixed", "words", "notes", "id")
"""Names of the columns that we understand; `number` and `length` follow from the others and are written anew."""


class Column(msgspec.Struct, frozen=True):
    """A column of the office's sheet: one of `FIELDS`, or one of its own (`more` of the items holds it under `name`)."""

    name: str
    heading: str

    @property
    def own(self) -> bool:
        """Whether it means nothing to us and is only kept."""
        return self.name not in FIELDS


class Sheet(msgspec.Struct, frozen=True):
    """How the office's file was laid out, so that it is written back that way."""

    columns: tuple[Column, ...]
    above: tuple[tuple[str, ...], ...] = ()
    """Rows above the headings: the sheet's own title."""
    name: str = ""
    """Excel's sheet; empty for CSV."""

    @property
    def own(self) -> tuple[Column, ...]:
        """The office's own columns, in order."""
        return tuple(column for column in self.columns if column.own)


def faults(state: "Ceremony", items: Iterable[Item], sheet: Sheet | None) -> dict[str, str]:
    """Item id → what is wrong with it."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for item in items:
        fault = "mã nội dung bị trùng" if item.id in seen else fault_of(state, item, sheet)
        if fault is not None:
            found[item.id] = fault
        seen.add(item.id)
    return found


def fault_of(state: "Ceremony", item: Item, sheet: Sheet | None) -> str | None:
    """What is wrong with one item, or None."""
    if not item.title.strip():
        return "thiếu tên nội dung"
    if item.end < item.start:
        return "giờ kết thúc sớm hơn giờ bắt đầu"
    if item.length > MAX_LENGTH:
        return "thời lượng dài quá 24 giờ"
    if abs(item.start) > FARTHEST:
        return "giờ bắt đầu cách ngày lễ quá 7 ngày"
    if item.site is not None and state.roster.sites and item.site not in state.roster.sites:
        return f"không có điểm cầu mang mã {item.site}"
    if (long := _too_long(item)) is not None:
        return long
    if (wrong := fault_in(item.words)) is not None:
        return f"lời dẫn: {wrong}"
    if sheet is not None and (strange := item.more.keys() - {column.name for column in sheet.own}):
        return f"không có cột {', '.join(sorted(strange))} trong bảng đã nhập"
    return None


def _too_long(item: Item) -> str | None:
    bounds: Mapping[str, tuple[str, int]] = {
        "tên nội dung": (item.title, MAX_TITLE),
        "người thực hiện": (item.owner, MAX_OWNER),
        "lời dẫn": (item.words, MAX_WORDS),
        "ghi chú": (item.notes, MAX_NOTES),
        **{f"cột {name}": (text, MAX_CELL) for name, text in item.more.items()},
    }
    return next((f"{name} dài quá {most} ký tự" for name, (text, most) in bounds.items() if len(text) > most), None)
