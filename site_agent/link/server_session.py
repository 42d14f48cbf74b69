"""The server's end of one site connection, without I/O: bytes in, one typed thing out for each.

Order is checked here and nowhere else: `hello` comes first and only once, its proof is signed by the enrolled key of the
device it names, its nonce is higher than any that device used before; heartbeats rise by one. What may not be used comes out
as a `Refusal` holding the `Notice` to send; nothing that was refused has any other effect. `close` says that the connection
must end after the notice. Who the device may act for (token against site) is the caller's to check on `Greeted`.

    refusal codes: too_large malformed too_many hello_first hello_again unknown_device bad_proof wrong_ceremony replayed
"""

from typing import Protocol

import msgspec

from site_agent.launch import objects
from site_agent.launch.signed import BadSignature, read, verify
from site_agent.link.codec import CodecError, UnknownMessage, decode_from_device
from site_agent.link.link_meter import MOST_COUNTED
from site_agent.link.messages import FromDevice, Heartbeat, Hello, Notice
from site_agent.units import SECOND, CeremonyId, DeviceId, Duration, Monotonic, PublicKey, SiteCode

MESSAGES_PER_SECOND = 40
MESSAGES_AT_ONCE = 200
"""A device that sends more is refused and cut off: a polling burst is 8 probes, an outbox of 1,000 reports 50 messages."""
REFUSALS_BEFORE_CLOSE = 20
MOST_MISSED = 1_000_000
"""Heartbeats missed in a row: more than anybody can miss in a session."""
MOST_MICROSECONDS = 2**53
"""No time and no length of time of this century is beyond; JSON's numbers are, and no arithmetic copes with all of them."""
HELLO_WITHIN = Duration(10 * SECOND)


class DeviceKeys(Protocol):
    """What the session must know of enrolled devices."""

    def public_key(self, site: SiteCode, device: DeviceId) -> PublicKey | None:
        """The enrolled key of that device at that site; None if there is none."""
        ...

    def last_nonce(self, device: DeviceId) -> int:
        """The highest nonce a hello of that device was accepted with; 0 before the first."""
        ...


class Greeted(msgspec.Struct, frozen=True):
    """The hello is good; its signed body says who it is. The caller keeps `body.nonce` and answers `welcome`."""

    hello: Hello
    body: objects.Hello


class Beat(msgspec.Struct, frozen=True):
    """A heartbeat, and how many were missing before it."""

    heartbeat: Heartbeat
    missed: int


class Took(msgspec.Struct, frozen=True):
    """Any other message of a greeted device."""

    message: FromDevice


class Unknown(msgspec.Struct, frozen=True):
    """A type this version does not know: skip it, log it once a session (`first`)."""

    message_type: str
    first: bool


class Refusal(msgspec.Struct, frozen=True):
    """Send the notice; then close if told to."""

    notice: Notice
    close: bool


Received = Greeted | Beat | Took | Unknown | Refusal

_WORDS = {
    "too_large": "Tin nhắn quá lớn, máy chủ không nhận.",
    "malformed": "Tin nhắn sai định dạng, máy chủ không nhận.",
    "too_many": "Máy này gửi quá nhiều tin trong thời gian ngắn. Kết nối bị ngắt.",
    "hello_first": "Máy chưa chào mà đã gửi tin. Kết nối bị ngắt.",
    "hello_again": "Máy đã chào rồi, lời chào thứ hai bị bỏ qua.",
    "unknown_device": "Máy này chưa được đăng ký cho điểm cầu này. Mở lại liên kết để đăng ký.",
    "bad_proof": "Chữ ký của máy không đúng. Mở lại liên kết để đăng ký lại.",
    "wrong_ceremony": "Máy này thuộc buổi lễ khác. Mở liên kết của buổi lễ này.",
    "replayed": "Tin nhắn cũ được gửi lại, máy chủ không nhận.",
}


class ServerSession:
    """Checks what one connection sends.

    Attributes:
        device: whose session it is; None until greeted.
        heartbeats_missed: sequence gaps since the start, the link's loss as the server sees it.
        refusals: how many messages were refused.

    """

    def __init__(self, ceremony: CeremonyId, keys: DeviceKeys, now: Monotonic) -> None:
        self.device: DeviceId | None = None
        self.heartbeats_missed = 0
        self.refusals = 0
        self._ceremony = ceremony
        self._keys = keys
        self._opened_at = now
        self._last_seq = -1
        self._unknown: set[str] = set()
        self._allowance = float(MESSAGES_AT_ONCE)
        self._allowance_at = now

    def receive(self, data: bytes | str, now: Monotonic) -> Received:
        """Take one message."""
        if not self._within_allowance(now):
            return self._refuse("too_many", close=True)
        try:
            message = decode_from_device(data)
        except UnknownMessage as error:
            if self.device is None:
                return self._refuse("hello_first", close=True)
            return self._skip(error.message_type)
        except CodecError as error:
            return self._refuse(error.code, close=self.device is None)
        match message:
            case Hello():
                return self._greet(message)
            case _ if self.device is None:
                return self._refuse("hello_first", close=True)
            case Heartbeat():
                return self._beat(message)
            case _:
                return Took(message)

    def overdue(self, now: Monotonic) -> bool:
        """Whether the hello is late: close the connection."""
        return self.device is None and now - self._opened_at >= HELLO_WITHIN

    def _greet(self, hello: Hello) -> Received:
        if self.device is not None:
            return self._refuse("hello_again", close=False)
        try:
            claimed = read(hello.proof, objects.Hello)
            key = self._keys.public_key(claimed.site, claimed.device)
            if key is None:
                return self._refuse("unknown_device", close=True)
            body = verify(hello.proof, objects.Hello, key)
        except BadSignature:
            return self._refuse("bad_proof", close=True)
        if body.ceremony_id != self._ceremony:
            return self._refuse("wrong_ceremony", close=True)
        if body.nonce <= self._keys.last_nonce(body.device):
            return self._refuse("replayed", close=True)
        self.device = body.device
        return Greeted(hello=hello, body=body)

    def _beat(self, heartbeat: Heartbeat) -> Received:
        missed = heartbeat.seq - self._last_seq - 1
        if missed < 0:
            return self._refuse("replayed", close=False)
        if missed > MOST_MISSED or not _measured(heartbeat):
            return self._refuse("malformed", close=False)
        self._last_seq = heartbeat.seq
        self.heartbeats_missed += missed
        return Beat(heartbeat=heartbeat, missed=missed)

    def _skip(self, message_type: str) -> Unknown:
        first = message_type not in self._unknown and len(self._unknown) < 20
        if first:
            self._unknown.add(message_type)
        return Unknown(message_type=message_type, first=first)

    def _refuse(self, code: str, *, close: bool) -> Refusal:
        self.refusals += 1
        notice = Notice(code=code, detail=_WORDS[code], level="problem")
        return Refusal(notice=notice, close=close or self.refusals >= REFUSALS_BEFORE_CLOSE)

    def _within_allowance(self, now: Monotonic) -> bool:
        gained = max(0, now - self._allowance_at) * MESSAGES_PER_SECOND / SECOND
        self._allowance = min(float(MESSAGES_AT_ONCE), self._allowance + gained) - 1
        self._allowance_at = now
        if self._allowance < 0:
            self._allowance = 0.0
            return False
        return True


def _measured(heartbeat: Heartbeat) -> bool:
    """Whether its figures can be figures of a line."""
    figures = (
        heartbeat.sent_at,
        heartbeat.round_trip,
        heartbeat.jitter,
        heartbeat.clock_offset,
        heartbeat.clock_bound,
        heartbeat.outbox,
        heartbeat.jitter_up,
        heartbeat.jitter_down,
        heartbeat.up_kbps,
        heartbeat.down_kbps,
    )
    shares = (heartbeat.loss, heartbeat.loss_up, heartbeat.loss_down, heartbeat.health.battery)
    probes = heartbeat.probes
    return (
        all(figure is None or abs(figure) < MOST_MICROSECONDS for figure in figures)
        and all(share is None or 0 <= share <= 1 for share in shares)
        and (probes is None or 0 <= probes.answered <= probes.sent <= MOST_COUNTED)
    )
