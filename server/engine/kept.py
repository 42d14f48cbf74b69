"""The state as it stood at some entry, sealed, so that a restart folds only what came after. ops/decisions/0016.

Never a truth of its own: the journal is. What is kept counts only when it was made by this very program, opens with the
secret beside the persons' keys, and names an entry that the journal has with the same hash; else it is passed over and
everything is replayed. The secret is destroyed whenever a person is forgotten, because the state holds names in clear.
"""

import os
import platform
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from struct import unpack

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import server.ceremony
import server.engine
import site_agent.launch
import site_agent.units
from server.ceremony.ceremony import Ceremony
from server.engine.port import Head, KeyStore
from server.engine.secret import NumberedSecret

PURPOSE = "kept state"
"""Names the secret; `Engine.forget` destroys it."""
NONCE_BYTES = 12
_ID_BYTES = 16


class Kept(msgspec.Struct, frozen=True):
    """Where a replay may begin."""

    head: Head
    events: int
    ids: bytes
    """The 16-byte keys of all accepted commands, one after the other."""
    state: Ceremony

    def id_set(self) -> set[bytes]:
        """The keys of the accepted commands."""
        return set(unpack(f"{_ID_BYTES}s" * (len(self.ids) // _ID_BYTES), self.ids))


class NotKept(Exception):
    """What is kept cannot be used; says why."""


class _Envelope(msgspec.Struct, frozen=True):
    program: str
    secret: int
    nonce: bytes
    sealed: bytes


_encoder = msgspec.msgpack.Encoder()
_envelope = msgspec.msgpack.Decoder(_Envelope)
_kept = msgspec.msgpack.Decoder(Kept)


def sealed_kept(state: Ceremony, head: Head, events: int, ids: Iterable[bytes], secret: NumberedSecret) -> bytes:
    """The state for the file, under the secret in use, which must be durable (`KeyStore.ensure`)."""
    key = secret.key(secret.number)
    assert key is not None, "the secret is made durable before anything is sealed with it"
    plain = _encoder.encode(Kept(head=head, events=events, ids=b"".join(ids), state=state))
    made_by, nonce = program(), os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain, made_by.encode())
    return _encoder.encode(_Envelope(program=made_by, secret=secret.number, nonce=nonce, sealed=sealed))


def opened_kept(data: bytes, keys: KeyStore) -> Kept:
    """What `sealed_kept` sealed.

    Raises:
        NotKept: by another program, damaged, or its secret was destroyed.

    """
    try:
        envelope = _envelope.decode(data)
        if envelope.program != program():
            raise NotKept("another version of the program made it")
        key = NumberedSecret(keys, PURPOSE).key(envelope.secret)
        if key is None:
            raise NotKept("somebody was forgotten since")
        return _kept.decode(AESGCM(key).decrypt(envelope.nonce, envelope.sealed, envelope.program.encode()))
    except (msgspec.MsgspecError, InvalidTag, ValueError) as error:
        raise NotKept(f"it cannot be read: {error or type(error).__name__}") from error


@cache
def program() -> str:
    """Names everything that a state depends on beside its events: our rules, the engine, and what they are run by."""
    digest = sha256(f"{platform.python_version()} {msgspec.__version__}".encode())
    for path in _sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> Iterable[Path]:
    for package in (server.ceremony, server.engine, site_agent.launch):
        yield from sorted(Path(package.__path__[0]).rglob("*.py"))
    yield Path(site_agent.units.__file__)
