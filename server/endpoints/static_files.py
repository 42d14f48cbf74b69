"""What the server takes from web/, once, at its start: templates, and the files under /static/ with their caching."""

import gzip
import hashlib
import mimetypes
from functools import cached_property
from pathlib import Path

from web.offline import offline_kit
from web.templating import STATIC, VENDOR, Pages

_OURS = "no-cache"
"""Asked for each time and answered 304: a page never mixes modules of two versions."""
_VENDOR = "public, max-age=604800"
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2", ".json": "application/json"}
_TEXT = frozenset({".js", ".mjs", ".css", ".json", ".svg", ".webmanifest"})
_WORTH_PACKING = 600
"""Bytes; what fits one packet with its head travels no faster packed."""


class StaticFile:
    """One file as it is answered, kept in memory: a page is some fifty of them, asked for at once."""

    def __init__(self, path: Path, cache: str) -> None:
        self.cache = cache
        self.body = path.read_bytes()
        self.etag = hashlib.sha256(self.body).hexdigest()[:20]
        self.content_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._text = path.suffix in _TEXT

    @cached_property
    def gzipped(self) -> bytes | None:
        """The body packed, at its first use; None where that gains nothing: pictures and fonts are packed already."""
        return gzip.compress(self.body, 6, mtime=0) if self._text and len(self.body) > _WORTH_PACKING else None


def list_static_files() -> dict[str, StaticFile]:
    """Every file there is now, by its path under /static/."""
    vendor = {f"vendor/{name}": StaticFile(VENDOR / name, _VENDOR) for name in _listed(VENDOR)}
    return vendor | {name: StaticFile(STATIC / name, _OURS) for name in _listed(STATIC)}


def load_pages() -> Pages:
    """Every template, compiled, and what /site keeps for when there is no network."""
    pages = Pages()
    pages.load_all()
    offline_kit()
    return pages


def _listed(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
