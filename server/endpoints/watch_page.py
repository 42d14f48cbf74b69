"""What /watch is told when it is rendered: enough to show the launch where its feed cannot be reached."""

from typing import Any

from server.endpoints.route import Call
from server.feeds.rows import PublicInfoRow, PublicLaunchRow


async def watch_values(call: Call) -> dict[str, Any]:
    """Title, keys and the launch's words, as the public may know them."""
    rows = call.services.feeds.read("public")
    info, launch = rows.get("info"), rows.get("launch")
    if not isinstance(info, PublicInfoRow):
        return {}
    told = {name: getattr(info, name) for name in ("ceremony_id", "title", "authority", "starts_at", "live_key", "rehearsal_key")}
    words = {"title": launch.title, "subtitle": launch.subtitle} if isinstance(launch, PublicLaunchRow) else None
    return {"public": told | {"launch": words}}
