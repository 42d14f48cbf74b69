"""Who has not read a notice yet."""

from server.endpoints.awaited import AwaitedAnswer, awaited
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from site_agent.units import CommandId


async def read_unread(call: Call) -> AwaitedAnswer:
    """GET /api/v1/notices/{id}/unread.

    Raises:
        HttpProblem: 404 `no_notice`.

    """
    state = call.services.engine.state
    notice = state.notices.notices.get(CommandId(call.request.match_info["id"]))
    if notice is None:
        raise HttpProblem(404, "no_notice", "Không có thông báo này.")
    return awaited(state, state.notices.unread(notice))
