"""The bodies that are signed during a launch. DESIGN §5; every body is tagged by `type`, every unknown field refused.

Who signs what: a person's device signs `Confirmation`, `VouchWord` and `Press`; the signer signs `Warrant` and `Vouch`
with the ceremony's live or rehearsal key; the holder of the warrant signs `Held`, `Order`, `Abort` and `Return` with the
commit key the warrant names; a site's device signs `Hello` and `Receipt`.
"""

from enum import StrEnum

import msgspec

from site_agent.launch.signed import Signed
from site_agent.units import (
    Attempt,
    CeremonyId,
    CueId,
    DeviceId,
    Duration,
    Instant,
    PublicKey,
    SeatName,
    Sha256,
    SiteCode,
    Term,
)


class Trigger(StrEnum):
    """What fixes T0: the MC's tap (`countdown`) or the k-th of n seats (`seats`)."""

    COUNTDOWN = "countdown"
    SEATS = "seats"


class SiteMode(StrEnum):
    """How a site follows T0, from the roster's `picture`."""

    STAGE = "stage"
    PROGRAMME = "programme"


class Part(StrEnum):
    """What a device is at its site. Exactly one screen a site; companions take no cues."""

    SCREEN = "screen"
    EFFECTOR = "effector"
    COMPANION = "companion"
    SEAT = "seat"
    """A person's device (presser, MC, caller, tech): signs, holds no site session."""


class Asset(msgspec.Struct, frozen=True):
    """A file of the plan, named by hash, to be had at `/api/v1/blobs/{sha256}`. One named `stage.…` is a clip for pages on the
    main hall's great screen alone; no agent fetches it.
    """

    name: str
    sha256: Sha256
    bytes: int


class Confirmation(msgspec.Struct, frozen=True, tag_field="type", tag="diemcau.confirm.v1", forbid_unknown_fields=True):
    """One of the two people's word that this plan may be armed."""

    plan_hash: Sha256
    live: bool
    cue: CueId
    attempt: Attempt
    role: str
    device: DeviceId


class SeatKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A seat and the one device key that presses for it."""

    seat: SeatName
    key: PublicKey


class Substitute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person (MC or caller) who may press in a seat's place."""

    role: str
    key: PublicKey


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the warrant may be used. Never renewed."""

    opens: Instant
    ends: Instant


class LatePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a device does that learns of the order after its target."""

    fire_within: Duration
    """Up to this long after its target it fires and says so; later it shows the end state."""


class Warrant(msgspec.Struct, frozen=True, tag_field="type", tag="diemcau.warrant.v1", forbid_unknown_fields=True):
    """The signer's permission to commit one attempt, once, by the holder of `commit_key`."""

    ceremony_id: CeremonyId
    live: bool
    cue: CueId
    attempt: Attempt
    term: Term
    trigger: Trigger
    plan_hash: Sha256
    trigger_seats: tuple[SeatKey, ...]
    k: int
    pad_seats: tuple[SeatKey, ...]
    substitutes: tuple[Substitute, ...]
    lead: Duration
    late_policy: LatePolicy
    not_after: Duration
    """After T0 plus this long no device fires."""
    window: Window
    ended: Signed | None
    """The return, abort or vouch that closed the previous warrant of this cue."""
    commit_key: PublicKey


class VouchWord(msgspec.Struct, frozen=True, tag_field="type", tag="diemcau.vouch_word.v1", forbid_unknown_fields=True):
    """One of the two people's word: the machine that held this very warrant is switched off and did not fire."""

    ceremony_id: CeremonyId
    live: bool
    cue: CueId
    attempt: Attempt
    warrant_hash: Sha256
    role: str
    device: DeviceId


class Vouch(msgspec.Struct, frozen=True, tag_field="type", tag="diemcau.vouch.v1", forbid_unknown_fields=True):
    """Two people's word, signed on by the signer, that a lost holder is switched off and did not fire."""

    ceremony_id: CeremonyId
    live: bool
    cue: CueId
    attempt: Attempt
    warrant_hash: Sha256
    words: tuple[Signed, ...]
    """The two `VouchWord`s it rests on."""


class Held(msgspec.Struct, frozen=True, tag_field="type", tag="diemcau.held.v1", forbid_unknown_fields=True):
    """The holder's word that commit key, warrant and a preallocated commit file are on its disk."""

    warrant_hash: Sha256


class Return(msgspec.Struct, frozen=True, tag_field="type", tag="diemcau.return.v1", forbid_unknown_fields=True):
    """The holder's word, fsynced before it was signed, that it will never commit this warrant."""

    ceremony_id: CeremonyId
    live: bool
    cue: CueId
    attempt: Attempt
    warrant_hash: Sha256


class Press(msgspec.Struct, frozen=True, tag_field="type", tag="diemcau.press.v1", forbid_unknown_fields=True):
    """One press of one seat, signed by the seat's device, or by a substitute's device in its place."""

    warrant_hash: Sha256
    seat: SeatName
    substitute_for: SeatName | None
    pressed_at: Instant


class Order(msgspec.Struct, frozen=True, tag_field="type", tag="diemcau.order.v1", forbid_unknown_fields=True):
    """The launch order. `t0` is an instant of UTC; the same bytes are sent at every start."""

    warrant: Signed
    presses: tuple[Signed, ...]
    t0: Instant
    not_after: Instant
    late_policy: LatePolicy


class Abort(msgspec.Struct, frozen=True, tag_field="type", tag="diemcau.abort.v1", forbid_unknown_fields=True):
    """Takes back an order before T0; kept by every device as a tombstone."""

    ceremony_id: CeremonyId
    live: bool
    cue: CueId
    attempt: Attempt
    order_hash: Sha256
    aborted_at: Instant


class FireOutcome(StrEnum):
    """What a device did with an order."""

    FIRED = "fired"
    FIRED_LATE = "fired_late"
    END_STATE = "end_state"
    TOO_LATE = "too_late"
    ALREADY_FIRED = "already_fired"
    ABORTED = "aborted"
    UNKNOWN = "unknown"
    """It had marked the attempt as firing and then lost power: pulses are not repeated."""


class OutputReceipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one output did. `at` is the ceremony-clock instant it acted."""

    name: str
    ok: bool
    at: Instant | None = None
    detail: str = ""


class Receipt(msgspec.Struct, frozen=True, tag_field="type", tag="diemcau.receipt.v1", forbid_unknown_fields=True):
    """A device's signed word on what it did. Instants are of the ceremony clock as the device knows it."""

    ceremony_id: CeremonyId
    live: bool
    cue: CueId
    attempt: Attempt
    site: SiteCode
    device: DeviceId
    order_hash: Sha256
    outcome: FireOutcome
    target: Instant
    actual: Instant | None
    clock_bound: Duration
    outputs: tuple[OutputReceipt, ...] = ()


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="diemcau.hello.v1", forbid_unknown_fields=True):
    """Proof, at the start of a session, that the device holds its key. `nonce` must rise within a device."""

    ceremony_id: CeremonyId
    site: SiteCode
    device: DeviceId
    nonce: int
    """Microseconds of the device's own wall clock, raised by one if it did not advance."""
