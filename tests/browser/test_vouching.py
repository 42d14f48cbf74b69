"""/call when the holder's folder is gone: two people read what happened, say the same sentence, and go on."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Visitors
from tests.support.people import Company
from tests.support.running import RunningDemo, free_port, start_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SENTENCE = "Đã tắt máy giữ quyền và máy đó chưa phát lệnh"


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[RunningDemo]:
    """Armed for real, stopped, its holder's folder deleted, started again."""
    data, port = tmp_path / "data", free_port()
    demo = await start_demo(data, "--sites", "2", port=port)
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.enrol()
        await company.arm(live=True)
    await demo.stop()
    shutil.rmtree(data / "holder")
    demo = await start_demo(data, "--sites", "2", port=port)
    yield demo
    await demo.stop()


async def test_both_people_read_what_happened_and_say_the_same_sentence(demo: RunningDemo, visitors: Visitors, browser: Browser):
    def link(role: str) -> str:
        return str(demo.ready["links"][role][0]["url"])

    caller = await visitors.open(link("caller"))
    tech = await visitors.open(link("tech"), "/call", width=360, height=780)
    presser = await visitors.open(link("presser"), width=360, height=780, touch=True)
    for page in (caller, tech):
        await expect(page.locator("#say")).to_contain_text("Nút bấm không nhận lệnh")
        await expect(page.locator("#doubt")).to_contain_text("máy giữ quyền kích hoạt không còn dữ liệu")
        await expect(page.get_by_role("button", name="Thu lại nút bấm")).to_have_count(0)
    await expect(presser.locator("#disc")).to_be_disabled()

    await caller.get_by_role("button", name=SENTENCE).click()
    await expect(caller.locator("#ask-words")).to_contain_text(SENTENCE)
    await expect(caller.locator("#ask-yes")).to_have_text(SENTENCE)
    await caller.locator("#ask-yes").click()
    await expect(caller.locator("#ask")).not_to_be_visible()
    await expect(caller.locator("#doubt")).to_contain_text("✓ caller-1")
    await expect(caller.locator("#vouch")).to_have_count(0)
    await expect(tech.locator("#doubt")).to_contain_text("✓ caller-1")

    await tech.get_by_role("button", name=SENTENCE).click()
    await tech.locator("#ask-yes").click()
    for page in (caller, tech):
        await expect(page.locator("#doubt")).to_contain_text("theo lời caller-1 và tech-1")
        await expect(page.locator("#say")).to_contain_text("đã kết thúc theo lời hai người")
    await expect(caller.get_by_role("button", name="Mở chính thức")).to_be_visible()
