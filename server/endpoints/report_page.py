"""What two pages are told when they are rendered: the paper of /report, and who keeps what on /privacy."""

import asyncio
from typing import Any

from server.ceremony.details import CeremonyInitiated
from server.ceremony.forgetting import due_at
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.reports.docx import morning_fields
from server.reports.morning import MorningReport, ReportUnavailable, build_draft, build_morning
from server.reports.words import clock_words, date_words


async def report_values(call: Call) -> dict[str, Any]:
    """The paper of the version that was asked for: the last closing, or a draft of the figures as they stand.

    Raises:
        HttpProblem: 404 `version_unknown`.

    """
    state, now = call.services.engine.state, call.services.clock.now()
    closings = state.attendance.snapshots
    version = _version(call, len(closings))
    try:
        report: MorningReport = build_morning(state, version) if version else build_draft(state, now)
    except ReportUnavailable as error:
        raise HttpProblem(404, error.code, error.detail) from error
    return {
        "paper": await asyncio.to_thread(morning_fields, report),
        "version": version,
        "versions": [{"number": each.version, "at": clock_words(each.at)} for each in reversed(closings)],
        "launched": any(tried.t0 is not None for cue in state.cues.cues.values() for tried in cue.attempts),
    }


def _version(call: Call, last: int) -> int:
    asked = call.request.query.get("version")
    if asked is None:
        return last
    try:
        return int(asked)
    except ValueError:
        raise HttpProblem(404, "version_unknown", "Lần chốt phải là một số. Chọn trong danh sách các lần chốt.") from None


async def privacy_values(call: Call) -> dict[str, Any]:
    """Who keeps what and for how long, of this ceremony."""
    state = call.services.engine.state
    details: CeremonyInitiated = state.details.required
    return {
        "authority": details.authority,
        "ceremony_title": details.title,
        "support_phone": details.support_phone,
        "keep_days": state.forgetting.keep_days,
        "kept_until": date_words(due_at(state)),
    }
