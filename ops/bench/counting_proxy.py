"""A TCP proxy that counts: what a browser costs on the wire, whichever of its parts asked (page, service worker, sockets)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Counted:
    """Bytes so far, above TCP and below TLS: heads, frames and bodies."""

    def __init__(self, watched: bytes) -> None:
        self.port = 0
        self.down = 0
        self.up = 0
        self.watched = 0
        """Requests that began with the watched words."""
        self.words = watched

    @property
    def total(self) -> int:
        """Both ways."""
        return self.down + self.up


@asynccontextmanager
async def counting_proxy(port: int, watched: bytes) -> AsyncIterator[Counted]:
    """Listens on a port of its own and passes everything to `port` and back."""
    counted = Counted(watched)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs_in, theirs_out = await asyncio.open_connection("127.0.0.1", port)

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str) -> None:
            with suppress(ConnectionError):
                while data := await source.read(65_536):
                    setattr(counted, way, getattr(counted, way) + len(data))
                    if way == "up":
                        counted.watched += data.count(counted.words)
                    sink.write(data)
                    await sink.drain()
            sink.close()

        await asyncio.gather(pump(reader, theirs_out, "up"), pump(theirs_in, writer, "down"))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    counted.port = server.sockets[0].getsockname()[1]
    try:
        yield counted
    finally:
        server.close()
