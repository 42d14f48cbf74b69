"""The consoles of the launch by axe-core, in every state in which somebody works with them."""

import json

import pytest
from playwright.async_api import Browser, expect

from tests.browser.test_enter_and_watch import AXE
from tests.support.fake_centre import MINUTE, FakeCentre, running

pytestmark = pytest.mark.browser

SEAT = {"seat": "desk-1", "device": "Abc", "trigger": True, "pressed_at": None, "counted": False, "substituted_by": None}
REQUIRED = {
    "site": "NA-MAIN",
    "name": "Trường Đại học Nghệ An",
    "ready": False,
    "reason": "màn hình đang ở thẻ ẩn",
    "waived_by": "",
}
STATES = ("prepared", "polling", "hold", "armed", "committed", "fired", "aborted", "verified")


def cue_in(centre: FakeCentre, state: str) -> dict[str, object]:
    """The row of the cue in a state, as far as pages look at it."""
    later = state in {"armed", "committed", "fired", "aborted", "verified"}
    return centre.feeds["ceremony"]["cue:launch"] | {
        "state": state,
        "attempt": 1,
        "seats": [SEAT | {"pressed_at": centre.now() if state in {"committed", "fired", "verified"} else None, "counted": later}],
        "required": [REQUIRED],
        "confirmed": [{"role": "caller", "seat": "caller-1", "at": centre.now()}] if state == "polling" else [],
        "armed_until": centre.now() + 20 * MINUTE if later else None,
        "warrant_hash": "0" * 64 if later else None,
        "holder": "server" if later else "",
        "t0": centre.now() - MINUTE if state in {"fired", "aborted", "verified"} else centre.now() + MINUTE if later else None,
        "receipts": 400 if later else 0,
        "last_abort": "Bấm nhầm" if state == "aborted" else "",
    }


@pytest.mark.parametrize("size", [(1440, 810), (360, 780)], ids=["wide", "phone"])
@pytest.mark.parametrize("name", ["call", "mc", "press"])
async def test_axe_finds_nothing_serious_in_any_state_of_the_launch(browser: Browser, name: str, size: tuple[int, int]):
    async with running(FakeCentre()) as centre:
        page = await browser.new_page(viewport={"width": size[0], "height": size[1]}, bypass_csp=True)
        await page.goto(f"{centre.url}/{name}")
        await expect(page.locator(".skeleton")).to_have_count(0)
        await page.add_script_tag(path=AXE)
        serious = {}
        for state in STATES:
            await centre.change("ceremony", {"cue:launch": cue_in(centre, state)})
            await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            found = await page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })")
            serious |= {
                f"{state} {each['id']}": [(node["target"], node["failureSummary"]) for node in each["nodes"]][:4]
                for each in found["violations"]
                if each["impact"] in {"serious", "critical"}
            }
        assert not serious, json.dumps(serious, ensure_ascii=False, indent=1)
        await page.context.close()
