"""Verbs are clients of a server: of the running one, through DATA/credential.json, or, when nobody holds the journal, of
one that lives inside the verb for as long as it takes and listens on the loopback alone.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import msgspec

from server.credential import Credential, Unreachable, read_credential
from server.engine.port import JournalError
from server.journal.lock import holder_of
from server.settings import SettingsError, load
from site_agent.holder_files import HolderError

TIMEOUT = aiohttp.ClientTimeout(total=60)

T = TypeVar("T")


class ServerRefused(Exception):
    """The server answered with a problem."""

    def __init__(self, code: str, detail: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.fields = fields or {}


class Client:
    """One server, asked as admin."""

    def __init__(self, http: aiohttp.ClientSession, credential: Credential) -> None:
        self._http = http
        self.url = credential.url

    async def json(
        self, method: str, path: str, kind: type[T], *, body: Any = None, data: bytes | None = None, **query: object
    ) -> T:
        """Ask, and decode the answer.

        Raises:
            ServerRefused: any problem the server tells.

        """
        raw = msgspec.json.encode(body) if body is not None else data
        return msgspec.json.decode(await self.fetch(method, path, raw, **query), type=kind)

    async def fetch(self, method: str, path: str, data: bytes | None = None, **query: object) -> bytes:
        """Ask, and return the body.

        Raises:
            ServerRefused

        """
        params = {name: str(value) for name, value in query.items() if value is not None}
        try:
            async with self._http.request(method, f"{self.url}{path}", data=data, params=params) as answer:
                content = await answer.read()
                if answer.status >= 400:
                    raise _refused(answer.status, content)
                return content
        except aiohttp.ClientError as error:
            raise Unreachable(f"Không hỏi được máy chủ {self.url}: {error}") from error


def _refused(status: int, content: bytes) -> ServerRefused:
    try:
        problem = msgspec.json.decode(content, type=dict[str, Any])
        return ServerRefused(problem["code"], problem["detail"], problem.get("fields"))
    except (msgspec.MsgspecError, KeyError):
        return ServerRefused(f"http_{status}", f"Máy chủ trả lời {status}.")


@asynccontextmanager
async def server_of(data: Path) -> AsyncIterator[Client]:
    """A server that has this data directory.

    Raises:
        Unreachable: there is no ceremony there, or another process holds it that cannot be asked.

    """
    if not (data / "journal.sqlite3").exists():
        raise Unreachable(f"Chưa có buổi lễ nào trong {data}. Chạy “diemcau init” hoặc “diemcau demo” trước.")
    if holder_of(data / "server.lock") is not None:
        async with open_client(read_credential(data)) as client:
            yield client
        return
    # A whole server, which a verb beside the running one need not wait for.
    from server.app import NoCeremony, inner_server  # noqa: PLC0415

    try:
        async with inner_server(load({"data": data})) as (url, token), open_client(Credential(url, token)) as client:
            yield client
    except (JournalError, NoCeremony, SettingsError, HolderError) as error:
        raise Unreachable(str(error)) from error


@asynccontextmanager
async def open_client(credential: Credential) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {credential.token}"}
    async with aiohttp.ClientSession(headers=headers, timeout=TIMEOUT) as http:
        yield Client(http, credential)
