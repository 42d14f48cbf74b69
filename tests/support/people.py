"""People of a ceremony over the real API: each with a link, a device key of its own, and what it signs."""

import asyncio
import os
import time
from typing import Any

import aiohttp
import msgspec

from server.engine.ids import new_id
from site_agent.launch.objects import Confirmation, Press, VouchWord
from site_agent.launch.signed import SigningKey, sign
from site_agent.units import Attempt, CeremonyId, CueId, DeviceId, Instant, SeatName, Sha256


class Refusal(AssertionError):
    """The server refused what the person asked."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('code')}: {problem.get('detail')}")
        self.code = problem.get("code")


class Person:
    """One seat: role, name, token, device key."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str, role: str, seat: str) -> None:
        self.http = http
        self.url = url
        self.role = role
        self.seat = seat
        self.key = SigningKey.from_seed(os.urandom(32))
        self._headers = {"Authorization": f"Bearer {token}"}

    async def read(self, path: str) -> Any:
        """GET a JSON answer."""
        async with self.http.get(self.url + path, headers=self._headers) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def post(self, path: str, body: Any) -> Any:
        """POST JSON, expect success."""
        async with self.http.post(self.url + path, headers=self._headers, json=body) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def command(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Give one command; raises `Refusal` when refused."""
        [answer] = await self.post("/api/v1/commands", {"id": new_id(), "kind": kind, **fields})
        if answer["outcome"] == "refused":
            raise Refusal(answer["problem"])
        return answer

    async def enrol(self) -> None:
        """Make this person's device known."""
        await self.command("enrol_device", public_key=self.key.public, device_kind="page", name="bài thử", part="seat")

    async def cue(self) -> dict[str, Any]:
        """The cue's row."""
        return (await self.read("/api/v1/ceremony"))["cue"]

    async def confirm(self) -> None:
        """Confirm the arming of what is polled now."""
        row = await self.cue()
        body = Confirmation(
            plan_hash=Sha256(row["plan_hash"]),
            live=row["live"],
            cue=CueId(row["cue"]),
            attempt=Attempt(row["attempt"]),
            role=self.role,
            device=DeviceId(self.key.id),
        )
        await self.command(
            "confirm_arming", cue=row["cue"], attempt=row["attempt"], confirmation=msgspec.to_builtins(sign(body, self.key))
        )

    async def vouch(self) -> None:
        """Say of the warrant that is in doubt: its holder is switched off and did not fire."""
        row = await self.cue()
        doubt = row["doubt"]
        body = VouchWord(
            ceremony_id=CeremonyId(row["plan"]["ceremony_id"]),
            live=doubt["live"],
            cue=CueId(row["cue"]),
            attempt=Attempt(doubt["attempt"]),
            warrant_hash=Sha256(doubt["warrant_hash"]),
            role=self.role,
            device=DeviceId(self.key.id),
        )
        word = msgspec.to_builtins(sign(body, self.key))
        await self.command("vouch_warrant", cue=row["cue"], attempt=doubt["attempt"], word=word)

    async def press(self, instead_of: str | None = None) -> dict[str, Any]:
        """Press the own seat, or in a seat's place."""
        ceremony = await self.read("/api/v1/ceremony")
        body = Press(
            warrant_hash=Sha256(ceremony["cue"]["warrant_hash"]),
            seat=SeatName(self.seat),
            substitute_for=SeatName(instead_of) if instead_of else None,
            pressed_at=Instant(ceremony["now"]),
        )
        return await self.command("press", press=msgspec.to_builtins(sign(body, self.key)))

    async def until_cue(self, *states: str, within: float = 30) -> dict[str, Any]:
        """The cue's row once it is in one of the states; asks every 50 ms, fails after `within` seconds."""
        return await self.until(lambda c: c["cue"]["state"] in states, f"cue in {states}", within, key="cue")

    async def until(self, holds: Any, what: str, within: float = 30, key: str | None = None) -> Any:
        """Ask the ceremony until `holds(answer)`."""
        end = time.monotonic() + within
        while True:
            answer = await self.read("/api/v1/ceremony")
            if holds(answer):
                return answer[key] if key else answer
            if time.monotonic() > end:
                raise AssertionError(
                    f"not within {within} s: {what}; cue {answer['cue'] and answer['cue']['state']}, {answer['counts']}"
                )
            await asyncio.sleep(0.05)


class Company:
    """The people a launch needs, from the links a demo prints."""

    def __init__(self, http: aiohttp.ClientSession, ready: dict[str, Any]) -> None:
        links = ready["links"]

        def person(role: str, index: int = 0) -> Person:
            link = links[role][index]
            return Person(http, ready["url"], link["token"], role, link.get("seat", ""))

        self.caller = person("caller")
        self.tech = person("tech")
        self.mc = person("mc")
        self.desk = person("desk")
        self.pressers = [person("presser", index) for index in range(len(links["presser"]))]

    async def enrol(self) -> None:
        """All devices known."""
        for person in (self.caller, self.tech, self.mc, *self.pressers):
            await person.enrol()

    async def arm(self, *, live: bool) -> dict[str, Any]:
        """From any rest to ARMED: prepare if needed, poll, waive what is missing, two confirmations."""
        row = await self.caller.cue()
        if row["state"] == "draft":
            await self.caller.command("prepare_cue", cue=row["cue"])
        await self.caller.command("open_polling", cue=row["cue"], live=live)
        row = await self.caller.cue()
        for site in row["required"]:
            if not site["ready"]:
                await self.caller.command(
                    "waive_site",
                    cue=row["cue"],
                    attempt=row["attempt"],
                    site=site["site"],
                    named="Tổng đạo diễn",
                    reason="bài thử",
                )
        await self.caller.confirm()
        await self.tech.confirm()
        return await self.caller.until_cue("armed")
