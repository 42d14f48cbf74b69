"""The hash chain over stored entries: `hash = SHA-256(previous hash ‖ body)`."""

from collections.abc import Sequence
from hashlib import sha256

from server.engine.port import Entry, Head, StoredEntry


def next_hash(before: bytes, body: bytes) -> bytes:
    """The hash of an entry whose body follows an entry (or genesis) with hash `before`."""
    return sha256(before + body).digest()


def chained(after: Head, entries: Sequence[Entry]) -> list[StoredEntry]:
    """The entries with the places in the chain they get behind `after`."""
    stored = []
    seq, digest = after.seq, after.hash
    for entry in entries:
        seq, digest = seq + 1, next_hash(digest, entry.body)
        stored.append(StoredEntry(seq=seq, hash=digest, body=entry.body))
    return stored
