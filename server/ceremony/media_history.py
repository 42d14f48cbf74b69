"""What became true of the programme: who was on air and why, which relays came and went, trouble with the recording and with
the media worker itself. Told by the server when it changed; never a sample.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.rules import Capability, Command, Context, Event, Role
from server.ceremony.sources import SourceName
from site_agent.units import Instant

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

KEPT = 1_000
"""Changes the state remembers for the report; older ones stay in the journal alone."""
MAX_WORDS = 300
LOST = frozenset({"primary_lost", "backup_lost"})
"""Why the slate is on air though nobody wanted it."""


class RelayNow(StrEnum):
    """As much of a relay's true state as history tells: retries are one trouble, not many."""

    OFF = "off"
    SENDING = "sending"
    TRYING = "trying"
    """Wanted, and nothing arrives there: connecting, waiting to try again, or no network."""
    FAILED_AUTH = "failed_auth"
    FAILED_PROFILE = "failed_profile"


class RecordingNow(StrEnum):
    """The recording's true state."""

    OFF = "off"
    RECORDING = "recording"
    FULL = "full"
    FAILED = "failed"


class SwitchChange(msgspec.Struct, frozen=True):
    """Another source is on air."""

    to: SourceName | None
    why: str
    """`by_hand`, `primary_lost`, `primary_back`, `backup_lost`, `start`."""
    at: Instant


class RelayChange(msgspec.Struct, frozen=True):
    """A relay's true state is another."""

    relay: str
    now: RelayNow
    words: str
    """The last error, redacted."""
    at: Instant


class RecordingChange(msgspec.Struct, frozen=True):
    """The recording's true state is another."""

    now: RecordingNow
    words: str
    at: Instant


class WorkerChange(msgspec.Struct, frozen=True):
    """The media worker went, or came (back)."""

    up: bool
    words: str
    at: Instant


class RecordMediaChanges(Command, frozen=True, kw_only=True, tag="record_media_changes"):
    """The media worker reported what is new, or is itself gone."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    switches: tuple[SwitchChange, ...] = ()
    relays: tuple[RelayChange, ...] = ()
    recording: tuple[RecordingChange, ...] = ()
    worker: tuple[WorkerChange, ...] = ()


class MediaSwitched(Event, frozen=True, kw_only=True, tag="media_switched"):
    before: SourceName | None
    to: SourceName | None
    why: str
    at: Instant


class RelayMoved(Event, frozen=True, kw_only=True, tag="relay_moved"):
    relay: str
    before: RelayNow
    to: RelayNow
    words: str
    at: Instant


class RecordingMoved(Event, frozen=True, kw_only=True, tag="recording_moved"):
    before: RecordingNow
    to: RecordingNow
    words: str
    at: Instant


class MediaWorkerMoved(Event, frozen=True, kw_only=True, tag="media_worker_moved"):
    up: bool
    words: str
    at: Instant


MediaNote = MediaSwitched | RelayMoved | RecordingMoved | MediaWorkerMoved
"""A line of the history."""


@dataclass(slots=True)
class MediaState:
    """Owned by this file; others read."""

    on_air: SourceName | None = None
    on_air_since: Instant | None = None
    why: str = ""
    relays: dict[str, RelayMoved] = field(default_factory=dict)
    """How those came to their state that are not off."""
    recording: RecordingNow = RecordingNow.OFF
    recording_since: Instant | None = None
    recording_words: str = ""
    worker_up: bool | None = None
    """None: there was none in this ceremony yet."""
    worker_since: Instant | None = None
    worker_lost: Instant | None = None
    """When it went the last time."""
    notes: list[MediaNote] = field(default_factory=list)
    """Oldest first."""
    switches: int = 0
    """All there were."""

    @property
    def interrupted(self) -> bool:
        """Whether the audience sees the slate because the sources were lost."""
        return self.on_air is SourceName.SLATE and self.why in LOST

    def relay(self, relay: str) -> RelayNow:
        """The state of a relay as history knows it."""
        moved = self.relays.get(relay)
        return moved.to if moved is not None else RelayNow.OFF

    def note(self, event: MediaNote) -> None:
        """One line more."""
        self.notes.append(event)
        if len(self.notes) > KEPT:
            del self.notes[0]


def decide_record(state: "Ceremony", command: RecordMediaChanges, context: Context) -> list[Event]:
    """Only what differs from what is known; the same word again changes nothing."""
    return [*_switched(state, command), *_relays(state, command), *_recording(state, command), *_worker(state, command)]


def _switched(state: "Ceremony", command: RecordMediaChanges) -> list[Event]:
    events: list[Event] = []
    before = state.media.on_air
    for change in command.switches:
        if change.to != before:
            events.append(MediaSwitched(before=before, to=change.to, why=change.why[:MAX_WORDS], at=change.at))
            before = change.to
    return events


def _relays(state: "Ceremony", command: RecordMediaChanges) -> list[Event]:
    events: list[Event] = []
    known = {name: moved.to for name, moved in state.media.relays.items()}
    for change in command.relays:
        before = known.get(change.relay, RelayNow.OFF)
        if change.now is not before:
            words = change.words[:MAX_WORDS]
            events.append(RelayMoved(relay=change.relay, before=before, to=change.now, words=words, at=change.at))
            known[change.relay] = change.now
    return events


def _recording(state: "Ceremony", command: RecordMediaChanges) -> list[Event]:
    events: list[Event] = []
    before = state.media.recording
    for change in command.recording:
        if change.now is not before:
            events.append(RecordingMoved(before=before, to=change.now, words=change.words[:MAX_WORDS], at=change.at))
            before = change.now
    return events


def _worker(state: "Ceremony", command: RecordMediaChanges) -> list[Event]:
    events: list[Event] = []
    before = state.media.worker_up
    for change in command.worker:
        if change.up != before:
            events.append(MediaWorkerMoved(up=change.up, words=change.words[:MAX_WORDS], at=change.at))
            before = change.up
    return events


def evolve_switched(state: "Ceremony", event: MediaSwitched) -> None:
    media = state.media
    media.on_air, media.on_air_since, media.why = event.to, event.at, event.why
    media.switches += 1
    media.note(event)


def evolve_relay(state: "Ceremony", event: RelayMoved) -> None:
    if event.to is RelayNow.OFF:
        state.media.relays.pop(event.relay, None)
    else:
        state.media.relays[event.relay] = event
    state.media.note(event)


def evolve_recording(state: "Ceremony", event: RecordingMoved) -> None:
    media = state.media
    media.recording, media.recording_since, media.recording_words = event.to, event.at, event.words
    media.note(event)


def evolve_worker(state: "Ceremony", event: MediaWorkerMoved) -> None:
    state.media.worker_up, state.media.worker_since = event.up, event.at
    if not event.up:
        state.media.worker_lost = event.at
    state.media.note(event)


CAPABILITY = Capability(
    name="media",
    decide={RecordMediaChanges: decide_record},
    evolve={
        MediaSwitched: evolve_switched,
        RelayMoved: evolve_relay,
        RecordingMoved: evolve_recording,
        MediaWorkerMoved: evolve_worker,
    },
)
