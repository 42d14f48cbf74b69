"""A secret beside the persons' keys that is destroyed whenever somebody is forgotten, and followed by the next."""

from functools import cache

from server.engine.ids import derived_id
from server.engine.port import KeyStore
from site_agent.units import PersonId


class NumberedSecret:
    """Secrets of one purpose, numbered from 0; the first that was not destroyed is in use."""

    def __init__(self, keys: KeyStore, purpose: str) -> None:
        self._keys = keys
        self._purpose = purpose
        self.number = 0
        while keys.forgotten(self.name(self.number)):
            self.number += 1

    @property
    def key_name(self) -> PersonId:
        """What `KeyStore.ensure` must make durable before the secret is used."""
        return self.name(self.number)

    def name(self, number: int) -> PersonId:
        """The secret's name among the persons' keys, which is no person's: those come from ids of commands."""
        return _name(self._purpose, number)

    def key(self, number: int) -> bytes | None:
        """Its 32 bytes; None before it was made and once it was destroyed."""
        return self._keys.key(self.name(number))

    async def renew(self) -> None:
        """Destroy the secret in use, for good; the next one follows.

        Raises:
            JournalUnwritable

        """
        await self._keys.forget(self.key_name)
        self.number += 1


@cache
def _name(purpose: str, number: int) -> PersonId:
    """Asked for with every entry of the journal."""
    return PersonId(derived_id(purpose, str(number)))
