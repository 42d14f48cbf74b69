"""Hashes of what commands ask, as the journal keeps them: worthless to whoever wants to guess a phone number.

A stored hash lets a command that is sent again be told from another under the same id. But it stays for ever and covers
names and phones: a plain SHA-256 could be tried against all of them, also after the person was forgotten. So what is stored is
HMAC-SHA-256 of the plain hash under a secret that stands beside the persons' keys, and forgetting anybody destroys the
secret in use with the person's key. Hashes of before can then be neither tried nor compared. ops/decisions/0010.
"""

import hmac

from server.engine.port import KeyStore
from server.engine.secret import NumberedSecret
from site_agent.units import PersonId


class BodyHashes:
    """Makes and compares stored hashes. The secrets are numbered; the first that was not destroyed is in use."""

    def __init__(self, keys: KeyStore) -> None:
        self._secret = NumberedSecret(keys, "body hashes")

    @property
    def number(self) -> int:
        """Of the secret in use."""
        return self._secret.number

    @property
    def key_name(self) -> PersonId:
        """What `KeyStore.ensure` must make durable before anything is stored."""
        return self._secret.key_name

    def stored(self, digest: str) -> str:
        """What the journal keeps of a plain hash (hexadecimal); its secret must be there."""
        key = self._secret.key(self.number)
        assert key is not None, "the secret is made durable before the first entry under it"
        return _hashed(key, digest)

    def same(self, stored: str, number: int, digest: str) -> bool:
        """Whether a stored hash may be of the body with that plain hash: yes where the secret of that number is no more."""
        key = self._secret.key(number)
        return key is None or hmac.compare_digest(_hashed(key, digest), stored)

    async def renew(self) -> None:
        """Destroy the secret in use, for good; the next one follows.

        Raises:
            JournalUnwritable

        """
        await self._secret.renew()


def _hashed(key: bytes, digest: str) -> str:
    return hmac.digest(key, bytes.fromhex(digest), "sha256").hex()
