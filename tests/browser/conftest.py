"""Browsers: one real Chromium for all, contexts of their own for each test; a page's errors fail the test that caused them."""

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.support.running import RunningDemo, running_demo

ROOT = Path(__file__).parents[2]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required"]
ARGUMENTS += ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
"""A camera with a moving test picture, and permission to use it."""

expect.set_options(timeout=30_000)  # ms; what a machine with other work needs, not what a page may take


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chromium that all tests share; starting one for each took more of two cores than most tests do."""
    # The same Chromium without its windows, profiles and extensions: a new visitor costs a quarter of the CPU.
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert path, "Chromium is missing: make test installs it as root (Debian: apt-get install chromium chromium-headless-shell)"
    config = tmp_path_factory.mktemp("chromium") / "launch.json"
    config.write_text(json.dumps({"executablePath": path, "args": ARGUMENTS, "headless": True}))
    python = [sys.executable, "-m"]
    launch = [*python, "playwright", "launch-server", "--browser=chromium", f"--config={config}"]
    with subprocess.Popen(
        [*python, "tests.support.until_eof", *launch], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.stdin.close()


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A view of the shared Chromium that knows only its own contexts; they end with it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium)
        yield browser
        await browser.close()


class Visitors:
    """Opens pages as different people, each in a browser context of its own, and collects what went wrong in them."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.errors: list[str] = []
        self.forgiven: list[str] = []

    def forgive(self, words: str) -> None:
        """An error that the test itself causes."""
        self.forgiven.append(words)

    async def open(self, link: str, path: str = "", *, width: int = 1280, height: int = 800, touch: bool = False) -> Page:
        """Follow a link (and then go to another page of the same role), as one person on one device."""
        context = await self.browser.new_context(viewport={"width": width, "height": height}, has_touch=touch, locale="vi-VN")
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        page.on("console", lambda message: message.type == "error" and self.errors.append(f"{page.url}: {message.text}"))
        await page.goto(link)
        await page.wait_for_url(lambda url: "/enter" not in url)
        if path:
            await page.goto(link.split("/enter", maxsplit=1)[0] + path)
        return page


@pytest.fixture
async def demo(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[RunningDemo]:
    """A running demo with as many simulated sites as the test's mark says: `@pytest.mark.sites(12)`."""
    mark = request.node.get_closest_marker("sites")
    async with running_demo(tmp_path / "data", "--sites", str(mark.args[0] if mark else 2)) as running:
        yield running


@pytest.fixture
async def visitors(demo: RunningDemo, browser: Browser) -> AsyncIterator[Visitors]:
    """People at their pages; they leave before the server does."""
    found = Visitors(browser)
    yield found
    errors = [error for error in found.errors if not any(words in error for words in found.forgiven)]
    for context in browser.contexts:
        await context.close()
    assert errors == []
