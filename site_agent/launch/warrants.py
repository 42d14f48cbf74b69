"""The warrant: who may fire an attempt, and what ends it. Everything a reader checks before it believes one.

Errors: everything under `orders` and `warrants` raises `Invalid`, a `BadSignature` with a searchable `code`:

| code | meaning |
| --- | --- |
| `malformed` | not an object of that type |
| `warrant_signature` | not signed by the ceremony's key (live for live, rehearsal for rehearsal) |
| `ceremony` | of another ceremony |
| `warrant_terms` | the warrant contradicts itself |
| `commit_signature` | not signed by the commit key that the warrant names |
| `press_warrant` | a press for another warrant |
| `press_seat` | a press of a seat that does not count here |
| `press_signature` | a press not signed by its seat's (or a substitute's) device |
| `quorum` | not exactly k distinct trigger seats |
| `t0` | T0 does not follow from the presses, the lead and the window |
| `policy` | `not_after` or the late policy differ from the warrant's |
| `other` | the object speaks of another attempt, warrant or order |
| `abort_time` | an abort of after T0 |
"""

import msgspec

from site_agent.launch.objects import Abort, Held, Return, Trigger, Vouch, Warrant
from site_agent.launch.signed import BadSignature, Body, Letter, Signed, decode_bytes, digest, fingerprint, read
from site_agent.units import SECOND, CeremonyId, Duration, Instant, KeyId, PublicKey, Sha256

STOP_BEFORE_END = Duration(5 * SECOND)
"""The holder commits nothing in the last seconds of the window."""

_PUBLIC_KEY_BYTES = 32


class Invalid(BadSignature):
    """An object of the launch that must not be used.

    Attributes:
        code: one of the table above.

    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Pinned(msgspec.Struct, frozen=True):
    """What a device pins of a ceremony at its first session, and believes from then on."""

    ceremony_id: CeremonyId
    live_key: PublicKey
    rehearsal_key: PublicKey


def verify_warrant(
    signed: Signed, live_key: PublicKey, rehearsal_key: PublicKey, ceremony_id: CeremonyId | None = None
) -> Warrant:
    """The warrant, if the ceremony's key of its kind signed it and its terms hold together.

    Raises:
        Invalid: `malformed`, `warrant_signature`, `ceremony`, `warrant_terms`.

    """
    return warrant_of(open_letter(signed), live_key, rehearsal_key, ceremony_id)


def warrant_of(letter: Letter, live_key: PublicKey, rehearsal_key: PublicKey, ceremony_id: CeremonyId | None = None) -> Warrant:
    """`verify_warrant` of an opened one.

    Raises:
        Invalid: as `verify_warrant`.

    """
    warrant = read_letter(letter, Warrant)
    if live_key == rehearsal_key:
        raise Invalid("warrant_signature", "live and rehearsal keys are the same")
    check_letter(letter, live_key if warrant.live else rehearsal_key, "warrant_signature")
    if ceremony_id is not None and warrant.ceremony_id != ceremony_id:
        raise Invalid("ceremony", f"of ceremony {warrant.ceremony_id}")
    problem = contradiction(warrant)
    if problem:
        raise Invalid("warrant_terms", problem)
    return warrant


def contradiction(warrant: Warrant) -> str:
    """What is wrong with the terms of a warrant; empty when they hold together."""
    seats = [seat.seat for seat in (*warrant.trigger_seats, *warrant.pad_seats)]
    counting = [seat.key for seat in warrant.trigger_seats] + [substitute.key for substitute in warrant.substitutes]
    pads = [seat.key for seat in warrant.pad_seats]
    rules = (
        (warrant.attempt >= 1 and warrant.term >= 1, "attempt and term count from 1"),
        (1 <= warrant.k <= len(warrant.trigger_seats), "k is not between 1 and the number of trigger seats"),
        (warrant.trigger is not Trigger.COUNTDOWN or len(warrant.trigger_seats) == 1, "a countdown has one trigger seat"),
        (len(set(seats)) == len(seats), "a seat is named twice"),
        (len(set(counting)) == len(counting), "one device would count twice"),
        (len(set(pads)) == len(pads) and not set(pads) & set(counting), "a pad's device would count"),
        (all(_is_public_key(key) for key in (*counting, *pads, warrant.commit_key)), "a key is not an Ed25519 key"),
        (warrant.commit_key not in (*counting, *pads), "the commit key is a seat's"),
        (warrant.lead > 0, "the lead is not positive"),
        (warrant.window.opens + STOP_BEFORE_END < warrant.window.ends, "the window is shorter than 5 s"),
        (0 <= warrant.late_policy.fire_within <= warrant.not_after, "late policy and not_after contradict"),
    )
    return next((words for holds, words in rules if not holds), "")


def verify_held(signed: Signed, warrant: Warrant, warrant_hash: Sha256) -> Held:
    """The holder's word that it holds this warrant.

    Raises:
        Invalid: `malformed`, `commit_signature`, `other`.

    """
    held = verify_body(signed, Held, warrant.commit_key, "commit_signature")
    if held.warrant_hash != warrant_hash:
        raise Invalid("other", "holds another warrant")
    return held


def verify_return(signed: Signed, warrant: Warrant, warrant_hash: Sha256) -> Return:
    """The holder's word that it will never commit this warrant.

    Raises:
        Invalid: `malformed`, `commit_signature`, `other`.

    """
    returned = verify_body(signed, Return, warrant.commit_key, "commit_signature")
    if returned.warrant_hash != warrant_hash or not _same_attempt(returned, warrant):
        raise Invalid("other", "returns another warrant")
    return returned


def verify_ended(
    ended: Signed, warrant: Signed, live_key: PublicKey, rehearsal_key: PublicKey, order_hash: Sha256 | None = None
) -> Return | Abort | Vouch:
    """The proof that `warrant` (already verified by the caller) is over: its return, the abort of its order, or a vouch.

    Args:
        ended: the proof.
        warrant: the warrant it should end.
        live_key: the ceremony's live key, which signs vouches of live warrants.
        rehearsal_key: the ceremony's rehearsal key.
        order_hash: where the caller knows the warrant's order: an abort must name it.

    Raises:
        Invalid: `malformed`, `commit_signature`, `warrant_signature`, `other`.

    """
    body, warrant_hash = read(warrant, Warrant), digest(warrant)
    proof = _read_ended(ended)
    if isinstance(proof, Vouch):
        verify_body(ended, Vouch, live_key if body.live else rehearsal_key, "warrant_signature")
    else:
        verify_body(ended, type(proof), body.commit_key, "commit_signature")
    if isinstance(proof, Abort):
        names_it = order_hash is None or proof.order_hash == order_hash
    else:
        names_it = proof.warrant_hash == warrant_hash
    if not (names_it and _same_attempt(proof, body)):
        raise Invalid("other", "ends another warrant")
    return proof


def last_commit(warrant: Warrant) -> Instant:
    """The holder commits before this instant only."""
    return Instant(warrant.window.ends - STOP_BEFORE_END)


def key_named(key: KeyId, candidates: tuple[PublicKey, ...]) -> PublicKey | None:
    """The candidate whose fingerprint is `key`."""
    return next((candidate for candidate in candidates if fingerprint(candidate) == key), None)


def open_letter(signed: Signed) -> Letter:
    """`signed.Letter`, as `Invalid`.

    Raises:
        Invalid: `malformed`.

    """
    try:
        return Letter(signed)
    except BadSignature as error:
        raise Invalid("malformed", str(error)) from error


def read_letter(letter: Letter, body_type: type[Body]) -> Body:
    """`Letter.read`, as `Invalid`.

    Raises:
        Invalid: `malformed`.

    """
    try:
        return letter.read(body_type)
    except BadSignature as error:
        raise Invalid("malformed", str(error)) from error


def check_letter(letter: Letter, public: PublicKey, code: str) -> None:
    """`Letter.check`, as `Invalid`: for a body that was read to learn whose signature it must carry.

    Raises:
        Invalid: `code` when the signature does not hold.

    """
    try:
        letter.check(public)
    except BadSignature as error:
        raise Invalid(code, str(error)) from error


def read_body(signed: Signed, body_type: type[Body]) -> Body:
    """`signed.read`, as `Invalid`.

    Raises:
        Invalid: `malformed`.

    """
    return read_letter(open_letter(signed), body_type)


def verify_body(signed: Signed, body_type: type[Body], public: PublicKey, code: str) -> Body:
    """`signed.verify`, as `Invalid`.

    Raises:
        Invalid: `malformed`, or `code` when the signature does not hold.

    """
    letter = open_letter(signed)
    body = read_letter(letter, body_type)
    check_letter(letter, public, code)
    return body


def _read_ended(ended: Signed) -> Return | Abort | Vouch:
    try:
        proof: Return | Abort | Vouch = msgspec.json.decode(decode_bytes(ended.body), type=Return | Abort | Vouch)
    except (msgspec.MsgspecError, UnicodeDecodeError, BadSignature) as error:
        raise Invalid("malformed", f"ends nothing: {error}") from error
    return proof


def _same_attempt(proof: Return | Abort | Vouch, warrant: Warrant) -> bool:
    return (proof.ceremony_id, proof.live, proof.cue, proof.attempt) == (
        warrant.ceremony_id,
        warrant.live,
        warrant.cue,
        warrant.attempt,
    )


def _is_public_key(key: PublicKey) -> bool:
    try:
        return len(decode_bytes(key)) == _PUBLIC_KEY_BYTES
    except BadSignature:
        return False
