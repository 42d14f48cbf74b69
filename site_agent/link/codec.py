"""One message of the site link to and from its bytes.

A message is one WebSocket text frame: a JSON object tagged by `type`, at most 64 KiB of UTF-8. Unknown fields are
ignored, so that either end may be newer; a field of the wrong kind is not. Nothing here keeps state.

CodecError
├── TooLarge         over the limit, either way
├── Malformed        not UTF-8, not JSON, no `type`, a field missing or of the wrong kind
└── UnknownMessage   a well-formed object of a `type` this version does not know: logged once and skipped by the shell
"""

from typing import Any, get_args

import msgspec

from site_agent.link.messages import MAX_MESSAGE_BYTES, FromDevice, FromServer, Message


class CodecError(Exception):
    """Base of what the codec raises; `code` is searchable and the same in JavaScript."""

    code = "codec"


class TooLarge(CodecError):
    """The message is longer than 64 KiB."""

    code = "too_large"


class Malformed(CodecError):
    """The bytes are not a message; the words say where."""

    code = "malformed"


class UnknownMessage(CodecError):
    """An object of a type this version does not know."""

    code = "unknown_message"

    def __init__(self, message_type: str) -> None:
        super().__init__(f"unknown message type {message_type!r}")
        self.message_type = message_type


class _Envelope(msgspec.Struct):
    type: str


_ENCODER = msgspec.json.Encoder()
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_FROM_DEVICE: msgspec.json.Decoder[Any] = msgspec.json.Decoder(FromDevice)
_FROM_SERVER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(FromServer)


def _tags(union: Any) -> frozenset[str]:
    return frozenset(str(member.__struct_config__.tag) for member in get_args(union))


FROM_DEVICE_TYPES = _tags(FromDevice)
FROM_SERVER_TYPES = _tags(FromServer)


def encode(message: Message) -> bytes:
    """The UTF-8 bytes of a message; fields at their default are left out.

    Raises:
        TooLarge: the encoded message would be over 64 KiB.

    """
    data = _ENCODER.encode(message)
    if len(data) > MAX_MESSAGE_BYTES:
        raise TooLarge(f"{len(data)} bytes to send, the limit is {MAX_MESSAGE_BYTES}")
    return data


def decode_from_device(data: bytes | str) -> FromDevice:
    """What a device sent.

    Raises:
        TooLarge, Malformed, UnknownMessage

    """
    message: FromDevice = _decode(data, _FROM_DEVICE, FROM_DEVICE_TYPES)
    return message


def decode_from_server(data: bytes | str) -> FromServer:
    """What the server sent.

    Raises:
        TooLarge, Malformed, UnknownMessage

    """
    message: FromServer = _decode(data, _FROM_SERVER, FROM_SERVER_TYPES)
    return message


def _decode(data: bytes | str, decoder: msgspec.json.Decoder[Any], known: frozenset[str]) -> Any:
    try:
        raw = data.encode() if isinstance(data, str) else data
        if len(raw) > MAX_MESSAGE_BYTES:
            raise TooLarge(f"{len(raw)} bytes received, the limit is {MAX_MESSAGE_BYTES}")
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        message_type = _type_of(data)
        if message_type is not None and message_type not in known:
            raise UnknownMessage(message_type) from None
        raise Malformed(str(error)) from error


def _type_of(data: bytes | str) -> str | None:
    try:
        return _ENVELOPE.decode(data).type
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
