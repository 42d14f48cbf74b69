import json

import pytest

from site_agent.launch import objects
from site_agent.launch.signed import SigningKey, sign
from site_agent.link.codec import encode
from site_agent.link.messages import Heartbeat, Hello, TimeRequest
from site_agent.link.server_session import MESSAGES_AT_ONCE, Beat, Greeted, Refusal, ServerSession, Took, Unknown

KEY = SigningKey.from_seed(bytes(range(32)))
OTHER = SigningKey.from_seed(bytes(32))


class Devices:
    def __init__(self, nonce=0):
        self.nonce = nonce

    def public_key(self, site, device):
        return KEY.public if (site, device) == ("17329", KEY.id) else None

    def last_nonce(self, device):
        return self.nonce


def hello(key=KEY, ceremony="c-1", site="17329", device=KEY.id, nonce=5):
    body = objects.Hello(ceremony_id=ceremony, site=site, device=device, nonce=nonce)
    return encode(Hello(proof=sign(body, key), agent="test"))


@pytest.fixture
def session():
    return ServerSession("c-1", Devices(), 0)


@pytest.fixture
def greeted(session):
    assert isinstance(session.receive(hello(), 0), Greeted)
    return session


def refusal(received):
    assert isinstance(received, Refusal), received
    return received.notice.code, received.close


def test_a_good_hello_says_who_it_is(session):
    received = session.receive(hello(), 0)
    assert isinstance(received, Greeted)
    assert received.body.nonce == 5
    assert session.device == KEY.id


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (hello(key=OTHER), "bad_proof"),
        (hello(ceremony="c-2"), "wrong_ceremony"),
        (hello(site="1"), "unknown_device"),
        (hello(device="x"), "unknown_device"),
        (hello(nonce=0), "replayed"),
        (encode(TimeRequest(probe=1, origin=1)), "hello_first"),
        (b'{"type":"dance"}', "hello_first"),
        (b"{", "malformed"),
        (b"x" * 70_000, "too_large"),
        (json.dumps({"type": "hello", "agent": "", "proof": {"body": "!", "key": "", "sig": ""}}), "bad_proof"),
        (json.dumps({"type": "hello", "agent": "", "proof": {"body": "e30", "key": "", "sig": ""}}), "bad_proof"),
    ],
)
def test_before_a_good_hello_everything_ends_the_connection(session, data, code):
    assert refusal(session.receive(data, 0)) == (code, True)
    assert session.device is None


def test_a_replayed_hello_is_refused():
    assert refusal(ServerSession("c-1", Devices(nonce=5), 0).receive(hello(nonce=5), 0)) == ("replayed", True)


def test_a_second_hello_is_refused_and_changes_nothing(greeted):
    assert refusal(greeted.receive(hello(nonce=9), 1)) == ("hello_again", False)


def test_gaps_of_heartbeats_are_loss_and_going_back_is_refused(greeted):
    beat = lambda seq: greeted.receive(encode(Heartbeat(seq=seq, sent_at=1)), 1)  # noqa: E731
    assert beat(0).missed == 0
    assert beat(3).missed == 2
    assert refusal(beat(3)) == ("replayed", False)
    assert isinstance(beat(4), Beat)
    assert greeted.heartbeats_missed == 2


def test_malformed_and_oversized_messages_are_refused_one_by_one_until_it_is_too_many(greeted):
    closes = [refusal(greeted.receive(b"{", 1))[1] for _ in range(20)]
    assert closes == [False] * 19 + [True]


def test_an_unknown_type_is_first_once(greeted):
    assert greeted.receive('{"type":"dance"}', 1) == Unknown("dance", first=True)
    assert greeted.receive('{"type":"dance"}', 1) == Unknown("dance", first=False)


def test_other_messages_pass(greeted):
    assert greeted.receive(encode(TimeRequest(probe=1, origin=1)), 1) == Took(TimeRequest(probe=1, origin=1))


def test_a_flood_is_cut_off(greeted):
    request = encode(TimeRequest(probe=1, origin=1))
    for _ in range(MESSAGES_AT_ONCE - 1):
        assert isinstance(greeted.receive(request, 1), Took)
    assert refusal(greeted.receive(request, 1)) == ("too_many", True)


def test_a_hello_that_does_not_come_is_overdue(session):
    assert not session.overdue(9_999_999)
    assert session.overdue(10_000_000)


@pytest.mark.parametrize(
    "figures",
    [{"seq": 10**400}, {"sent_at": 10**400}, {"round_trip": -(10**400)}, {"jitter": 10**17}, {"loss": 7.0}, {"outbox": 10**400}],
)
def test_figures_that_nothing_can_measure_are_malformed(greeted, figures):
    beat = encode(Heartbeat(**{"seq": 0, "sent_at": 1, **figures}))
    assert refusal(greeted.receive(beat, 1)) == ("malformed", False)
    assert isinstance(greeted.receive(encode(Heartbeat(seq=0, sent_at=1)), 2), Beat)
