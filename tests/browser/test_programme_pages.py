"""The programme as people run it: the caller's console, two editors at once, the MC's tablet, and the speaker's clock."""

import signal
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Visitors
from tests.support.people import Company
from tests.support.running import RunningDemo, start_demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.sites(0)]

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
MINUTE = 60_000_000


def link(demo: RunningDemo, role: str) -> str:
    return str(demo.ready["links"][role][0]["url"])


async def twice(page: Page, key: str, guard: str) -> None:
    """Press a guarded key, read what it will do, and press it again."""
    await page.keyboard.press(key)
    await expect(page.locator("#air-guard")).to_contain_text(guard)
    await page.wait_for_timeout(300)  # a bouncing key does not count as the second press
    await page.keyboard.press(key)


async def grave(page: Page) -> list[tuple[str, str]]:
    """What axe-core finds, rule and element."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa']})")
    return [(rule["id"], node["html"][:120]) for rule in found["violations"] for node in rule["nodes"]]


async def test_the_caller_runs_the_day_by_keyboard_and_every_page_follows(demo: RunningDemo, visitors: Visitors):
    caller = await visitors.open(link(demo, "caller"))
    timer = await visitors.open(link(demo, "host"), "/timer", width=1920, height=1080)
    watch = await visitors.open(link(demo, "viewer"))
    site = await visitors.open(link(demo, "host"), width=360, height=780)
    await expect(caller.locator("#air-title")).to_contain_text("Văn nghệ chào mừng")
    await expect(timer.locator("#words")).to_have_text("Chưa đến lượt phát biểu")

    await twice(caller, " ", "cho lên sóng mục 1")
    await expect(caller.locator("#air-kind")).to_have_text("Đang lên sóng · mục 1")
    await expect(caller.locator("[data-item=item-1]")).to_have_attribute("aria-current", "true")
    await expect(timer.locator("#title")).to_have_text("Văn nghệ chào mừng")
    await expect(timer.locator("#digits")).to_contain_text("14:")
    await expect(watch.locator("#now-title")).to_have_text("Văn nghệ chào mừng")
    await expect(site.locator("#foot-head")).to_have_text("Đang diễn ra")
    await expect(site.locator("#foot-title")).to_have_text("Văn nghệ chào mừng")

    await caller.keyboard.press("+")
    await expect(caller.locator("#air-words")).to_contain_text("đã thêm 1 phút")
    await expect(timer.locator("#digits")).to_contain_text("15:")
    await caller.keyboard.press("h")
    await expect(timer.locator("#words")).to_have_text("Đồng hồ tạm dừng")
    await caller.keyboard.press("h")
    await expect(timer.locator("#words")).to_have_text("Còn thời gian")

    await caller.get_by_role("button", name="Đề nghị kết thúc").click()
    await expect(timer.locator("#message")).to_have_text("Đề nghị kết thúc")
    await caller.locator("#title").click()
    await twice(caller, "n", "cho lên sóng mục 2")
    await expect(caller.locator("#air-kind")).to_have_text("Đang lên sóng · mục 2")
    await expect(timer.locator("#message")).to_be_hidden()
    await twice(caller, "b", "quay lại trước bước: cho lên sóng mục 2")
    await expect(caller.locator("#air-kind")).to_have_text("Đang lên sóng · mục 1")
    await twice(caller, "k", "kết thúc nội dung đang lên sóng")
    await expect(caller.locator("#air-kind")).to_have_text("Không có nội dung nào lên sóng")

    await caller.locator("[data-item=item-2] summary").click()
    await caller.get_by_role("button", name="Bỏ qua hôm nay").click()
    await expect(caller.locator("[data-item=item-2] .rundown-state")).to_have_text("bỏ qua")
    await expect(caller.locator("#air-title")).to_contain_text("Trình chiếu video")


async def test_two_editors_see_each_other_and_what_was_typed_is_kept(demo: RunningDemo, visitors: Visitors):
    caller = await visitors.open(link(demo, "caller"))
    tech = await visitors.open(link(demo, "tech"), "/call")
    await expect(caller.locator("#editors")).to_contain_text("kỹ thuật (tech-1)")
    await expect(tech.locator("#air-actions")).to_be_hidden()
    await caller.get_by_role("button", name="Sửa mục 4").click()
    await expect(tech.locator("[data-item=item-4] .rundown-editor")).to_have_text("tổng đạo diễn (caller-1) đang sửa mục này")
    await caller.locator("#editor-title-field").fill("Trình bày hai kế hoạch")
    await caller.locator("#editor-minutes").fill("25")

    await tech.get_by_role("button", name="Sửa mục 4").click()
    await tech.locator("#editor-minutes").fill("20")
    await tech.locator("#editor-owner").fill("Phó Giám đốc Sở KH&CN")
    await tech.get_by_role("button", name="Lưu").click()
    await expect(tech.locator("#editor")).not_to_be_visible()

    await expect(caller.locator("#editor-warning")).to_contain_text("kỹ thuật (tech-1): đổi người thực hiện, thời lượng mục 4")
    await expect(caller.locator("#editor-title-field")).to_have_value("Trình bày hai kế hoạch")
    await expect(caller.locator("#editor-minutes")).to_have_value("25")
    await expect(caller.locator(".editor-theirs")).to_have_text(["Bản mới: 20"])
    await expect(caller.locator("#editor-owner")).to_have_value("Phó Giám đốc Sở KH&CN")
    await caller.get_by_role("button", name="Lưu bản của tôi").click()
    await expect(caller.locator("[data-item=item-4] .rundown-name")).to_have_text("Trình bày hai kế hoạch")
    await expect(caller.locator("#undo")).to_have_text("Hoàn tác: đổi tên, thời lượng mục 4")
    await tech.locator("#title").click()
    await tech.keyboard.press("Control+z")
    await expect(caller.locator("[data-item=item-4] .rundown-time small")).to_have_text("20 phút")
    await expect(caller.locator("#undo")).to_have_text("Hoàn tác: đổi người thực hiện, thời lượng mục 4")

    await caller.get_by_role("button", name="Sửa mục 5").click()
    await caller.locator("#editor-words").fill("Có {đại biểu} và {số lạ}")
    await expect(caller.locator("#editor-preview")).to_contain_text("{số lạ}: không có số liệu này")
    await caller.get_by_role("button", name="Lưu", exact=True).click()
    await expect(caller.locator("#editor-error")).to_contain_text("không có số liệu {số lạ}")
    await expect(caller.locator("#editor-words")).to_have_value("Có {đại biểu} và {số lạ}")
    await caller.get_by_role("button", name="Bỏ thay đổi").click()

    visitors.forgive("400")
    await caller.locator("#programme-file").set_input_files(
        {"name": "x.csv", "mimeType": "text/csv", "buffer": "Từ,Đến,Nội dung\n08:00,sáng,A".encode()}
    )
    await expect(caller.locator("#file-answer")).to_contain_text("dòng 2, cột “Đến”, “sáng”: Giờ viết dạng 08:00 hoặc 8h30.")
    await expect(caller.locator("[data-item]")).to_have_count(10)
    await work_on_with_the_keyboard(caller)


async def work_on_with_the_keyboard(caller: Page) -> None:
    """Whatever becomes of a row, the focus is where the work goes on: along with it, at the next one, at the one just added."""
    more = caller.locator("[data-item=item-5] summary")
    await more.press("Enter")
    await caller.locator("[data-item=item-5]").get_by_role("button", name="Chuyển xuống").press("Enter")
    await expect(caller.locator("[data-item=item-5] .rundown-number")).to_have_text("6")
    await expect(more).to_be_focused()
    await more.press("Enter")
    await caller.locator("[data-item=item-5]").get_by_role("button", name="Bỏ khỏi chương trình").press("Enter")
    await expect(caller.locator("[data-item]")).to_have_count(9)
    sixth = caller.get_by_role("button", name="Sửa mục 6")
    await expect(sixth).to_be_focused()
    await caller.keyboard.press("Enter")
    await caller.locator("#editor-minutes").fill("11")
    await caller.keyboard.press("Enter")
    await expect(sixth).to_be_focused()
    await caller.locator("#add-item").press("Enter")
    await caller.locator("#editor-title-field").fill("Bế mạc")
    await caller.locator("#editor-minutes").press("Enter")
    await expect(caller.get_by_role("button", name="Sửa mục 10")).to_be_focused()


async def test_the_mc_reads_closed_figures_and_introduces_who_is_there(demo: RunningDemo, visitors: Visitors):
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.caller.command("start_item", item="item-2")
        mc = await visitors.open(link(demo, "mc"), width=1024, height=768)
        caller = await visitors.open(link(demo, "caller"))
        await expect(mc.locator("#words")).to_contain_text("0 tạm tính điểm cầu với 0 tạm tính đại biểu")
        await expect(mc.locator("#words-source")).to_contain_text("tạm tính")
        await expect(mc.locator("#intro-head")).to_have_text("Giới thiệu đại biểu · 0 trên 6 đã có mặt")

        await caller.locator("#guests-part summary").click()
        await caller.get_by_role("button", name="Đã đến: Chủ tịch UBND tỉnh").click()
        await caller.get_by_role("button", name="Vắng: Hiệu trưởng Trường Đại học Nghệ An").click()
        await caller.get_by_role("button", name="Dự thay: Đại diện Mặt trận Tổ quốc tỉnh").click()
        await caller.locator(".guests .guest-form input").first.fill("Phó Chủ tịch Mặt trận")
        await caller.get_by_role("button", name="Ghi dự thay").click()
        there = mc.locator("#intro-there li")
        await expect(there).to_have_count(2)
        await expect(there.nth(0)).to_contain_text("Chủ tịch UBND tỉnh")
        await expect(there.nth(0)).to_contain_text("mới cập nhật")
        await expect(there.nth(1)).to_contain_text("Phó Chủ tịch Mặt trận")
        await expect(there.nth(1)).to_contain_text("dự thay Đại diện Mặt trận Tổ quốc tỉnh")
        await mc.get_by_role("button", name="Đã đến: Giám đốc Sở Khoa học và Công nghệ").click()
        await expect(there).to_have_count(3)

        site = demo.ready["links"]["host"][1]["site"]
        await company.desk.command("report_head_count", site=site, counts={"unsorted": 12345}, confirmed_unusual=True)
        await company.desk.command("close_figures", closed_by="Chánh Văn phòng Sở")
        await expect(mc.locator("#words")).to_contain_text("12.345 đại biểu")
        await expect(mc.locator("#words-source")).to_contain_text("Số liệu đã chốt")


async def test_the_speakers_clock_counts_on_without_the_server_and_is_right_after_its_restart(
    demo: RunningDemo, visitors: Visitors
):
    visitors.forgive("WebSocket")
    visitors.forgive("ERR_CONNECTION")
    visitors.forgive("Failed to load")
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.caller.command("start_item", item="item-1")
    timer = await visitors.open(link(demo, "mc"), "/timer", width=1280, height=720)
    await expect(timer.locator("#digits")).to_contain_text("14:")
    await expect(timer.locator("html")).to_have_attribute("data-offline", "ready")
    await demo.stop(signal.SIGKILL)
    await expect(timer.locator("#lost")).to_contain_text("Đồng hồ vẫn chạy", timeout=30_000)
    await timer.reload()  # what was kept opens, and counts on
    await expect(timer.locator("#lost")).to_contain_text("Đồng hồ vẫn chạy", timeout=30_000)
    before = await timer.locator("#digits").inner_text()
    await expect(timer.locator("#digits")).not_to_have_text(before)
    port = int(demo.url.rsplit(":", 1)[1])
    again = await start_demo(Path(demo.ready["data"]), "--sites", "0", port=port)
    try:
        await expect(timer.locator("#lost")).to_be_hidden(timeout=30_000)
        fresh = await visitors.open(link(demo, "caller"), "/timer", width=1080, height=1920)
        await expect(fresh.locator("#words")).to_have_text("Còn thời gian")
        apart = seconds(await timer.locator("#digits").inner_text()) - seconds(await fresh.locator("#digits").inner_text())
        assert abs(apart) <= 2, "the page that went on alone and the one that asked anew show the same"
        for page in (timer, fresh):
            assert await page.evaluate(
                "document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight"
            )
    finally:
        await again.stop()


def seconds(digits: str) -> int:
    minutes, rest = digits.split(":")
    return int(minutes) * 60 + int(rest)


@pytest.mark.parametrize("path", ["/call", "/mc", "/timer"])
async def test_axe_finds_nothing_on_the_pages_of_the_programme(demo: RunningDemo, visitors: Visitors, path: str):
    async with aiohttp.ClientSession() as http:
        company = Company(http, demo.ready)
        await company.caller.command("start_item", item="item-2")
        await company.caller.command("tell_speaker", text="Đề nghị kết thúc")
    page = await visitors.open(link(demo, "caller"), path)
    if path == "/call":
        await expect(page.locator("#air-kind")).to_contain_text("mục 2")
        await page.locator("#guests-part summary").click()
        assert await grave(page) == []
        await page.get_by_role("button", name="Sửa mục 4").click()
        await expect(page.locator("#editor")).to_be_visible()
    elif path == "/mc":
        await expect(page.locator("#intro")).to_be_visible()
    else:
        await expect(page.locator("#message")).to_be_visible()
    assert await grave(page) == []
