"""Plays the shared vectors of the launch, and writes them: `python tests/support/launch_vectors.py`.

Python and JavaScript are held to the same files. A changed `then`, `accepted` or `refused` is a changed rule: look at
the diff before committing it. To play `firing.json`: start each case with an empty memory and do its steps in order;
`order` and `abort` name an entry of `objects`; after each step compare `then`, `slots` and `tombstones`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from site_agent.launch import firing, keys  # noqa: E402
from site_agent.launch.firing import Key, MayNotFire, Memory  # noqa: E402
from site_agent.launch.objects import FireOutcome, LatePolicy, Trigger, Window  # noqa: E402
from site_agent.launch.orders import verify_abort, verify_order  # noqa: E402
from site_agent.launch.signed import Signed, decode_bytes, digest, encode_bytes, read, sign  # noqa: E402
from site_agent.launch.warrants import Invalid, Pinned, verify_ended  # noqa: E402
from site_agent.units import MINUTE, SECOND, Instant  # noqa: E402
from tests.support import launch_kit as kit  # noqa: E402

VECTORS = ROOT / "site_agent" / "launch" / "vectors"
Json = dict[str, Any]


def load(name: str) -> Json:
    return json.loads((VECTORS / f"{name}.json").read_text())


def plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


# ---- keys.json


def keys_file() -> Json:
    """Every spelling of every point of small order, and what else is nobody's honest key."""
    honest = [kit.key(name).public for name in ("live", "Ghế 1", "mc-1", "caller-1")]
    prime = 2**255 - 19
    y = keys._EIGHTH
    small = {"order 1": 1, "order 2": prime - 1, "order 4": 0, "order 8": y, "order 8, negative": prime - y}
    twice = {"order 1": prime + 1, "order 4": prime, "y = 2, not on the curve once more": prime + 2}
    spelled = {
        **{f"{name}, sign {sign}": value | sign << 255 for name, value in small.items() for sign in (0, 1)},
        **{f"{name}, spelled y + p, sign {sign}": value | sign << 255 for name, value in twice.items() for sign in (0, 1)},
        "not on the curve": 2,
        "all ones": 2**256 - 1,
    }
    refused = [{"name": name, "public": encode_bytes(value.to_bytes(32, "little"))} for name, value in spelled.items()]
    refused += [
        {"name": "31 bytes", "public": encode_bytes(decode_bytes(honest[0])[:31])},
        {"name": "33 bytes", "public": encode_bytes(decode_bytes(honest[0]) + b"0")},
        {"name": "padded", "public": honest[0] + "="},
        {"name": "not base64url", "public": "%" * 43},
        {"name": "empty", "public": ""},
        {"name": "last character with bits to spare", "public": honest[0][:-1] + _with_spare_bit(honest[0][-1])},
    ]
    return {"sound": honest, "refused": refused}


def _with_spare_bit(letter: str) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return letters[letters.index(letter) ^ 1]


# ---- signed.json


def signed_file() -> Json:
    names = ("live", "rehearsal", "Ghế 1", "mc-1")
    warrant = kit.warrant()
    signing = [
        ("Ghế 1", kit.press(warrant, "Ghế 1", kit.OPENS)),
        ("mc-1", kit.press(warrant, "Ghế 2", kit.OPENS, substitute="mc-1")),
        ("live", warrant),
        ("caller-1", kit.confirmation("caller", "caller-1")),
    ]
    good = signing[0][1]
    other_text = decode_bytes(good.body).replace("Ghế 1".encode(), "Ghế 2".encode())
    return {
        "keys": [
            {"name": name, "seed": kit.key(name).seed.hex(), "public": kit.key(name).public, "id": kit.key(name).id}
            for name in (*names, "caller-1")
        ],
        "signing": [
            {"key": name, "text": decode_bytes(signed.body).decode(), "signed": plain(signed), "digest": digest(signed)}
            for name, signed in signing
        ],
        "refused": [
            {"name": "another key", "public": kit.key("Ghế 2").public, "signed": plain(good)},
            {
                "name": "another body",
                "public": kit.key("Ghế 1").public,
                "signed": plain(msgspec.structs.replace(good, body=encode_bytes(other_text))),
            },
            {"name": "one bit of the signature", "public": kit.key("Ghế 1").public, "signed": plain(flip_signature(good))},
            {
                "name": "a signature cut short",
                "public": kit.key("Ghế 1").public,
                "signed": plain(msgspec.structs.replace(good, sig=good.sig[:40])),
            },
            {"name": "no signature", "public": kit.key("Ghế 1").public, "signed": plain(msgspec.structs.replace(good, sig=""))},
            {
                "name": "not base64url",
                "public": kit.key("Ghế 1").public,
                "signed": plain(msgspec.structs.replace(good, body="%%")),
            },
        ],
    }


def flip_signature(signed: Signed) -> Signed:
    raw = bytearray(decode_bytes(signed.sig))
    raw[3] ^= 1
    return msgspec.structs.replace(signed, sig=encode_bytes(bytes(raw)))


# ---- orders.json


def valid_orders() -> dict[str, Signed]:
    one, two = kit.warrant(), kit.warrant(k=2)
    countdown = kit.warrant(
        trigger=Trigger.COUNTDOWN,
        trigger_seats=kit.seat_keys("mc-1"),
        pad_seats=kit.seat_keys(*kit.SEATS),
        substitutes=one_substitute(),
    )
    at = kit.OPENS + 10 * MINUTE
    return {
        "one seat": kit.order(one),
        "the third seat": kit.order(one, (kit.press(one, "Ghế 3", at),)),
        "two of three seats": kit.order(two, (kit.press(two, "Ghế 2", at - 3 * MINUTE), kit.press(two, "Ghế 1", at))),
        "the MC in a seat's place": kit.order(one, (kit.press(one, "Ghế 1", at, substitute="mc-1"),)),
        "a seat and a substitute": kit.order(
            two, (kit.press(two, "Ghế 2", at - 1), kit.press(two, "Ghế 1", at, substitute="mc-1"))
        ),
        "countdown": kit.order(countdown, (kit.press(countdown, "mc-1", at),)),
        "rehearsal": kit.order(kit.warrant(live=False)),
        "committed as the window opens": kit.order(one, t0=Instant(kit.OPENS + kit.LEAD)),
        "committed in the last permitted microsecond": kit.order(one, t0=Instant(kit.ENDS - 5 * SECOND - 1 + kit.LEAD)),
        "pressed with a clock 15 s behind": kit.order(one, (kit.press(one, "Ghế 1", at - 15 * SECOND),)),
        "pressed with a clock 15 s ahead": kit.order(one, (kit.press(one, "Ghế 1", at + 15 * SECOND),)),
        "after a return": kit.order(kit.warrant(attempt=2, ended=kit.returned(one))),
    }


def one_substitute() -> Any:
    return kit.warrant_body().substitutes[1:]


def tampered_orders() -> dict[str, Signed]:  # one line a way to forge
    one, two, at = kit.warrant(), kit.warrant(k=2), kit.OPENS + 10 * MINUTE
    good = kit.order(one)
    body = read(good, kit.Order)
    by_rehearsal_key = sign(kit.warrant_body(), kit.key("rehearsal"))
    by_seat_key = sign(kit.warrant_body(), kit.key("Ghế 1"))
    widened = msgspec.structs.replace(one, body=encode_bytes(decode_bytes(one.body).replace(b'"attempt":1', b'"attempt":2')))
    pressed = kit.press(one, "Ghế 1", at)
    terms: dict[str, Json] = {
        "warrant with k of none": {"k": 0},
        "warrant with k of four in three": {"k": 4},
        "warrant with a seat named twice": {"trigger_seats": (*kit.seat_keys("Ghế 1"), *kit.seat_keys("Ghế 1"))},
        "warrant with one device on two seats": {
            "trigger_seats": (kit.seat_keys("Ghế 1")[0], kit.SeatKey(kit.SeatName("Ghế 2"), kit.key("Ghế 1").public))
        },
        "warrant whose pad's device counts": {"pad_seats": (kit.SeatKey(kit.SeatName("Ghế 9"), kit.key("Ghế 1").public),)},
        "warrant with a countdown of three": {"trigger": Trigger.COUNTDOWN},
        "warrant without a lead": {"lead": 0},
        "warrant with an empty window": {"window": Window(kit.OPENS, kit.OPENS)},
        "warrant with attempt 0": {"attempt": 0},
        "warrant with a key that is none": {"trigger_seats": (kit.SeatKey(kit.SeatName("Ghế 1"), kit.key("Ghế 1").public[:20]),)},
        "warrant whose commit key is a seat's": {"commit_key": kit.key("Ghế 1").public},
        "warrant that fires late for longer than ever": {"late_policy": LatePolicy(16 * MINUTE)},
    }
    return {
        "one bit of the signature": flip_signature(good),
        "signed by a seat": kit.order(one, signer=kit.key("Ghế 1")),
        "signed by the live key": kit.order(one, signer=kit.key("live")),
        "signed by another attempt's commit key": kit.order(one, signer=kit.commit_key(2)),
        "another T0 in the body": msgspec.structs.replace(
            good, body=encode_bytes(decode_bytes(good.body).replace(str(body.t0).encode(), str(body.t0 + 1).encode()))
        ),
        "not an order": one,
        "not JSON": Signed(body=encode_bytes(b"{"), key=good.key, sig=good.sig),
        "an unknown field": with_field(good, b',"extra":1}'),
        "a missing field": without_policy(good),
        "a live warrant by the rehearsal key": kit.order(by_rehearsal_key),
        "a rehearsal warrant by the live key": kit.order(sign(kit.warrant_body(live=False), kit.key("live"))),
        "a warrant by a seat": kit.order(by_seat_key),
        "a warrant changed after it was signed": kit.order(widened, (kit.press(widened, "Ghế 1", at),), signer=kit.commit_key()),
        "another ceremony": kit.order(kit.warrant(ceremony_id="thanh-hoa-2025")),
        **{name: kit.order(kit.warrant(**changes), signer=kit.commit_key()) for name, changes in terms.items()},
        "no press": kit.order(one, ()),
        "one press of two": kit.order(two, (kit.press(two, "Ghế 1", at),)),
        "one seat pressed twice": kit.order(two, (kit.press(two, "Ghế 1", at - 1), kit.press(two, "Ghế 1", at))),
        "a seat and its own substitute": kit.order(
            two, (kit.press(two, "Ghế 1", at - 1), kit.press(two, "Ghế 1", at, substitute="mc-1"))
        ),
        "more presses than the quorum": kit.order(one, (pressed, kit.press(one, "Ghế 2", at))),
        "a pad's press": kit.order(one, (kit.press(one, "Ghế 9", at),)),
        "a press in a pad's place": kit.order(one, (kit.press(one, "Ghế 9", at, substitute="mc-1"),)),
        "a seat nobody named": kit.order(one, (kit.press(one, "Ghế 7", at),)),
        "a press by another seat's device": kit.order(one, (kit.press(one, "Ghế 1", at, by_key="Ghế 2"),)),
        "a press by a device nobody named": kit.order(one, (kit.press(one, "Ghế 1", at, by_key="stranger"),)),
        "a substitute nobody named": kit.order(one, (kit.press(one, "Ghế 1", at, substitute="stranger"),)),
        "a seat standing in for another": kit.order(one, (kit.press(one, "Ghế 1", at, substitute="Ghế 2"),)),
        "a substitute's press as if its own": kit.order(one, (kit.press(one, "Ghế 1", at, by_key="mc-1"),)),
        "one bit of a press": kit.order(one, (flip_signature(pressed),)),
        "a press of another warrant": kit.order(one, (kit.press(two, "Ghế 1", at),)),
        "a press of the rehearsal": kit.order(one, (kit.press(kit.warrant(live=False), "Ghế 1", at),)),
        "T0 before the window": kit.order(one, (kit.press(one, "Ghế 1", kit.OPENS),), t0=Instant(kit.OPENS + kit.LEAD - 1)),
        "T0 in the last 5 s": kit.order(one, t0=Instant(kit.ENDS - 5 * SECOND + kit.LEAD)),
        "T0 long after the press": kit.order(one, (pressed,), t0=Instant(at + kit.LEAD + 15 * SECOND + 1)),
        "T0 long before the press": kit.order(one, (pressed,), t0=Instant(at + kit.LEAD - 15 * SECOND - 1)),
        "a longer not_after": kit.order(one, not_after=Instant(body.not_after + 1)),
        "another late policy": kit.order(one, late_policy=LatePolicy(6 * SECOND)),
    }


def with_field(signed: Signed, tail: bytes) -> Signed:
    raw = decode_bytes(signed.body)[:-1] + tail
    key = kit.commit_key()
    return Signed(body=encode_bytes(raw), key=key.id, sig=encode_bytes(key.sign_bytes(raw)))


def without_policy(signed: Signed) -> Signed:
    fields = json.loads(decode_bytes(signed.body))
    del fields["late_policy"]
    raw = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    key = kit.commit_key()
    return Signed(body=encode_bytes(raw), key=key.id, sig=encode_bytes(key.sign_bytes(raw)))


def judge_order(signed: Signed, pinned: Pinned = kit.PINNED) -> Json:
    try:
        order = verify_order(signed, pinned.live_key, pinned.rehearsal_key, pinned.ceremony_id)
    except Invalid as error:
        return {"refused": error.code}
    return {
        "accepted": {
            "order_hash": order.order_hash,
            "warrant_hash": order.warrant_hash,
            "live": order.live,
            "cue": order.cue,
            "attempt": order.attempt,
            "t0": order.t0,
            "not_after": order.body.not_after,
            "fire_within": order.body.late_policy.fire_within,
            "committed_at": order.committed_at,
            "presses": [
                {"seat": p.seat, "by": p.by, "substituted": p.substituted, "pressed_at": p.pressed_at} for p in order.presses
            ],
        }
    }


def judge_abort(abort: Signed, order: Signed) -> Json:
    try:
        verify_abort(abort, verify_order(order, kit.PINNED.live_key, kit.PINNED.rehearsal_key))
    except Invalid as error:
        return {"refused": error.code}
    return {"accepted": True}


def judge_ended(ended: Signed, order: Signed) -> Json:
    try:
        verify_ended(ended, read(order, kit.Order).warrant, kit.PINNED.live_key, kit.PINNED.rehearsal_key, digest(order))
    except Invalid as error:
        return {"refused": error.code}
    return {"accepted": True}


def orders_file() -> Json:
    order, other = kit.order(kit.warrant()), kit.order(kit.warrant(), t0=Instant(kit.OPENS + 9 * MINUTE))
    warrant, next_warrant = kit.warrant(), kit.warrant(attempt=2)
    t0 = read(order, kit.Order).t0
    aborts = {
        "its abort": kit.abort(order),
        "the abort of another order": kit.abort(other),
        "by another key": kit.abort(order, signer=kit.key("live")),
        "of after T0": kit.abort(order, aborted_at=t0),
        "of another attempt": kit.abort(order, attempt=2),
        "of the rehearsal": kit.abort(order, live=False),
        "not an abort": kit.returned(warrant),
    }
    ended = {
        "its return": kit.returned(warrant),
        "its abort": kit.abort(order),
        "a vouch": kit.vouch(warrant),
        "the abort of another order": kit.abort(other),
        "the return of another warrant": kit.returned(next_warrant),
        "a return by another key": kit.returned(warrant, signer=kit.key("live")),
        "a vouch by the commit key": kit.vouch(warrant, signer=kit.commit_key()),
        "a vouch by the rehearsal key": kit.vouch(warrant, signer=kit.key("rehearsal")),
        "an order": order,
    }
    return {
        "pinned": plain(kit.PINNED),
        "orders": [{"name": n, "signed": plain(s), **judge_order(s)} for n, s in {**valid_orders(), **tampered_orders()}.items()],
        "order": plain(order),
        "aborts": [{"name": n, "abort": plain(s), **judge_abort(s, order)} for n, s in aborts.items()],
        "ended": [{"name": n, "ended": plain(s), **judge_ended(s, order)} for n, s in ended.items()],
    }


# ---- firing.json

T0 = Instant(kit.OPENS + 10 * MINUTE + kit.LEAD)


def firing_objects() -> dict[str, Signed]:
    one = kit.order(kit.warrant())
    return {
        "one": one,
        "one again": one,
        "one with another T0": kit.order(kit.warrant(), t0=Instant(T0 + 1)),
        "two": kit.order(kit.warrant(attempt=2), t0=Instant(T0 + 10 * SECOND)),
        "two after one's abort": kit.order(kit.warrant(attempt=2, ended=kit.abort(one)), t0=Instant(T0 + 10 * SECOND)),
        "two after one's return": kit.order(
            kit.warrant(attempt=2, ended=kit.returned(kit.warrant())), t0=Instant(T0 + 10 * SECOND)
        ),
        "two after a stranger's abort": kit.order(
            kit.warrant(attempt=2, ended=kit.abort(one, signer=kit.key("stranger"))), t0=Instant(T0 + 10 * SECOND)
        ),
        "rehearsal one": kit.order(kit.warrant(live=False)),
        "rehearsal two": kit.order(kit.warrant(live=False, attempt=2), t0=Instant(T0 + 10 * SECOND)),
        "rehearsal nine": kit.order(kit.warrant(live=False, attempt=9)),
        "forged": kit.order(kit.warrant(), signer=kit.key("stranger")),
        "abort of one": kit.abort(one),
        "forged abort of one": kit.abort(one, signer=kit.key("stranger")),
        "abort of the other T0": kit.abort(kit.order(kit.warrant(), t0=Instant(T0 + 1))),
        "abort of another ceremony": kit.abort(one, ceremony_id="thanh-hoa-2025"),
    }


def firing_inputs() -> list[tuple[str, list[Json]]]:
    one, two = {"live": True, "cue": "launch", "attempt": 1}, {"live": True, "cue": "launch", "attempt": 2}
    practice, practice_two = {**one, "live": False}, {**two, "live": False}

    def order(name: str) -> Json:
        return {"do": "order", "object": name}

    def abort(name: str) -> Json:
        return {"do": "abort", "object": name}

    def recover(at: int = T0 + MINUTE) -> Json:
        return {"do": "recover", "now": at}

    def decide(at: int, key: Json = one, target: int = T0) -> Json:
        return {"do": "decide", "key": key, "now": at, "target": target}

    def mark(key: Json = one) -> Json:
        return {"do": "mark", "key": key}

    def finish(outcome: str, at: int | None = T0, key: Json = one) -> Json:
        return {"do": "finish", "key": key, "outcome": outcome, "actual": at}

    fire = [order("one"), decide(T0), mark(), finish("fired")]
    late = 5 * SECOND
    return [
        (
            "waits, fires once, and never again",
            [
                order("one"),
                decide(T0 - 3 * SECOND),
                decide(T0 - 250_001),
                decide(T0 - 250_000),
                mark(),
                decide(T0),
                mark(),
                finish("fired", T0 + 40),
                decide(T0 + 1),
                mark(),
                order("one again"),
                finish("end_state"),
            ],
        ),
        ("follows its own target", [order("one"), decide(T0, target=T0 + SECOND), decide(T0 + SECOND, target=T0 + SECOND)]),
        ("is late and says so", [order("one"), decide(T0 + 99_999), decide(T0 + 100_000), decide(T0 + late)]),
        (
            "is too late to fire and shows the end state",
            [order("one"), decide(T0 + late + 1), finish("end_state", T0 + late + 2), recover()],
        ),
        (
            "learns of it after not_after and does nothing",
            [order("one"), decide(T0 + 15 * MINUTE), decide(T0 + 15 * MINUTE + 1), finish("too_late", None), recover()],
        ),
        ("refuses a second order in the attempt", [order("one"), order("one with another T0"), decide(T0 - SECOND)]),
        ("refuses a lower attempt", [order("two"), order("one"), decide(T0, one)]),
        ("refuses a forged order", [order("forged"), decide(T0)]),
        (
            "an abort before the mark drops the order",
            [order("one"), abort("abort of one"), abort("abort of one"), decide(T0), mark(), order("one")],
        ),
        (
            "an abort that comes first kills the order that comes after",
            [abort("abort of one"), abort("abort of one"), order("one"), decide(T0), mark()],
        ),
        (
            "an abort after the mark is too late",
            [order("one"), mark(), abort("abort of one"), finish("fired"), abort("abort of one")],
        ),
        ("a forged abort does nothing", [order("one"), abort("forged abort of one"), decide(T0)]),
        ("a forged abort that comes first does nothing", [abort("forged abort of one"), order("one"), decide(T0)]),
        ("the abort of another order does nothing", [order("one"), abort("abort of the other T0"), decide(T0)]),
        ("the abort of another order that comes first does nothing", [abort("abort of the other T0"), order("one"), decide(T0)]),
        ("an abort of another ceremony is refused", [abort("abort of another ceremony")]),
        ("not an abort is refused", [abort("one")]),
        ("having fired live it answers already fired", [*fire, order("two"), decide(T0 + 10 * SECOND, two), mark(two)]),
        (
            "having shown the end state only it fires the next attempt",
            [order("one"), finish("end_state"), order("two"), decide(T0 + 10 * SECOND, two, T0 + 10 * SECOND), mark(two)],
        ),
        (
            "two loaded: the one that fires first bars the other",
            [order("one"), order("two"), mark(one), decide(T0 + 10 * SECOND, two), mark(two)],
        ),
        (
            "drops an unfired order that the next warrant proves aborted",
            [order("one"), order("two after one's abort"), decide(T0)],
        ),
        (
            "drops an unfired order that the next warrant proves returned",
            [order("one"), order("two after one's return"), decide(T0)],
        ),
        ("keeps an unfired order whose end is not proven", [order("one"), order("two after a stranger's abort"), decide(T0)]),
        ("does not drop what it has fired", [*fire, order("two after one's abort")]),
        (
            "fires each rehearsal",
            [
                order("rehearsal one"),
                mark(practice),
                finish("fired", T0, practice),
                order("rehearsal two"),
                decide(T0 + 10 * SECOND, practice_two, T0 + 10 * SECOND),
                mark(practice_two),
            ],
        ),
        (
            "a rehearsal never bars the real one",
            [order("rehearsal nine"), order("one"), mark({**practice, "attempt": 9}), decide(T0), mark()],
        ),
        (
            "the real one never bars a rehearsal",
            [*fire, order("rehearsal two"), decide(T0 + 10 * SECOND, practice_two, T0 + 10 * SECOND)],
        ),
        (
            "a crash after the mark is unknown, is not repeated, and bars the next",
            [order("one"), mark(), recover(), decide(T0 + SECOND), mark(), order("two")],
        ),
        ("a crash before the mark changes nothing", [order("one"), recover(), decide(T0)]),
        ("a crash after the receipt shows the end state again", [*fire, recover()]),
        ("yesterday's end state is not shown again", [*fire, recover(T0 + 15 * MINUTE), recover(T0 + 15 * MINUTE + 1)]),
        (
            "the latest is shown again",
            [
                *fire,
                order("rehearsal two"),
                mark(practice_two),
                finish("fired", T0 + 10 * SECOND, practice_two),
                recover(),
            ],
        ),
        ("nothing is due without an order", [decide(T0), mark(), finish("fired"), recover()]),
    ]


def play_firing(steps: list[Json], objects: dict[str, Signed], pinned: Pinned) -> list[Json]:
    memory, played = Memory(), []
    for step in steps:
        memory, then = _step(memory, step, objects, pinned)
        slots = [{**plain(s.key), "state": s.state.value, "outcome": s.outcome, "actual": s.actual} for s in memory.slots]
        played.append({**step, "then": then, "slots": slots, "tombstones": len(memory.tombstones)})
    return played


def _step(memory: Memory, step: Json, objects: dict[str, Signed], pinned: Pinned) -> tuple[Memory, Json]:
    key = Key(**step["key"]) if "key" in step else None
    match step["do"]:
        case "order" | "abort":
            take = firing.take_order if step["do"] == "order" else firing.take_abort
            taken = take(memory, objects[step["object"]], pinned)
            return taken.memory, {
                "verdict": taken.verdict,
                "detail": taken.detail,
                "key": plain(taken.key),
                "dropped": plain(taken.dropped),
            }
        case "decide":
            return memory, plain(firing.decide(memory, key, step["now"], step["target"]))
        case "mark":
            try:
                return firing.mark(memory, key), {"marked": True}
            except MayNotFire:
                return memory, {"marked": False}
        case "finish":
            return firing.finish(memory, key, FireOutcome(step["outcome"]), step["actual"]), {}
        case "recover":
            found = firing.recover(memory, Instant(step["now"]))
            return found.memory, {"unknown": plain(found.unknown), "reassert": plain(found.reassert)}
    raise AssertionError(step["do"])


def firing_file() -> Json:
    objects = firing_objects()
    cases = [{"name": name, "steps": plain(play_firing(steps, objects, kit.PINNED))} for name, steps in firing_inputs()]
    return {"pinned": plain(kit.PINNED), "objects": plain(objects), "cases": cases}


FILES = {"keys": keys_file, "signed": signed_file, "orders": orders_file, "firing": firing_file}


def text(name: str) -> str:
    return json.dumps(plain(FILES[name]()), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    VECTORS.mkdir(exist_ok=True)
    for file in FILES:
        (VECTORS / f"{file}.json").write_text(text(file))
