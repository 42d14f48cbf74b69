"""Every message of the site link (`diemcau.site.v1`), as JSON objects tagged by `type`.

Unknown fields are ignored, unknown types are logged once and skipped (see `codec`). Instants are integer microseconds
of UTC on the ceremony clock, durations integer microseconds, unless a field says otherwise.
"""

from typing import Any

import msgspec

from site_agent.launch.objects import Asset, Part, SiteMode
from site_agent.launch.signed import Signed
from site_agent.units import (
    Attempt,
    CeremonyId,
    ClockId,
    CommandId,
    CueId,
    DeviceId,
    Duration,
    Instant,
    PublicKey,
    Sha256,
    SiteCode,
)

SUBPROTOCOL = "diemcau.site.v1"
MAX_MESSAGE_BYTES = 64 * 1024


class Message(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=True):
    """Base of all messages."""


# ---- device → server


class Hello(Message, frozen=True, tag="hello"):
    """First message of a session. `proof` is a signed `launch.objects.Hello`."""

    proof: Signed
    agent: str
    """Program and version, for the technical team: "diemcau-agent 0.1", "page Chrome/120"."""
    capabilities: tuple[str, ...] = ()
    """What it can do: "cue", "outputs", "udp_time"."""


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the device knows of itself."""

    visible: bool = True
    awake: bool = True
    sound: bool | None = None
    fullscreen: bool | None = None
    battery: float | None = None
    """0 to 1 where known."""
    on_generator: bool = False
    charging: bool | None = None
    """Whether the mains feed it, where the device can tell."""


class Playback(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the programme plays on the device; absent where it does not play it at all."""

    playing: bool = False
    """Pictures move, on a page that is seen."""
    latency: Duration | None = None
    """From the capture of the picture on the screen until now, where the device can tell."""
    stalls: int = 0
    """Times it stood still in the last minute."""
    frozen: bool = False
    """No new picture for 5 s while it should play."""
    sound: bool = False


class ProbeCount(msgspec.Struct, frozen=True):
    """UDP time probes that are settled, told once: those numbered `first` to `last` (mod 2³²) and sent by UDP."""

    first: int
    last: int
    sent: int
    answered: int


class Heartbeat(Message, frozen=True, tag="heartbeat"):
    """Every 10 s ± jitter. Measurements cover the time since the heartbeat before."""

    seq: int
    """Rises by one within a session: a gap is loss."""
    sent_at: Instant
    round_trip: Duration | None = None
    jitter: Duration | None = None
    loss: float | None = None
    """0 to 1, of time probes not answered."""
    clock_offset: Duration | None = None
    """Ceremony clock minus the device's own wall clock."""
    clock_bound: Duration | None = None
    health: Health = Health()
    outbox: int = 0
    """Reports saved on the device and not yet accepted."""
    jitter_up: Duration | None = None
    """Of the way to the server alone."""
    jitter_down: Duration | None = None
    loss_up: float | None = None
    """0 to 1, of probes over the WebSocket answered too late because of the way to the server; None for none."""
    loss_down: float | None = None
    probes: ProbeCount | None = None
    """UDP probes settled since the heartbeat before."""
    up_kbps: int | None = None
    """Throughput to the server in kilobits a second, in the first heartbeat after it was measured."""
    down_kbps: int | None = None
    playback: Playback | None = None


class ReportItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing a site reports. `id` becomes the command's id: sent again until acknowledged, accepted once.

    `kind` and `fields` are those of the command it becomes; `server.sites.translate` is the only place that maps them
    and the only list of the kinds a site may send.
    """

    id: CommandId
    kind: str
    occurred_at: Instant
    """On the ceremony clock. What was typed before the device ever heard from the centre is put right with the offset of its
    first welcome, before it is first sent; never after, because an item sent again must be the same.
    """
    fields: dict[str, Any] = {}
    device_at: Instant | None = None
    """The same moment as the device's own clock showed it."""


class Report(Message, frozen=True, tag="report"):
    """Items from the outbox, oldest first; at most 20 a message."""

    items: tuple[ReportItem, ...]


class TimeRequest(Message, frozen=True, tag="time_request"):
    """A probe over the WebSocket when UDP is not to be had. `origin` is the device's monotonic reading in µs."""

    probe: int
    origin: int


class CueReady(Message, frozen=True, tag="cue_ready"):
    """Whether this device could take the prepared cue now; sent at every change."""

    live: bool
    cue: CueId
    attempt: Attempt
    plan_hash: Sha256
    ready: bool
    reasons: tuple[str, ...] = ()
    """Codes of what is missing: "clock", "hidden", "sound", "asset:NAME", "no_start_tap", "programme" (no picture at the live
    edge where the site follows the programme).
    """


class CueLoaded(Message, frozen=True, tag="cue_loaded"):
    """The order was verified, is on disk, and its timer is set."""

    order_hash: Sha256
    refused: str = ""
    """Why the order was not taken; empty when it was."""


class CueReceipt(Message, frozen=True, tag="cue_receipt"):
    """A signed `launch.objects.Receipt`; repeated until acknowledged by `Ack` with its id."""

    id: CommandId
    receipt: Signed


class PressMessage(Message, frozen=True, tag="press"):
    """A signed press, from a hall's agent. Never waits in an outbox."""

    press: Signed


class WarrantHeld(Message, frozen=True, tag="warrant_held"):
    """The holder has the warrant on its disk."""

    held: Signed


class WarrantReturn(Message, frozen=True, tag="warrant_return"):
    """The holder gives the warrant back unused."""

    returned: Signed


# ---- server → device


class Backoff(msgspec.Struct, frozen=True):
    """How to come back: full jitter in [0, min(cap, base·2^n)], the first try within `spread`."""

    base: Duration
    cap: Duration
    spread: Duration


class TimeService(msgspec.Struct, frozen=True):
    """Where and how to ask for the time by UDP; the host is the server's own."""

    port: int
    key: str
    """base64url, 32 bytes: tags requests and replies of this session."""
    clock_id: ClockId


class CeremonyInfo(msgspec.Struct, frozen=True):
    """What a device pins at its first session."""

    id: CeremonyId
    title: str
    starts_at: Instant
    live_key: PublicKey
    rehearsal_key: PublicKey


class Welcome(Message, frozen=True, tag="welcome"):
    """Answer to `Hello`. Carries what is current, so a device that comes late misses nothing."""

    session: str
    now: Instant
    site: SiteCode
    site_name: str
    device: DeviceId
    part: Part
    ceremony: CeremonyInfo
    heartbeat_every: Duration
    backoff: Backoff
    time_service: TimeService | None = None
    prepare: "CuePrepare | None" = None
    orders: tuple[Signed, ...] = ()
    aborts: tuple[Signed, ...] = ()


class ReportOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one report item: accepted (durable) or refused for good, with words for the host."""

    id: CommandId
    accepted: bool
    code: str = ""
    detail: str = ""


class Ack(Message, frozen=True, tag="ack"):
    """Follows the append. An id without outcome stays in the outbox."""

    outcomes: tuple[ReportOutcome, ...]


class TimeReply(Message, frozen=True, tag="time_reply"):
    """`received` and `sent` are ceremony-clock instants at the server; `origin` comes back unread."""

    probe: int
    origin: int
    received: Instant
    sent: Instant
    clock_id: ClockId


class CuePrepare(Message, frozen=True, tag="cue_prepare"):
    """A cue is being prepared or polled: fetch assets, measure time more often, answer `cue_ready`."""

    live: bool
    cue: CueId
    attempt: Attempt
    plan_hash: Sha256
    title: str
    subtitle: str
    portal: str
    mode: SiteMode
    polling: bool
    assets: tuple[Asset, ...] = ()


class CueOrder(Message, frozen=True, tag="cue_order"):
    """A signed `launch.objects.Order`."""

    order: Signed


class CueAbort(Message, frozen=True, tag="cue_abort"):
    """A signed `launch.objects.Abort`."""

    abort: Signed


class CueCleared(Message, frozen=True, tag="cue_cleared"):
    """The prepared cue is no longer current (closed or replaced): stop measuring often."""

    cue: CueId
    attempt: Attempt


class WarrantOffer(Message, frozen=True, tag="warrant_offer"):
    """The hall's agent is asked to hold this signed `launch.objects.Warrant`."""

    warrant: Signed


class Notice(Message, frozen=True, tag="notice"):
    """Words for the device's user, or a refusal of a message: `code` is searchable, `detail` is Vietnamese."""

    code: str
    detail: str
    level: str = "info"
    """info, warning or problem."""


class Floor(Message, frozen=True, tag="floor"):
    """Who speaks from a far point, and whether this site must be muted."""

    state: str
    site: SiteCode | None = None
    muted: bool = False


class Reconnect(Message, frozen=True, tag="reconnect"):
    """The server closes the session. A fenced device does not come back by itself."""

    reason: str
    fenced: bool = False
    after: Duration = Duration(0)
    spread: Duration = Duration(0)


FromDevice = (
    Hello | Heartbeat | Report | TimeRequest | CueReady | CueLoaded | CueReceipt | PressMessage | WarrantHeld | WarrantReturn
)
FromServer = Welcome | Ack | TimeReply | CuePrepare | CueOrder | CueAbort | CueCleared | WarrantOffer | Notice | Floor | Reconnect
