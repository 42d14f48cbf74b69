"""Who has not read a notice yet: a list to call, too long for a feed."""

import msgspec

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from site_agent.units import CommandId, SiteCode


class UnreadSite(msgspec.Struct, frozen=True):
    """A site that was told and has not read it."""

    code: SiteCode
    name: str
    group: str


class UnreadAnswer(msgspec.Struct, frozen=True):
    """In roster order."""

    sites: list[UnreadSite]


async def read_unread(call: Call) -> UnreadAnswer:
    """GET /api/v1/notices/{id}/unread.

    Raises:
        HttpProblem: 404 `no_notice`.

    """
    state = call.services.engine.state
    notice = state.notices.notices.get(CommandId(call.request.match_info["id"]))
    if notice is None:
        raise HttpProblem(404, "no_notice", "Không có thông báo này.")
    sites = (state.roster.sites[code] for code in state.notices.unread(notice) if code in state.roster.sites)
    return UnreadAnswer([UnreadSite(site.code, site.name, site.group) for site in sites])
