"""A process that appends batches of three for ever and prints each body once it is acknowledged. Somebody kills it."""

import asyncio
import sys
from pathlib import Path

from server.engine.ids import new_id
from server.engine.port import Entry, Journal
from server.journal.sqlite import SqliteJournal
from site_agent.units import Instant


async def write(journal: Journal) -> None:
    head = await journal.head()
    while True:
        batch = [Entry(id=new_id(), at=Instant(1), body=f"body-{head.seq + n}".encode()) for n in range(1, 4)]
        head = await journal.append(head, batch)
        print(*(entry.body.decode() for entry in batch), sep="\n", flush=True)


async def main(kind: str, place: str) -> None:
    match kind:
        case "sqlite":
            await write(await SqliteJournal.open(Path(place)))
        case _:
            sys.exit(f"no journal of kind {kind}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
