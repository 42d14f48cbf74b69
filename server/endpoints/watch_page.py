"""What /watch is told when it is rendered: whether there is a programme to ask for, and enough to show the launch where its feed
cannot be reached.
"""

from typing import Any

from server.endpoints.route import Call
from server.feeds.rows import PublicInfoRow, PublicLaunchRow


async def watch_values(call: Call) -> dict[str, Any]:
    """Whether this server carries a programme; title, keys and the launch's words, as the public may know them."""
    carries = call.services.media.worker().state != "off"
    rows = call.services.feeds.read("public")
    info, launch = rows.get("info"), rows.get("launch")
    if not isinstance(info, PublicInfoRow):
        return {"programme": carries}
    told = {name: getattr(info, name) for name in ("ceremony_id", "title", "authority", "starts_at", "live_key", "rehearsal_key")}
    words = {"title": launch.title, "subtitle": launch.subtitle} if isinstance(launch, PublicLaunchRow) else None
    return {"programme": carries, "public": told | {"launch": words}}
