"""Reports as JSON, for programs. Instants are microseconds of UTC; the times that people read stand beside them."""

import msgspec

from server.reports.morning import MorningReport
from server.reports.words import local

MORNING_FORMAT = "diemcau.report.morning.v1"


def render_json(report: MorningReport) -> bytes:
    """The whole report. The same figures give the same bytes."""
    content = {
        "format": MORNING_FORMAT,
        "closed_at_local": local(report.closed_at).isoformat(timespec="seconds"),
        "starts_at_local": local(report.starts_at).isoformat(timespec="seconds"),
        **msgspec.to_builtins(report),
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2)
