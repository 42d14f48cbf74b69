"""Who may read which feed. Deny by default."""

from collections.abc import Collection

from server.ceremony.rules import Principal, Role
from site_agent.units import SiteCode

SITE = "site:"

_STAFF = frozenset({Role.ADMIN, Role.TECH, Role.DESK, Role.CALLER})
_READERS: dict[str, frozenset[Role]] = {
    "ceremony": _STAFF | {Role.MC, Role.HOST, Role.PRESSER},
    "sites": _STAFF,
    "watch": _STAFF,
    "rollups": _STAFF | {Role.MC},
    "help": _STAFF,
    "names": _STAFF,
    "rooms": frozenset({Role.ADMIN, Role.TECH, Role.CALLER}),
    "media": frozenset({Role.ADMIN, Role.TECH, Role.CALLER, Role.MC}),
    "rundown": _STAFF | {Role.MC},
    "public": _STAFF | {Role.MC, Role.HOST, Role.PRESSER, Role.VIEWER},
}
FEEDS = tuple(_READERS)


class FeedRefused(Exception):
    """A subscription or reading that is not given: `forbidden`, or `unknown_feed`; `detail` is Vietnamese."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def may_read(principal: Principal, feed: str, granted: Collection[SiteCode]) -> bool:
    """Whether a principal may read a feed; `granted` are the other sites a host's link was given."""
    if feed.startswith(SITE):
        site = feed.removeprefix(SITE)
        own = principal.site is not None and site == principal.site
        return principal.role in _STAFF or (principal.role is Role.HOST and (own or site in granted))
    return principal.role in _READERS.get(feed, frozenset())
