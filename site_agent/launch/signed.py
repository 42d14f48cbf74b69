"""Signed objects: `{body, key, sig}` with Ed25519.

`body` is the base64url text of a JSON object whose `"type"` names what it is; `sig` signs exactly those decoded bytes,
and nobody ever re-encodes them. `key` is the fingerprint of the signing key: a hint to find the key that the reader
already trusts, never a reason to trust it.

Errors: everything here raises `BadSignature` for an object that must not be used, with words for a log line.
"""

import base64
import binascii
import hashlib
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from site_agent.units import KeyId, PublicKey, Sha256

_URL_SAFE = bytes.maketrans(b"-_", b"+/")

Body = TypeVar("Body", bound=msgspec.Struct)


class BadSignature(Exception):
    """A signed object is malformed, of another type, by another key, or its signature does not hold."""


class Signed(msgspec.Struct, frozen=True):
    """A signed object as it travels and as it is stored."""

    body: str
    key: KeyId
    sig: str


class SigningKey:
    """An Ed25519 private key with its public half and fingerprint. Its `repr` shows the fingerprint only."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = PublicKey(encode_bytes(private.public_key().public_bytes_raw()))
        self.id = fingerprint(self.public)

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """The key of a 32-byte seed; the caller supplies the randomness."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def seed(self) -> bytes:
        """The 32 secret bytes, for storing with mode 0600."""
        return self._private.private_bytes_raw()

    def sign_bytes(self, data: bytes) -> bytes:
        """The 64-byte signature of `data`."""
        return self._private.sign(data)

    def __repr__(self) -> str:
        return f"SigningKey({self.id})"


def encode_bytes(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_bytes(text: str) -> bytes:
    """Reverse of `encode_bytes`.

    Raises:
        BadSignature: the text is not base64url.

    """
    try:
        # `base64.b64decode(altchars=…, validate=True)` does the same at four times the cost; an order decodes 31 texts.
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return binascii.a2b_base64(padded.translate(_URL_SAFE), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignature("not base64url") from error


def fingerprint(public: PublicKey) -> KeyId:
    """First 16 bytes of the SHA-256 of the raw public key, base64url: 22 characters."""
    return _fingerprint(decode_bytes(public))


def sign(body: msgspec.Struct, key: SigningKey) -> Signed:
    """Sign a body struct (one of `objects`, tagged by `type`)."""
    encoded = msgspec.json.encode(body)
    return Signed(body=encode_bytes(encoded), key=key.id, sig=encode_bytes(key.sign_bytes(encoded)))


class Letter:
    """A signed object with its body decoded once, for readers who look at it several times.

    Attributes:
        signed: as it travelled.
        raw: the bytes that are signed.

    """

    __slots__ = ("raw", "signed")

    def __init__(self, signed: Signed) -> None:
        """Raises `BadSignature` where the body is not base64url."""
        self.signed = signed
        self.raw = decode_bytes(signed.body)

    def read(self, body_type: type[Body]) -> Body:
        """`read`, of this letter."""
        try:
            return msgspec.json.decode(self.raw, type=body_type)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadSignature(f"not a {body_type.__name__}: {error}") from error

    def check(self, public: PublicKey) -> None:
        """`check`, of this letter."""
        key = decode_bytes(public)
        if self.signed.key != _fingerprint(key):
            raise BadSignature("signed by another key")
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(decode_bytes(self.signed.sig), self.raw)
        except (InvalidSignature, ValueError) as error:
            raise BadSignature("the signature does not hold") from error

    def digest(self) -> Sha256:
        """`digest`, of this letter."""
        return Sha256(hashlib.sha256(self.raw).hexdigest())


def read(signed: Signed, body_type: type[Body]) -> Body:
    """Decode the body WITHOUT checking the signature: to learn which key to check it with.

    Raises:
        BadSignature: the body is not an object of `body_type`.

    """
    return Letter(signed).read(body_type)


def verify(signed: Signed, body_type: type[Body], public: PublicKey) -> Body:
    """Check the signature against a key the caller trusts, then decode the body.

    Raises:
        BadSignature: wrong key, wrong signature, wrong type or malformed.

    """
    letter = Letter(signed)
    letter.check(public)
    return letter.read(body_type)


def check(signed: Signed, public: PublicKey) -> None:
    """Check the signature against a key the caller trusts: for a body that was read to learn which key that is.

    Raises:
        BadSignature: wrong key, wrong signature or malformed.

    """
    Letter(signed).check(public)


def digest(signed: Signed) -> Sha256:
    """SHA-256 of the body bytes: the `…_hash` by which other objects name this one."""
    return Letter(signed).digest()


def _fingerprint(key: bytes) -> KeyId:
    return KeyId(encode_bytes(hashlib.sha256(key).digest()[:16]))
