"""The peer of `bench_checkins`, in its own process: the least server that decodes a command and answers when it is durable.

    python -m ops.bench.checkins_server FILE

aiohttp on uvloop, msgspec with our own types of commands, one group commit into SQLite. No roles, no rules, no chain, no
events, no feeds. Prints its port; ends with its standard input.
"""

import asyncio
import json
import sys
from pathlib import Path

import msgspec
import uvloop
from aiohttp import web

from ops.bench.bench_journal import BareSqlite
from server.ceremony.ceremony import AnyCommand

_DECODER = msgspec.json.Decoder(AnyCommand)


class _Answer(msgspec.Struct):
    id: str
    outcome: str


async def main(path: Path) -> None:
    journal = BareSqlite(path)

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        command = _DECODER.decode(body)
        await journal.submit(body)
        return web.Response(body=msgspec.json.encode([_Answer(command.id, "accepted")]), content_type="application/json")

    app = web.Application()
    app.router.add_post("/api/v1/commands", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()
    await journal.close()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1])))
