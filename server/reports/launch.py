"""Content of the report on one launch attempt: when, who pressed, what every site did, how far apart.

Pure: a function of the journalled state. Deviations are of the devices' own receipts, hence true within their clock bound.
"""

from collections.abc import Iterable, Sequence
from statistics import median

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import AttemptState, CueRecord, CueState, HolderVouchedFor, ReceiptRecorded
from server.ceremony.roster import RosterSite, site_mode
from server.ceremony.rules import Role
from server.files.text import vietnamese_order
from server.reports.morning import ReportUnavailable
from site_agent.launch.objects import FireOutcome, Trigger
from site_agent.units import Attempt, CueId, Duration, Instant, SeatName, SiteCode

LIT = frozenset({FireOutcome.FIRED, FireOutcome.FIRED_LATE, FireOutcome.ALREADY_FIRED})
"""Outcomes that light the site's lamp on wall and stage."""
_BEST_FIRST = (
    FireOutcome.FIRED,
    FireOutcome.FIRED_LATE,
    FireOutcome.ALREADY_FIRED,
    FireOutcome.END_STATE,
    FireOutcome.UNKNOWN,
    FireOutcome.TOO_LATE,
    FireOutcome.ABORTED,
)
"""Of several devices of a site the one with the best outcome stands for it."""


_ROLES = {Role.CALLER: "tổng đạo diễn", Role.TECH: "kỹ thuật", Role.ADMIN: "quản trị"}


class PressLine(msgspec.Struct, frozen=True):
    """A seat that pressed, or in whose place somebody did."""

    seat: SeatName
    pressed_at: Instant | None
    counted: bool
    substituted_by: SeatName | None


class LaunchSite(msgspec.Struct, frozen=True):
    """What one site did. `outcome` None: no receipt came."""

    code: SiteCode
    name: str
    group: str
    outcome: FireOutcome | None
    deviation: Duration | None
    """Actual minus target of the device that stands for the site."""
    clock_bound: Duration | None
    devices: int
    """Receipts of its devices."""


class Spread(msgspec.Struct, frozen=True):
    """How far from their target the devices acted that fired in time; absolute values, µs."""

    devices: int
    median: Duration
    p99: Duration
    largest: Duration
    span: Duration
    """From the earliest to the latest, signs kept."""
    clock_bound: Duration
    """The largest bound any of them stated for its own clock."""


class VouchLine(msgspec.Struct, frozen=True):
    """An attempt before (or this one) that ended by the word of two people, because its holder did not answer."""

    attempt: Attempt
    live: bool
    at: Instant
    people: tuple[str, ...]
    """Role and seat of the two."""
    contradicted: int
    """Devices, or a holder that came back, that tell of an order of it: the word was wrong."""


class AbortLine(msgspec.Struct, frozen=True):
    """An attempt whose order was taken back."""

    attempt: Attempt
    live: bool
    reason: str


class LaunchReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the paper, the workbook and the JSON say."""

    title: str
    authority: str
    starts_at: Instant
    cue: CueId
    name: str
    attempt: Attempt
    live: bool
    state: CueState
    trigger: Trigger
    t0: Instant
    presses: tuple[PressLine, ...]
    """In order of pressing."""
    receipts: int
    sites: tuple[LaunchSite, ...]
    """Sites that take cues, in Vietnamese order of group and name."""
    spread: Spread | None
    aborted: tuple[AbortLine, ...] = ()
    """Attempts of the cue that were aborted, oldest first, and why."""
    vouched: tuple[VouchLine, ...] = ()
    """Where there is one, that the cue has one T0 rests on the word of those it names."""

    @property
    def lit(self) -> int:
        """Sites whose lamp is lit."""
        return sum(site.outcome in LIT for site in self.sites)

    @property
    def answered(self) -> int:
        """Sites from which a receipt came."""
        return sum(site.outcome is not None for site in self.sites)

    @property
    def not_in_time(self) -> tuple[LaunchSite, ...]:
        """Sites that were late, or of which nothing is known."""
        return tuple(site for site in self.sites if site.outcome is not FireOutcome.FIRED)


def build_launch(state: Ceremony, cue: CueId | None = None, attempt: Attempt | None = None) -> LaunchReport:
    """The report of an attempt; without one, of the last live attempt that had a T0, else of the last rehearsal.

    Raises:
        ReportUnavailable: `no_attempt`, `not_launched`.

    """
    details = state.details.required
    record, tried = _find(state, cue, attempt)
    if tried.t0 is None:
        raise ReportUnavailable("not_launched", f"Lần {tried.attempt} chưa có thời điểm phát động nên chưa có báo cáo.")
    receipts = list(tried.receipts.values())
    return LaunchReport(
        title=details.title,
        authority=details.authority,
        starts_at=details.starts_at,
        cue=record.plan.cue,
        name=record.plan.title,
        attempt=tried.attempt,
        live=tried.live,
        state=tried.state,
        trigger=record.plan.trigger,
        t0=tried.t0,
        presses=_presses(tried),
        receipts=len(receipts),
        sites=_sites(state, receipts),
        spread=_spread(receipts),
        aborted=tuple(
            AbortLine(each.attempt, each.live, each.abort_reason) for each in record.attempts if each.abort is not None
        ),
        vouched=_vouched(record),
    )


def _find(state: Ceremony, cue: CueId | None, attempt: Attempt | None) -> tuple[CueRecord, AttemptState]:
    tries = [
        (record, tried)
        for record in state.cues.cues.values()
        for tried in record.attempts
        if cue in (None, record.plan.cue) and attempt in (None, tried.attempt)
    ]
    if not tries:
        raise ReportUnavailable("no_attempt", "Không có lần phát động này.")
    return max(tries, key=lambda each: (each[1].t0 is not None, each[1].live, each[1].t0 or 0, each[1].attempt))


def _vouched(record: CueRecord) -> tuple[VouchLine, ...]:
    return tuple(
        VouchLine(
            attempt=attempt.attempt,
            live=attempt.live,
            at=attempt.vouch.at,
            people=tuple(f"{_ROLES[said.role]} ({said.seat})" for said in _caller_first(attempt)),
            contradicted=len(attempt.surfaced),
        )
        for attempt in record.attempts
        if attempt.vouch is not None
    )


def _caller_first(attempt: AttemptState) -> list[HolderVouchedFor]:
    return sorted(attempt.vouching.values(), key=lambda said: said.role is not Role.CALLER)


def _presses(tried: AttemptState) -> tuple[PressLine, ...]:
    lines = (PressLine(seat, press.pressed_at, press.counted, press.substituted_by) for seat, press in tried.presses.items())
    return tuple(sorted(lines, key=lambda line: (line.pressed_at is None, line.pressed_at or 0)))


def _sites(state: Ceremony, receipts: Iterable[ReceiptRecorded]) -> tuple[LaunchSite, ...]:
    by_site: dict[SiteCode, list[ReceiptRecorded]] = {}
    for receipt in receipts:
        by_site.setdefault(receipt.site, []).append(receipt)
    taking = (site for site in state.roster.sites.values() if site_mode(site.picture) is not None)
    lines = (_site(site, by_site.get(site.code, ())) for site in taking)
    return tuple(sorted(lines, key=lambda site: (vietnamese_order(site.group), vietnamese_order(site.name), site.code)))


def _site(site: RosterSite, receipts: Sequence[ReceiptRecorded]) -> LaunchSite:
    best = min(receipts, key=lambda receipt: _BEST_FIRST.index(FireOutcome(receipt.outcome)), default=None)
    if best is None:
        return LaunchSite(site.code, site.name, site.group, None, None, None, 0)
    return LaunchSite(
        site.code, site.name, site.group, FireOutcome(best.outcome), _deviation(best), best.clock_bound, len(receipts)
    )


def _deviation(receipt: ReceiptRecorded) -> Duration | None:
    return None if receipt.actual is None else Duration(receipt.actual - receipt.target)


def _spread(receipts: Iterable[ReceiptRecorded]) -> Spread | None:
    """The 99th percentile is the nearest rank: the smallest value that 99 % do not exceed."""
    in_time = [receipt for receipt in receipts if receipt.outcome == FireOutcome.FIRED and receipt.actual is not None]
    signed = sorted(deviation for deviation in map(_deviation, in_time) if deviation is not None)
    if not signed:
        return None
    sizes = sorted(map(abs, signed))
    return Spread(
        devices=len(sizes),
        median=Duration(round(median(sizes))),
        p99=Duration(sizes[-(-99 * len(sizes) // 100) - 1]),
        largest=Duration(sizes[-1]),
        span=Duration(signed[-1] - signed[0]),
        clock_bound=Duration(max(receipt.clock_bound for receipt in in_time)),
    )
