"""What is asked of attendance: that a site is there, who chairs, how many sit there, which of two numbers counts."""

from typing import ClassVar

from server.ceremony.rules import Command, PersonalFields, Role
from site_agent.units import CommandId, Instant, SiteCode

REPORTERS = frozenset({Role.HOST, Role.DESK, Role.TECH, Role.ADMIN})


class SiteReport(Command, frozen=True, kw_only=True, tag="site_report"):
    """Base of what a site says of itself, or somebody in its place."""

    ROLES: ClassVar[frozenset[Role]] = REPORTERS
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    occurred_at: Instant | None = None
    """When it was typed, on the ceremony clock as the device knew it; None means now."""
    device_at: Instant | None = None
    """The same moment on the device's own clock, however wrong; kept beside the other."""
    phase: int | None = None
    """`PhasesState.number` as the page showed it: what was typed in a rehearsal is filed there whenever it comes."""


class CheckIn(SiteReport, frozen=True, kw_only=True, tag="check_in"):
    """The contact says the site is there. Name and phone may be left as the roster has them."""

    contact: PersonalFields | None = None


class DeclareChair(SiteReport, frozen=True, kw_only=True, tag="declare_chair"):
    """The chair is as planned, or a substitute (name and title)."""

    as_planned: bool
    substitute: PersonalFields | None = None


class ReportHeadCount(SiteReport, frozen=True, kw_only=True, tag="report_head_count"):
    """How many sit there, by category id (or `unsorted`). After a first report, `reason` is asked for: a correction."""

    counts: dict[str, int]
    confirmed_unusual: bool = False
    reason: str = ""
    supersedes: tuple[CommandId, ...] | None = None
    """Ids of the figures that the page showed, those waiting on the device included; empty where it showed none. None: the
    sender says nothing of it (the desk, online): the new number is for whatever is in force.
    """


class ChooseHeadCount(SiteReport, frozen=True, kw_only=True, tag="choose_head_count"):
    """“Chọn số này”: of the figures that do not agree, `figure` counts and those in `over` no longer do."""

    figure: CommandId
    over: tuple[CommandId, ...]
    """The others that the page showed; one that it did not show stays beside the chosen one."""


class CloseFigures(Command, frozen=True, kw_only=True, tag="close_figures"):
    """Close the figures (chốt số liệu) under a name; version 1, then 2 for what came later."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.DESK, Role.TECH, Role.ADMIN})

    closed_by: str
