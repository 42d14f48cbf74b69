"""What happened to the programme."""

from server.ceremony.programme.keeping import KeptItem, KeptSheet
from server.ceremony.rules import Event, Person, Role
from site_agent.units import Duration, Instant


class ProgrammeImported(Event, frozen=True, kw_only=True, tag="programme_imported"):
    items: tuple[KeptItem, ...]
    sheet: KeptSheet | None = None
    by: Role | None = None
    seat: str = ""
    at: Instant | None = None


class ProgrammeEdited(Event, frozen=True, kw_only=True, tag="programme_edited"):
    """One edit, whole: the items as they are after it."""

    words: str
    """What was done, as a person says it."""
    item: str
    """The item that was meant."""
    changed: tuple[KeptItem, ...] = ()
    """Items added or changed; those that only moved in time with the meant one, too."""
    removed: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    """The whole order, where it changed."""
    by: Role
    seat: str
    at: Instant


class EditUndone(Event, frozen=True, kw_only=True, tag="edit_undone"):
    """The last edit was taken back."""

    edit: int
    by: Role
    seat: str
    at: Instant


class ItemStarted(Event, frozen=True, kw_only=True, tag="item_started"):
    """It went on air; whatever was on air ended."""

    item: str
    at: Instant


class ItemEnded(Event, frozen=True, kw_only=True, tag="item_ended"):
    item: str
    at: Instant


class ItemHeld(Event, frozen=True, kw_only=True, tag="item_held"):
    item: str
    at: Instant


class ItemReleased(Event, frozen=True, kw_only=True, tag="item_released"):
    item: str
    at: Instant


class TimeAdded(Event, frozen=True, kw_only=True, tag="time_added"):
    item: str
    by: Duration
    at: Instant


class ItemSkipped(Event, frozen=True, kw_only=True, tag="item_skipped"):
    item: str
    skip: bool
    at: Instant


class StepUndone(Event, frozen=True, kw_only=True, tag="step_undone"):
    """The last step of the run was taken back."""

    step: int
    at: Instant


class SpeakerTold(Event, frozen=True, kw_only=True, tag="speaker_told"):
    text: Person | None
    """None: taken away."""
    at: Instant
