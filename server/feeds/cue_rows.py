"""A cue as rows: for those who run it, and as the public may know it."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import AttemptState, CueRecord, CueState, Plan, SeatState, SiteWaived
from server.ceremony.roster import RosterSite
from server.ceremony.rules import Role
from server.feeds.doubt_rows import doubt_row, vouched_rows
from server.feeds.rows import ConfirmedRow, CueRow, PublicLaunchRow, RequiredRow, SeatRow
from server.feeds.telemetry_port import ReadyCount
from site_agent.launch.holding import ABORT_GUARD
from site_agent.launch.objects import Warrant
from site_agent.launch.signed import Signed, digest, fingerprint, read
from site_agent.units import Attempt, DeviceId, Instant, SeatName, Sha256

HOLDING = frozenset({CueState.ARMED, CueState.COMMITTED, CueState.ABORTING})
"""States in which somebody holds the warrant."""
CALLED = frozenset({CueState.COMMITTED, CueState.FIRED, CueState.VERIFIED})
"""States in which the public may count down to T0, or has passed it."""
_PUBLIC_STATES = {
    CueState.DRAFT: CueState.PREPARED,
    CueState.HOLD: CueState.POLLING,
    CueState.EXPIRED: CueState.PREPARED,
    CueState.ABORTING: CueState.PREPARED,
    CueState.ABORTED: CueState.PREPARED,
}
"""Successes only: what went wrong looks like waiting."""

_ROLES = {Role.CALLER: "tổng đạo diễn", Role.TECH: "kỹ thuật", Role.ADMIN: "quản trị"}
_BEFORE = AttemptState(attempt=Attempt(0), live=False, state=CueState.DRAFT)
_UNTOUCHED = SeatState()


class WarrantFacts(msgspec.Struct, frozen=True):
    """What rows show of a warrant."""

    hash: Sha256
    ends: Instant
    devices: dict[SeatName, DeviceId]
    """Whose presses it takes: a device that opened the seat's link later is not among them."""


@lru_cache(maxsize=16)
def warrant_facts(warrant: Signed) -> WarrantFacts:
    """Decode a warrant once, not at each of a thousand receipts. It was verified before it was journalled."""
    body = read(warrant, Warrant)
    devices = {seat.seat: DeviceId(fingerprint(seat.key)) for seat in (*body.trigger_seats, *body.pad_seats)}
    return WarrantFacts(hash=digest(warrant), ends=body.window.ends, devices=devices)


@lru_cache(maxsize=16)
def order_hash(order: Signed) -> Sha256:
    """The hash by which receipts name an order."""
    return digest(order)


def cue_row(state: Ceremony, record: CueRecord, required: list[RosterSite], ready: ReadyCount, fired_sites: int) -> CueRow:
    """Everything a console needs; costs as much as there are seats and required sites, not sites."""
    plan, attempt = record.plan, record.current or _BEFORE
    facts = warrant_facts(attempt.warrant) if attempt.warrant is not None else None
    holding = record.state in HOLDING
    return CueRow(
        cue=plan.cue,
        plan=plan,
        title=plan.title,
        subtitle=plan.subtitle,
        portal=plan.portal,
        plan_hash=record.plan_hash,
        trigger=plan.trigger,
        k=plan.k,
        hold=plan.hold,
        lead=plan.lead,
        window=plan.window,
        state=record.state,
        attempt=attempt.attempt,
        live=attempt.live,
        seats=seat_rows(plan, attempt, facts.devices if facts is not None and holding else state.access.by_seat),
        required=tuple(_required_row(site, attempt) for site in required),
        ready_count=ready.ready,
        ready_of=ready.of,
        loaded=ready.loaded,
        abort_until=abort_until(record.state, attempt.t0, ready),
        confirmed=tuple(
            ConfirmedRow(role=word.role.value, seat=word.seat, at=word.at) for word in attempt.confirmations.values()
        ),
        refused_detail=attempt.refused_detail,
        warrant_hash=facts.hash if facts is not None and holding else None,
        armed_until=facts.ends if facts is not None and record.state is CueState.ARMED else None,
        holder="server" if holding else "",
        pressed=sum(seat.counted for seat in attempt.presses.values()),
        t0=attempt.t0,
        order_hash=order_hash(attempt.order) if attempt.order is not None else None,
        fired_sites=fired_sites,
        receipts=len(attempt.receipts),
        expected_receipts=len(attempt.expected | attempt.receipts.keys()),
        last_abort=last_abort(record),
        doubt=doubt_row(record),
        vouched=vouched_rows(record),
    )


def abort_until(state: CueState, t0: Instant | None, ready: ReadyCount) -> Instant | None:
    """As the holder decides it: none is signed later than the way to the sites takes."""
    if state is not CueState.COMMITTED or t0 is None:
        return None
    return Instant(t0 - max(ABORT_GUARD, ready.reach))


def seat_rows(plan: Plan, attempt: AttemptState, devices: Mapping[SeatName, DeviceId]) -> tuple[SeatRow, ...]:
    """Trigger seats first, then the pads that only light; `devices` are those that press for them."""
    rows = []
    for seat in dict.fromkeys((*plan.trigger_seats, *plan.pad_seats)):
        pressed = attempt.presses.get(seat, _UNTOUCHED)
        rows.append(
            SeatRow(
                seat=seat,
                device=devices.get(seat),
                trigger=seat in plan.trigger_seats,
                pressed_at=pressed.pressed_at,
                counted=pressed.counted,
                substituted_by=pressed.substituted_by,
            )
        )
    return tuple(rows)


def last_abort(record: CueRecord) -> str:
    """Which attempt was aborted last, in words; empty if none was."""
    for attempt in reversed(record.attempts):
        if attempt.abort is not None:
            kind = "chính thức" if attempt.live else "tổng duyệt"
            reason = f": {attempt.abort_reason.rstrip('.')}" if attempt.abort_reason else ""
            return f"Lần {attempt.attempt} ({kind}) đã hủy lệnh{reason}."
    return ""


def public_launch_row(record: CueRecord, fired_sites: int) -> PublicLaunchRow:
    """The launch as screens in public show it."""
    plan, attempt = record.plan, record.current or _BEFORE
    state = _PUBLIC_STATES.get(record.state, record.state)
    running = state not in (CueState.PREPARED, CueState.POLLING)
    return PublicLaunchRow(
        cue=plan.cue,
        attempt=attempt.attempt,
        live=attempt.live,
        state=state,
        title=plan.title,
        subtitle=plan.subtitle,
        portal=plan.portal if attempt.live and state in CALLED else "",
        trigger=plan.trigger,
        touched=sum(seat.pressed_at is not None for seat in attempt.presses.values()) if running else 0,
        t0=attempt.t0 if state in CALLED else None,
        lit=fired_sites,
    )


def _waived_by(waiver: SiteWaived) -> str:
    """Role and seat, for pages that need no names; of a journal from before they were kept, that it was somebody."""
    role = _ROLES.get(waiver.role, "") if waiver.role is not None else ""
    return f"{role} {waiver.seat}".strip() or "ban tổ chức"


def _required_row(site: RosterSite, attempt: AttemptState) -> RequiredRow:
    waiver = attempt.waived.get(site.code)
    return RequiredRow(
        site=site.code,
        name=site.name,
        ready=attempt.ready.get(site.code, False),
        reason=attempt.reasons.get(site.code, ""),
        waived_by=_waived_by(waiver) if waiver is not None else "",
    )
