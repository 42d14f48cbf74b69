"""What a site's own feed shows beside its SiteRow and OwnSiteRow: each part made by the file of its capability."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.ceremony.ceremony import Ceremony
from server.feeds.figures import KEY as FIGURES_KEY
from server.feeds.figures import site_figures
from server.feeds.help import PARTS as HELP_KEYS
from server.feeds.help import help_parts
from server.feeds.papers import KEY as PAPERS_KEY
from server.feeds.papers import papers_part
from server.feeds.readiness import PARTS as READINESS_KEYS
from server.feeds.readiness import site_parts as readiness_parts
from server.feeds.room_pictures import KEY as ROOM_KEY
from server.feeds.room_pictures import room_part
from server.feeds.rows import Row
from site_agent.units import SiteCode


@dataclass(frozen=True, slots=True)
class SitePart:
    """Rows of one capability in the feed of a site.

    Attributes:
        keys: every key that `rows` may give; one that it does not give is absent.
        rows: the rows of a site now, by key.

    """

    keys: tuple[str, ...]
    rows: Callable[[Ceremony, SiteCode], Mapping[str, Row]]


READINESS = SitePart(READINESS_KEYS, readiness_parts)
FIGURES = SitePart((FIGURES_KEY,), lambda state, code: {FIGURES_KEY: site_figures(state, code)})
ROOM = SitePart((ROOM_KEY,), lambda state, code: {ROOM_KEY: room_part(state, code)})
HELP = SitePart(HELP_KEYS, help_parts)
PAPERS = SitePart((PAPERS_KEY,), lambda state, code: {PAPERS_KEY: papers_part(state, code)})

SITE_PARTS = (READINESS, FIGURES, ROOM, HELP, PAPERS)


def site_parts(state: Ceremony, code: SiteCode) -> dict[str, Row]:
    """Every part of a site, for a snapshot."""
    return {key: row for part in SITE_PARTS for key, row in part.rows(state, code).items()}
