"""What server and media worker say to each other over `/ws/media`: JSON, tagged by `type`. Pure.

The server tells a whole plan, again whenever it changes; the worker does what the plan wants and reports what is true.
Wanted and true never share a field. Instants are microseconds of UTC on the ceremony clock, durations microseconds,
unless a name says otherwise. This file is all that a worker imports of the server.
"""

from typing import Literal

import msgspec

from site_agent.units import ClockId, Duration, Instant, Monotonic

PROTOCOL = "diemcau.media.v1"

LOW_VIDEO_KBPS = 400
"""Pictures of the light rendition, where every player begins."""
TS_OVERHEAD = 1.1
"""Packets of MPEG-TS around coded pictures and sound."""
MP3_KBPS = 128
"""The sound for loudspeaker boxes."""

SourceName = Literal["primary", "backup", "slate"]
SourceKind = Literal["srt", "whip", "rtmp", "pull"]
PublishState = Literal["idle", "waiting", "connecting", "receiving", "stalled", "refused", "failed"]
"""idle: nothing is planned; refused: a wrong key or a second publisher was turned away just now and nobody else is there."""
RefusedWhy = Literal["key", "old_key", "busy", "kind", "app"]
"""kind: the source does not come in this way; app: the right key at the wrong address of the RTMP server."""


class WorkerConfig(msgspec.Struct, frozen=True):
    """The one line of JSON on a worker's standard input. Its `repr` tells no secret.

    The server keeps the writing end open as long as it lives. When that ends without a `CloseWorker` the server was killed
    or crashed: the worker goes on with its last plan and dials again, for a server that comes back takes it in by its token;
    after `alone_seconds` without any server it ends by itself.
    """

    server_url: str
    """ws://HOST:PORT/ws/media, to dial as it stands."""
    token: str
    """For `Authorization: Bearer` at the upgrade."""
    data: str
    """The ceremony's data directory; the worker's own files lie under `media/` in it."""
    http_port: int = 0
    """Where to serve /live and /whip on 127.0.0.1; 0: any free port, told in `Hello`."""
    alone_seconds: float = 120.0
    log_level: str = "info"
    """debug, info, warning or error: as the server's own."""
    fonts: str = ""
    """Folder with the slate's TTF files; empty: the ones that ship in `web/vendor/ttf`."""

    def __repr__(self) -> str:
        return f"WorkerConfig({self.server_url!r}, data={self.data!r}, …)"


class Profile(msgspec.Struct, frozen=True):
    """What the programme is made of. A source that differs is encoded once into this; one that agrees is copied."""

    width: int = 1280
    height: int = 720
    frames_per_second: int = 30
    keyframe_seconds: float = 2.0
    video_kbps: int = 3_000
    """Of an encode, and what capacity is reckoned with."""
    audio_hz: int = 48_000
    audio_channels: int = 2
    audio_kbps: int = 128


class SourcePlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """One source as it should be. Its `repr` tells no secret."""

    name: SourceName
    kind: SourceKind = "srt"
    key: str = ""
    """What a publisher must show: the SRT passphrase (10 to 79 characters), the bearer token of WHIP, the key of RTMP."""
    port: int = 0
    """UDP port of SRT; 0: any free one, told in the status."""
    host: str = "127.0.0.1"
    url: str = ""
    """To pull from; may carry a password."""
    files: str = ""
    """Folder that files are pulled from, and nothing outside it; empty: any file."""
    capture_offset: Duration = Duration(0)
    """Calibrated: added to the measured capture time. Negative: it was captured earlier than it seems."""

    def __repr__(self) -> str:
        return f"SourcePlan({self.name!r}, {self.kind!r}, …)"


class RelayPlan(msgspec.Struct, frozen=True):
    """One destination as it should be. Its `repr` tells no secret."""

    id: str
    url: str
    """rtmp:// or rtmps://, without the key."""
    key: str
    wanted: bool
    """Whether it should be sending now."""

    def __repr__(self) -> str:
        return f"RelayPlan({self.id!r}, wanted={self.wanted}, …)"


class LaunchMark(msgspec.Struct, frozen=True):
    """A signed order or abort that playlists carry as EXT-X-DATERANGE, word for word."""

    id: str
    """Unique: `{cue}.{attempt}.order` or `….abort`."""
    at: Instant
    """T0."""
    duration: Duration
    signed: str
    """The signed object's JSON, as the devices get it."""


class MediaPlan(msgspec.Struct, frozen=True, tag="plan"):
    """Everything that is wanted. Each plan replaces the one before; saying the same again changes nothing."""

    revision: int
    profile: Profile = Profile()
    sources: tuple[SourcePlan, ...] = ()
    wanted_source: SourceName | None = None
    """On air by hand; None: the switcher chooses."""
    slate_words: str = "Tín hiệu tạm thời gián đoạn, mong quý vị thông cảm"
    title: str = ""
    relays: tuple[RelayPlan, ...] = ()
    recording: bool = True
    marks: tuple[LaunchMark, ...] = ()
    playlist_window: Duration = Duration(2 * 3_600 * 1_000_000)


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """The first message: whose clock this is. Worker and server run on one machine and share its monotonic clock."""

    clock_id: ClockId
    utc: Instant
    at: Monotonic
    """`utc` was when the monotonic clock (`CLOCK_BOOTTIME`) showed `at`."""


class TestRelay(msgspec.Struct, frozen=True, tag="test_relay"):
    """Connect to a destination and say how that went, without sending the programme."""

    relay: RelayPlan


class CutClip(msgspec.Struct, frozen=True, tag="cut_clip"):
    """Make an MP4 of what was recorded between two instants; answered by `ClipMade`, perhaps minutes later."""

    id: str
    begin: Instant
    end: Instant
    path: str
    """Where to, inside the data directory."""


class Publishing(msgspec.Struct, frozen=True, tag="publishing"):
    """Somebody publishes a source with the right key to the RTMP server that the source is taken from: take it now."""

    source: SourceName
    peer: str
    """Whose address the RTMP server told."""


class PublishRefused(msgspec.Struct, frozen=True, tag="publish_refused"):
    """Somebody was turned away at the RTMP server's hook: to be shown on the source."""

    source: SourceName
    peer: str
    why: RefusedWhy
    busy_with: str = ""


class CloseWorker(msgspec.Struct, frozen=True, tag="close"):
    """End: finish the segment, close the recording."""


ToWorker = Welcome | MediaPlan | TestRelay | CutClip | Publishing | PublishRefused | CloseWorker


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """A worker is there."""

    version: str
    pid: int
    http_port: int
    """Where it serves /live and /whip on the loopback; the server and nginx pass requests on to it."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong with a source, for a technician to act on."""

    code: str
    """Searchable: `b_frames`, `gop_long`, `codec_hevc`, `too_large`, `audio_missing`, `black`, `frozen`, `silent` …"""
    words: str
    """In Vietnamese: what was found, what was wanted, what to change."""
    serious: bool
    """Whether the source must be encoded or cannot be used; else it is advice."""


class Measured(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was found in a source. None or empty: not known (yet)."""

    video_codec: str = ""
    """`h264`, `hevc` …; `none`: certainly no pictures."""
    video_profile: str = ""
    video_level: float | None = None
    pixel_format: str = ""
    """As ffmpeg names it; `yuv420p` is wanted."""
    interlaced: bool | None = None
    width: int | None = None
    height: int | None = None
    frames_per_second: float | None = None
    keyframe_seconds: float | None = None
    """Longest distance of two key pictures lately."""
    b_frames: bool | None = None
    video_kbps: float | None = None
    audio_codec: str = ""
    """`aac`, `opus` …; `none`: certainly no sound."""
    audio_hz: int | None = None
    audio_channels: int | None = None
    audio_kbps: float | None = None
    loudness_lufs: float | None = None
    """EBU R128, short term (3 s)."""
    loudness_momentary_lufs: float | None = None
    """EBU R128, 400 ms."""
    loudness_integrated_lufs: float | None = None
    """EBU R128, since the sound began."""
    true_peak_dbfs: float | None = None
    link_round_trip_ms: float | None = None
    """Of SRT."""
    link_lost_percent: float | None = None


class SourceStatus(msgspec.Struct, frozen=True):
    """What is true of one source."""

    name: SourceName
    state: PublishState
    since: Instant
    words: str = ""
    """Why, where the state alone does not say: “Sai khóa từ 203.0.113.5 lúc …”, “Đã có nguồn khác dùng khóa này”."""
    port: int | None = None
    """Where SRT listens in truth."""
    encoded: bool = False
    """Encoded into the profile, not copied."""
    stable_since: Instant | None = None
    """Since when pictures and sound come without a gap."""
    measured: Measured = Measured()
    faults: tuple[Fault, ...] = ()


class OutputStatus(msgspec.Struct, frozen=True):
    """What is true of the programme that goes out."""

    source: SourceName | None
    since: Instant
    why: str = ""
    """`by_hand`, `primary_lost`, `primary_back`, `backup_lost`, `start`."""
    segment: int = 0
    """Number of the newest segment."""
    segment_started: Instant | None = None
    video_kbps: float = 0.0
    viewers: int = 0
    """Requests for playlists in the last 10 s, each from a session of its own, as far as they come to the worker itself."""
    problem: str = ""


RelayState = Literal["off", "connecting", "sending", "on_slate", "waiting", "failed_auth", "failed_network", "failed_profile"]


class RelayStatus(msgspec.Struct, frozen=True):
    """What is true of one destination."""

    id: str
    state: RelayState
    since: Instant
    kbps: float = 0.0
    """From bytes that the destination took in the last seconds."""
    sent_bytes: int = 0
    retries: int = 0
    dropped: int = 0
    """Access units skipped because the destination was slow."""
    last_error: str = ""
    """Redacted: neither key nor password."""
    retry_at: Instant | None = None
    session_since: Instant | None = None
    """Since when this session runs without a break: its uptime. A change of source does not begin a new one."""


class RecordingStatus(msgspec.Struct, frozen=True):
    """What is true of the recording."""

    state: Literal["off", "recording", "full", "failed"]
    since: Instant
    begin: Instant | None = None
    bytes: int = 0
    free_bytes: int = 0
    words: str = ""


class Status(msgspec.Struct, frozen=True, tag="status"):
    """Everything that is true, once a second."""

    at: Instant
    revision: int
    """Of the plan that is being followed."""
    sources: tuple[SourceStatus, ...]
    output: OutputStatus
    relays: tuple[RelayStatus, ...]
    recording: RecordingStatus
    processor_percent: float = 0.0
    """Of one core, of the worker itself; its children are not counted."""


class Thumbnail(msgspec.Struct, frozen=True, tag="thumbnail"):
    """A small picture of a source (or of the output), every 5 s while it receives."""

    of: Literal["primary", "backup", "slate", "output"]
    at: Instant
    jpeg: bytes
    """At most 20 KiB; base64 in JSON."""


class RelayTested(msgspec.Struct, frozen=True, tag="relay_tested"):
    """How a test went."""

    id: str
    ok: bool
    words: str


class ClipMade(msgspec.Struct, frozen=True, tag="clip_made"):
    """A clip is there, or why not."""

    id: str
    path: str
    ok: bool
    words: str = ""
    begin: Instant | None = None
    """Where it begins in truth: at a key picture."""
    duration: Duration | None = None


FromWorker = Hello | Status | Thumbnail | RelayTested | ClipMade

to_worker = msgspec.json.Decoder(ToWorker)
from_worker = msgspec.json.Decoder(FromWorker)
worker_config = msgspec.json.Decoder(WorkerConfig)
