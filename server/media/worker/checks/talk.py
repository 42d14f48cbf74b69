"""What the worker and the decoder of one source say to each other: MessagePack, each message with its length before it. Pure."""

from collections.abc import Iterator

import msgspec

from server.media.worker.checks.findings import Heard, Seen

_LENGTH = 4
MOST_BYTES = 32 * 1024 * 1024
"""Of one message. A key picture of 4K is some megabytes."""

OPENING = {
    "probesize": "1500000",
    "analyzeduration": "2000000",
    "fpsprobesize": "0",
    "correct_ts_overflow": "0",
}
"""How a foreign stream is opened: by the taster, and in the same way by the demuxer after it."""


class Look(msgspec.Struct, frozen=True, tag="look"):
    """Decode a key picture (Annex B with its parameter sets) and frames of AAC with their ADTS headers."""

    codec: str = ""
    picture: bytes | None = None
    sound: tuple[bytes, ...] = ()


class Forget(msgspec.Struct, frozen=True, tag="forget"):
    """What follows is of another life of the source."""


class Taste(msgspec.Struct, frozen=True, tag="taste"):
    """More of a stream that is to be opened; with another `number` than before it is another stream."""

    number: int
    data: bytes
    last: bool = False


ToDecoder = Look | Forget | Taste


class Looked(msgspec.Struct, frozen=True, tag="looked"):
    """What a `Look` found. None: nothing, or it cannot be decoded."""

    picture: Seen | None
    sound: Heard | None
    broken: bool
    """Whether there was sound that cannot be decoded."""


class Tasted(msgspec.Struct, frozen=True, tag="tasted"):
    """A stream has been opened without harm, or there is nothing in it that can be."""

    number: int
    found: bool


FromDecoder = Looked | Tasted

_encoder = msgspec.msgpack.Encoder()
to_decoder = msgspec.msgpack.Decoder(ToDecoder)
from_decoder = msgspec.msgpack.Decoder(FromDecoder)


def framed(message: ToDecoder | FromDecoder) -> bytes:
    """As it goes through the pipe."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_LENGTH, "big") + body


class Frames:
    """Cuts what comes through the pipe into messages."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bodies that are whole now. Raises ValueError for a length that nobody says."""
        self._bytes += data
        while len(self._bytes) >= _LENGTH:
            length = int.from_bytes(self._bytes[:_LENGTH], "big")
            if length > MOST_BYTES:
                raise ValueError(f"a message of {length} bytes")
            if len(self._bytes) < _LENGTH + length:
                return
            body = bytes(self._bytes[_LENGTH : _LENGTH + length])
            del self._bytes[: _LENGTH + length]
            yield body
