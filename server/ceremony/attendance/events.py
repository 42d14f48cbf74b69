"""What happened to the figures. Every word of a site tells who said it, when, and on which device."""

from server.ceremony.rules import Event, Person, Role
from site_agent.units import CommandId, DeviceId, Instant, SiteCode


class Said(Event, frozen=True, kw_only=True, tag="said"):
    """Base of what was said of a site. The fields with defaults are missing in the journals of the first version."""

    site: SiteCode
    by: Role
    occurred_at: Instant
    """On the ceremony clock."""
    at: Instant
    """When it was accepted."""
    seat: str = ""
    """Name of the link, where it is not a host's."""
    by_site: SiteCode | None = None
    """The host of this other site said it in its place."""
    device: DeviceId | None = None
    device_at: Instant | None = None
    """The device's own clock at `occurred_at`."""
    rehearsal: int = 0
    """Number of the rehearsal it belongs to; 0: the day."""


class SiteCheckedIn(Said, frozen=True, kw_only=True, tag="site_checked_in"):
    contact: Person | None


class ChairDeclared(Said, frozen=True, kw_only=True, tag="chair_declared"):
    as_planned: bool
    substitute: Person | None


class HeadCountReported(Said, frozen=True, kw_only=True, tag="head_count_reported"):
    """A figure. Those it is over no longer count; all stay in the history."""

    counts: dict[str, int]
    reason: str
    figure: CommandId = CommandId("")
    """Its id: that of its command. Empty in the first version's journals."""
    over: tuple[CommandId, ...] | None = None
    """Figures in play that it supersedes; None: all of them."""

    @property
    def total(self) -> int:
        """Over all categories."""
        return sum(self.counts.values())


class HeadCountChosen(Said, frozen=True, kw_only=True, tag="head_count_chosen"):
    """Of figures that did not agree one was chosen."""

    figure: CommandId
    over: tuple[CommandId, ...]


class FiguresClosed(Event, frozen=True, kw_only=True, tag="figures_closed"):
    version: int
    closed_by: Person
    at: Instant
