"""The kept state in a file beside the journal."""

import asyncio
from pathlib import Path

from server.engine.port import JournalUnwritable


class KeptFile:
    """Implements `server.engine.port.StateFile`. Not fsynced: what a power cut tears is noticed and replayed instead, and the
    journal's own fsyncs need not wait for megabytes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def load(self) -> bytes | None:
        return await asyncio.to_thread(self._read)

    async def save(self, sealed: bytes) -> None:
        try:
            await asyncio.to_thread(self._write, sealed)
        except OSError as error:
            raise JournalUnwritable(f"{self._path}: {error.strerror}") from error

    def _read(self) -> bytes | None:
        try:
            return self._path.read_bytes()
        except OSError:
            return None

    def _write(self, sealed: bytes) -> None:
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            fresh.write_bytes(sealed)
            fresh.chmod(0o600)
            fresh.replace(self._path)
        finally:
            fresh.unlink(missing_ok=True)
