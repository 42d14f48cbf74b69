"""What the feeds count. Labels are feed families ("site" for all `site:CODE`), never sites."""

from prometheus_client import Counter, Gauge

SITES = Gauge("diemcau_sites", "Rostered sites by level and grade of their link", ["level", "grade"])
VIEWERS = Gauge("diemcau_feed_viewers", "Open subscriptions", ["feed"])
SOCKETS = Gauge("diemcau_feed_sockets", "Open page sockets")
MESSAGES = Counter("diemcau_feed_messages_total", "Change messages encoded, whatever the number of viewers", ["feed"])
SNAPSHOTS = Counter("diemcau_feed_snapshots_total", "Snapshots sent", ["feed"])
RESUMES = Counter("diemcau_feed_resumes_total", "Subscriptions that went on from where they were", ["feed"])
REFUSED = Counter("diemcau_feed_refused_total", "Messages of pages that were refused", ["code"])

INCIDENTS_OPEN = Gauge("diemcau_incidents_open", "Incidents (sites lost together) that are not over")
INCIDENTS = Counter("diemcau_incidents_total", "Incidents opened, by what their sites have in common", ["cause"])
FLAPPING = Gauge("diemcau_sites_flapping", "Sites held as unstable because they come and go")
ACKNOWLEDGED = Gauge("diemcau_acknowledged", "Sites and incidents that somebody takes care of")
MAINTENANCES = Gauge("diemcau_maintenances", "Maintenances planned or running")
POWER = Gauge("diemcau_sites_power", "Sites whose screen runs on a battery or a generator", ["power"])


def family(feed: str) -> str:
    """The label of a feed: `site:17329` counts as `site`."""
    return feed.partition(":")[0]
