"""What /site and /timer need to open without a network: every file they are made of, found by reading what refers to what,
and a version.

The version changes with any byte of the page, of a file or of the worker; the worker keeps files of one version together.
"""

import hashlib
import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from web.modules import IMPORTS
from web.templating import ROOT, STATIC, VENDOR

OFFLINE_PAGES = ("site", "timer")
"""A host reports from it without a network; a speaker's clock that is loaded again must not become the browser's error."""
WORKER = STATIC / "js/worker/site_worker.js"
BUILD_HEADER = "Diemcau-Build"
"""Header of the page that tells its version to the worker."""

_TEMPLATE = re.compile(r"""{%-?\s*(?:extends|include)\s+"([^"]+)""")
_LINKED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
_IMPORTED = tuple(
    map(re.compile, (r'\n(?:import|export)\b[^"\n]*"([^"]+)";', r'\n} from "([^"]+)";', r'\sawait import\("([^"]+)"\)'))
)
"""Each begins with one character: `re` looks for that much faster than for a line's beginning. A start waits for it."""
_NAMED = re.compile(r'"(/static/[\w./-]+)"')
_CSS_URL = re.compile(r'url\(["\']?(/static/[^"\')]+)')


@dataclass(frozen=True, slots=True)
class OfflineKit:
    """`files`: paths as the browser asks for them; `script`: the whole service worker."""

    version: str
    files: tuple[str, ...]
    script: str


@cache
def offline_kit(page: str = "site") -> OfflineKit:
    """Read once for each page; a running server serves one version."""
    templates = {name: (ROOT / "templates" / name).read_text(encoding="utf-8") for name in _templates(f"{page}.html")}
    files = sorted(_files(templates))
    worker = WORKER.read_text(encoding="utf-8")
    words = {path.as_posix(): path.read_text(encoding="utf-8") for path in sorted((ROOT / "locale").rglob("*.po"))}
    digest = hashlib.sha256()
    for name, text in [*sorted(templates.items()), *words.items(), ("worker", worker)]:
        digest.update(f"{posixpath.basename(name)}\0{text}\0".encode())
    for path in files:
        digest.update(path.encode() + b"\0" + hashlib.sha256(_on_disk(path).read_bytes()).digest())
    version = digest.hexdigest()[:16]
    head = json.dumps({"version": version, "page": page, "files": files}, separators=(",", ":"))
    return OfflineKit(version, tuple(files), f"self.DIEMCAU={head};\n{worker}")


def _templates(name: str) -> Iterator[str]:
    yield name
    for inner in _TEMPLATE.findall((ROOT / "templates" / name).read_text(encoding="utf-8")):
        yield from _templates(inner)


def _files(templates: dict[str, str]) -> set[str]:
    """Everything the page may ask for, directly or through a file it asks for."""
    waiting = [path for text in templates.values() for path in _LINKED.findall(text)]
    waiting += [f"/static/i18n/{path.name}" for path in sorted((STATIC / "i18n").glob("*.json"))]
    found: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in found or not _on_disk(path).is_file():
            continue
        found.add(path)
        waiting += _referred(path)
    return found


def _referred(path: str) -> Iterator[str]:
    if path.endswith(".css"):
        yield from _CSS_URL.findall(_on_disk(path).read_text(encoding="utf-8"))
    elif path.endswith((".js", ".mjs")):
        text = "\n" + _on_disk(path).read_text(encoding="utf-8")
        yield from _NAMED.findall(text)
        for imported in _IMPORTED:
            yield from (_resolved(name, path) for name in imported.findall(text))


def _resolved(name: str, importer: str) -> str:
    """The path of an import: relative, or by the import map."""
    if name.startswith("."):
        return posixpath.normpath(posixpath.join(posixpath.dirname(importer), name))
    for prefix, target in IMPORTS.items():
        if name == prefix or (prefix.endswith("/") and name.startswith(prefix)):
            return target + name.removeprefix(prefix)
    return name


def _on_disk(path: str) -> Path:
    name = path.removeprefix("/static/")
    return VENDOR / name.removeprefix("vendor/") if name.startswith("vendor/") else STATIC / name
