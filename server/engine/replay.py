"""From the journal to the state: fold every event of every entry, checking the chain on the way."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256

from server.ceremony.ceremony import Ceremony, evolve
from server.engine.codec import decoded
from server.engine.ids import id_key
from server.engine.port import GENESIS, Head, Journal, JournalCorrupt, KeyStore


@dataclass(slots=True)
class Replayed:
    """Where the history led."""

    state: Ceremony = field(default_factory=Ceremony)
    head: Head = GENESIS
    ids: set[bytes] = field(default_factory=set)
    """The 16-byte keys of all accepted commands; answers are read back with `Journal.find`."""
    events: int = 0


async def replay(journal: Journal, keys: KeyStore) -> Replayed:
    """Read the whole journal.

    Raises:
        JournalCorrupt: the chain does not hold, or an entry cannot be read or folded; says at which seq.

    """
    result = Replayed()
    with _undisturbed():
        async for block in journal.read():
            for entry in block:
                digest = sha256(result.head.hash + entry.body).digest()
                if entry.seq != result.head.seq + 1 or digest != entry.hash:
                    raise JournalCorrupt(f"the chain does not hold at entry {entry.seq}")
                _fold(result, entry.body, keys)
                result.head = Head(seq=entry.seq, hash=digest)
    return result


def _fold(result: Replayed, stored: bytes, keys: KeyStore) -> None:
    try:
        body = decoded(stored, keys)
        for event in body.events:
            evolve(result.state, event)
    except JournalCorrupt as error:
        raise JournalCorrupt(f"entry {result.head.seq + 1}: {error}") from error
    except Exception as error:
        raise JournalCorrupt(f"entry {result.head.seq + 1} cannot be folded: {error!r}") from error
    result.events += len(body.events)
    key = id_key(body.id)
    if key is not None:
        result.ids.add(key)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No cycle collection while hundreds of thousands of objects are made that all stay: it costs half the time.

    Afterwards they are frozen out of later collections, which would otherwise pause the server for as long.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
    gc.collect()
    gc.freeze()
