"""The words an MC reads: placeholders in braces stand for figures (“{đại biểu} đại biểu”), and a wrong one is told by name."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from server.ceremony.roster import fold

if TYPE_CHECKING:
    from server.ceremony.figures import FiguresSnapshot

CONNECTED = "điểm cầu"
SITES = "tổng số điểm cầu"
REPORTED = "điểm cầu đã báo"
PRESENT = "đại biểu"
EXPECTED = "đại biểu dự kiến"
FIGURES = (CONNECTED, SITES, REPORTED, PRESENT, EXPECTED)
"""Every figure there is. Compared without case and diacritics, so that {Điểm cầu} and {diem cau} are the same."""

_BRACED = re.compile(r"\{([^{}]*)\}")
_KNOWN = {fold(name): name for name in FIGURES}


def figure_named(name: str) -> str | None:
    """The figure a placeholder means, or None where there is no such figure."""
    return _KNOWN.get(" ".join(fold(name).split()))


def figures_in(words: str) -> Iterator[str]:
    """The figures that good words ask for, in order."""
    for found in _BRACED.finditer(words):
        if (figure := figure_named(found[1])) is not None:
            yield figure


def fault_in(words: str) -> str | None:
    """What is wrong with the placeholders, in Vietnamese; None where nothing is."""
    for found in _BRACED.finditer(words):
        if figure_named(found[1]) is None:
            known = ", ".join(f"{{{name}}}" for name in FIGURES)
            return f"không có số liệu {{{found[1]}}}; dùng một trong: {known}"
    rest = _BRACED.sub("", words)
    if "{" in rest:
        return "có dấu { mà thiếu dấu }"
    if "}" in rest:
        return "có dấu } mà thiếu dấu {"
    return None


def closed_figures(report: "FiguresSnapshot") -> dict[str, int]:
    """The figures as a closed report has them."""
    sites = report.sites
    return {
        CONNECTED: sum(site.connected for site in sites),
        SITES: len(sites),
        REPORTED: sum(site.counts is not None for site in sites),
        PRESENT: sum(site.present or 0 for site in sites),
        EXPECTED: sum(site.expected for site in sites),
    }
