"""Which scripts a page imports, through all its modules: told in the head of the page, they are fetched side by side and not
one import after another.
"""

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
IMPORTS = {
    "@noble/ed25519": "/static/vendor/noble-ed25519.js",
    "@noble/hashes/": "/static/vendor/noble-hashes/",
    "hls.js": "/static/vendor/hls.js",
    "idb": "/static/vendor/idb.js",
    "uplot": "/static/vendor/uplot.js",
}
"""The import map of every page."""
_IMPORT = re.compile(r"""^(?:import\b[^;"'(]*?|export\s[^;"'(=]*?\bfrom\s*)["']([^"']+)["']""", re.MULTILINE)


def modules_of(page: str) -> tuple[str, ...]:
    """The addresses of the page's script and of all it imports, nearest first; empty where the page has no script.

    Modules of others (vendor) are named and not looked into.
    """
    first = f"/static/js/pages/{page}.js"
    if not _file(first).is_file():
        return ()
    found = dict.fromkeys([first])
    waiting = [first]
    while waiting:
        address = waiting.pop(0)
        if address.startswith("/static/vendor/"):
            continue
        for imported in _imports(address, _file(address)):
            if imported not in found:
                found[imported] = None
                waiting.append(imported)
    return tuple(found)


@cache
def _imports(address: str, file: Path) -> tuple[str, ...]:
    """What one module imports: most are part of several pages."""
    return tuple(_resolve(address, name) for name in _IMPORT.findall(file.read_text(encoding="utf-8")))


def _file(address: str) -> Path:
    return STATIC / address.removeprefix("/static/")


def _resolve(address: str, name: str) -> str:
    if name.startswith("."):
        folder = Path(address).parent
        while name.startswith(("./", "../")):
            folder, name = (folder, name[2:]) if name.startswith("./") else (folder.parent, name[3:])
        return (folder / name).as_posix()
    for prefix, place in IMPORTS.items():
        if name == prefix or (prefix.endswith("/") and name.startswith(prefix)):
            return place + name.removeprefix(prefix)
    raise ValueError(f"{address} imports {name}, which is not in the import map")
