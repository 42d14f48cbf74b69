"""Who may do what: link generations, grants, devices and their parts. Deny by default."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from server.ceremony.rules import Capability, Command, Context, Event, Principal, Refused, Role
from site_agent.launch.objects import Part
from site_agent.units import DeviceId, Instant, PublicKey, SeatName, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

PEOPLE = frozenset({Role.TECH, Role.ADMIN, Role.CALLER, Role.MC, Role.PRESSER, Role.DESK})


class EnrolDevice(Command, frozen=True, kw_only=True, tag="enrol_device"):
    """A device makes its public key known, once. A site device names its site; a person's device has part `seat` and
    belongs to the seat of its principal. Enrolling the same key again changes nothing. An installed agent becomes the
    screen if the site has none; a page begins as companion, or effector where it asks (`/stage`).
    """

    ROLES: ClassVar[frozenset[Role]] = PEOPLE | {Role.HOST}
    SITE_SCOPED: ClassVar[bool] = False
    """Checked in `decide`: a host only for its granted sites, a person only with part `seat`."""

    site: SiteCode | None = None
    public_key: PublicKey
    device_kind: str
    """One of "page", "agent"."""
    name: str
    """For people: "Chrome trên Android"."""
    part: Part


class TakeScreen(Command, frozen=True, kw_only=True, tag="take_screen"):
    """“Dùng máy này làm màn hình hội trường”: this enrolled device becomes the site's screen, the old one companion."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.HOST, Role.TECH, Role.ADMIN})
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    device: DeviceId


class RevokeLink(Command, frozen=True, kw_only=True, tag="revoke_link"):
    """A new generation of the link of a subject (`host:17329`, `presser:Ghế 1`): all older tokens and sockets end."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.ADMIN, Role.TECH, Role.DESK})

    subject: str
    reason: str


class GrantSites(Command, frozen=True, kw_only=True, tag="grant_sites"):
    """Let the host of `site` also touch `others` (a group's lead, a commune for its villages). Replaces the grant."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.ADMIN, Role.TECH, Role.DESK})

    site: SiteCode
    others: tuple[SiteCode, ...]


class DeviceEnrolled(Event, frozen=True, kw_only=True, tag="device_enrolled"):
    device: DeviceId
    public_key: PublicKey
    site: SiteCode | None
    seat: SeatName | None
    role: Role
    device_kind: str
    name: str
    part: Part
    at: Instant


class ScreenTaken(Event, frozen=True, kw_only=True, tag="screen_taken"):
    site: SiteCode
    device: DeviceId
    before: DeviceId | None
    at: Instant


class LinkRevoked(Event, frozen=True, kw_only=True, tag="link_revoked"):
    subject: str
    generation: int
    reason: str
    at: Instant


class SitesGranted(Event, frozen=True, kw_only=True, tag="sites_granted"):
    site: SiteCode
    others: tuple[SiteCode, ...]
    at: Instant


@dataclass(slots=True)
class Device:
    """An enrolled device as it stands now."""

    id: DeviceId
    public_key: PublicKey
    site: SiteCode | None
    seat: SeatName | None
    role: Role
    device_kind: str
    name: str
    part: Part


@dataclass(slots=True)
class AccessState:
    """Devices, screens, link generations and grants. Owned by this file; others read."""

    devices: dict[DeviceId, Device] = field(default_factory=dict)
    by_site: dict[SiteCode, list[DeviceId]] = field(default_factory=dict)
    by_seat: dict[SeatName, DeviceId] = field(default_factory=dict)
    """The seat's current device: the one enrolled last."""
    screens: dict[SiteCode, DeviceId] = field(default_factory=dict)
    generations: dict[str, int] = field(default_factory=dict)
    """Subject → current generation; absent means 0."""
    grants: dict[SiteCode, tuple[SiteCode, ...]] = field(default_factory=dict)


def authorise(state: "Ceremony", command: Command, context: Context) -> None:
    """Deny by default: the role must be named by the command, and a host may only touch sites granted to it.

    Raises:
        Refused: `forbidden`.

    """
    principal = context.principal
    if principal.role not in type(command).ROLES:
        raise Refused("forbidden", "Liên kết của bạn không có quyền làm việc này.")
    if principal.role is Role.HOST and type(command).SITE_SCOPED and not may_touch(state, principal, command.site):  # type: ignore[attr-defined]
        raise Refused("forbidden_site", "Liên kết này thuộc điểm cầu khác.")


def may_touch(state: "Ceremony", principal: Principal, site: SiteCode) -> bool:
    """Whether a host principal may act for the site: its own, or one granted."""
    if principal.site is None:
        return False
    return site == principal.site or site in state.access.grants.get(principal.site, ())


CAPABILITY = Capability(name="access", decide={}, evolve={})
