"""Templates: the one Jinja environment of the server and of a hall, and what every page is told."""

import contextlib
import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket

from web.i18n import LANGUAGES, catalogue, translate
from web.modules import IMPORTS, modules_of

ROOT = Path(__file__).parent
STATIC = ROOT / "static"
"""Served under /static/."""
VENDOR = ROOT / "vendor"
"""Served under /static/vendor/."""


class Compiled(jinja2.FileSystemBytecodeCache):
    """Templates compiled, in a folder near them, as Python keeps its modules: compiling them all is a fifth of a start.

    What is there is used where its template, this file and Jinja are the same; what cannot be written is compiled again.
    """

    def __init__(self, folder: Path, *, write: bool) -> None:
        super().__init__(str(folder))
        self._folder = folder
        self._write = write
        self._maker = f"{jinja2.__version__}\0{Path(__file__).read_text(encoding='utf-8')}"

    def get_source_checksum(self, source: str) -> str:
        """Names the template's text and all that compiles it."""
        return hashlib.sha256(f"{self._maker}\0{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take up one template, if it is there."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep one template, if that may be."""
        if self._write:
            with contextlib.suppress(OSError):
                self._folder.mkdir(exist_ok=True)
                super().dump_bytecode(bucket)


class Pages:
    """Renders pages. Autoescape is on; undefined names are errors.

    Args:
        keep: keep templates compiled for the next start.

    """

    def __init__(self, *, keep: bool = not sys.dont_write_bytecode) -> None:
        self._modules: dict[str, tuple[str, ...]] = {}
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(ROOT / "templates"),
            bytecode_cache=Compiled(ROOT / "__pycache__", write=keep),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def load_all(self) -> None:
        """Compile every template and read every catalogue now, so that no request waits for the disk."""
        for name in self._environment.list_templates():
            self._environment.get_template(name)
            self._modules_of(name)
        for language in LANGUAGES:
            catalogue(language)

    def render(
        self,
        name: str,
        *,
        language: str,
        csp_nonce: str,
        session: Mapping[str, str | None] | None = None,
        open_pages: Sequence[str] = (),
        **more: Any,
    ) -> str:
        """The HTML of template `name`.

        `session` holds `as`, `role`, `site` and `seat` of the cookie the page was opened with; missing ones are empty.
        `open_pages` are the other pages that the session may open.
        """
        who = session or {}
        return self._environment.get_template(name).render(
            lang=language,
            csp_nonce=csp_nonce,
            diemcau_as=who.get("as") or "",
            diemcau_role=who.get("role") or "",
            diemcau_site=who.get("site") or "",
            diemcau_seat=who.get("seat") or "",
            open_pages=open_pages,
            modules=self._modules_of(name),
            import_map={"imports": IMPORTS},
            _=lambda message, **values: translate(language, message, **values),
            **more,
        )

    def _modules_of(self, name: str) -> tuple[str, ...]:
        if name not in self._modules:
            self._modules[name] = modules_of(name.removesuffix(".html"))
        return self._modules[name]


def content_security_policy(csp_nonce: str, host: str) -> str:
    """The header that goes with a page rendered with the same nonce.

    `host` is the request's Host: Firefox 115 does not take 'self' for WebSockets (CSP3 §6.7.2.8).
    """
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{csp_nonce}'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            f"connect-src 'self' ws://{host} wss://{host}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


if __name__ == "__main__":
    Pages(keep=True).load_all()
