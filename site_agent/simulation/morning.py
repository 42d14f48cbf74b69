"""What a simulated site does of a morning, drawn from a seed. Pure: the same seed, site and pace give the same morning."""

import random
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec

from site_agent.units import CommandId, DeviceId, Duration, SiteCode, seconds

CONNECT_SPAN_S = 240.0
FAST = 0.04
"""`--fast` divides every wait by 25: the 4 minutes of connecting take 10 s …"""
FAST_SITES = 400
"""… for so many sites or more; fewer come at the same rate and so are there sooner."""
LATE_SHARE = 0.08
BAD_LINK_SHARE = 0.05
SUBSTITUTE_SHARE = 0.12
CORRECTION_SHARE = 0.04
SILENT_SHARE = 0.03
"""Connected, but the host reports by phone: the desk has somebody to chase."""
MOST_OFFSET = seconds(5)
MOST_DRIFT_PPM = 50.0
DROP_AT_S = 300.0
DROP_SOONEST_S = 30.0
"""When even a fast morning has connected all."""
DROP_FOR_S = 75.0
"""Never shortened: a silent site is lost after 25 s, and lost together 12 s later."""
REASONS = ("Có thêm đại biểu đến muộn", "Đếm lại theo danh sách ký tên", "Một số đại biểu về trước")


class SiteInfo(msgspec.Struct, frozen=True):
    """As much of a site's row as the morning needs."""

    code: SiteCode
    name: str = ""
    parent: SiteCode | None = None
    group: str = ""
    expected: int = 0
    chair: str = ""
    chair_at: SiteCode | None = None
    """The other site at which its chair sits: here somebody else does."""


class PlannedReport(msgspec.Struct, frozen=True):
    """One thing the host will report, so many seconds after the morning began."""

    at_s: float
    kind: str
    fields: dict[str, Any]


class SiteMorning(msgspec.Struct, frozen=True):
    """One site's morning."""

    connects_at_s: float
    clock_offset: Duration
    clock_drift_ppm: float
    loss: float
    """Of datagrams, each way."""
    delay_s: float
    """Added to everything, each way."""
    reports: tuple[PlannedReport, ...]


class Drop(msgspec.Struct, frozen=True):
    """A group that loses its line together."""

    group: str
    at_s: float
    for_s: float


def pace_of(sites: int, *, fast: bool) -> float:
    """What multiplies every wait."""
    return FAST * min(1.0, sites / FAST_SITES) if fast else 1.0


def plan_morning(seed: int, site: SiteInfo, categories: Sequence[str], pace: float) -> SiteMorning:
    """The morning of one site; `pace` multiplies every wait."""
    dice = random.Random(f"{seed}:{site.code}")
    connects_at = dice.uniform(0, CONNECT_SPAN_S)
    bad = dice.random() < BAD_LINK_SHARE
    return SiteMorning(
        connects_at_s=connects_at * pace,
        clock_offset=Duration(round(dice.uniform(-MOST_OFFSET, MOST_OFFSET))),
        clock_drift_ppm=dice.uniform(-MOST_DRIFT_PPM, MOST_DRIFT_PPM),
        loss=dice.uniform(0.03, 0.08) if bad else 0.0,
        delay_s=dice.uniform(0.08, 0.25) if bad else 0.0,
        reports=tuple(_reports(dice, site, categories, connects_at, pace)),
    )


def plan_drop(seed: int, sites: Sequence[SiteInfo], pace: float) -> Drop | None:
    """The group that drops: one of middle size, so that the wall shows an island and no ocean."""
    sizes: dict[str, int] = {}
    for site in sites:
        sizes[site.group] = sizes.get(site.group, 0) + 1
    middle = sorted(group for group, size in sizes.items() if group and 5 <= size <= max(8, len(sites) // 8))
    if not middle:
        return None
    return Drop(group=random.Random(f"{seed}:drop").choice(middle), at_s=max(DROP_SOONEST_S, DROP_AT_S * pace), for_s=DROP_FOR_S)


def report_id(device: DeviceId, index: int) -> CommandId:
    """A UUID (version 4) that the same device and index give again: a report made twice around a crash is one report."""
    dice = random.Random(f"{device}:{index}")
    return CommandId(str(uuid.UUID(int=dice.getrandbits(128), version=4)))


def _reports(
    dice: random.Random, site: SiteInfo, categories: Sequence[str], connects_at: float, pace: float
) -> list[PlannedReport]:
    at = connects_at + dice.uniform(10, 120)
    if dice.random() < LATE_SHARE:
        at += dice.uniform(120, 300)
    plan: list[tuple[float, str, dict[str, Any]]] = [(at, "check_in", {})]
    at += dice.uniform(5, 40)
    plan.append((at, "declare_chair", _chair(dice, site)))
    at += dice.uniform(10, 90)
    counts = _head_count(dice, site, categories)
    plan.append((at, "report_head_count", {"counts": counts}))
    if dice.random() < CORRECTION_SHARE:
        at += dice.uniform(40, 120)
        corrected = dict(counts)
        last = list(corrected)[-1]
        corrected[last] = max(0, corrected[last] + dice.choice((-3, -2, -1, 1, 2, 3, 5)))
        plan.append((at, "report_head_count", {"counts": corrected, "reason": dice.choice(REASONS)}))
    if dice.random() < SILENT_SHARE:
        plan = plan[:1]
    return [PlannedReport(at_s=when * pace, kind=kind, fields=fields) for when, kind, fields in plan]


def _chair(dice: random.Random, site: SiteInfo) -> dict[str, Any]:
    if dice.random() >= SUBSTITUTE_SHARE and site.chair_at is None:
        return {"as_planned": True}
    title = f"Phó {site.chair}" if site.chair.startswith("Chủ tịch") else "Người được ủy quyền"
    return {"as_planned": False, "substitute": {"name": "Đại diện dự thay", "title": title}}


def _head_count(dice: random.Random, site: SiteInfo, categories: Sequence[str]) -> dict[str, int]:
    """Near the expected number; few leaders, the rest by chance over the other categories."""
    total = max(1, round((site.expected or 20) * dice.gauss(0.96, 0.08)))
    if len(categories) < 2:
        return {categories[0] if categories else "unsorted": total}
    first = min(total, max(1, round(total * dice.uniform(0.04, 0.12))))
    weights = [dice.uniform(0.5, 1.5) for _ in categories[1:]]
    counts = {categories[0]: first}
    left = total - first
    for category, weight in zip(categories[1:-1], weights, strict=False):
        counts[category] = round((total - first) * weight / sum(weights))
        left -= counts[category]
    counts[categories[-1]] = max(0, left)
    return counts
