"""The rows that pages read: one struct per feed key family. Pages and the HTTP reading routes show exactly these.

| feed | who | keys → rows |
| --- | --- | --- |
| `ceremony` | all but viewer | `info` InfoRow, `totals` TotalsRow, `programme:ID` ItemRow, `timer` TimerRow, `cue:ID` CueRow |
| `rundown` | admin tech desk caller mc | see `rundown_rows` |
| `sites` | admin tech desk caller | code → SiteRow |
| `watch` | admin tech desk caller | see `watch_rows` |
| `media` | admin tech caller; mc: `output` alone | see `media_rows` |
| `rollups` | admin tech desk caller mc | `all`, `group:NAME`, `level:ID` → RollupRow |
| `site:CODE` | a host granted it; admin tech desk caller | `site` SiteRow, `mine` OwnSiteRow |
| `site:CODE` `ceremony` | as above | `figures`, `phase`: see `figures_rows` |
| `public` | everyone | `info` PublicInfoRow, `programme:ID` ItemRow, `launch` PublicLaunchRow, `group:NAME` PublicGroupRow |

The `public` feed tells successes only. Hosts (but the main hall) and viewers get sums every 15 s: `calm.py`. Rows are whole;
a change sends `[key, row]`, a removal `[key, null]`.
"""

import msgspec

from server.ceremony.attendance import Category
from server.ceremony.cue import CueState, Plan
from server.ceremony.link_health import Grade
from server.ceremony.programme import ItemKind
from server.ceremony.roster import Level, Picture
from site_agent.launch.objects import Trigger
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
)


class Row(msgspec.Struct, frozen=True):
    """Base of all rows."""


class InfoRow(Row, frozen=True):
    """What the ceremony is, and what every page must be able to say about the centre."""

    ceremony_id: CeremonyId
    title: str
    authority: str
    starts_at: Instant
    close_at: Instant
    report_at: Instant
    support_phone: str
    categories: tuple[Category, ...]
    levels: tuple[Level, ...]
    live_key: PublicKey
    rehearsal_key: PublicKey
    closed_version: int
    closed_at: Instant | None
    suspect: bool
    suspect_detail: str
    journal_problem: str
    """Empty, or plain words: the centre cannot keep commands now."""


class TotalsRow(Row, frozen=True):
    """The four figures of the wall. `by_grade` covers all rostered sites."""

    sites: int
    connected: int
    checked_in: int
    reported: int
    expected: int
    present: int
    by_grade: dict[Grade, int]


class ItemRow(Row, frozen=True):
    """An item of the programme; instants planned and real."""

    id: str
    index: int
    starts_at: Instant
    ends_at: Instant
    title: str
    owner: str
    kind: ItemKind
    site: SiteCode | None
    started_at: Instant | None
    current: bool
    fixed: bool = False
    """Starts at its clock time; otherwise when the item before it ends."""
    skipped: bool = False
    ended_at: Instant | None = None
    held: Duration = Duration(0)
    """Time its clock stood still, finished holds."""
    held_since: Instant | None = None
    added: Duration = Duration(0)
    """Time given while on air; below zero: taken."""


class TimerRow(Row, frozen=True):
    """The caller's short message to the speaker; empty when there is none."""

    text: str
    at: Instant | None


class SeatRow(Row, frozen=True):
    """A seat of the cue and whether it pressed. `device` presses for it: while armed the one that the warrant names, before
    the one enrolled last; None where there is none.
    """

    seat: SeatName
    device: DeviceId | None
    trigger: bool
    pressed_at: Instant | None
    counted: bool
    substituted_by: SeatName | None


class RequiredRow(Row, frozen=True):
    """A required site in go/no-go."""

    site: SiteCode
    name: str
    ready: bool
    reason: str
    waived_by: str
    """Role and seat; the name of who agreed stands in the staff's feed `names`."""


class ConfirmedRow(Row, frozen=True):
    """One of the two confirmations of arming."""

    role: str
    seat: str
    at: Instant


class DoubtRow(Row, frozen=True):
    """A warrant for which its holder does not answer: two people may vouch that it is switched off and did not fire."""

    attempt: Attempt
    live: bool
    warrant_hash: Sha256
    lost: bool
    """Its holder is known to be lost; else its window is over without a return."""
    ends: Instant
    words: tuple[ConfirmedRow, ...]
    refused_detail: str
    contradicted: int
    """Devices that tell of an order of this warrant."""


class VouchedRow(Row, frozen=True):
    """An attempt that ended by the word of two people: that T0 is one rests on them."""

    attempt: Attempt
    live: bool
    at: Instant
    words: tuple[ConfirmedRow, ...]
    contradicted: int


class CueRow(Row, frozen=True):
    """Everything a console, a press pad or a stage needs to know of a cue."""

    cue: CueId
    plan: Plan
    """Whole, for editing; what most pages show stands beside it."""
    title: str
    subtitle: str
    portal: str
    plan_hash: Sha256
    trigger: Trigger
    k: int
    hold: Duration
    lead: Duration
    window: Duration
    state: CueState
    attempt: Attempt
    live: bool
    seats: tuple[SeatRow, ...]
    required: tuple[RequiredRow, ...]
    ready_count: int
    ready_of: int
    confirmed: tuple[ConfirmedRow, ...]
    refused_detail: str
    warrant_hash: Sha256 | None
    armed_until: Instant | None
    holder: str
    """Who holds the warrant: "server", or the main hall's name; empty when nobody does."""
    pressed: int
    t0: Instant | None
    order_hash: Sha256 | None
    fired_sites: int
    receipts: int
    expected_receipts: int
    """Screens connected at the commit, and whoever else has answered."""
    last_abort: str
    loaded: int = 0
    """Sites whose screen has the order on disk and its timer set."""
    abort_until: Instant | None = None
    """While an order runs: until when it can still be taken back everywhere."""
    doubt: DoubtRow | None = None
    vouched: tuple[VouchedRow, ...] = ()


class SiteRow(Row, frozen=True, omit_defaults=True):
    """A site on the wall and at the desk."""

    code: SiteCode
    name: str
    level: str
    parent: SiteCode | None
    group: str
    grade: Grade
    reason: str = ""
    grade_since: Instant | None = None
    expected: int = 0
    present: int | None = None
    checked_in_at: Instant | None = None
    chair: str = ""
    chair_as_planned: bool | None = None
    chair_name: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    picture: Picture = Picture.CONFERENCE
    carrier: str = ""
    required: bool = False
    reported_at: Instant | None = None
    reported_by: str = ""
    after_close: bool = False
    """Its last figure came after the figures were closed."""
    screen: DeviceId | None = None
    lit: bool = False
    """A receipt of the current attempt says it fired."""
    checks: int = 0
    """Items of the checklist that are good, as bits in its order (`server.ceremony.readiness`)."""
    unopened: bool = False
    """Nobody ever opened its link: no device enrolled, nothing was ever heard of it. Not the same as down."""
    reported_for: str = ""
    """Who reported in its place: the name of the site whose host did, or of the desk's link."""
    disagrees: bool = False
    """Two figures stand of which nobody has chosen; `present` is the one typed last."""
    chair_at: SiteCode | None = None
    """Another site at which its planned chair sits and counts."""
    seen: int | None = None
    """Taps on its poster, a side figure; None where posters do not count, or nobody tapped."""


class OwnDeviceRow(Row, frozen=True):
    """A device of the host's own site."""

    id: DeviceId
    name: str
    part: str
    connected: bool


class OwnSiteRow(Row, frozen=True):
    """What a host sees of its own site beyond the SiteRow."""

    counts: dict[str, int]
    history: tuple[tuple[Instant, str, int], ...]
    """(when, by whom, total), newest first, at most 20."""
    devices: tuple[OwnDeviceRow, ...]
    others: tuple[tuple[SiteCode, str], ...] = ()
    """(code, name) of the sites that this site's host was granted besides its own, in roster order."""


class RollupRow(Row, frozen=True):
    """Sums of a group or level."""

    key: str
    name: str
    sites: int
    connected: int
    expected: int
    present: int
    reported: int
    checked_in: int


class PublicInfoRow(Row, frozen=True):
    """For screens the public sees: successes only, no denominators."""

    ceremony_id: CeremonyId
    title: str
    authority: str
    starts_at: Instant
    connected: int
    present: int
    live_key: PublicKey
    rehearsal_key: PublicKey


class PublicLaunchRow(Row, frozen=True):
    """The launch as the public may know it."""

    cue: CueId
    attempt: Attempt
    live: bool
    state: CueState
    title: str
    subtitle: str
    portal: str
    trigger: Trigger
    touched: int
    """Seats touched so far: light gathers."""
    t0: Instant | None
    lit: int


class PublicGroupRow(Row, frozen=True):
    """Lamps of one group: only those that are lit."""

    name: str
    lit: int
