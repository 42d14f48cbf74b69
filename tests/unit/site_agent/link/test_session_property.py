"""Whatever the network loses, repeats or reorders: everything reported is accepted exactly once, and the device ends empty."""

import json
import random as randomness

from hypothesis import given, settings
from hypothesis import strategies as st

from site_agent.launch.signed import Signed
from site_agent.link.clock import DeviceClock
from site_agent.link.messages import CueReceipt, Hello, ReportItem
from site_agent.link.session import ClientSession, Close, Opened, ReceiptSettled, ReportsSettled, State

SIGNED = Signed(body="e30", key="k", sig="s")
WELCOME = {
    "type": "welcome", "session": "s", "now": 10**15, "site": "1", "site_name": "Xã", "device": "d", "part": "screen",
    "ceremony": {"id": "c", "title": "", "starts_at": 0, "live_key": "", "rehearsal_key": ""},
    "heartbeat_every": 10_000_000, "backoff": {"base": 500_000, "cap": 8_000_000, "spread": 3_000_000},
}  # fmt: skip


class ToyServer:
    """Accepts an id once, durably; answers a repeated id with the same outcome. Knows nothing of connections."""

    def __init__(self):
        self.accepted = []
        self.receipts = []

    def take(self, message):
        match message["type"]:
            case "hello":
                return [WELCOME]
            case "report":
                for item in message["items"]:
                    if item["id"] not in self.accepted:
                        self.accepted.append(item["id"])
                return [{"type": "ack", "outcomes": [{"id": item["id"], "accepted": True} for item in message["items"]]}]
            case "cue_receipt":
                self.receipts.append(message["id"])
                return [{"type": "ack", "outcomes": [{"id": message["id"], "accepted": True}]}]
            case _:
                return []


class Device:
    """A session with what its disk would hold, driven by a clock the test moves."""

    def __init__(self, chance):
        self.chance = chance
        self.disk = {}
        self.receipts = {}
        self.new_session(0)

    def new_session(self, now):
        self.session = ClientSession(DeviceClock(), self.chance)
        self.session.start(now)
        self.session.report(self.disk.values(), now)
        for receipt in self.receipts.values():
            self.session.receipt(receipt, now)

    def turn(self):
        turn = self.session.take()
        for event in turn.events:
            match event:
                case ReportsSettled():
                    for outcome in event.outcomes:
                        del self.disk[outcome.id]
                case ReceiptSettled():
                    del self.receipts[event.id]
                case Opened() | Close():
                    pass
        return [json.loads(message) for message in turn.messages]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(min_value=0, max_value=2**32),
    st.integers(min_value=1, max_value=45),
    st.floats(min_value=0, max_value=0.5),
    st.booleans(),
)
def test_everything_reported_is_accepted_exactly_once(seed, count, trouble, crashes):
    rng = randomness.Random(seed)
    chance = randomness.Random(seed + 1).random
    server, device, now = ToyServer(), Device(chance), 0
    to_server, to_device, reported = [], [], []
    for step in range(3_000):
        calm = step > 400
        if len(reported) < count and rng.random() < 0.3:
            item = ReportItem(id=f"{len(reported):03}", kind="check_in", occurred_at=now)
            device.disk[item.id] = item
            reported.append(item.id)
            device.session.report([item], now)
        if len(reported) == count and "r" not in device.receipts and not server.receipts:
            device.receipts["r"] = CueReceipt(id="r", receipt=SIGNED)
            device.session.receipt(device.receipts["r"], now)
        if calm and len(reported) == count and not device.disk and not device.receipts:
            break
        troubled = 0 if calm else trouble
        if crashes and not calm and rng.random() < trouble / 20:
            device.new_session(now)
            to_server, to_device = [], []
        if rng.random() < troubled / 4:
            device.session.closed(now)
            to_server, to_device = [], []
        now += rng.choice((1_000, 50_000, 1_000_000))
        wake = device.session.wake_at()
        if device.session.state is State.WAITING and wake is not None:
            now = max(now, wake)
            device.session.connecting()
            if rng.random() < troubled:
                device.session.closed(now)
            else:
                device.session.opened(Hello(proof=SIGNED, agent="t"), now)
        device.session.tick(now)
        to_server += device.turn()
        if not troubled or rng.random() > troubled:
            to_server, to_device = deliver(rng, troubled, to_server, to_device, server, device, now)
    assert sorted(server.accepted) == sorted(reported)
    assert len(server.accepted) == len(set(server.accepted))
    assert not device.disk
    assert not device.receipts
    assert not len(device.session.reports)


def deliver(rng, trouble, to_server, to_device, server, device, now):
    """Messages arrive in any order, some twice, some never."""
    for queue in (to_server, to_device):
        if trouble:
            rng.shuffle(queue)
    for message in to_server:
        for _ in range(0 if rng.random() < trouble else 2 if rng.random() < trouble else 1):
            to_device += server.take(message)
    for message in to_device:
        for _ in range(0 if rng.random() < trouble else 2 if rng.random() < trouble else 1):
            device.session.receive(json.dumps(message), now)
    return device.turn(), []


def test_reports_of_one_device_are_accepted_in_the_order_they_were_typed():
    device, server = Device(lambda: 0.5), ToyServer()
    for n in range(50):
        item = ReportItem(id=f"{n:03}", kind="check_in", occurred_at=n)
        device.disk[item.id] = item
        device.session.report([item], 0)
    device.session.connecting()
    device.session.opened(Hello(proof=SIGNED, agent="t"), 0)
    while messages := device.turn():
        for message in messages:
            for answer in server.take(message):
                device.session.receive(json.dumps(answer), 1)
    assert server.accepted == [f"{n:03}" for n in range(50)]
