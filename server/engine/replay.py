"""From the journal to the state: fold every event of every entry, checking the chain on the way.

Where a kept state fits the journal (`server.engine.kept`), the fold begins behind it.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from struct import unpack

import structlog

from server.ceremony.ceremony import Ceremony, evolve
from server.engine.codec import facts
from server.engine.kept import Kept, NotKept, opened_kept
from server.engine.port import GENESIS, Head, Journal, JournalCorrupt, KeyStore, StateFile, StoredEntry

_log = structlog.get_logger(room="engine")


@dataclass(slots=True)
class Replayed:
    """Where the history led."""

    state: Ceremony = field(default_factory=Ceremony)
    head: Head = GENESIS
    ids: set[bytes] = field(default_factory=set)
    """The 16-byte keys of all accepted commands; answers are read back with `Journal.find`."""
    events: int = 0
    kept: Head = GENESIS
    """How far a kept state led: the chain up to there was not checked."""


async def replay(journal: Journal, keys: KeyStore, file: StateFile | None = None) -> Replayed:
    """Read the journal: what comes after the kept state in `file` where that fits, else the whole.

    Raises:
        JournalCorrupt: the chain does not hold, or an entry cannot be read or folded; says at which seq.

    """
    with _undisturbed():
        result = await _begun(journal, keys, file)
        async for block in journal.read(result.head.seq):
            _fold(result, block, keys)
    return result


async def _begun(journal: Journal, keys: KeyStore, file: StateFile | None) -> Replayed:
    """Where the fold begins: at the kept state, or at nothing."""
    data = None if file is None else await file.load()
    if data is None:
        return Replayed()
    try:
        kept = opened_kept(data, keys)
        await _check_place(journal, kept)
    except NotKept as error:
        _log.info("kept state passed over, the whole journal is replayed", reason=str(error))
        return Replayed()
    return Replayed(state=kept.state, head=kept.head, ids=kept.id_set(), events=kept.events, kept=kept.head)


async def _check_place(journal: Journal, kept: Kept) -> None:
    """The journal must have the very entry at which the state was kept: its hash stands for all before it."""
    async for block in journal.read(kept.head.seq - 1):
        if (block[0].seq, block[0].hash) == (kept.head.seq, kept.head.hash):
            return
        break
    raise NotKept(f"the journal has another entry {kept.head.seq}, or none")


def _fold(result: Replayed, block: Sequence[StoredEntry], keys: KeyStore) -> None:
    """One block. Local names and one loop: at 200,000 entries each microsecond here is 0.2 s of a restart."""
    seq, digest = result.head.seq, result.head.hash
    state, names, events = result.state, [], 0
    for entry in block:
        seq += 1
        body = entry.body
        digest = sha256(digest + body).digest()
        if digest != entry.hash or entry.seq != seq:
            raise JournalCorrupt(f"entry {seq}: the chain does not hold")
        try:
            told = facts(body, keys)
            for event in told.events:
                evolve(state, event)
                events += 1
        except Exception as error:
            raise JournalCorrupt(f"entry {seq}: {error or type(error).__name__}") from error
        names.append(told.id)
    result.events += events
    result.ids.update(unpack("16s" * len(names), bytes.fromhex("".join(names).replace("-", ""))))
    result.head = Head(seq=seq, hash=digest)


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
    gc.freeze()
