"""What may be asked of the programme. Editors change the plan; the caller runs it."""

from typing import ClassVar

from msgspec import UNSET, UnsetType, field

from server.ceremony.programme.items import Item, ItemKind, Sheet
from server.ceremony.rules import Command, Role
from site_agent.units import Duration, SiteCode

EDITORS = frozenset({Role.ADMIN, Role.CALLER, Role.TECH})
CALLERS = frozenset({Role.CALLER, Role.ADMIN})


class ImportProgramme(Command, frozen=True, kw_only=True, tag="import_programme"):
    """Replace the programme. Items that already started may not vanish: what happened stays told."""

    ROLES: ClassVar[frozenset[Role]] = EDITORS | {Role.SYSTEM}

    items: tuple[Item, ...]
    sheet: Sheet | None = None


class AddItem(Command, frozen=True, kw_only=True, tag="add_item"):
    """A new item behind another one."""

    ROLES: ClassVar[frozenset[Role]] = EDITORS

    after: str | None
    """None: before all others."""
    title: str
    length: Duration
    owner: str = ""
    item_kind: ItemKind = ItemKind.SPEECH
    starts: Duration | None = None
    """Offset of its clock time; None: linked, it starts when the item before it ends."""
    site: SiteCode | None = None
    words: str = ""
    notes: str = ""
    more: dict[str, str] = field(default_factory=dict)


class ChangeItem(Command, frozen=True, kw_only=True, tag="change_item"):
    """Change what is given of an item, if nobody changed it since the editor saw it."""

    ROLES: ClassVar[frozenset[Role]] = EDITORS

    item: str
    seen: int
    """Version of the item that the editor saw."""
    title: str | UnsetType = UNSET
    owner: str | UnsetType = UNSET
    item_kind: ItemKind | UnsetType = UNSET
    length: Duration | UnsetType = UNSET
    starts: Duration | UnsetType | None = UNSET
    """Offset of its clock time, or None for linked."""
    site: SiteCode | UnsetType | None = UNSET
    words: str | UnsetType = UNSET
    notes: str | UnsetType = UNSET
    more: dict[str, str] | UnsetType = UNSET


class MoveItem(Command, frozen=True, kw_only=True, tag="move_item"):
    """Put an item behind another one; it becomes linked."""

    ROLES: ClassVar[frozenset[Role]] = EDITORS

    item: str
    seen: int
    after: str | None
    """None: before all others."""


class RemoveItem(Command, frozen=True, kw_only=True, tag="remove_item"):
    """Take an item out that never went on air."""

    ROLES: ClassVar[frozenset[Role]] = EDITORS

    item: str
    seen: int


class UndoEdit(Command, frozen=True, kw_only=True, tag="undo_edit"):
    """Take the last edit back, whoever made it, if it is still the last."""

    ROLES: ClassVar[frozenset[Role]] = EDITORS

    edit: int


class StartItem(Command, frozen=True, kw_only=True, tag="start_item"):
    """The item goes on air; the one before ends now."""

    ROLES: ClassVar[frozenset[Role]] = CALLERS

    item: str


class EndItem(Command, frozen=True, kw_only=True, tag="end_item"):
    """The item on air ends; nothing is on air until the next starts."""

    ROLES: ClassVar[frozenset[Role]] = CALLERS

    item: str


class HoldItem(Command, frozen=True, kw_only=True, tag="hold_item"):
    """Stop the clock of the item on air."""

    ROLES: ClassVar[frozenset[Role]] = CALLERS

    item: str


class ReleaseItem(Command, frozen=True, kw_only=True, tag="release_item"):
    """Let the clock of the item on air go on."""

    ROLES: ClassVar[frozenset[Role]] = CALLERS

    item: str


class AddTime(Command, frozen=True, kw_only=True, tag="add_time"):
    """Give the item on air more time, or less."""

    ROLES: ClassVar[frozenset[Role]] = CALLERS

    item: str
    by: Duration


class SkipItem(Command, frozen=True, kw_only=True, tag="skip_item"):
    """Leave an item out today, or (`skip` false) take it in again. The plan keeps it."""

    ROLES: ClassVar[frozenset[Role]] = CALLERS

    item: str
    skip: bool = True


class UndoStep(Command, frozen=True, kw_only=True, tag="undo_step"):
    """Take the last step of the run back (a wrong start), exactly: the item before goes on as if never ended."""

    ROLES: ClassVar[frozenset[Role]] = CALLERS

    step: int


class TellSpeaker(Command, frozen=True, kw_only=True, tag="tell_speaker"):
    """A short message on the speaker's clock; empty takes it away. The next start does too."""

    ROLES: ClassVar[frozenset[Role]] = CALLERS

    text: str
