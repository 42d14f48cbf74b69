"""GET /api/v1/sites/{code}/link: one site's link as it is now and as it was, for the panel of the wall.

The one reading that is not of the feeds: measurements are not journalled, and telling them to every page with every
heartbeat would cost more than the few panels that are open.
"""

from typing import Literal

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.link_health import Grade, LinkSample, Power
from server.ceremony.watching import incident_subject, site_subject
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.feeds.telemetry_port import PowerNow
from server.sites.device_link import Figure
from site_agent.units import Instant, SiteCode

MOST_LINES = 100


class TimelineLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened to a site's link."""

    at: Instant
    what: Literal["grade", "lost_together", "back", "incident_closed", "acknowledged", "withdrawn"]
    grade: Grade | None = None
    reason: str = ""
    """Of the grade, or of the acknowledgement."""
    power: Power = Power.UNKNOWN
    incident: int | None = None
    name: str = ""
    """Of the incident."""
    by: str = ""


class SiteLinkAnswer(msgspec.Struct, frozen=True):
    """`now` is None while nothing was heard since the server started."""

    now: LinkSample | None
    power: PowerNow
    figures: list[Figure]
    """Oldest first, one a heartbeat of the screen."""
    timeline: list[TimelineLine]
    """Newest first."""


async def read_site_link(call: Call) -> SiteLinkAnswer:
    """Measured figures, power, and the timeline of grades, incidents and acknowledgements.

    Raises:
        HttpProblem: 404 `unknown_site`.

    """
    code = SiteCode(call.request.match_info["code"])
    state, links = call.services.engine.state, call.services.links
    if code not in state.roster.sites:
        raise HttpProblem(404, "unknown_site", f"Không có điểm cầu mang mã {code} trong danh sách.")
    return SiteLinkAnswer(links.link(code), links.power(code), links.figures(code), timeline(state, code))


def timeline(state: Ceremony, code: SiteCode) -> list[TimelineLine]:
    """What happened to one site's link, newest first."""
    lines = [
        TimelineLine(at=at, what="grade", grade=change.grade, reason=change.reason, power=change.power)
        for at, change in state.links.history.get(code, ())
    ]
    subjects = [site_subject(code)]
    for incident in state.incidents.all.values():
        if code not in incident.sites:
            continue
        subjects.append(incident_subject(incident.number))
        number, name = incident.number, incident.name
        lines.append(TimelineLine(at=incident.opened_at, what="lost_together", incident=number, name=name))
        back_at = incident.sites[code]
        if back_at is not None:
            lines.append(TimelineLine(at=back_at, what="back", incident=number, name=name))
        if incident.closed_at is not None and incident.into is None:
            lines.append(TimelineLine(at=incident.closed_at, what="incident_closed", incident=number, name=name))
    for subject in subjects:
        for note in state.watching.notes.get(subject, ()):
            what: Literal["acknowledged", "withdrawn"] = "acknowledged" if note.given else "withdrawn"
            lines.append(TimelineLine(at=note.at, what=what, reason=note.reason, by=note.by))
    lines.sort(key=lambda line: line.at)
    return lines[: -MOST_LINES - 1 : -1]
