"""Keeps the state now and then, so that a restart, also after a crash, folds few entries. See `server.engine.kept`."""

import asyncio

import structlog
from prometheus_client import Counter, Gauge

from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import CueState
from server.engine.engine import Engine
from server.engine.kept import PURPOSE, sealed_kept
from server.engine.port import JournalUnwritable, KeyStore, StateFile
from server.engine.secret import NumberedSecret

LOOK_EVERY = 5.0
"""Seconds between two looks at how far the journal has come."""
ENTRIES = 10_000
"""Entries that make keeping worth its pause of the event loop: 10 to 30 ms for every 1,000 sites with a morning behind them."""
CALM = 250
"""Entries between two looks up to which the moment is calm enough for it."""
AT_MOST = 50_000
"""Entries behind which it is done whether or not the moment is calm."""
ENTRIES_AT_STOP = 500

KEPT = Counter("diemcau_kept_states_total", "States written beside the journal for a faster restart.")
KEPT_AT = Gauge("diemcau_kept_state_entry", "The entry up to which the last one goes.")

_LAUNCHING = frozenset({CueState.ARMED, CueState.COMMITTED, CueState.ABORTING})
_log = structlog.get_logger(room="engine")


class Keeper:
    """Writes the engine's state to a file: `run` while the engine works, `stop` after it has ended."""

    def __init__(self, engine: Engine, keys: KeyStore, file: StateFile) -> None:
        self._engine = engine
        self._keys = keys
        self._file = file
        self._kept = engine.kept_head.seq

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        seen = self._engine.head.seq
        while True:
            await asyncio.sleep(LOOK_EVERY)
            seen, moved = self._engine.head.seq, self._engine.head.seq - seen
            if due(self._behind(), moved) and not launching(self._engine.state):
                await self.keep()

    async def stop(self) -> None:
        """Keep where the engine ended, unless that is where the last one goes."""
        if self._behind() >= ENTRIES_AT_STOP:
            await self.keep()

    async def keep(self) -> bool:
        """Write the state as it stands; False where that cannot be done now, which harms nothing."""
        engine = self._engine
        secret = NumberedSecret(self._keys, PURPOSE)
        try:
            await self._keys.ensure([secret.key_name])
            if not engine.settled or secret.key(secret.number) is None:
                return False  # somebody is being forgotten: what stands in the state now must not be written down
            # No await from here to the sealing: the state, its head and its ids belong together.
            seq = engine.head.seq
            await self._file.save(sealed_kept(engine.state, engine.head, engine.events, engine.ids, secret))
        except JournalUnwritable as error:
            _log.warning("state not kept", reason=str(error))
            return False
        self._kept = seq
        KEPT.inc()
        KEPT_AT.set(seq)
        _log.debug("state kept", entries=seq)
        return True

    def _behind(self) -> int:
        return self._engine.head.seq - self._kept


def due(behind: int, moved: int) -> bool:
    """Whether to keep the state `behind` entries after the last time, when `moved` came since the last look."""
    return behind >= AT_MOST or (behind >= ENTRIES and moved <= CALM)


def launching(state: Ceremony) -> bool:
    """Whether a button may be pressed or was pressed just now: no time for a pause."""
    return any(cue.state in _LAUNCHING for cue in state.cues.cues.values())
