"""Pictures of every page of a running demo, at the sizes people use: `python ops/screenshots.py READY.json OUT_DIR`.

READY.json is the line that `diemcau demo --json` prints.
"""

import json
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

SIZES = {"phone": (360, 740), "desk": (1280, 800), "full": (1920, 1080)}
PAGES = {
    "wall": ("tech", "/wall"),
    "desk": ("desk", "/desk"),
    "call": ("caller", "/call"),
    "mc": ("mc", "/mc"),
    "press": ("presser", "/press"),
    "site": ("host", "/site"),
    "stage": ("host", "/stage"),
    "watch": ("viewer", "/watch"),
}


def main(ready_file: str, out: str, *only: str) -> None:
    ready = json.loads(Path(ready_file).read_text())
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, (role, path) in PAGES.items():
            if only and name not in only:
                continue
            for size, (width, height) in SIZES.items():
                shoot(browser, ready, role, path, (width, height), folder / f"{name}-{size}.png")
        browser.close()


def shoot(browser: Browser, ready: dict, role: str, path: str, size: tuple[int, int], file: Path) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, device_scale_factor=1)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    links = ready["links"][role]
    link = links[0]["url"]
    page.goto(link)
    page.wait_for_url(lambda url: "/enter" not in url, timeout=15_000)
    if path not in page.url:
        page.goto(ready["url"] + path)
    page.wait_for_timeout(2_500)
    page.screenshot(path=str(file))
    print(file, *problems, sep="\n   ")
    context.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
