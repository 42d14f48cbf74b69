"""What the worker reported last: how the programme is, and its small pictures. In memory; gone with the worker."""

from server.media import metrics
from server.media.messages import Status, Thumbnail
from server.media.trends import Trends
from site_agent.units import Instant

MAX_THUMBNAIL = 20 * 1024
_JPEG = b"\xff\xd8"


class Reported:
    """Of the worker of now."""

    def __init__(self) -> None:
        self.status: Status | None = None
        """None while it is away, or has said nothing yet."""
        self.trends = Trends()
        """Outlive the worker: a restart is a gap in them."""
        self._thumbnails: dict[str, Thumbnail] = {}

    def take_status(self, status: Status) -> None:
        """It said how everything is."""
        metrics.STATUSES.inc()
        before, self.status = self.status, status
        self.trends.take(status)
        metrics.observe(status)
        if before is not None and before.output.source != status.output.source:
            metrics.SWITCHES.labels(status.output.why if status.output.why.isidentifier() else "other").inc()

    def take_thumbnail(self, thumbnail: Thumbnail) -> bool:
        """Keep a small picture; False: it is none, or no small one."""
        if len(thumbnail.jpeg) > MAX_THUMBNAIL or not thumbnail.jpeg.startswith(_JPEG):
            metrics.REFUSED.labels("thumbnail").inc()
            return False
        self._thumbnails[thumbnail.of] = thumbnail
        return True

    def thumbnail(self, of: str) -> Thumbnail | None:
        """The newest small picture."""
        return self._thumbnails.get(of)

    def thumbnail_at(self, of: str) -> Instant | None:
        """When the newest small picture was taken."""
        thumbnail = self._thumbnails.get(of)
        return thumbnail.at if thumbnail is not None else None

    def forget_pictures(self) -> None:
        """The worker is dead: its pictures are old."""
        self._thumbnails.clear()
