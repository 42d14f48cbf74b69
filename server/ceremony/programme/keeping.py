"""How a programme stands in events: words, notes, the office's own columns and the rows above its table may name people and
hold their phones, so they are a `Person` there, encrypted in the journal, and can be forgotten while the programme stays.
"""

import msgspec

from server.ceremony.programme.items import Column, Item, ItemKind, Sheet
from server.ceremony.rules import Person, PersonalFields, derived_id
from site_agent.units import Duration, PersonId, SiteCode

_OWN = "more:"
_CELL = "\x1f"
"""Between the cells of a row; no cell holds it."""


class KeptItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item in an event."""

    id: str
    start: Duration
    end: Duration
    title: str
    owner: str
    kind: ItemKind
    site: SiteCode | None = None
    fixed: bool = False
    texts: Person | None = None


class KeptSheet(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sheet's layout in an event."""

    columns: tuple[Column, ...]
    name: str = ""
    above: Person | None = None


def kept(item: Item) -> KeptItem:
    """The item for an event."""
    texts = [(name, text) for name, text in (("words", item.words), ("notes", item.notes)) if text]
    texts += [(_OWN + name, text) for name, text in item.more.items()]
    sealed = _sealed(f"item {item.id}", tuple(texts))
    return KeptItem(item.id, item.start, item.end, item.title, item.owner, item.kind, item.site, item.fixed, sealed)


def restored(item: KeptItem) -> Item:
    """The item out of an event; without its texts once they were forgotten."""
    texts = _opened(item.texts)
    more = {name.removeprefix(_OWN): text for name, text in texts.items() if name.startswith(_OWN)}
    words, notes = texts.get("words", ""), texts.get("notes", "")
    return Item(item.id, item.start, item.end, item.title, item.owner, item.kind, item.site, item.fixed, words, notes, more)


def kept_sheet(sheet: Sheet | None) -> KeptSheet | None:
    """The layout for an event."""
    if sheet is None:
        return None
    rows = tuple((str(number), _CELL.join(row)) for number, row in enumerate(sheet.above))
    return KeptSheet(sheet.columns, sheet.name, _sealed("rows above", rows))


def restored_sheet(sheet: KeptSheet | None) -> Sheet | None:
    """The layout out of an event."""
    if sheet is None:
        return None
    return Sheet(sheet.columns, tuple(tuple(row.split(_CELL)) for row in _opened(sheet.above).values()), sheet.name)


def kept_text(what: str, text: str) -> Person | None:
    """A single text for an event."""
    return _sealed(what, (("text", text),)) if text else None


def restored_text(text: Person | None) -> str:
    """The text out of an event."""
    return _opened(text).get("text", "")


def _sealed(what: str, texts: tuple[tuple[str, str], ...]) -> Person | None:
    """One key for each thing that holds texts, whatever they become: a programme edited all week has no more keys than items."""
    return Person(PersonId(derived_id("programme", what)), PersonalFields(texts=texts)) if texts else None


def _opened(texts: Person | None) -> dict[str, str]:
    return dict(texts.personal.texts) if texts is not None and texts.personal is not None else {}
