"""Where the programme's picture and sound come from: the two sources, their keys' generations, who is on air by hand.

A key itself is never here: it is derived from the master key by (source, generation), as the tokens of links are. An address
to pull from often carries a password, so it stands in the journal only sealed (`engine.sealing`), under a key of its own that
`forget` destroys.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

import msgspec

from server.ceremony.rules import Capability, Command, Context, Event, Person, Refused, Role, derived_id
from site_agent.units import SECOND, Duration, Instant, PersonId

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

CREW = frozenset({Role.TECH, Role.CALLER, Role.ADMIN})
"""Who works with the programme."""
MAX_URL = 500
NO_OFFSET = Duration(0)
MAX_OFFSET = Duration(30 * SECOND)
"""More than any encoder delays."""
LEAST_KBPS, MOST_KBPS = 500, 12_000
PULLED = frozenset({"rtsp", "rtmp", "rtmps", "http", "https", "file"})
"""What the worker can pull. Not `rtsps`: nobody would check its certificate; an encoder that speaks SRT calls us."""


class SourceName(StrEnum):
    """What the switcher chooses from. The slate is made by the worker itself."""

    PRIMARY = "primary"
    BACKUP = "backup"
    SLATE = "slate"


class SourceKind(StrEnum):
    """How a source comes in."""

    SRT = "srt"
    WHIP = "whip"
    RTMP = "rtmp"
    PULL = "pull"


class PictureSize(StrEnum):
    """Height of the programme's picture."""

    HD = "720p"
    FULL_HD = "1080p"


class SourceAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where to pull from. Its `repr` tells nothing: it must not reach a log."""

    url: str = ""

    def __repr__(self) -> str:
        return "SourceAddress(…)"


class SealedAddress(Person, frozen=True):
    """Sealed as a person is."""

    personal: SourceAddress | None  # type: ignore[assignment]  # sealing reads the type from here


class ConfigureSource(Command, frozen=True, kw_only=True, tag="configure_source"):
    """How a source comes in; an address is wanted of `pull` alone."""

    ROLES: ClassVar[frozenset[Role]] = CREW | {Role.SYSTEM}

    source: SourceName
    source_kind: SourceKind
    address: SourceAddress = SourceAddress()


class RotateSourceKey(Command, frozen=True, kw_only=True, tag="rotate_source_key"):
    """A new key; whoever publishes with the old one is cut off."""

    ROLES: ClassVar[frozenset[Role]] = CREW

    source: SourceName


class SwitchSource(Command, frozen=True, kw_only=True, tag="switch_source"):
    """Put a source on air by hand; None: the switcher chooses again."""

    ROLES: ClassVar[frozenset[Role]] = CREW

    to: SourceName | None


class CalibrateSource(Command, frozen=True, kw_only=True, tag="calibrate_source"):
    """What is added to the capture time that was measured of a source."""

    ROLES: ClassVar[frozenset[Role]] = CREW

    source: SourceName
    offset: Duration


class SetMediaProfile(Command, frozen=True, kw_only=True, tag="set_media_profile"):
    """What the programme is made of, at 30 pictures a second."""

    ROLES: ClassVar[frozenset[Role]] = CREW

    size: PictureSize
    kbps: int


class SwitchRecording(Command, frozen=True, kw_only=True, tag="switch_recording"):
    """Whether the programme is kept on disk; it is, unless somebody says otherwise."""

    ROLES: ClassVar[frozenset[Role]] = CREW

    on: bool


class SourceConfigured(Event, frozen=True, kw_only=True, tag="source_configured"):
    source: SourceName
    source_kind: SourceKind
    address: SealedAddress | None
    by: Role
    seat: str
    at: Instant


class SourceKeyRotated(Event, frozen=True, kw_only=True, tag="source_key_rotated"):
    source: SourceName
    generation: int
    by: Role
    seat: str
    at: Instant


class SourceChosen(Event, frozen=True, kw_only=True, tag="source_chosen"):
    to: SourceName | None
    by: Role
    seat: str
    at: Instant


class SourceCalibrated(Event, frozen=True, kw_only=True, tag="source_calibrated"):
    source: SourceName
    offset: Duration
    at: Instant


class MediaProfileSet(Event, frozen=True, kw_only=True, tag="media_profile_set"):
    size: PictureSize
    kbps: int
    at: Instant


class RecordingSwitched(Event, frozen=True, kw_only=True, tag="recording_switched"):
    on: bool
    by: Role
    seat: str
    at: Instant


@dataclass(slots=True)
class SourceState:
    """One source as it should be."""

    kind: SourceKind = SourceKind.SRT
    address: SourceAddress | None = None
    """None: there is none, or it was erased."""
    generation: int = 0
    offset: Duration = NO_OFFSET


@dataclass(slots=True)
class SourcesState:
    """Owned by this file; others read."""

    primary: SourceState = field(default_factory=SourceState)
    backup: SourceState = field(default_factory=SourceState)
    chosen: SourceName | None = None
    """On air by hand."""
    size: PictureSize = PictureSize.HD
    kbps: int = 3_000
    recording: bool = True

    def of(self, name: SourceName) -> SourceState:
        """The source of a name; the slate has nothing that could be set."""
        return self.backup if name is SourceName.BACKUP else self.primary


def decide_configure(state: "Ceremony", command: ConfigureSource, context: Context) -> list[Event]:
    """An address exactly where one is needed, and one that can be pulled from."""
    _refuse_slate(command.source)
    url = command.address.url.strip()
    if command.source_kind is SourceKind.PULL:
        _check_url(url)
    elif url:
        raise Refused("address_unwanted", "Chỉ nguồn kéo về (pull) mới có địa chỉ.", {"address": "Để trống."})
    source = state.sources.of(command.source)
    known = source.address.url if source.address is not None else ""
    if (command.source_kind, url) == (source.kind, known):
        return []
    sealed = SealedAddress(PersonId(derived_id(command.id, "source address")), SourceAddress(url)) if url else None
    principal = context.principal
    return [
        SourceConfigured(
            source=command.source,
            source_kind=command.source_kind,
            address=sealed,
            by=principal.role,
            seat=principal.seat,
            at=context.now,
        )
    ]


def decide_rotate(state: "Ceremony", command: RotateSourceKey, context: Context) -> list[Event]:
    """The next generation."""
    _refuse_slate(command.source)
    principal = context.principal
    generation = state.sources.of(command.source).generation + 1
    return [
        SourceKeyRotated(source=command.source, generation=generation, by=principal.role, seat=principal.seat, at=context.now)
    ]


def decide_switch(state: "Ceremony", command: SwitchSource, context: Context) -> list[Event]:
    """Any source may be chosen, also one that is not there yet: what is on air stays until it is."""
    if command.to == state.sources.chosen:
        return []
    return [SourceChosen(to=command.to, by=context.principal.role, seat=context.principal.seat, at=context.now)]


def decide_calibrate(state: "Ceremony", command: CalibrateSource, context: Context) -> list[Event]:
    """Within what an encoder can delay."""
    _refuse_slate(command.source)
    if abs(command.offset) > MAX_OFFSET:
        most = MAX_OFFSET // SECOND
        raise Refused("offset_out_of_range", f"Độ lệch hiệu chỉnh trong khoảng ±{most} giây.", {"offset": "Ngoài khoảng."})
    if command.offset == state.sources.of(command.source).offset:
        return []
    return [SourceCalibrated(source=command.source, offset=command.offset, at=context.now)]


def decide_profile(state: "Ceremony", command: SetMediaProfile, context: Context) -> list[Event]:
    """What an encoder and an uplink can do."""
    if not LEAST_KBPS <= command.kbps <= MOST_KBPS:
        raise Refused(
            "bitrate_out_of_range", f"Tốc độ hình từ {LEAST_KBPS} đến {MOST_KBPS} kb/s.", {"kbps": "Ngoài khoảng cho phép."}
        )
    if (command.size, command.kbps) == (state.sources.size, state.sources.kbps):
        return []
    return [MediaProfileSet(size=command.size, kbps=command.kbps, at=context.now)]


def decide_recording(state: "Ceremony", command: SwitchRecording, context: Context) -> list[Event]:
    """Only a change is an event."""
    if command.on == state.sources.recording:
        return []
    return [RecordingSwitched(on=command.on, by=context.principal.role, seat=context.principal.seat, at=context.now)]


def _refuse_slate(source: SourceName) -> None:
    if source is SourceName.SLATE:
        raise Refused("slate_is_fixed", "Hình chờ do máy chủ tự tạo, không cấu hình được.", {"source": "Không chọn hình chờ."})


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        known = parts.scheme.lower() in PULLED and bool(parts.netloc or (parts.scheme.lower() == "file" and parts.path))
        known = known and parts.port != 0
    except ValueError:
        known = False
    if not known or not url.isprintable() or " " in url:
        raise Refused(
            "source_address",
            "Địa chỉ kéo về phải bắt đầu bằng rtsp://, rtmp(s)://, http(s):// (HLS) hoặc file:///.",
            {"address": "Không dùng được."},
        )
    if len(url) > MAX_URL:
        raise Refused("text_too_long", f"Địa chỉ dài quá {MAX_URL} ký tự.", {"address": "Quá dài."})


def evolve_configured(state: "Ceremony", event: SourceConfigured) -> None:
    source = state.sources.of(event.source)
    source.kind = event.source_kind
    source.address = event.address.personal if event.address is not None else None


def evolve_rotated(state: "Ceremony", event: SourceKeyRotated) -> None:
    state.sources.of(event.source).generation = event.generation


def evolve_chosen(state: "Ceremony", event: SourceChosen) -> None:
    state.sources.chosen = event.to


def evolve_calibrated(state: "Ceremony", event: SourceCalibrated) -> None:
    state.sources.of(event.source).offset = event.offset


def evolve_profile(state: "Ceremony", event: MediaProfileSet) -> None:
    state.sources.size, state.sources.kbps = event.size, event.kbps


def evolve_recording(state: "Ceremony", event: RecordingSwitched) -> None:
    state.sources.recording = event.on


SOURCE_EVENTS = (
    SourceConfigured,
    SourceKeyRotated,
    SourceChosen,
    SourceCalibrated,
    MediaProfileSet,
    RecordingSwitched,
)
"""After which other sources, another profile or another recording are wanted."""

CAPABILITY = Capability(
    name="sources",
    decide={
        ConfigureSource: decide_configure,
        RotateSourceKey: decide_rotate,
        SwitchSource: decide_switch,
        CalibrateSource: decide_calibrate,
        SetMediaProfile: decide_profile,
        SwitchRecording: decide_recording,
    },
    evolve={
        SourceConfigured: evolve_configured,
        SourceKeyRotated: evolve_rotated,
        SourceChosen: evolve_chosen,
        SourceCalibrated: evolve_calibrated,
        MediaProfileSet: evolve_profile,
        RecordingSwitched: evolve_recording,
    },
)
