"""The files of one attempt at its holder: written so that a crash at any instant leaves the whole truth or none of it.

| file | meaning once it is there |
| --- | --- |
| `name`, `key` | the commit key of the attempt |
| `commit` | preallocated zeros; a whole frame in it is the signed order, and the attempt is committed |
| `warrant` | the warrant is held: presses count |
| `presses` | presses counted before the quorum, in preallocated zeros |
| `returned` | the warrant is given back and will never be committed, also if its offer arrives later |
| `abort` | the signed abort of the order |
"""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from site_agent import durable
from site_agent.durable import Failpoint
from site_agent.launch.firing import Key
from site_agent.launch.signed import Signed, SigningKey
from site_agent.units import Sha256

COMMIT_BYTES = 128 * 1024
"""Size of the preallocated commit file."""
PRESSES_BYTES = 64 * 1024
"""Size of the preallocated presses: an order that fits into a message has no more."""


class HolderError(Exception):
    """Base of what the holder raises; see `site_agent.holder`."""


class HolderCorrupt(HolderError):
    """What lies in the folder contradicts itself, or rotted: people must look."""


class Found(msgspec.Struct, frozen=True):
    """What lay in the folder."""

    key: Key
    seed: bytes
    returned: bool
    warrant: Signed | None
    presses: tuple[Signed, ...]
    order: Signed | None
    abort: Signed | None


class AttemptFiles:
    """One attempt's folder. Every method that writes is durable when it returns, and raises OSError when it is not."""

    def __init__(self, place: Path, failpoint: Failpoint) -> None:
        self.place = place
        self._failpoint = failpoint
        self._commit: int | None = None
        """Open from the hold to the end: a commit must not fail for want of a descriptor."""
        self._unsure = False
        """A failed write may have left a whole order in the commit file: it is wiped before anything else."""
        self._abort_unsure = False
        """Likewise for the abort: one that nobody was told of must not be found after T0."""

    def make_key(self, key: Key) -> SigningKey:
        """A new commit key, stored before it is known to anyone."""
        durable.make_folder(self.place)
        made = SigningKey.from_seed(os.urandom(32))
        durable.create(self.place / "name", msgspec.json.encode(key), self._failpoint, "name")
        durable.create(self.place / "key", made.seed, self._failpoint, "key")
        return made

    def hold(self, warrant: Signed) -> None:
        """Room for the order and the presses before it first, then the warrant: whoever finds the warrant finds the room."""
        durable.preallocate(self.place / "presses", PRESSES_BYTES, self._failpoint, "preallocate")
        durable.preallocate(self.place / "commit", COMMIT_BYTES, self._failpoint, "preallocate")
        self._open_commit()
        durable.create(self.place / "warrant", msgspec.json.encode(warrant), self._failpoint, "warrant")

    def commit(self, order: Signed) -> None:
        """One write, one fsync. If it fails the file is wiped: an order nobody was told of must not come back."""
        self.make_sure()
        self._failpoint("commit.begin")
        self._unsure = True
        try:
            durable.write_at(self._descriptor, 0, durable.frame(msgspec.json.encode(order)))
        except OSError:
            self.make_sure()
            raise
        self._unsure = False
        self._failpoint("commit.durable")

    def make_sure(self) -> None:
        """Wipe what a failed commit may have left."""
        if self._unsure:
            durable.write_at(self._descriptor, 0, bytes(durable.HEADER_BYTES))
            self._unsure = False

    def append_press(self, press: Signed, before: Sequence[Signed]) -> None:
        """Keep a press counted before the quorum, behind those that count already. What else a failed write may have left
        is cut off: a press that was refused must not count after a crash, beside the one that followed it.
        """
        path = self.place / "presses"
        self._failpoint("presses.begin")
        descriptor = os.open(path, os.O_WRONLY)
        try:
            # A blank header behind it ends the list; the file keeps its room.
            durable.write_at(descriptor, sum(len(_framed(one)) for one in before), _framed(press) + bytes(durable.HEADER_BYTES))
        finally:
            os.close(descriptor)
        self._failpoint("presses.durable")

    def bar(self, warrant_hash: Sha256) -> None:
        """The warrant will never be committed."""
        durable.create(self.place / "returned", warrant_hash.encode(), self._failpoint, "returned")

    def abort(self, abort: Signed) -> None:
        """Keep the signed abort. If it fails it is taken away again."""
        self._abort_unsure = True
        try:
            durable.create(self.place / "abort", msgspec.json.encode(abort), self._failpoint, "abort")
        except OSError:
            self.make_sure_of_abort()
            raise
        self._abort_unsure = False

    def make_sure_of_abort(self) -> None:
        """Take away what a failed abort may have left."""
        if self._abort_unsure:
            (self.place / "abort").unlink(missing_ok=True)
            durable.sync_folder(self.place)
            self._abort_unsure = False

    def read(self) -> Found | None:
        """What a crash or a stop left; None when it came before there was a key.

        Raises:
            HolderCorrupt: a file is there and cannot be read.

        """
        name, seed = self._whole("name"), self._whole("key")
        if name is None or seed is None:
            return None
        warrant, abort = self._signed("warrant"), self._signed("abort")
        return Found(
            key=msgspec.json.decode(name, type=Key),
            seed=seed,
            # Its mere name bars the warrant, whatever became of its content.
            returned=(self.place / "returned").exists(),
            warrant=warrant,
            presses=self._presses(),
            order=self._order() if warrant is not None else None,
            abort=abort,
        )

    def close(self) -> None:
        """Release the descriptor."""
        if self._commit is not None:
            os.close(self._commit)
            self._commit = None

    @property
    def _descriptor(self) -> int:
        assert self._commit is not None, "opened with the warrant"
        return self._commit

    def _open_commit(self) -> None:
        self.close()
        self._commit = os.open(self.place / "commit", os.O_RDWR)

    def _order(self) -> Signed | None:
        try:
            self._open_commit()
        except FileNotFoundError as error:
            raise HolderCorrupt(f"{self.place}: a warrant without its commit file") from error
        payload = durable.unframe(os.pread(self._descriptor, COMMIT_BYTES, 0))
        if payload is None:
            # Blank, or torn by a crash before anyone was told: it must read the same after the next crash too.
            durable.write_at(self._descriptor, 0, bytes(durable.HEADER_BYTES))
            return None
        # The crash may have come before the fsync: nobody may be told of what is in the page cache only.
        os.fsync(self._descriptor)
        return msgspec.json.decode(payload, type=Signed)

    def _presses(self) -> tuple[Signed, ...]:
        path = self.place / "presses"
        payloads = durable.unframe_all(path.read_bytes())[0] if path.exists() else []
        return tuple(msgspec.json.decode(payload, type=Signed) for payload in payloads)

    def _signed(self, name: str) -> Signed | None:
        payload = self._whole(name)
        return msgspec.json.decode(payload, type=Signed) if payload is not None else None

    def _whole(self, name: str) -> bytes | None:
        path = self.place / name
        payload = durable.read(path)
        if payload is None and path.exists():
            raise HolderCorrupt(f"{path} cannot be read")
        return payload


def _framed(press: Signed) -> bytes:
    return durable.frame(msgspec.json.encode(press))
