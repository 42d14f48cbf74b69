"""Keys and signed objects of an invented ceremony, for tests and for the shared vectors. Everything is deterministic."""

import hashlib
from typing import Any

import msgspec

from site_agent.launch.objects import (
    Abort,
    Confirmation,
    Held,
    LatePolicy,
    Order,
    Press,
    Return,
    SeatKey,
    Substitute,
    Trigger,
    Vouch,
    VouchWord,
    Warrant,
    Window,
)
from site_agent.launch.signed import Signed, SigningKey, digest, read, sign
from site_agent.launch.warrants import Pinned
from site_agent.units import (
    MINUTE,
    SECOND,
    Attempt,
    CeremonyId,
    CueId,
    DeviceId,
    Duration,
    Instant,
    SeatName,
    Sha256,
    Term,
)

CEREMONY = CeremonyId("nghe-an-2025")
CUE = CueId("launch")
OPENS = Instant(1_749_607_200_000_000)
"""2025-06-11 09:00 in Vietnam."""
ENDS = Instant(OPENS + 30 * MINUTE)
LEAD = Duration(4 * SECOND)
PLAN_HASH = Sha256("ab" * 32)
SEATS = ("Ghế 1", "Ghế 2", "Ghế 3")


def key(name: str) -> SigningKey:
    """The key of a name: the same in every run."""
    return SigningKey.from_seed(hashlib.sha256(f"diemcau test key {name}".encode()).digest())


PINNED = Pinned(ceremony_id=CEREMONY, live_key=key("live").public, rehearsal_key=key("rehearsal").public)


def ceremony_key(live: bool) -> SigningKey:
    return key("live" if live else "rehearsal")


def commit_key(attempt: int = 1, live: bool = True) -> SigningKey:
    return key(f"commit {live} {attempt}")


def seat_keys(*names: str) -> tuple[SeatKey, ...]:
    return tuple(SeatKey(SeatName(name), key(name).public) for name in names)


def warrant_body(**changes: Any) -> Warrant:
    """A warrant of three seats, k = 1, pad "Ghế 9", with MC and caller as substitutes; any field may be changed."""
    live, attempt = changes.get("live", True), changes.get("attempt", 1)
    body = Warrant(
        ceremony_id=CEREMONY,
        live=live,
        cue=CUE,
        attempt=Attempt(attempt),
        term=Term(attempt),
        trigger=Trigger.SEATS,
        plan_hash=PLAN_HASH,
        trigger_seats=seat_keys(*SEATS),
        k=1,
        pad_seats=seat_keys("Ghế 9"),
        substitutes=(Substitute("mc", key("mc-1").public), Substitute("caller", key("caller-1").public)),
        lead=LEAD,
        late_policy=LatePolicy(fire_within=Duration(5 * SECOND)),
        not_after=Duration(15 * MINUTE),
        window=Window(opens=OPENS, ends=ENDS),
        ended=None,
        commit_key=commit_key(attempt, live).public,
    )
    return msgspec.structs.replace(body, **changes)


def warrant(**changes: Any) -> Signed:
    body = warrant_body(**changes)
    return sign(body, ceremony_key(body.live))


def press(of: Signed, seat: str, at: int, substitute: str | None = None, by_key: str | None = None) -> Signed:
    """A press of `seat`; with `substitute`, of that person in the seat's place."""
    body = Press(
        warrant_hash=digest(of),
        seat=SeatName(substitute or seat),
        substitute_for=SeatName(seat) if substitute else None,
        pressed_at=Instant(at),
    )
    return sign(body, key(by_key or substitute or seat))


def order_body(of: Signed, presses: tuple[Signed, ...] | None = None, **changes: Any) -> Order:
    """The order of a warrant committed 10 min after the window opened, pressed by "Ghế 1" unless told otherwise."""
    terms = read(of, Warrant)
    committed_at = terms.window.opens + 10 * MINUTE
    t0 = Instant(changes.get("t0", committed_at + terms.lead))
    body = Order(
        warrant=of,
        presses=presses if presses is not None else (press(of, terms.trigger_seats[0].seat, t0 - terms.lead),),
        t0=t0,
        not_after=Instant(t0 + terms.not_after),
        late_policy=terms.late_policy,
    )
    return msgspec.structs.replace(body, **changes)


def order(of: Signed, presses: tuple[Signed, ...] | None = None, signer: SigningKey | None = None, **changes: Any) -> Signed:
    terms = read(of, Warrant)
    return sign(order_body(of, presses, **changes), signer or commit_key(terms.attempt, terms.live))


def abort(of: Signed, signer: SigningKey | None = None, **changes: Any) -> Signed:
    """The abort of an order, 2 s before its T0."""
    body = read(of, Order)
    terms = read(body.warrant, Warrant)
    made = Abort(
        ceremony_id=terms.ceremony_id,
        live=terms.live,
        cue=terms.cue,
        attempt=terms.attempt,
        order_hash=digest(of),
        aborted_at=Instant(body.t0 - 2 * SECOND),
    )
    return sign(msgspec.structs.replace(made, **changes), signer or commit_key(terms.attempt, terms.live))


def returned(of: Signed, signer: SigningKey | None = None, **changes: Any) -> Signed:
    terms = read(of, Warrant)
    made = Return(ceremony_id=terms.ceremony_id, live=terms.live, cue=terms.cue, attempt=terms.attempt, warrant_hash=digest(of))
    return sign(msgspec.structs.replace(made, **changes), signer or commit_key(terms.attempt, terms.live))


def held(of: Signed, signer: SigningKey | None = None) -> Signed:
    terms = read(of, Warrant)
    return sign(Held(warrant_hash=digest(of)), signer or commit_key(terms.attempt, terms.live))


def vouch(of: Signed, signer: SigningKey | None = None) -> Signed:
    terms = read(of, Warrant)
    made = Vouch(
        ceremony_id=terms.ceremony_id,
        live=terms.live,
        cue=terms.cue,
        attempt=terms.attempt,
        warrant_hash=digest(of),
        words=(),
    )
    return sign(made, signer or ceremony_key(terms.live))


def vouch_word(role: str, name: str, of: Signed, **changes: Any) -> Signed:
    """One person's word that the holder of the warrant `of` is off and did not fire."""
    signer, terms = key(name), read(of, Warrant)
    made = VouchWord(
        ceremony_id=terms.ceremony_id,
        live=terms.live,
        cue=terms.cue,
        attempt=terms.attempt,
        warrant_hash=digest(of),
        role=role,
        device=DeviceId(str(signer.id)),
    )
    return sign(msgspec.structs.replace(made, **changes), signer)


def confirmation(role: str, name: str, **changes: Any) -> Signed:
    signer = key(name)
    made = Confirmation(plan_hash=PLAN_HASH, live=True, cue=CUE, attempt=Attempt(1), role=role, device=DeviceId(str(signer.id)))
    return sign(msgspec.structs.replace(made, **changes), signer)
