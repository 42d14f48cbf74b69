"""The pages beside the consoles by axe-core, with something on each of them: help and its tabs, rooms, the poster's page."""

import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from tests.browser.test_enter_and_watch import AXE
from tests.support.fake_centre import MINUTE, FakeCentre, now, running

pytestmark = pytest.mark.browser

PATIENCE = 30_000
"""Milliseconds a page may take on a machine that runs other tests."""


async def accessible(page: Page) -> None:
    """Nothing serious is found. The script is evaluated, because the page's policy lets no other in."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })")
    serious = {
        each["id"]: [(node["target"], node["failureSummary"]) for node in each["nodes"]][:4]
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    }
    assert not serious, json.dumps(serious, ensure_ascii=False, indent=1)


class BusyCentre(FakeCentre):
    """Sites call and write, notices and papers went out, rooms send pictures, posters count."""

    def __init__(self) -> None:
        super().__init__()
        first, second, *_ = self.feeds["sites"].values()
        place = {"site": first["code"], "name": first["name"], "group": first["group"]}
        ticket = {"topic": "sound", "text": "Loa rè", "owner": "", "by": "host", "at": now() - MINUTE, "moved_at": now()}
        self.feeds["help"] = {
            "ticket:a": place | ticket | {"id": "a", "state": "open"},
            "ticket:b": place | ticket | {"id": "b", "state": "taken", "owner": "desk-1", "topic": "picture"},
            "ticket:c": place | ticket | {"id": "c", "state": "done", "owner": "desk-1"},
            f"thread:{first['code']}": place
            | {"last": "Loa rè từ 7 giờ", "last_at": now(), "from_site": True, "messages": 2, "unread": 1},
            "notice:n": {
                "id": "n", "text": "Đề nghị các điểm cầu tắt micro.", "urgent": True, "by": "desk", "seat": "desk-1",
                "at": now() - MINUTE, "of": 433, "read": 120, "withdrawn": False,
            },
            "notice:w": {
                "id": "w", "text": "Đã rút lại.", "urgent": False, "by": "desk", "seat": "desk-1",
                "at": now() - MINUTE, "of": 433, "read": 12, "withdrawn": True,
            },
            "paper:p": {
                "id": "p", "title": "Chương trình buổi lễ", "media_type": "application/pdf", "bytes": 120_000, "at": now(),
                "by": "desk", "of": 433, "opened": 15, "withdrawn": False,
            },
            f"chase:{second['code']}": {
                "owner": "desk-1", "snoozed_until": None, "noted": 1,
                "notes": [{"at": now(), "seat": "desk-1", "text": "không nghe máy"}],
            },
        }  # fmt: skip
        self.feeds["ceremony"]["rooms"] = {"allowed": True, "sharing": 2, "chosen": first["code"]}
        sends = {"since": now() - MINUTE, "taken_at": None, "sha256": None}
        self.feeds["rooms"] = {
            row["code"]: {"code": row["code"], "name": row["name"], "group": row["group"], "rank": rank} | sends
            for rank, row in enumerate((first, second))
        }

    async def seen(self, _request: web.Request) -> web.Response:
        return web.json_response({"state": "ready", "name": "Xã Kim Liên", "ceremony": "Lễ phát động", "other": "", "site": "1"})

    def application(self) -> web.Application:
        app = super().application()
        app.router.add_post("/api/v1/seen", self.seen)
        return app


@pytest.fixture
async def centre() -> AsyncIterator[BusyCentre]:
    async with running(BusyCentre()) as centre:
        yield centre


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("help#chase", ".chase-row >> nth=0"),
        ("help#calls", ".ticket >> nth=0"),
        ("help#tell", ".notice >> nth=0"),
        ("help#files", "#files"),
        ("rooms", ".rooms-tile >> nth=0"),
        ("seen", "#title"),
        ("seen#dcs.MTIz.abc", "#act"),
    ],
)
async def test_axe_finds_nothing_serious_where_something_is_going_on(centre: BusyCentre, browser: Browser, path: str, shown: str):
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    await page.goto(f"{centre.url}/{path}")
    await expect(page.locator(shown)).to_be_visible(timeout=PATIENCE)
    await expect(page.locator(".skeleton")).to_have_count(0)
    await accessible(page)
    await page.set_viewport_size({"width": 360, "height": 780})
    await accessible(page)
    await page.context.close()
