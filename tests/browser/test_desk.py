"""/desk against a small centre: one line a site, corrections, undo, closing."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.fake_centre import FakeCentre, running

pytestmark = pytest.mark.browser

DONG_VINH, KIM_LIEN = "16663", "17971"
SILENT = {"present": None, "reported_at": None, "reported_by": ""}


@pytest.fixture
async def centre() -> AsyncIterator[FakeCentre]:
    async with running(FakeCentre()) as centre:
        yield centre


@pytest.fixture
async def desk(centre: FakeCentre, browser: Browser) -> AsyncIterator[Page]:
    await centre.put_sites({KIM_LIEN: SILENT, DONG_VINH: {"present": 28, "reported_by": "host"}})
    page = await browser.new_page(viewport={"width": 1440, "height": 810})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{centre.url}/desk")
    await expect(page.locator("#missing details").first).to_be_visible()
    yield page
    await page.context.close()
    assert errors == []


def reports(centre: FakeCentre):
    return [command for command in centre.answers if command["kind"] == "report_head_count"]


async def test_code_number_enter_reports_and_the_field_is_free_again(desk: Page, centre: FakeCentre):
    before = int(await desk.locator("#missing-count").inner_text())
    await desk.keyboard.type(KIM_LIEN)
    await desk.keyboard.press("Enter")
    await expect(desk.locator("#say")).to_contain_text("Xã Kim Liên")
    await desk.keyboard.type("33")
    await desk.keyboard.press("Enter")
    await expect(desk.locator("#log li.is-accepted")).to_contain_text("Xã Kim Liên")
    await expect(desk.locator("#site")).to_be_focused()
    await expect(desk.locator("#site")).to_have_value("")
    await expect(desk.locator("#missing-count")).to_have_text(str(before - 1))
    (command,) = reports(centre)
    assert (command["site"], command["counts"], command["reason"]) == (KIM_LIEN, {"unsorted": 33}, "")


async def test_name_and_number_in_one_go(desk: Page, centre: FakeCentre):
    await desk.keyboard.type("kim lien 33")
    await desk.keyboard.press("Enter")
    await expect(desk.locator("#log li.is-accepted")).to_contain_text("33")
    assert reports(centre)[0]["site"] == KIM_LIEN


async def test_a_name_that_repeats_is_chosen_with_the_arrows(desk: Page, centre: FakeCentre):
    await desk.keyboard.type("tan son 30")
    await desk.keyboard.press("Enter")
    await expect(desk.locator("#say")).to_contain_text("cùng khớp")
    assert reports(centre) == []
    await desk.keyboard.press("ArrowDown")
    chosen = await desk.locator("#found [aria-selected=true] .quiet").inner_text()
    await desk.keyboard.press("Enter")
    if await desk.locator("#reason-area").is_visible():
        await desk.keyboard.press("1")
    await expect(desk.locator("#log li.is-accepted")).to_contain_text("Xã Tân Sơn")
    assert reports(centre)[0]["site"] == chosen.split(" · ", maxsplit=1)[0]


async def test_an_unusual_number_is_asked_about_and_a_correction_needs_a_reason(desk: Page, centre: FakeCentre):
    await desk.keyboard.type(f"{DONG_VINH} 700")
    await desk.keyboard.press("Enter")
    await expect(desk.locator("#unusual")).to_contain_text("Số 700 lớn hơn 20 lần dự kiến (30)")
    await desk.get_by_role("button", name="Vẫn báo").click()
    await expect(desk.locator("#reason-label")).to_contain_text("đã báo 28. Sửa thành 700 vì sao?")
    assert reports(centre) == []
    await desk.keyboard.press("3")
    await expect(desk.locator("#log li.is-accepted")).to_contain_text("trước là 28: Thêm đại biểu đến muộn")
    assert reports(centre)[0]["confirmed_unusual"] is True


async def test_undo_is_a_correction_back_to_the_number_before(desk: Page, centre: FakeCentre):
    await desk.keyboard.type(f"{DONG_VINH} 33")
    await desk.keyboard.press("Enter")
    await desk.keyboard.press("2")
    await expect(desk.locator("#log li.is-accepted")).to_have_count(1)
    await desk.locator("#undo").click()
    await expect(desk.locator("#log li.is-accepted")).to_have_count(2)
    assert [command["counts"]["unsorted"] for command in reports(centre)] == [33, 28]
    assert reports(centre)[1]["reason"] != ""


async def test_a_line_that_did_not_reach_the_centre_is_sent_again_under_its_own_id(desk: Page, centre: FakeCentre):
    await desk.route("**/api/v1/commands", lambda route: route.abort())
    await desk.keyboard.type("kim lien 33")
    await desk.keyboard.press("Enter")
    line = desk.locator("#log li.is-unsent")
    await expect(line).to_contain_text("chưa có gì thay đổi", timeout=15_000)
    await desk.unroute("**/api/v1/commands")
    await line.get_by_role("button", name="Gửi lại").click()
    await expect(desk.locator("#log li.is-accepted")).to_contain_text("Xã Kim Liên")
    assert len({command["id"] for command in reports(centre)}) == 1


async def test_the_missing_list_puts_a_site_on_the_line(desk: Page):
    await desk.locator("#missing-group").select_option("Huyện Nam Đàn")
    await desk.locator("#missing").get_by_role("button", name="Xã Kim Liên").click()
    await expect(desk.locator("#count")).to_be_focused()
    await expect(desk.locator("#site")).to_have_value(f"Xã Kim Liên · {KIM_LIEN}")


async def test_closing_asks_for_a_name_repeats_what_it_does_and_offers_every_version(desk: Page, centre: FakeCentre):
    await desk.get_by_role("tab", name="Chốt số liệu").click()
    await desk.locator("#close-button").click()
    await expect(desk.locator("#signer-error")).to_have_text("Điền họ tên và chức vụ người chốt.")
    await desk.locator("#signer").fill("Giám đốc Sở KH&CN")
    await desk.locator("#close-button").click()
    await expect(desk.locator("#ask-title")).to_have_text("Chốt số liệu với tên Giám đốc Sở KH&CN?")
    await expect(desk.locator("#ask-words")).to_contain_text("chưa báo")
    await desk.locator("#ask-yes").click()
    await expect(desk.locator("#versions li")).to_contain_text("Bản 1")
    href = await desk.locator("#versions").get_by_role("link", name="Word").get_attribute("href")
    assert href.startswith("/api/v1/reports/morning.docx?version=1")
    assert centre.answers[-1]["closed_by"] == "Giám đốc Sở KH&CN"


async def test_a_hosts_link_is_revoked_and_given_anew(desk: Page, centre: FakeCentre):
    await desk.get_by_role("tab", name="Liên kết").click()
    await desk.locator("#link-site").fill("kim lien")
    await desk.locator("#link-sites").get_by_role("button", name="Thu hồi và cấp liên kết mới").click()
    await desk.locator("#ask-yes").click()
    await expect(desk.locator(".desk-secret")).to_contain_text("/enter#dc1.")
    assert centre.answers[-1]["subject"] == f"host:{KIM_LIEN}"


async def test_who_waits_with_a_short_code_is_told_on_the_tab_and_gone_once_answered(desk: Page, centre: FakeCentre):
    await expect(desk.locator("#waiting-count")).to_have_text("1")
    await desk.get_by_role("tab", name="Liên kết").click()
    await desk.get_by_role("button", name="Không phải").click()
    await expect(desk.locator("#waiting li")).to_have_count(0)
    await expect(desk.locator("#waiting-count")).to_be_hidden()
    assert centre.decided == [{"id": "a", "accept": False}]
