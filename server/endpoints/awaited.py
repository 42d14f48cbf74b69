"""Which sites have not yet done with something what was asked of them: a list to call, too long for a feed."""

from collections.abc import Iterable

import msgspec

from server.ceremony.ceremony import Ceremony
from site_agent.units import SiteCode


class AwaitedSite(msgspec.Struct, frozen=True):
    """A site that was given something and has not read or opened it."""

    code: SiteCode
    name: str
    group: str


class AwaitedAnswer(msgspec.Struct, frozen=True):
    """In roster order, without those that left the roster since."""

    sites: list[AwaitedSite]


def awaited(state: Ceremony, codes: Iterable[SiteCode]) -> AwaitedAnswer:
    """The sites of these codes, in their order."""
    sites = (state.roster.sites[code] for code in codes if code in state.roster.sites)
    return AwaitedAnswer([AwaitedSite(site.code, site.name, site.group) for site in sites])
