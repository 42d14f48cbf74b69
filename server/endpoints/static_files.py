"""What the server takes from web/, once, at its start: templates, and the files under /static/ with their caching."""

from pathlib import Path

import msgspec

from web.templating import STATIC, VENDOR, Pages

_OURS = "no-cache"
"""Asked for each time and answered 304: a page never mixes modules of two versions."""
_VENDOR = "public, max-age=604800"


class StaticFile(msgspec.Struct, frozen=True):
    """One file and its Cache-Control."""

    path: Path
    cache: str


def list_static_files() -> dict[str, StaticFile]:
    """Every file there is now, by its path under /static/."""
    vendor = {f"vendor/{name}": StaticFile(VENDOR / name, _VENDOR) for name in _listed(VENDOR)}
    return vendor | {name: StaticFile(STATIC / name, _OURS) for name in _listed(STATIC)}


def load_pages() -> Pages:
    """Every template, compiled."""
    pages = Pages()
    pages.load_all()
    return pages


def _listed(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
