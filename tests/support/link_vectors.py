"""Plays the shared vectors of the site link, and writes them: `python tests/support/link_vectors.py` recomputes every
`then` from the inputs below. A changed `then` is a changed protocol: look at the diff before committing it.
"""

import base64
import json
from pathlib import Path
from typing import Any

import msgspec

from site_agent.link.clock import DeviceClock, Sample
from site_agent.link.codec import CodecError, UnknownMessage, decode_from_device, decode_from_server, encode
from site_agent.link.messages import CueReceipt, FromDevice, Hello, ReportItem
from site_agent.link.session import ClientSession
from site_agent.link.udp import encode_reply, encode_request, read_reply, read_request, session_bytes, tag_holds

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "site_agent" / "link" / "vectors"


def load(name: str) -> list[dict[str, Any]]:
    return json.loads((VECTORS / f"{name}.json").read_text())["cases"]


# ---- players: a case's inputs → what must come out


def bytes_of(case: dict[str, Any]) -> bytes:
    if "base64" in case:
        return base64.b64decode(case["base64"])
    if "repeated" in case:
        part = case["repeated"]
        return (part["before"] + part["text"] * part["times"] + part["after"]).encode()
    return case["text"].encode()


def play_codec(case: dict[str, Any]) -> dict[str, Any]:
    decode = decode_from_device if case["from"] == "device" else decode_from_server
    try:
        message = decode(bytes_of(case))
    except UnknownMessage as error:
        return {"error": error.code, "message_type": error.message_type}
    except CodecError as error:
        return {"error": error.code}
    return {"message": json.loads(encode(message))}


def play_clock(case: dict[str, Any]) -> list[dict[str, Any]]:
    clock = DeviceClock()
    return [_clock_step(clock, step) for step in case["steps"]]


def _clock_step(clock: DeviceClock, step: dict[str, Any]) -> dict[str, Any]:
    at, then = step["at"], {}
    match step["do"]:
        case "follow":
            clock.follow(step["clock_id"])
        case "burst":
            samples = [Sample(*s) for s in step["samples"]]
            then["change"] = clock.add_burst(samples, at).value
        case "forbid_steps":
            clock.forbid_steps(at)
        case "allow_steps":
            clock.allow_steps(at)
        case "disturbed":
            clock.disturbed()
        case "tell":
            pass
        case "reading":
            then["reading"] = clock.reading(step["instant"], at)
    return then | {"ready": clock.ready, "offset": clock.offset(at), "bound": clock.bound(at), "instant": clock.instant(at)}


def play_session(case: dict[str, Any]) -> list[dict[str, Any]]:
    session = ClientSession(DeviceClock(), lambda: case["random"], udp=case["udp"])
    return [_session_step(session, step) for step in case["steps"]]


def _session_step(session: ClientSession, step: dict[str, Any]) -> dict[str, Any]:
    at, then = step["at"], {}
    match step["do"]:
        case "start":
            session.start(at, step["within"])
        case "connecting":
            session.connecting()
        case "opened":
            session.opened(msgspec.convert(step["hello"], Hello), at)
        case "receive":
            session.receive(json.dumps(step["message"]) if "message" in step else step["text"], at)
        case "answer":
            session.answer(step["probe"], step["received"], step["sent"], at)
        case "tick":
            session.tick(at)
        case "report":
            session.report(msgspec.convert(step["items"], list[ReportItem]), at)
        case "receipt":
            session.receipt(msgspec.convert(step["receipt"], CueReceipt), at)
        case "send":
            then["sent"] = session.send(msgspec.convert(step["message"], FromDevice))
        case "closed":
            session.closed(at)
        case "resume":
            session.resume(at)
        case "stop":
            session.stop()
    turn = session.take()
    return then | {
        "messages": [json.loads(message) for message in turn.messages],
        "probes": _plain(turn.probes),
        "events": [_without_words(_plain(event)) for event in turn.events],
        "state": session.state.value,
        "wake_at": session.wake_at(),
    }


def _plain(value: Any) -> Any:
    return json.loads(msgspec.json.encode(value))


def _without_words(event: dict[str, Any]) -> dict[str, Any]:
    """What is wrong with a malformed message is said in words of one's own."""
    return {k: v for k, v in event.items() if k != "detail"} if event.get("code") == "malformed" else event


def play_udp(case: dict[str, Any]) -> dict[str, Any]:
    key = bytes.fromhex(case["key"])
    if case["kind"] == "request":
        packet = encode_request(case["probe"], case["origin"], session_bytes(case["session"]), key)
        assert read_request(packet) is not None
        return {"packet": packet.hex()}
    if case["kind"] == "reply":
        packet = encode_reply(case["probe"], case["origin"], case["received"], case["sent"], key)
        return {"packet": packet.hex()}
    packet = bytes.fromhex(case["packet"])
    reply = read_reply(packet, key)
    return {"holds": len(packet) > 16 and tag_holds(packet, key), "reply": _plain(reply)}


# ---- inputs

SIGNED = {"body": "e30", "key": "AAAAAAAAAAAAAAAAAAAAAA", "sig": "c2ln"}
CEREMONY = {
    "id": "c-1",
    "title": "Lễ phát động",
    "starts_at": 1_749_603_600_000_000,
    "live_key": "bGl2ZQ",
    "rehearsal_key": "cmVo",
}
NOW = 1_749_600_000_000_000
WELCOME = {
    "type": "welcome",
    "session": "5f0c",
    "now": NOW,
    "site": "17329",
    "site_name": "Xã Kim Liên",
    "device": "ZGV2aWNlLWZpbmdlcnByaQ",
    "part": "screen",
    "ceremony": CEREMONY,
    "heartbeat_every": 10_000_000,
    "backoff": {"base": 500_000, "cap": 8_000_000, "spread": 3_000_000},
}
TIMED = WELCOME | {"time_service": {"port": 8080, "key": "AAAA", "clock_id": "boot-1"}}
HELLO = {"type": "hello", "proof": SIGNED, "agent": "vector 1", "capabilities": ["cue"]}
PREPARE = {
    "type": "cue_prepare",
    "live": True,
    "cue": "launch",
    "attempt": 1,
    "plan_hash": "ab",
    "title": "T",
    "subtitle": "S",
    "portal": "P",
    "mode": "stage",
    "polling": True,
}


def item(n: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"0190-{n:04}",
        "kind": "report_head_count",
        "occurred_at": NOW + n,
        "fields": fields or {"counts": {"leaders": n}},
    }


def outcome(n: int, **more: Any) -> dict[str, Any]:
    return {"id": f"0190-{n:04}", "accepted": True} | more


def ack(*outcomes: dict[str, Any]) -> dict[str, Any]:
    return {"type": "ack", "outcomes": list(outcomes)}


def time_reply(probe: int, origin: int, offset: int, one_way: int, clock_id: str = "boot-1") -> dict[str, Any]:
    at = origin + one_way + offset
    return {"type": "time_reply", "probe": probe, "origin": origin, "received": at, "sent": at + 50, "clock_id": clock_id}


def codec_cases() -> list[dict[str, Any]]:
    def text(name: str, sender: str, value: Any, why: str = "") -> dict[str, Any]:
        raw = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return {"name": name, "from": sender, "why": why, "text": raw}

    def long(name: str, times: int) -> dict[str, Any]:
        part = {"before": '{"type":"notice","code":"c","detail":"', "text": "x", "times": times, "after": '"}'}
        return {"name": name, "from": "server", "why": "the limit is 65,536 bytes of UTF-8", "repeated": part}

    fixed = len('{"type":"notice","code":"c","detail":""}')
    return [
        text("hello", "device", HELLO),
        text("heartbeat_defaults_are_left_out", "device", {"type": "heartbeat", "seq": 0, "sent_at": NOW, "health": {"visible": True}}),
        text("heartbeat_full", "device", {"type": "heartbeat", "seq": 3, "sent_at": NOW, "round_trip": 12_000, "jitter": 900, "loss": 0.05, "clock_offset": -4_200_000, "clock_bound": 6_100, "health": {"visible": False, "battery": 0.5, "on_generator": True}, "outbox": 2}),
        text("heartbeat_of_both_ways", "device", {"type": "heartbeat", "seq": 4, "sent_at": NOW, "jitter_up": 900, "jitter_down": 80_000, "loss_up": 0.06, "loss_down": 0.01, "probes": {"first": 4294967290, "last": 3, "sent": 10, "answered": 9}, "up_kbps": 240, "down_kbps": 5_100, "health": {"battery": 0.4, "charging": False}}, "each way by itself; throughput once"),
        text("heartbeat_of_a_player", "device", {"type": "heartbeat", "seq": 5, "sent_at": NOW, "health": {}, "playback": {"playing": True, "latency": 4_812_000, "stalls": 2, "frozen": False, "sound": True}}, "how the programme plays; what is not so is left out"),
        text("report", "device", {"type": "report", "items": [item(1), item(2, site="17329", name="Họ và tên")]}),
        text("time_request", "device", {"type": "time_request", "probe": 7, "origin": 123}),
        text("cue_ready", "device", {"type": "cue_ready", "live": False, "cue": "launch", "attempt": 2, "plan_hash": "ab", "ready": False, "reasons": ["clock", "hidden"]}),
        text("cue_receipt", "device", {"type": "cue_receipt", "id": "0190-0001", "receipt": SIGNED}),
        text("press", "device", {"type": "press", "press": SIGNED}),
        text("welcome", "server", TIMED | {"prepare": PREPARE, "orders": [SIGNED], "aborts": []}),
        text("ack", "server", ack(outcome(1), outcome(2, accepted=False, code="head_count_unusual", detail="Số người quá lớn."))),
        text("cue_order", "server", {"type": "cue_order", "order": SIGNED}),
        text("reconnect", "server", {"type": "reconnect", "reason": "another session", "fenced": True}),
        text("unknown_fields_are_ignored", "server", {"type": "cue_cleared", "cue": "launch", "attempt": 1, "colour": "red", "more": {"type": "x"}}, "a newer server may say more"),
        text("unknown_type", "server", {"type": "cue_dance", "steps": 3}, "skipped, logged once"),
        text("a_type_of_the_other_direction_is_unknown", "server", HELLO, "each direction has its own list"),
        text("no_type", "server", {"cue": "launch"}),
        text("type_is_not_text", "server", {"type": 7}),
        text("not_an_object", "server", "[1,2]"),
        text("not_json", "server", "{type: hello}"),
        text("empty", "server", ""),
        text("a_missing_field", "server", {"type": "cue_cleared", "cue": "launch"}),
        text("a_field_of_the_wrong_kind", "server", {"type": "cue_cleared", "cue": "launch", "attempt": "1"}),
        text("a_part_that_does_not_exist", "server", WELCOME | {"part": "speaker"}),
        text("trailing_text", "server", '{"type":"cue_cleared","cue":"launch","attempt":1} x'),
        {"name": "not_utf8", "from": "device", "why": "", "base64": base64.b64encode(b'{"type":"\xff"}').decode()},
        long("exactly_the_limit", 65_536 - fixed),
        long("one_byte_over_the_limit", 65_537 - fixed),
        {"name": "the_limit_counts_bytes_not_letters", "from": "server", "why": "each letter is 3 bytes", "repeated": {"before": '{"type":"notice","code":"c","detail":"', "text": "ễ", "times": 22_000, "after": '"}'}},
    ]  # fmt: skip


def burst(at: int, offset: int, *one_ways: tuple[int, int]) -> dict[str, Any]:
    """A burst that ends at `at`; each probe with its true one-way delays there and back."""
    samples = []
    for index, (there, back) in enumerate(one_ways):
        arrived = at - (len(one_ways) - 1 - index) * 30_000
        origin = arrived - there - back - 40
        samples.append([origin, origin + there + offset, origin + there + 40 + offset, arrived])
    return {"do": "burst", "at": at, "samples": samples}


def clock_cases() -> list[dict[str, Any]]:
    good, offset = (5_000, 5_000), NOW
    follow = {"do": "follow", "at": 0, "clock_id": "boot-1"}
    tell = lambda at: {"do": "tell", "at": at}  # noqa: E731
    return [
        {"name": "nothing_is_known_before_the_first_burst", "steps": [follow, tell(5)]},
        {
            "name": "the_lowest_round_trip_of_a_burst_is_believed",
            "steps": [follow, burst(1_000_000, offset, (30_000, 5_000), good, (5_000, 80_000)), tell(2_000_000), tell(61_000_000)],
        },
        {"name": "a_burst_without_answers_changes_nothing", "steps": [follow, burst(1_000_000, offset, good), burst(2_000_000, offset)]},
        {
            "name": "a_worse_burst_waits_until_drift_makes_the_old_one_worse",
            "steps": [follow, burst(1_000_000, offset, good), burst(61_000_000, offset + 900, (12_000, 9_000)), burst(400_000_000, offset + 900, (12_000, 9_000))],
        },
        {
            "name": "steps_are_slewed_while_forbidden",
            "steps": [
                follow,
                burst(1_000_000, offset, (20_000, 10_000)),
                {"do": "forbid_steps", "at": 2_000_000},
                burst(12_000_000, offset, good),
                tell(13_000_000),
                tell(20_000_000),
                {"do": "reading", "at": 20_000_000, "instant": NOW + 25_000_000},
                {"do": "reading", "at": 20_000_000, "instant": NOW + 19_000_000},
                {"do": "allow_steps", "at": 21_000_000},
            ],
        },
        {
            "name": "a_contradiction_is_believed_when_the_next_burst_agrees",
            "steps": [follow, burst(1_000_000, offset, good), burst(61_000_000, offset + 30_000_000, good), burst(62_000_000, offset + 30_000_000, good), tell(63_000_000)],
        },
        {
            "name": "a_contradiction_that_passes_leaves_the_clock_as_it_was",
            "steps": [follow, burst(1_000_000, offset, good), burst(61_000_000, offset + 30_000_000, good), burst(62_000_000, offset, good)],
        },
        {
            "name": "two_contradictions_that_disagree_move_nothing",
            "steps": [follow, burst(1_000_000, offset, good), burst(61_000_000, offset + 30_000_000, good), burst(62_000_000, offset - 9_000_000, good)],
        },
        {
            "name": "a_jump_steps_even_while_steps_are_forbidden",
            "steps": [follow, burst(1_000_000, offset, good), {"do": "forbid_steps", "at": 1_000_000}, burst(61_000_000, offset + 5_000_000, good), burst(62_000_000, offset + 5_000_000, good)],
        },
        {"name": "another_clock_starts_anew", "steps": [follow, burst(1_000_000, offset, good), {"do": "follow", "at": 2_000_000, "clock_id": "boot-2"}, burst(3_000_000, offset + 77, good)]},
        {"name": "sleep_starts_anew", "steps": [follow, burst(1_000_000, offset, good), {"do": "disturbed", "at": 2_000_000}, tell(2_000_000)]},
        {"name": "an_odd_sum_is_rounded_down", "steps": [follow, {"do": "burst", "at": 20, "samples": [[10, 1_000, 1_000, 13]]}, {"do": "disturbed", "at": 20}, {"do": "burst", "at": 200, "samples": [[100, 50, 50, 103]]}]},
    ]  # fmt: skip


def session_cases() -> list[dict[str, Any]]:
    def case(name: str, why: str, *steps: dict[str, Any], random: float = 0.5, udp: bool = False) -> dict[str, Any]:
        return {"name": name, "why": why, "random": random, "udp": udp, "steps": list(steps)}

    def do(at: int, what: str, **more: Any) -> dict[str, Any]:
        return {"at": at, "do": what, **more}

    def opening(at: int, welcome: dict[str, Any] = WELCOME) -> list[dict[str, Any]]:
        return [do(at, "connecting"), do(at, "opened", hello=HELLO), do(at + 1_000, "receive", message=welcome)]

    def heartbeat_only(until: int) -> list[dict[str, Any]]:
        return [do(until, "tick")]

    order = {"type": "cue_order", "order": SIGNED}
    receipt = {"type": "cue_receipt", "id": "0190-9999", "receipt": SIGNED}
    second = 1_000_000
    burst_ticks = [do(1_000 + n * 25_000, "tick") for n in range(8)]
    answers = [do(181_000 + n, "receive", message=time_reply(n, 1_000 + n * 25_000, NOW, 3_000)) for n in range(8)]
    return [
        case("a_session_opens", "hello, welcome, then the first burst and heartbeats", do(0, "start", within=4 * second), *opening(2 * second), do(2_001_000, "tick")),
        case(
            "the_first_burst_sets_the_clock",
            "eight probes 25 ms apart over the WebSocket; the last answer moves the clock; then a heartbeat tells offset and bound",
            do(0, "start", within=0), *opening(0), *burst_ticks, *answers, do(5_001_000, "tick"), do(5_010_000, "receive", message=time_reply(8, 5_001_000, NOW, 4_000)), do(15_001_000, "tick"),
        ),
        case(
            "udp_without_answers_gives_way_to_the_websocket",
            "the burst closes 2 s after its last probe, and another begins at once over the WebSocket",
            do(0, "start", within=0), *opening(0, TIMED), *burst_ticks, do(2_176_000, "tick"), do(2_201_000, "tick"), udp=True,
        ),
        case(
            "udp_answers_set_the_clock",
            "answers by UDP come in through `answer`",
            do(0, "start", within=0), *opening(0, TIMED), *burst_ticks,
            *[do(180_000 + n, "answer", probe=n, received=NOW + 4_000 + n * 25_000, sent=NOW + 4_010 + n * 25_000) for n in range(8)], do(5_001_000, "tick"),
            udp=True,
        ),
        case(
            "udp_probes_are_counted_in_order_and_once",
            "probes 2 and 5 get no answer: nothing after a probe that may still be answered is told; then the rest",
            do(0, "start", within=0), *opening(0, TIMED), *burst_ticks,
            *[do(180_000 + n, "answer", probe=n, received=NOW + 4_000 + n * 25_000, sent=NOW + 4_010 + n * 25_000) for n in (0, 1, 3, 4, 6, 7)],
            do(5_001_000, "tick"), do(15_001_000, "tick"), udp=True,
        ),
        case(
            "an_answer_that_comes_too_late_tells_which_way_was_slow",
            "over the WebSocket: probe 6 took 3 s there, probe 7 took 4 s back; both count as lost, each on its way",
            do(0, "start", within=0), *opening(0), *burst_ticks, *answers[:6], do(2_500_000, "tick"),
            do(3_160_000, "receive", message=time_reply(6, 151_000, NOW, 3_003_000)),
            do(4_200_000, "receive", message=time_reply(7, 176_000, NOW, 3_000)),
            do(5_001_000, "tick"),
        ),
        case(
            "reports_wait_for_a_session_and_go_one_batch_at_a_time",
            "25 items: 20 go, 5 wait for the ack of the 20",
            do(0, "start", within=0), do(0, "report", items=[item(n) for n in range(25)]), *opening(second),
            do(1_100_000, "receive", message=ack(*[outcome(n) for n in range(20)])), do(1_200_000, "receive", message=ack(*[outcome(n) for n in range(20, 25)])),
        ),
        case(
            "what_is_not_settled_goes_again",
            "an ack that leaves one out; after 10 s that one goes again; after a reconnect too",
            do(0, "start", within=0), *opening(0), do(2_000, "report", items=[item(1), item(2)]), do(90_000, "receive", message=ack(outcome(2))), do(9 * second, "receive", message=PREPARE),
            do(10_002_000, "tick"), do(11 * second, "closed"), *opening(13 * second),
        ),
        case("an_outcome_may_be_a_refusal", "refused for good leaves the outbox too", do(0, "start", within=0), *opening(0), do(2_000, "report", items=[item(1)]), do(3_000, "receive", message=ack(outcome(1, accepted=False, code="forbidden_site", detail="Liên kết này thuộc điểm cầu khác.")))),
        case("an_ack_twice_or_of_strangers_changes_nothing", "", do(0, "start", within=0), *opening(0), do(2_000, "report", items=[item(1)]), do(3_000, "receive", message=ack(outcome(1))), do(4_000, "receive", message=ack(outcome(1), outcome(99)))),
        case("receipts_go_until_acknowledged", "at once, every 5 s, and after a reconnect", do(0, "start", within=0), *opening(0), do(2_000, "receipt", receipt=receipt), do(5_002_000, "tick"), do(6 * second, "closed"), *opening(7 * second), do(8 * second, "receive", message=ack(outcome(9999) | {"id": "0190-9999"}))),
        case("presses_never_wait", "`send` outside a session says no and keeps nothing", do(0, "start", within=0), do(0, "send", message={"type": "press", "press": SIGNED}), *opening(0), do(2_000, "send", message={"type": "press", "press": SIGNED})),
        case("silence_of_25_s_is_a_dead_server", "closes, then waits within the server's spread", do(0, "start", within=0), *opening(0), *heartbeat_only(25_000_999), *heartbeat_only(25_001_000)),
        case("no_welcome_within_10_s", "", do(0, "start", within=0), do(0, "connecting"), do(0, "opened", hello=HELLO), do(10 * second, "tick")),
        case("back_off_grows_to_the_cap", "failures: 0.5 x min(8 s, 0.5 s x 2^n)", do(0, "start", within=0), *[step for n in range(7) for step in (do(n * 10 * second, "connecting"), do(n * 10 * second, "closed"))]),
        case("a_fenced_device_stays_away_until_asked", "", do(0, "start", within=0), *opening(0), do(2_000, "receive", message={"type": "reconnect", "reason": "fenced", "fenced": True}), do(60 * second, "tick"), do(60 * second, "closed"), do(61 * second, "resume")),
        case("told_to_reconnect_later", "after + random x spread", do(0, "start", within=0), *opening(0), do(2_000, "receive", message={"type": "reconnect", "reason": "restart", "after": 2_000_000, "spread": 4_000_000}), do(3_000, "closed")),
        case("polling_asks_for_the_time_more_often", "a burst at once, then every 10 s", do(0, "start", within=0), *opening(0), *burst_ticks, *answers, do(3_000_000, "receive", message=PREPARE), do(3_000_000, "tick"), do(4_000_000, "receive", message={"type": "cue_cleared", "cue": "launch", "attempt": 1})),
        case("messages_for_the_shell_pass_through", "", do(0, "start", within=0), *opening(0), do(2_000, "receive", message=order), do(3_000, "receive", message={"type": "notice", "code": "hi", "detail": "Xin chào"}), do(4_000, "receive", message={"type": "floor", "state": "calling", "site": "17329", "muted": True})),
        case("what_cannot_be_used_is_skipped", "unknown, malformed, a second welcome; before the welcome everything but notices", do(0, "start", within=0), do(0, "connecting"), do(0, "opened", hello=HELLO), do(10, "receive", message=order), *opening(100)[2:], do(2_000, "receive", message={"type": "cue_dance"}), do(3_000, "receive", text="{"), do(4_000, "receive", message=WELCOME)),
        case("after_stop_nothing_happens", "", do(0, "start", within=0), *opening(0), do(2_000, "stop"), do(3_000, "receive", message=order), do(60 * second, "tick")),
    ]  # fmt: skip


def udp_cases() -> list[dict[str, Any]]:
    key, session = bytes(range(32)), "5f0c"
    reply = encode_reply(7, 123_456, NOW, NOW + 30, key)
    read = {"kind": "read", "key": key.hex()}
    return [
        {"name": "request", "kind": "request", "key": key.hex(), "session": session, "probe": 7, "origin": 123_456},
        {"name": "reply", "kind": "reply", "key": key.hex(), "probe": 7, "origin": 123_456, "received": NOW, "sent": NOW + 30},
        {"name": "a_good_reply_is_read", "packet": reply.hex(), **read},
        {"name": "a_changed_reply_is_not", "packet": (reply[:20] + b"\x00" + reply[21:]).hex(), **read},
        {"name": "a_reply_with_another_key_is_not", "packet": reply.hex(), "kind": "read", "key": bytes(32).hex()},
        {"name": "a_short_packet_is_not", "packet": reply[:-1].hex(), **read},
        {"name": "an_empty_packet_is_not", "packet": "", **read},
    ]


ABOUT = {
    "codec": "Each case: the bytes of one message (text, base64, or before + text repeated + after) as it came `from` a device or the "
    "server. `then` is the message re-encoded (unknown fields gone, fields at their default left out) or the error's code.",
    "clock": "Each case starts with a fresh device clock. A step does one thing at monotonic time `at` (µs). A sample is [origin, received, "
    "sent, arrived]. `then` is what the clock tells after the step at the same `at`; null means unknown. Numbers are exact.",
    "session": "Each case starts with a fresh client session whose random source always gives `random`. A step does one thing at monotonic "
    "time `at` (µs); `then` is what has to be sent (messages, UDP probes), the events, the state and the next wake-up. Order counts. The detail of a malformed message is left out.",
    "udp": "Packets of the UDP time service, in hexadecimal.",
}


def main() -> None:
    for name, cases, play in (
        ("codec", codec_cases(), play_codec),
        ("clock", clock_cases(), play_clock),
        ("session", session_cases(), play_session),
        ("udp", udp_cases(), play_udp),
    ):
        cases = json.loads(json.dumps(cases))
        for case in cases:
            then = play(case)
            if isinstance(then, list):
                for step, expected in zip(case["steps"], then, strict=True):
                    step["then"] = expected
            else:
                case["then"] = then
        text = json.dumps({"about": ABOUT[name], "cases": cases}, ensure_ascii=False, indent=1)
        (VECTORS / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
