"""The packets of the UDP time service. All numbers big-endian; DESIGN §6.

    request  "DCT1" | probe u32 | origin i64 | session 8 bytes | tag 16 bytes                  40 bytes
    reply    "DCT2" | probe u32 | origin i64 | received i64 | sent i64 | tag 16 bytes          48 bytes

`tag` is the first 16 bytes of HMAC-SHA256 over everything before it, with the 32-byte key of `welcome.time_service`.
`session` is the first 8 bytes of the SHA-256 of the welcome's session text: it tells the server which key to check with.
"""

import hashlib
import hmac
import struct

import msgspec

from site_agent.units import Instant, Monotonic

_REQUEST = struct.Struct(">4sIq8s")
_REPLY = struct.Struct(">4sIqqq")
_TAG_BYTES = 16
REQUEST_BYTES = _REQUEST.size + _TAG_BYTES
REPLY_BYTES = _REPLY.size + _TAG_BYTES


class UdpRequest(msgspec.Struct, frozen=True):
    """A request as read, before its tag was checked: the key hangs on `session`."""

    probe: int
    origin: int
    session: bytes


class UdpReply(msgspec.Struct, frozen=True):
    """A reply whose tag held."""

    probe: int
    origin: Monotonic
    received: Instant
    sent: Instant


def session_bytes(session: str) -> bytes:
    """The 8 bytes that stand for a session in a packet."""
    return hashlib.sha256(session.encode()).digest()[:8]


def encode_request(probe: int, origin: int, session: bytes, key: bytes) -> bytes:
    """A request of 40 bytes."""
    return _tagged(_REQUEST.pack(b"DCT1", probe, origin, session), key)


def read_request(packet: bytes) -> UdpRequest | None:
    """The request in a packet, or None if it is no request; check it with `tag_holds`."""
    if len(packet) != REQUEST_BYTES or packet[:4] != b"DCT1":
        return None
    _, probe, origin, session = _REQUEST.unpack_from(packet)
    return UdpRequest(probe=probe, origin=origin, session=session)


def encode_reply(probe: int, origin: int, received: Instant, sent: Instant, key: bytes) -> bytes:
    """A reply of 48 bytes."""
    return _tagged(_REPLY.pack(b"DCT2", probe, origin, received, sent), key)


def read_reply(packet: bytes, key: bytes) -> UdpReply | None:
    """The reply in a packet, or None if it is none or its tag does not hold."""
    if len(packet) != REPLY_BYTES or packet[:4] != b"DCT2" or not tag_holds(packet, key):
        return None
    _, probe, origin, received, sent = _REPLY.unpack_from(packet)
    return UdpReply(probe=probe, origin=Monotonic(origin), received=Instant(received), sent=Instant(sent))


def tag_holds(packet: bytes, key: bytes) -> bool:
    """Whether the last 16 bytes are the tag of the rest, compared in constant time."""
    return hmac.compare_digest(_tag(packet[:-_TAG_BYTES], key), packet[-_TAG_BYTES:])


def _tagged(body: bytes, key: bytes) -> bytes:
    return body + _tag(body, key)


def _tag(body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_TAG_BYTES]
