"""Prove that a journal is whole: the hash chain holds, every entry can be read and folded, no id is there twice."""

from collections import Counter

import msgspec

from server.ceremony.ceremony import Ceremony, evolve
from server.engine.codec import decoded
from server.engine.port import GENESIS, Head, Journal, JournalCorrupt, KeyStore, StoredEntry
from server.engine.sealing import people_in
from server.journal.chain import next_hash
from site_agent.units import CommandId


class Verdict(msgspec.Struct, frozen=True):
    """What was found. `broken_at` is the first entry that is wrong, None when all is well."""

    entries: int
    """Entries that hold, from the first on."""
    events: int
    by_kind: dict[str, int]
    """Events by kind, most frequent first."""
    forgotten: int
    """Persons in the journal whose fields can no longer be read."""
    head: str
    """Hash of the last entry that holds, hexadecimal."""
    broken_at: int | None = None
    reason: str = ""


async def verify(journal: Journal, keys: KeyStore) -> Verdict:
    """Read and fold the whole journal; stops at the first entry that does not hold and says which."""
    check = _Check(keys)
    async for block in journal.read():
        for stored in block:
            try:
                check.take(stored)
            except JournalCorrupt as error:
                return check.verdict(stored.seq, str(error))
    told = await journal.head()
    if told != check.head:
        return check.verdict(check.head.seq + 1, f"the journal says its head is {told.seq}, the last entry is {check.head.seq}")
    return check.verdict(None, "")


class _Check:
    def __init__(self, keys: KeyStore) -> None:
        self.head: Head = GENESIS
        self._keys = keys
        self._state = Ceremony()
        self._ids: set[CommandId] = set()
        self._kinds: Counter[str] = Counter()
        self._forgotten: set[str] = set()

    def take(self, stored: StoredEntry) -> None:
        """Check one entry against all before it.

        Raises:
            JournalCorrupt

        """
        if stored.seq != self.head.seq + 1:
            raise JournalCorrupt(f"after entry {self.head.seq} comes entry {stored.seq}")
        if stored.hash != next_hash(self.head.hash, stored.body):
            raise JournalCorrupt("its hash does not follow from its bytes and the entry before")
        body = decoded(stored.body, self._keys)
        if body.id in self._ids:
            raise JournalCorrupt(f"command {body.id} is there a second time")
        for event in body.events:
            try:
                evolve(self._state, event)
            except Exception as error:
                raise JournalCorrupt(f"{event.__struct_config__.tag} cannot be folded: {error!r}") from error
        self._ids.add(body.id)
        self._kinds.update(event.__struct_config__.tag for event in body.events)
        people = {person.person for event in body.events for person in people_in(event)}
        self._forgotten |= {person for person in people if self._keys.forgotten(person)}
        self.head = Head(seq=stored.seq, hash=stored.hash)

    def verdict(self, broken_at: int | None, reason: str) -> Verdict:
        return Verdict(
            entries=self.head.seq,
            events=self._kinds.total(),
            by_kind=dict(self._kinds.most_common()),
            forgotten=len(self._forgotten),
            head=self.head.hash.hex(),
            broken_at=broken_at,
            reason=reason,
        )
