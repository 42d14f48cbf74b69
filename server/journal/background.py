"""The chain behind a kept state, checked after the start: a restart need not wait for it, and rot must still be noticed."""

import asyncio

import structlog
from prometheus_client import Gauge

from server.engine.port import GENESIS, Head, Journal
from server.journal.chain import next_hash

PAUSE = 1.0
"""Seconds between two blocks, so that check-ins hardly wait: 200,000 entries take about a minute."""
AT_A_TIME = 512
"""Entries hashed before others of the event loop get their turn: about a millisecond."""

BROKEN_AT = Gauge("diemcau_journal_broken_entry", "First entry whose hash does not follow from those before; 0 for none.")

_log = structlog.get_logger(room="journal")


async def check_chain(journal: Journal, upto: Head, pause: float = PAUSE) -> int | None:
    """Read the entries up to `upto` and compare every hash; the first that is wrong, or None.

    A broken chain is logged and shown in the metrics. The server goes on: its state was right when it was kept, and
    `diemcau journal verify` says more.
    """
    head = GENESIS
    async for block in journal.read():
        for start in range(0, len(block), AT_A_TIME):
            for stored in block[start : start + AT_A_TIME]:
                if head.seq == upto.seq:
                    return _ended(head, upto)
                if stored.seq != head.seq + 1 or stored.hash != next_hash(head.hash, stored.body):
                    return _broken(head.seq + 1)
                head = Head(seq=stored.seq, hash=stored.hash)
            await asyncio.sleep(0)
        await asyncio.sleep(pause)
    return _ended(head, upto)


def _ended(head: Head, upto: Head) -> int | None:
    if head == upto:
        return None
    return _broken(upto.seq if head.seq == upto.seq else head.seq + 1)


def _broken(seq: int) -> int:
    BROKEN_AT.set(seq)
    _log.error("the journal's chain does not hold", entry=seq, advice="diemcau journal verify")
    return seq
