"""The clock's anchor across restarts: within one boot of the machine the journalled anchor is used again."""

import asyncio

from server.ceremony.ceremony import Ceremony
from server.ceremony.details import AnchorClock
from server.ceremony.rules import SYSTEM
from server.clock import CeremonyClock, boot_clock_id
from server.engine.engine import Engine
from server.engine.ids import derived_id
from server.engine.port import Journal, KeyStore, StateFile
from server.engine.replay import replay
from site_agent.units import ClockId, Monotonic


async def open_engine(journal: Journal, keys: KeyStore, file: StateFile | None = None) -> tuple[Engine, CeremonyClock]:
    """Replay the journal, from the kept state in `file` on where there is one, and start its clock. After `Engine.run` was
    started, `journal_anchor` must follow.

    Raises:
        JournalCorrupt: the journal does not replay.

    """
    replayed = await replay(journal, keys, file)
    clock = clock_of(replayed.state, await asyncio.to_thread(boot_clock_id))
    return Engine(journal, keys, clock, replayed), clock


def clock_of(state: Ceremony, boot: ClockId) -> CeremonyClock:
    """The clock whose anchor the journal has, if the machine has not been started anew since; else a new one."""
    anchor = state.details.anchor
    if anchor is not None and anchor.clock_id == boot:
        return CeremonyClock(anchor.clock_id, anchor.utc, Monotonic(anchor.monotonic))
    return CeremonyClock.anchored_now()


async def journal_anchor(engine: Engine, clock: CeremonyClock) -> None:
    """Make the anchor durable unless it is: then the next start within this boot tells the same time.

    A journal that cannot be written now is left to say so itself; the anchor is written at the next start.
    """
    clock_id, utc, at = clock.anchor
    known = engine.state.details.anchor
    if known is None or (known.clock_id, known.utc, known.monotonic) != (clock_id, utc, at):
        command = derived_id("anchor", clock_id, str(utc), str(at))
        await engine.submit(AnchorClock(id=command, clock_id=clock_id, utc=utc, monotonic=at), SYSTEM)
