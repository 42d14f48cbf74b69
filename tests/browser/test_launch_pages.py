"""The launch as people do it: two arm on their consoles, two leaders press, stage and screens fire and answer."""

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Visitors
from tests.support.people import Company
from tests.support.running import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SITES = 12


def link(demo: RunningDemo, role: str, index: int = 0) -> str:
    return str(demo.ready["links"][role][index]["url"])


async def agree(page: Page) -> None:
    """Press the dialog's own button, as the one who was asked."""
    await page.locator("#ask-yes").click()
    await expect(page.locator("#ask")).not_to_be_visible()


async def two_seats_must_press(company: Company) -> None:
    """Change the plan so that two of three seats are needed."""
    plan = (await company.caller.cue())["plan"]
    await company.caller.command("plan_cue", plan={**plan, "k": 2})
    await company.caller.command("prepare_cue", cue=plan["cue"])


@pytest.mark.sites(SITES)
async def test_two_people_arm_two_leaders_press_and_the_stage_lights_up(demo: RunningDemo, visitors: Visitors):
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await two_seats_must_press(company)
        stage = await visitors.open(link(demo, "host"), "/stage", width=1920, height=1080)
        wall = await visitors.open(link(demo, "tech"))
        tech = await visitors.open(link(demo, "tech"), "/call")
        caller = await visitors.open(link(demo, "caller"))
        leaders = [await visitors.open(link(demo, "presser", seat), width=768, height=1024, touch=True) for seat in range(2)]
        third = await visitors.open(link(demo, "presser", 2), width=768, height=1024, touch=True)
        await expect(third.locator("#label")).to_have_text("Chưa mở")
        await company.caller.until(lambda c: c["counts"]["connected"] >= SITES, "agents connected", within=60)

        await caller.get_by_role("button", name="Mở tổng duyệt").click()
        await expect(caller.locator("#mode")).to_have_text("TỔNG DUYỆT")
        await waive_what_is_missing(caller)
        await caller.get_by_role("button", name="Xác nhận kích hoạt").click()
        await agree(caller)
        await expect(leaders[0].locator("#disc")).to_be_disabled()
        await tech.get_by_role("button", name="Xác nhận kích hoạt").click()
        await agree(tech)

        for leader in leaders:
            await expect(leader.locator("#label")).to_have_text("Nhấn")
            await expect(leader.locator("#mode")).to_be_visible()
        await leaders[0].locator("#disc").tap()
        await expect(leaders[0].locator("#words")).to_contain_text("Đang chờ các nút còn lại")
        assert (await company.caller.cue())["state"] == "armed"
        await leaders[1].locator("#disc").tap()
        await company.caller.until_cue("committed", "fired", "verified")

        await expect(leaders[0].locator("#label")).to_have_text("Đã phát động", timeout=15_000)
        await expect(stage.locator("body")).to_contain_text("điểm cầu cùng phát động", timeout=15_000)
        row = await company.caller.until(lambda c: c["cue"]["fired_sites"] > SITES, "receipts, the hall's too", key="cue")
        assert row["live"] is False
        await expect(caller.locator("#figures")).to_contain_text(str(row["fired_sites"]))
        launch = await company.caller.read(f"/api/v1/launches/{row['cue']}/{row['attempt']}")
        hall = [receipt for receipt in launch["receipts"] if receipt["site"] == demo.ready["links"]["host"][0]["site"]]
        assert hall, "the stage page sent no receipt"
        assert all(receipt["outcome"] == "fired" for receipt in hall)
        await expect(wall.locator("body")).not_to_have_class("is-stale")


async def waive_what_is_missing(caller: Page) -> None:
    """The main hall's screen is not there in this test: a named person agrees to go on."""
    await caller.locator("#required").get_by_role("button", name="Đồng ý tiếp tục").click()
    await caller.get_by_label("Họ tên, chức vụ người đồng ý").fill("Tổng đạo diễn")
    await caller.get_by_role("textbox", name="Lý do").fill("chạy thử")
    await agree(caller)


async def test_a_button_that_is_not_armed_does_nothing_however_it_is_touched(demo: RunningDemo, visitors: Visitors):
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        pad = await visitors.open(link(demo, "presser"), width=360, height=740, touch=True)
        await expect(pad.locator("#words")).to_contain_text("Nút chưa được kích hoạt")
        await pad.locator("#disc").dispatch_event("pointerdown")
        await pad.keyboard.press("Enter")
        await pad.evaluate("document.getElementById('disc').disabled = false")
        await pad.locator("#disc").dispatch_event("pointerdown")
        assert (await company.caller.cue())["state"] == "prepared"
        assert (await company.caller.cue())["pressed"] == 0


async def test_an_abort_held_three_seconds_before_the_launch_reaches_every_screen(demo: RunningDemo, visitors: Visitors):
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.enrol()
        mc = await visitors.open(link(demo, "mc"), width=1024, height=768)
        await company.caller.until(lambda c: c["counts"]["connected"] >= 2, "agents connected", within=60)
        await company.arm(live=False)
        await expect(mc.locator("#abort")).to_be_enabled()
        await mc.locator("#abort").click()
        await expect(mc.locator("#abort-words")).to_have_text("giữ nút 0,6 giây")
        assert (await company.caller.cue())["state"] == "armed"

        await company.pressers[0].press()
        row = await company.caller.until_cue("committed")
        assert row["abort_until"] <= row["t0"] - 1_000_000
        await expect(mc.locator("#abort-words")).to_contain_text("còn kịp trong 2 giây")
        box = await mc.locator("#abort").bounding_box()
        assert box
        await mc.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await mc.mouse.down()
        await company.caller.until_cue("aborting", "aborted")
        await mc.mouse.up()
        row = await company.caller.until_cue("aborted")
        launch = await company.caller.read(f"/api/v1/launches/{row['cue']}/{row['attempt']}")
        assert {receipt["outcome"] for receipt in launch["receipts"]} == {"aborted"}
        assert len(launch["receipts"]) == row["expected_receipts"]
        await expect(mc.locator("#abort")).to_be_disabled()
