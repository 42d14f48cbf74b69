"""Link tokens and session cookies: HMACs of (subject, generation) under the ceremony's master key.

Nothing is stored for a token, so sheets can be printed again; a new generation (`revoke_link`) ends all older ones.
A cookie carries the same pair and an expiry under another label, so that a token never passes as a cookie or back.

    token   dc1.<b64url(subject)>.<generation>.<b64url(16 bytes)>
    cookie  <b64url(subject)>.<generation>.<expiry µs>.<b64url(16 bytes)>
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

import msgspec

from site_agent.launch.signed import BadSignature, decode_bytes, encode_bytes
from site_agent.units import HOUR, CeremonyId, Duration, Instant

MASTER_KEY_BYTES = 32
TAG_BYTES = 16
COOKIE_LIFE = Duration(24 * HOUR)
"""A ceremony is one day; the link itself lives until it is revoked."""
MAX_TOKEN_CHARACTERS = 600
MAX_KNOWN = 20_000
"""Tokens whose tags were found to hold, as many as there are links in use."""
_PREFIX = "dc1"


class BadToken(Exception):
    """A token or cookie is malformed, forged, of an older generation, or past its expiry."""


class Claim(msgspec.Struct, frozen=True):
    """What a verified token or cookie says."""

    subject: str
    generation: int


def session_name(subject: str) -> str:
    """The public short name of a subject (`as`): 8 hexadecimal digits, so that cookies live side by side."""
    return hashlib.sha256(subject.encode()).hexdigest()[:8]


def load_master_key(path: Path) -> bytes:
    """The ceremony's master key; made with mode 0600 at the first call.

    Raises:
        ValueError: the file holds something else than 32 bytes.

    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
    else:
        key = secrets.token_bytes(MASTER_KEY_BYTES)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
    if len(key) != MASTER_KEY_BYTES:
        raise ValueError(f"{path} is not a master key of {MASTER_KEY_BYTES} bytes")
    return key


class LinkKeys:
    """Makes and checks tokens and cookies of one ceremony. Holds the secret; its `repr` does not show it."""

    def __init__(self, master: bytes, ceremony: CeremonyId) -> None:
        self._master = master
        self._ceremony = ceremony
        self._known: dict[str, Claim] = {}
        """Tokens that held: what holds once holds always, for whoever compares its generation."""

    def token(self, subject: str, generation: int) -> str:
        """The text that stands in a link's fragment, or in an Authorization header."""
        tag = self._tag("link", subject, generation)
        return f"{_PREFIX}.{encode_bytes(subject.encode())}.{generation}.{tag}"

    def read_token(self, text: str) -> Claim:
        """Check a token's form and tag; the caller compares the generation with the ceremony's.

        Raises:
            BadToken

        """
        known = self._known.get(text)
        if known is not None:
            return known
        prefix, *fields = _split(text, 4)
        if prefix != _PREFIX:
            raise BadToken("not a token of this version")
        claim = _claim(fields[0], fields[1])
        self._check(fields[2], self._tag("link", claim.subject, claim.generation))
        if len(self._known) >= MAX_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[text] = claim
        return claim

    def cookie(self, claim: Claim, expires: Instant) -> str:
        """The value of the session cookie."""
        tag = self._tag("cookie", claim.subject, claim.generation, expires)
        return f"{encode_bytes(claim.subject.encode())}.{claim.generation}.{expires}.{tag}"

    def read_cookie(self, text: str, now: Instant) -> Claim:
        """Check a cookie's form, tag and expiry.

        Raises:
            BadToken

        """
        subject, generation, expires, tag = _split(text, 4)
        claim = _claim(subject, generation)
        self._check(tag, self._tag("cookie", claim.subject, claim.generation, _number(expires)))
        if now >= _number(expires):
            raise BadToken("the session is over")
        return claim

    def secret_for(self, label: str, *parts: str | int) -> str:
        """A secret of one purpose derived from the master key, such as the hash of a short code."""
        return self._tag(label, *parts)

    def check(self, given: str, right: str) -> None:
        """Compare a secret that was given with the right one, taking the same time whatever differs.

        Raises:
            BadToken

        """
        self._check(given, right)

    def _tag(self, label: str, *parts: str | int) -> str:
        message = "\x00".join((label, self._ceremony, *map(str, parts))).encode()
        return encode_bytes(hmac.digest(self._master, message, "sha256")[:TAG_BYTES])

    @staticmethod
    def _check(given: str, right: str) -> None:
        # Headers bring bytes that are no UTF-8 as lone surrogates.
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), right.encode()):
            raise BadToken("the tag does not hold")


def _split(text: str, count: int) -> list[str]:
    parts = text.split(".")
    if len(parts) != count or len(text) > MAX_TOKEN_CHARACTERS:
        raise BadToken("malformed")
    return parts


def _claim(subject: str, generation: str) -> Claim:
    try:
        return Claim(decode_bytes(subject).decode(), _number(generation))
    except (BadSignature, UnicodeDecodeError) as error:
        raise BadToken("malformed") from error


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise BadToken("malformed")
    return int(text)
