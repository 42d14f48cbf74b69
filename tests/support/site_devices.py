"""A site's device over the real socket, message by message, for tests that must say exactly what they mean."""

import asyncio
import json
import os
import time
from types import TracebackType
from typing import Any, Self

import aiohttp

from server.engine.ids import new_id
from site_agent.launch import objects
from site_agent.launch.signed import SigningKey, sign
from site_agent.link.codec import encode
from site_agent.link.messages import SUBPROTOCOL, Hello, Message, ReportItem
from site_agent.units import CeremonyId, DeviceId, SiteCode

HEAR_WITHIN = 10.0


class SiteDevice:
    """One device with a key of its own; `async with` opens a socket and greets."""

    def __init__(self, http: aiohttp.ClientSession, url: str, site: str, token: str, ceremony: str) -> None:
        self.key = SigningKey.from_seed(os.urandom(32))
        self.site = site
        self.welcome: dict[str, Any] = {}
        self.ws: aiohttp.ClientWebSocketResponse
        self._http = http
        self._url = url
        self._ceremony = ceremony
        self._headers = {"Authorization": f"Bearer {token}"}

    async def enrol(self, part: str = "effector", kind: str = "page") -> dict[str, Any]:
        """The answer to the enrolment."""
        body = {"id": new_id(), "kind": "enrol_device", "site": self.site, "public_key": self.key.public}
        body |= {"device_kind": kind, "name": "bài thử", "part": part}
        async with self._http.post(f"{self._url}/api/v1/commands", json=body, headers=self._headers) as answer:
            answer.raise_for_status()
            (told,) = await answer.json()
        return told

    async def dial(self) -> None:
        """Open the socket and say nothing."""
        self.ws = await self._http.ws_connect(
            f"{self._url}/ws/site", headers=self._headers, protocols=(SUBPROTOCOL,), max_msg_size=0
        )

    def hello(self, nonce: int | None = None) -> Hello:
        """A hello as a device of ours would sign it."""
        body = objects.Hello(
            ceremony_id=CeremonyId(self._ceremony),
            site=SiteCode(self.site),
            device=DeviceId(self.key.id),
            nonce=nonce or time.time_ns() // 1000,
        )
        return Hello(proof=sign(body, self.key), agent="bài thử")

    async def __aenter__(self) -> Self:
        await self.dial()
        await self.say(self.hello())
        self.welcome = await self.hear("welcome")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.ws.close()

    async def say(self, message: Message | bytes | str) -> None:
        """Send a message, or exactly these bytes."""
        data = message if isinstance(message, bytes | str) else encode(message)
        await self.ws.send_str(data if isinstance(data, str) else data.decode())

    async def hear(self, *kinds: str) -> dict[str, Any]:
        """The next message of these types (any where none is named); others are passed over."""
        async with asyncio.timeout(HEAR_WITHIN):
            while True:
                frame = await self.ws.receive()
                assert frame.type is aiohttp.WSMsgType.TEXT or frame.type is aiohttp.WSMsgType.BINARY, (frame, self.ws.close_code)
                message: dict[str, Any] = json.loads(frame.data)
                if not kinds or message["type"] in kinds:
                    return message

    def item(self, kind: str, **fields: Any) -> ReportItem:
        """Something to report."""
        return ReportItem(id=new_id(), kind=kind, occurred_at=self.welcome["now"], fields=fields)

    async def closed(self) -> int | None:
        """The code the server closes with; messages before it are passed over."""
        async with asyncio.timeout(HEAR_WITHIN):
            while not self.ws.closed:
                await self.ws.receive()
        return self.ws.close_code
