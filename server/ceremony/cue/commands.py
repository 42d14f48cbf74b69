"""Commands of the cue."""

from typing import ClassVar

from server.ceremony.cue.plan import Plan
from server.ceremony.rules import Command, Role
from site_agent.launch.signed import Signed
from site_agent.units import Attempt, CueId, SiteCode


class PlanCue(Command, frozen=True, kw_only=True, tag="plan_cue"):
    """Make or change a plan; in DRAFT, PREPARED, HOLD, and after an ended attempt. Leads to DRAFT."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN, Role.SYSTEM})

    plan: Plan


class PrepareCue(Command, frozen=True, kw_only=True, tag="prepare_cue"):
    """DRAFT → PREPARED; refused while the plan is incomplete, naming what is missing."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN, Role.SYSTEM})

    cue: CueId


class OpenPolling(Command, frozen=True, kw_only=True, tag="open_polling"):
    """PREPARED or an ended attempt → POLLING with attempt + 1; HOLD → POLLING within the attempt, unless it has been
    confirmed or armed: what two people signed, or the signer, is never used a second time.
    """

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN})

    cue: CueId
    live: bool


class HoldCue(Command, frozen=True, kw_only=True, tag="hold_cue"):
    """POLLING → HOLD at once; once a warrant is out only with the holder's signed return, which this asks for."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN})

    cue: CueId
    attempt: Attempt
    reason: str = ""


class WaiveSite(Command, frozen=True, kw_only=True, tag="waive_site"):
    """A named person agrees to go on without a required site, or (site None) while the server suspects itself."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.TECH, Role.ADMIN})

    cue: CueId
    attempt: Attempt
    site: SiteCode | None
    named: str
    reason: str


class RecordReadiness(Command, frozen=True, kw_only=True, tag="record_readiness"):
    """Required sites whose readiness changed, from the dispatcher."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt
    ready: dict[SiteCode, bool]
    reasons: dict[SiteCode, str]


class ConfirmArming(Command, frozen=True, kw_only=True, tag="confirm_arming"):
    """One of the two: a signed `launch.objects.Confirmation` by the person's own enrolled device."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.TECH, Role.ADMIN})

    cue: CueId
    attempt: Attempt
    confirmation: Signed


class RecordWarrant(Command, frozen=True, kw_only=True, tag="record_warrant"):
    """The signer issued a warrant; it is offered to the holder."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    warrant: Signed


class RecordWarrantRefused(Command, frozen=True, kw_only=True, tag="record_warrant_refused"):
    """The signer refused: words for the caller; confirmations are void. (A holder that refuses gives a return.)"""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt
    detail: str


class RecordHeld(Command, frozen=True, kw_only=True, tag="record_held"):
    """POLLING → ARMED: the holder has it on disk."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    held: Signed


class RecordReturn(Command, frozen=True, kw_only=True, tag="record_return"):
    """The holder's signed return: → HOLD, or ARMED → EXPIRED once the window is over."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    returned: Signed


class RecordPress(Command, frozen=True, kw_only=True, tag="record_press"):
    """A press the holder counted (or a pad's, recorded and never counted)."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    press: Signed
    counted: bool


class CommitCue(Command, frozen=True, kw_only=True, tag="commit_cue"):
    """The order is on the holder's disk. Id derived from the order's hash. ARMED → COMMITTED."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    order: Signed


class AbortCue(Command, frozen=True, kw_only=True, tag="abort_cue"):
    """A person asks to abort: while ARMED a return is asked of the holder, while COMMITTED an abort is."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.MC, Role.TECH, Role.ADMIN})

    cue: CueId
    attempt: Attempt
    reason: str = ""


class RecordAbort(Command, frozen=True, kw_only=True, tag="record_abort"):
    """The holder signed the abort (ABORTING, or ABORTED if T0 has passed meanwhile), or answered "too late" (None)."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt
    abort: Signed | None


class RecordReceipt(Command, frozen=True, kw_only=True, tag="record_receipt"):
    """A device's signed receipt."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    receipt: Signed


class PassT0(Command, frozen=True, kw_only=True, tag="pass_t0"):
    """Deadline: COMMITTED → FIRED (or ABORTING → ABORTED) at T0."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt


class CloseReceipts(Command, frozen=True, kw_only=True, tag="close_receipts"):
    """Deadline: FIRED → VERIFIED at T0 + 120 s."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt


class EndWindow(Command, frozen=True, kw_only=True, tag="end_window"):
    """Deadline: the warrant's window is over; the holder is asked for its return."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt


class RecordHolderLost(Command, frozen=True, kw_only=True, tag="record_holder_lost"):
    """Nobody answers for this warrant any more (its holder's folder is gone), or, `lost` False, the holder is back."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    warrant: Signed
    lost: bool = True


class VouchForWarrant(Command, frozen=True, kw_only=True, tag="vouch_warrant"):
    """One of the two: a signed `launch.objects.VouchWord` that the holder is switched off and did not fire."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.TECH, Role.ADMIN})

    cue: CueId
    attempt: Attempt
    """Of the warrant: the running one, or one before it."""
    word: Signed


class RecordVouch(Command, frozen=True, kw_only=True, tag="record_vouch"):
    """The signer signed on the two people's word: ARMED or POLLING → EXPIRED; an older attempt's warrant is over."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    vouch: Signed


class RecordVouchRefused(Command, frozen=True, kw_only=True, tag="record_vouch_refused"):
    """The signer refused the two words: they are void, and may be given again."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    cue: CueId
    attempt: Attempt
    detail: str


class RecordOrderSurfaced(Command, frozen=True, kw_only=True, tag="record_order_surfaced"):
    """A vouched holder came back with an order on its disk: the word was not true."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    order: Signed
