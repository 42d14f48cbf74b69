"""A small centre for working on pages: the real roster, invented figures, the feeds and the command door of TEAM's wire.

Run `python tests/support/fake_centre.py --port 8099 [--sites 5000]`; `/wall`, `/desk`, `/watch`, `/enter` … open without a
link. `POST /fake {"grades": {code: grade}, "suspect": true, "silent": true}` moves it from a test.
"""

import argparse
import asyncio
import csv
import json
import random
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from tests.support.hls_maker import HlsMaker
from web.i18n import choose_language
from web.templating import STATIC, VENDOR, Pages, content_security_policy

ROOT = Path(__file__).parents[2]
MINUTE = 60_000_000
ROLES = {
    "wall": "tech", "desk": "desk", "watch": "viewer", "enter": "", "site": "host", "stage": "host", "call": "caller", "mc": "mc",
    "press": "presser",
}  # fmt: skip


class FakeCentre:
    """State as feed rows, and the sockets that follow them."""

    def __init__(self, sites: int = 433, minutes_to_start: float = 51.3) -> None:
        self.feed_id = secrets.token_hex(4)
        self.offsets: dict[str, int] = {}
        self.sockets: dict[web.WebSocketResponse, set[str]] = {}
        self.silent = False
        self.shared, self.companions = "", 0
        """The site whose link went round, and how many phones opened it."""
        self.decided: list[dict[str, Any]] = []
        """What was answered to those who wait with a short code; nobody waits after the first."""
        self.url = ""
        """Where it listens, once `running`."""
        self.pages = Pages()
        self.answers: list[dict[str, Any]] = []
        self.hls: HlsMaker | None = None
        """The programme, where there is one."""
        self.beacons: list[dict[str, Any]] = []
        self.deaf = False
        """No feed is to be had: every socket is refused."""
        starts = now() + int(minutes_to_start * MINUTE)
        self.feeds: dict[str, dict[str, Any]] = {"sites": roster(sites), "ceremony": {}, "public": {}}
        self.feeds["ceremony"] = {
            "info": info(starts),
            **programme(starts),
            "cue:launch": cue(),
        }
        self._total()
        self._public()

    def now(self) -> int:
        """The centre's instant."""
        return now()

    def _total(self) -> None:
        rows = list(self.feeds["sites"].values())
        grades = [row["grade"] for row in rows]
        self.feeds["ceremony"]["totals"] = {
            "sites": len(rows),
            "connected": sum(grade in {"up", "unstable", "degraded"} for grade in grades),
            "checked_in": sum(bool(row.get("checked_in_at")) for row in rows),
            "reported": sum(row.get("present") is not None for row in rows),
            "expected": sum(row["expected"] for row in rows),
            "present": sum(row.get("present") or 0 for row in rows),
            "by_grade": {grade: grades.count(grade) for grade in set(grades)},
        }

    def _public(self) -> None:
        head = self.feeds["ceremony"]["info"]
        totals = self.feeds["ceremony"]["totals"]
        names = ("ceremony_id", "title", "authority", "starts_at", "live_key", "rehearsal_key")
        self.feeds["public"] = {
            "info": {name: head[name] for name in names} | {"connected": totals["connected"], "present": totals["present"]},
            **{key: row for key, row in self.feeds["ceremony"].items() if key.startswith("programme:")},
            "launch": {
                "cue": "launch",
                "attempt": 1,
                "live": True,
                "state": "prepared",
                "title": "Phát động phong trào",
                "subtitle": "“Bình dân học vụ số”",
                "portal": "nq57.nghean.gov.vn",
                "trigger": "seats",
                "touched": 0,
                "t0": None,
                "lit": 0,
            },
        }

    async def change(self, feed: str, rows: dict[str, Any]) -> None:
        """Put rows and tell everyone who follows the feed."""
        self.feeds.setdefault(feed, {}).update(rows)
        offset = self.offsets[feed] = self.offsets.get(feed, 0) + 1
        message = {"feed": feed, "feed_id": self.feed_id, "offset": offset, "now": now(), "changes": list(rows.items())}
        for socket, names in list(self.sockets.items()):
            if feed in names and not self.silent:
                await socket.send_json(message)

    async def put_sites(self, changes: dict[str, dict[str, Any]]) -> None:
        """Change fields of sites, and the totals with them."""
        rows = {code: self.feeds["sites"][code] | fields for code, fields in changes.items()}
        await self.change("sites", rows)
        self._total()
        await self.change("ceremony", {"totals": self.feeds["ceremony"]["totals"]})

    async def page(self, request: web.Request) -> web.Response:
        name = request.match_info["page"]
        language = choose_language(request.query.get("lang"), request.cookies.get("lang"))
        nonce = secrets.token_urlsafe(12)
        who = {
            "as": "0123abcd",
            "role": ROLES.get(name, "tech"),
            "site": "NA-MAIN" if name in {"site", "stage"} else "",
            "seat": "desk-1",
        }
        told = {"public": self.public_page()} if name == "watch" else {}
        html = self.pages.render(f"{name}.html", language=language, csp_nonce=nonce, session=who, **told)
        policy = content_security_policy(nonce, request.host)
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": policy})

    def public_page(self) -> dict[str, Any]:
        """What /watch is told when it is made."""
        launch = self.feeds["public"]["launch"]
        words = {"title": launch["title"], "subtitle": launch["subtitle"]}
        head = {name: value for name, value in self.feeds["public"]["info"].items() if name not in {"connected", "present"}}
        return head | {"launch": words}

    async def beacon(self, request: web.Request) -> web.Response:
        self.beacons.append(await request.json())
        return web.json_response({"again_after": 30})

    async def live(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=404) if self.hls is None else await self.hls.serve(request)

    async def follow(self, request: web.Request) -> web.WebSocketResponse:
        if self.deaf:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(protocols=("diemcau.feed.v1",), compress=False)
        await socket.prepare(request)
        self.sockets[socket] = set()
        life = asyncio.create_task(self._live(socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and not self.silent:
                    await self._subscribe(socket, json.loads(message.data))
        finally:
            life.cancel()
            del self.sockets[socket]
        return socket

    async def _subscribe(self, socket: web.WebSocketResponse, ask: dict[str, Any]) -> None:
        name = ask.get("subscribe")
        if name is None:
            self.sockets[socket].discard(ask.get("unsubscribe", ""))
            return
        self.sockets[socket].add(name)
        if ask.get("feed_id") == self.feed_id and ask.get("offset") == self.offsets.get(name, 0):
            return
        rows = self._own(name.removeprefix("site:")) if name.startswith("site:") else self.feeds.get(name, {})
        head = {"feed": name, "feed_id": self.feed_id, "offset": self.offsets.get(name, 0), "now": now()}
        await socket.send_json(head | {"snapshot": list(rows.items())})

    def _own(self, code: str) -> dict[str, Any]:
        row = self.feeds["sites"][code]
        devices = [{"id": "Abc", "name": "Chrome trên Windows", "part": "screen", "connected": row["grade"] != "down"}]
        phones = self.companions if code == self.shared else 0
        devices += [
            {"id": f"P{n}", "name": f"Chrome trên Android · {n}", "part": "companion", "connected": True} for n in range(phones)
        ]
        history = [[row["reported_at"], row["reported_by"], row["present"]]] if row.get("present") is not None else []
        return {"site": row, "mine": {"counts": {}, "history": history, "devices": devices}}

    async def _live(self, socket: web.WebSocketResponse) -> None:
        while True:
            await asyncio.sleep(5)
            if not self.silent:
                await socket.send_json({"now": now()})

    async def commands(self, request: web.Request) -> web.Response:
        body = await request.json()
        return web.json_response([await self._answer(each) for each in (body if isinstance(body, list) else [body])])

    async def _answer(self, command: dict[str, Any]) -> dict[str, Any]:
        self.answers.append(command)
        if command["kind"] == "report_head_count":
            total = sum(command["counts"].values())
            fields = {"present": total, "reported_at": now(), "reported_by": "desk"}
            await self.put_sites({command["site"]: fields})
        if command["kind"] == "close_figures":
            head = self.feeds["ceremony"]["info"]
            closed = {"closed_version": head["closed_version"] + 1, "closed_at": now(), "closed_by": command["closed_by"]}
            await self.change("ceremony", {"info": head | closed})
        return {"id": command["id"], "outcome": "accepted", "seq": len(self.answers)}

    async def links(self, request: web.Request) -> web.Response:
        body = await request.json()
        url = f"http://{request.host}/enter#dc1.{secrets.token_urlsafe(9)}.2.{secrets.token_urlsafe(12)}"
        return web.json_response([{"subject": f"host:{site}", "url": url, "token": ""} for site in body.get("sites", [])])

    async def packed(self, _request: web.Request) -> web.Response:
        rows = list(self.feeds["sites"].values())
        fields = dict.fromkeys(field for row in rows for field in row)
        columns = {field: [row.get(field) for row in rows] for field in fields}
        head = {"feed": "sites", "feed_id": self.feed_id, "offset": self.offsets.get("sites", 0)}
        return web.json_response(head | {"seconds": [], "columns": columns})

    async def session(self, request: web.Request) -> web.Response:
        token = (await request.json())["token"]
        if token.endswith("revoked"):
            problem = {"code": "link_revoked", "detail": "Liên kết này đã được thu hồi.", "status": 401}
            return web.json_response(problem, status=401, content_type="application/problem+json")
        return web.json_response({"as": "0123abcd", "role": "desk", "seat": "desk-1", "site": None, "page": "/desk"})

    async def holds(self, _request: web.Request) -> web.Response:
        return web.json_response({"as": "0123abcd", "role": "tech", "seat": "", "site": None, "page": "/wall"})

    async def code(self, request: web.Request) -> web.Response:
        site = (await request.json())["site"]
        return web.json_response({"code": "48213357", "site": site, "expires": now() + 10 * MINUTE})

    async def pending(self, _request: web.Request) -> web.Response:
        waiting = {"id": "a", "site": "412", "check": "47", "asked_at": now(), "state": "waiting"}
        return web.json_response([] if self.decided else [waiting])

    async def decide(self, request: web.Request) -> web.Response:
        self.decided.append(await request.json())
        return web.json_response({})

    async def redeem(self, _request: web.Request) -> web.Response:
        return web.json_response({"state": "waiting", "claim": "x", "check": "47"})

    async def fake(self, request: web.Request) -> web.Response:
        ask = await request.json()
        self.silent = ask.get("silent", self.silent)
        if "grades" in ask:
            await self.put_sites(
                {code: {"grade": grade, "reason": ask.get("reason", "")} for code, grade in ask["grades"].items()}
            )
        for feed, rows in ask.get("rows", {}).items():
            await self.change(feed, {key: self.feeds[feed].get(key, {}) | fields for key, fields in rows.items()})
        return web.json_response({"commands": self.answers})

    def application(self) -> web.Application:
        """All routes."""
        app = web.Application()
        app.router.add_static("/static/vendor", VENDOR)
        app.router.add_static("/static", STATIC)
        app.router.add_get("/ws/feed", self.follow)
        app.router.add_get("/api/v1/feeds/sites", self.packed)
        app.router.add_post("/api/v1/commands", self.commands)
        app.router.add_post("/api/v1/links", self.links)
        app.router.add_post("/api/v1/session", self.session)
        app.router.add_get("/api/v1/session", self.holds)
        app.router.add_post("/api/v1/codes", self.code)
        app.router.add_get("/api/v1/codes", self.pending)
        app.router.add_post("/api/v1/codes/decision", self.decide)
        app.router.add_post("/api/v1/codes/redeem", self.redeem)
        app.router.add_post("/fake", self.fake)
        app.router.add_post("/api/v1/beacons", self.beacon)
        app.router.add_get("/live/{name}", self.live)
        app.router.add_get("/{page}", self.page)
        return app


@asynccontextmanager
async def running(centre: FakeCentre) -> AsyncIterator[FakeCentre]:
    """Serve the centre on a free port."""
    runner = web.AppRunner(centre.application(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    centre.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield centre
    await runner.cleanup()


def now() -> int:
    return time.time_ns() // 1000


def info(starts: int) -> dict[str, Any]:
    return {
        "ceremony_id": "nghe-an-2025-06-11",
        "title": "Lễ phát động phong trào “Bình dân học vụ số”",
        "authority": "UBND tỉnh Nghệ An",
        "starts_at": starts,
        "close_at": starts - 45 * MINUTE,
        "report_at": starts - 30 * MINUTE,
        "support_phone": "0238 000 000",
        "categories": [{"id": "leaders", "name": "Lãnh đạo"}],
        "levels": [
            {"id": "province", "name": "Cấp tỉnh"},
            {"id": "district", "name": "Cấp huyện"},
            {"id": "commune", "name": "Cấp xã"},
        ],
        "live_key": "",
        "rehearsal_key": "",
        "closed_version": 0,
        "closed_at": None,
        "closed_by": "",
        "suspect": False,
        "suspect_detail": "",
        "journal_problem": "",
    }


def programme(starts: int) -> dict[str, Any]:
    with (ROOT / "server/demo_data/nghe-an-2025-06-11.programme.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {f"programme:item-{i + 1}": item(i, row, starts) for i, row in enumerate(rows)}


def item(index: int, row: dict[str, str], starts: int) -> dict[str, Any]:
    def at(text: str) -> int:
        hours, minutes = text.split(":")
        return starts + (int(hours) * 60 + int(minutes) - 480) * MINUTE

    times = {"starts_at": at(row["start"]), "ends_at": at(row["end"])}
    head = {"id": f"item-{index + 1}", "index": index, "title": row["title"], "owner": row["owner"], "kind": row["kind"]}
    return head | times | {"site": None, "started_at": None, "current": False}


def cue() -> dict[str, Any]:
    return {
        "cue": "launch",
        "title": "Phát động phong trào",
        "subtitle": "“Bình dân học vụ số”",
        "portal": "nq57.nghean.gov.vn",
        "plan_hash": "0" * 64,
        "trigger": "seats",
        "k": 1,
        "hold": 0,
        "lead": 3_500_000,
        "window": 30 * MINUTE,
        "state": "prepared",
        "attempt": 0,
        "live": True,
        "seats": [],
        "required": [],
        "ready_count": 0,
        "ready_of": 432,
        "confirmed": [],
        "refused_detail": "",
        "warrant_hash": None,
        "armed_until": None,
        "holder": "",
        "pressed": 0,
        "t0": None,
        "order_hash": None,
        "fired_sites": 0,
        "receipts": 0,
        "expected_receipts": 432,
        "last_abort": "",
    }


def roster(size: int) -> dict[str, Any]:
    """The real sites with invented figures; villages are added below the communes until there are `size`."""
    dice = random.Random(11_06_2025)
    with (ROOT / "server/demo_data/nghe-an-2025-06-11.roster.csv").open(encoding="utf-8") as file:
        known = list(csv.DictReader(file))
    names = {row["code"]: row["name"] for row in known}
    root = known[0]["code"]
    for number in range(max(0, size - len(known))):
        above = known[21 + number % (len(known) - 21) if number < 4 * len(known) else 25]
        known.append(
            {
                "code": f"V{number:05}",
                "name": f"Thôn {number // 412 + 1}",
                "level": "village",
                "parent": above["parent"] or root,
                "chair": "Bí thư Chi bộ thôn",
                "expected": "30",
            }
        )
    rows = {}
    for row in known[:size]:
        group = names.get(row["parent"], names[root])
        rows[row["code"]] = site(row, group, dice)
    return rows


def site(row: dict[str, str], group: str, dice: random.Random) -> dict[str, Any]:
    valley = group == "Huyện Kỳ Sơn"
    roll = dice.random()
    grade, reason = "up", ""
    if valley and roll < 0.62:
        grade, reason = "down", "không nhận được nhịp tim 45 giây"
    elif roll < 0.012:
        grade, reason = "never_seen", ""
    elif roll < 0.035:
        grade, reason = "degraded", "mất gói 6%, chiều gửi"
    elif roll < 0.06:
        grade, reason = "unstable", "độ trễ 380 ms"
    elif roll < 0.065:
        grade, reason = "down", "không nhận được nhịp tim 45 giây"
    elif roll < 0.07:
        grade, reason = "stale", "chậm 27 giây"
    expected = int(row["expected"])
    reported = grade != "never_seen" and dice.random() > 0.08
    return {
        "code": row["code"],
        "name": row["name"],
        "level": row["level"],
        "parent": row["parent"] or None,
        "group": group,
        "grade": grade,
        "reason": reason,
        "grade_since": now() - 3 * MINUTE if valley else None,
        "expected": expected,
        "present": max(1, expected + dice.randint(-6, 4)) if reported else None,
        "checked_in_at": now() - dice.randint(5, 40) * MINUTE if reported else None,
        "reported_at": now() - dice.randint(1, 30) * MINUTE if reported else None,
        "reported_by": "host" if reported else "",
        "chair": row["chair"],
        "contact_name": "Họ và tên",
        "contact_phone": "0912 000 000",
        "picture": "conference",
        "carrier": "Viettel" if valley else dice.choice(["VNPT", "Viettel", "MobiFone"]),
        "required": row["level"] == "province",
    }


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=8099)
    options.add_argument("--sites", type=int, default=433)
    options.add_argument("--minutes", type=float, default=51.3, help="minutes until the ceremony starts")
    given = options.parse_args()
    web.run_app(FakeCentre(given.sites, given.minutes).application(), host="127.0.0.1", port=given.port, print=None)
