"""What sites that were lost together have in common. Pure.

The rule, on the sites that are down, belong to no incident and were not planned off:

1. A *cause* is a carrier, a group (cụm) or a parent. It explains a site that has it.
2. A cause stands if at least max(3, 30 % of its sites that were ever seen) fell within 60 s of each other, and the first of
   them at least 12 s ago: sites beat every 9 to 11 s, so that by then all have been noticed that were lost with it.
3. Of the causes that stand, the one that explains most wins; of equals the most specific, which has fewest sites.
4. What it explains is an incident; the rule is asked again of the rest.
5. An incident opened in the last three minutes, all of whose lost sites the winner explains too, was the beginning of the
   same thing: it goes into the new one, if that has at least three sites of its own.
"""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from math import ceil

import msgspec

from server.ceremony.roster import RosterSite, RosterState
from site_agent.units import MINUTE, SECOND, Duration, Instant, SiteCode

AT_LEAST = 3
SHARE = 0.30
TOGETHER = Duration(60 * SECOND)
SETTLED_AFTER = Duration(12 * SECOND)
ABSORBED_WITHIN = Duration(3 * MINUTE)


class CauseKind(StrEnum):
    """What sites may have in common; the first is told where two explain the same sites equally well."""

    GROUP = "group"
    PARENT = "parent"
    CARRIER = "carrier"


class Cause(msgspec.Struct, frozen=True, order=True):
    """A carrier or group by name, a parent by code."""

    kind: CauseKind
    target: str

    def explains(self, site: RosterSite) -> bool:
        """Whether the site has it."""
        match self.kind:
            case CauseKind.GROUP:
                return site.group == self.target
            case CauseKind.PARENT:
                return self.target in (site.parent, site.code)
            case CauseKind.CARRIER:
                return site.carrier == self.target


class Found(msgspec.Struct, frozen=True):
    """An incident to open."""

    cause: Cause
    sites: tuple[SiteCode, ...]
    """In the order they fell; none of them in an incident that stays open."""
    since: Instant
    """When the first fell."""
    absorbs: tuple[int, ...] = ()
    """Incidents that go into it; their sites are not among `sites`."""


def find(
    roster: RosterState,
    seen: Collection[SiteCode],
    fallen: Mapping[SiteCode, Instant],
    now: Instant,
    young: Mapping[int, Mapping[SiteCode, Instant]] | None = None,
) -> list[Found]:
    """The incidents that the rule sees.

    Args:
        roster: causes and their sites.
        seen: sites that were connected at least once.
        fallen: sites that are down and in no incident → when they fell.
        now: falls are looked at once they are settled.
        young: incidents just opened: number → their sites that are still down → when they fell.

    """
    young = young or {}
    rest = dict(fallen)
    found: list[Found] = []
    while len(rest) >= AT_LEAST:
        evidence = {**rest, **{site: at for sites in young.values() for site, at in sites.items()}}
        best = _best(roster, seen, evidence, rest.keys(), now)
        if best is None:
            break
        explained = set(best.sites)
        absorbed = tuple(number for number, sites in young.items() if sites and sites.keys() <= explained)
        own = tuple(site for site in best.sites if site in rest)
        found.append(Found(best.cause, own, best.since, absorbed))
        rest = {site: at for site, at in rest.items() if site not in explained}
        young = {number: sites for number, sites in young.items() if number not in absorbed}
    return found


def _best(
    roster: RosterState, seen: Collection[SiteCode], evidence: Mapping[SiteCode, Instant], new: Collection[SiteCode], now: Instant
) -> Found | None:
    having: dict[Cause, list[SiteCode]] = {}
    for site in sorted(evidence, key=lambda site: evidence[site]):
        for cause in causes_of(roster.sites[site]):
            having.setdefault(cause, []).append(site)
    standing: list[tuple[int, int, str, str, Found]] = []
    carriers: dict[str, int] | None = None
    for cause, sites in having.items():
        if len(sites) < AT_LEAST:
            continue
        if cause.kind is CauseKind.CARRIER:
            carriers = _seen_by_carrier(roster, seen) if carriers is None else carriers
            size = carriers.get(cause.target, 0)
        else:
            size = sum(site in seen for site in _members(roster, cause))
        together = _together(sites, evidence)
        enough = len(together) >= max(AT_LEAST, ceil(SHARE * size))
        settled = now - evidence[together[0]] >= SETTLED_AFTER
        if enough and settled and sum(site in new for site in together) >= AT_LEAST:
            rank = list(CauseKind).index(cause.kind)
            found = Found(cause, tuple(together), evidence[together[0]])
            standing.append((-len(together), size, str(rank), cause.target, found))
    return min(standing, key=lambda each: each[:4])[4] if standing else None


def causes_of(site: RosterSite) -> Iterator[Cause]:
    """What a site might have been lost by."""
    yield Cause(CauseKind.GROUP, site.group)
    yield Cause(CauseKind.PARENT, site.code)
    if site.parent is not None:
        yield Cause(CauseKind.PARENT, site.parent)
    if site.carrier:
        yield Cause(CauseKind.CARRIER, site.carrier)


def _members(roster: RosterState, cause: Cause) -> Iterator[SiteCode]:
    if cause.kind is CauseKind.GROUP:
        yield from roster.groups.get(cause.target, ())
    else:
        yield SiteCode(cause.target)
        yield from roster.children.get(SiteCode(cause.target), ())


def _seen_by_carrier(roster: RosterState, seen: Collection[SiteCode]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for site in seen:
        carrier = roster.sites[site].carrier if site in roster.sites else ""
        sizes[carrier] = sizes.get(carrier, 0) + 1
    return sizes


def _together(sites: list[SiteCode], fell: Mapping[SiteCode, Instant]) -> list[SiteCode]:
    """The most of them that fell within `TOGETHER`; `sites` in the order they fell."""
    best: list[SiteCode] = []
    first = 0
    for last, site in enumerate(sites):
        while fell[site] - fell[sites[first]] > TOGETHER:
            first += 1
        if last - first + 1 > len(best):
            best = sites[first : last + 1]
    return best
