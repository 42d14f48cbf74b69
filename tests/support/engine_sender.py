"""A process with an engine on real files that starts items for ever, eight senders at once, and prints each accepted command
with its seq once it is answered. Somebody kills it.
"""

import asyncio
import sys
from itertools import count
from pathlib import Path

import msgspec

from server.engine.engine import Engine
from server.journal.people import SqliteKeys
from server.journal.sqlite import SqliteJournal
from tests.support.engines import FakeClock, running
from tests.support.programmes import ADMIN, import_programme, start


async def send(engine: Engine) -> None:
    for turn in count():
        command = start(1 + turn % 3)
        answer = await engine.submit(command, ADMIN)
        if answer.outcome == "accepted":
            print(answer.seq, msgspec.json.encode(command).decode(), flush=True)


async def main(directory: Path) -> None:
    journal = await SqliteJournal.open(directory / "journal.sqlite3")
    engine = await Engine.opened(journal, await SqliteKeys.open(directory / "people.sqlite3"), FakeClock())
    async with running(engine):
        await engine.submit(import_programme(), ADMIN)
        await asyncio.gather(*(send(engine) for _ in range(8)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
