"""Keys, hellos and one order of an invented ceremony, the same in server and client."""

import hashlib

from site_agent.launch.objects import (
    Hello,
    LatePolicy,
    Order,
    Press,
    SeatKey,
    Substitute,
    Trigger,
    Warrant,
    Window,
)
from site_agent.launch.signed import Signed, SigningKey, digest, sign
from site_agent.link import messages
from site_agent.link.codec import encode
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
    SiteCode,
    Term,
)

CEREMONY = CeremonyId("do-luong")
SEATS = tuple(SeatName(f"Ghế {n}") for n in (1, 2, 3))


def site_code(number: int) -> SiteCode:
    return SiteCode(f"{10_000 + number}")


def device_key(number: int) -> SigningKey:
    return SigningKey.from_seed(hashlib.sha256(f"bench device {number}".encode()).digest())


def hello(number: int, nonce: int) -> bytes:
    """The first message of a device."""
    key = device_key(number)
    body = Hello(ceremony_id=CEREMONY, site=site_code(number), device=DeviceId(key.id), nonce=nonce)
    return encode(messages.Hello(proof=sign(body, key), agent="bench"))


def order(t0: Instant) -> Signed:
    """An order as large as a real one: three seats, two substitutes, one press."""
    key = device_key(0)
    warrant = sign(
        Warrant(
            ceremony_id=CEREMONY,
            live=True,
            cue=CueId("launch"),
            attempt=Attempt(1),
            term=Term(1),
            trigger=Trigger.SEATS,
            plan_hash=Sha256("ab" * 32),
            trigger_seats=tuple(SeatKey(seat, key.public) for seat in SEATS),
            k=1,
            pad_seats=(),
            substitutes=(Substitute("mc", key.public), Substitute("caller", key.public)),
            lead=Duration(4 * SECOND),
            late_policy=LatePolicy(fire_within=Duration(5 * SECOND)),
            not_after=Duration(15 * MINUTE),
            window=Window(opens=t0, ends=Instant(t0 + 30 * MINUTE)),
            ended=None,
            commit_key=key.public,
        ),
        key,
    )
    press = sign(Press(warrant_hash=digest(warrant), seat=SEATS[0], substitute_for=None, pressed_at=t0), key)
    late = LatePolicy(fire_within=Duration(5 * SECOND))
    body = Order(warrant=warrant, presses=(press,), t0=t0, not_after=Instant(t0 + 15 * MINUTE), late_policy=late)
    return sign(body, key)
