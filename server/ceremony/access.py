"""Who may do what: link generations, grants, devices and their parts. Deny by default."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from server.ceremony.rules import Capability, Command, Context, Event, Principal, Refused, Role
from site_agent.launch.keys import is_sound
from site_agent.launch.objects import Part
from site_agent.launch.signed import fingerprint
from site_agent.units import DeviceId, Instant, PublicKey, SeatName, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

PEOPLE = frozenset({Role.TECH, Role.ADMIN, Role.CALLER, Role.MC, Role.PRESSER, Role.DESK})

MAX_DEVICES_PER_SITE = 50
"""A forwarded link reaches five phones, not fifty."""
MAX_DEVICES_PER_SEAT = 20
MAX_GRANTED_SITES = 600
"""More than any district ever had; a grant of the whole province is a desk link."""
MAX_NAME = 120
"""Characters of a device's name, a reason or a subject."""
DEVICE_KINDS = frozenset({"page", "agent"})


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
    """“Dùng máy này làm màn hình hội trường”: this enrolled device becomes the site's screen. The one before becomes
    companion, or effector if it is an installed agent: its outputs still take cues.
    """

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
    enrolled: dict[str, int] = field(default_factory=dict)
    """Subject → devices enrolled for its site or seat since the link was last revoked: a link that was forwarded and then
    revoked must not have used up the room of the right people.
    """


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


def subject_of(principal: Principal) -> str:
    """The subject of the link that a principal came with: `host:17329`, `presser:Ghế 1`, `viewer:`."""
    return f"{principal.role}:{principal.site if principal.role is Role.HOST else principal.seat}"


def principal_of(subject: str) -> Principal | None:
    """Reverse of `subject_of`; None where the text names no role that a link can have."""
    role, colon, name = subject.partition(":")
    if not colon or role not in frozenset(Role) or role == Role.SYSTEM or len(name) > MAX_NAME:
        return None
    if role == Role.HOST:
        return Principal(role=Role.HOST, site=SiteCode(name)) if name else None
    if role != Role.VIEWER and not name:
        return None
    return Principal(role=Role(role), seat=name)


def decide_enrol(state: "Ceremony", command: EnrolDevice, context: Context) -> list[Event]:
    """Make a key known to its site or seat, once.

    A key never moves: whoever could name another's public key could otherwise take that device out of its site.
    """
    device = _device_id(command)
    if command.device_kind not in DEVICE_KINDS or not command.name.strip() or len(command.name) > MAX_NAME:
        raise Refused("bad_device", "Thiết bị phải có tên (tối đa 120 ký tự) và loại “page” hoặc “agent”.")
    if command.part is Part.SEAT:
        return _enrol_seat(state, command, context, device)
    return _enrol_at_site(state, command, context, device)


def _device_id(command: EnrolDevice) -> DeviceId:
    # One key has one spelling, for warrants compare the texts; and under one of small order anybody can sign.
    if is_sound(command.public_key):
        return DeviceId(fingerprint(command.public_key))
    raise Refused("bad_key", "Khóa công khai của thiết bị không đúng dạng Ed25519 (32 byte, base64url).")


def _enrol_seat(state: "Ceremony", command: EnrolDevice, context: Context, device: DeviceId) -> list[Event]:
    principal = context.principal
    if principal.role not in PEOPLE or command.site is not None:
        raise Refused("forbidden_part", "Liên kết điểm cầu không ghi danh thiết bị cá nhân.")
    seat = SeatName(principal.seat)
    known = state.access.devices.get(device)
    if known is not None and (known.seat != seat or known.role is not principal.role):
        raise Refused("device_elsewhere", "Thiết bị này đã ghi danh cho một liên kết khác. Hãy tạo khóa riêng cho liên kết này.")
    current = state.access.by_seat.get(seat)
    if current is not None and state.access.devices[current].role is not principal.role:
        raise Refused("seat_taken", f"Tên “{seat}” đã thuộc một vai trò khác.")
    if known is not None and current == device:
        return []
    if known is None and state.access.enrolled.get(subject_of(principal), 0) >= MAX_DEVICES_PER_SEAT:
        raise Refused("too_many_devices", f"“{seat}” đã có {MAX_DEVICES_PER_SEAT} thiết bị. Hãy thu hồi liên kết cũ.")
    return [_enrolled(command, context, device, None, seat, Part.SEAT)]


def _enrol_at_site(state: "Ceremony", command: EnrolDevice, context: Context, device: DeviceId) -> list[Event]:
    site = command.site
    if context.principal.role is not Role.HOST or site is None or not may_touch(state, context.principal, site):
        raise Refused("forbidden_site", "Chỉ liên kết của điểm cầu mới ghi danh thiết bị cho điểm cầu đó.")
    if site not in state.roster.sites:
        raise Refused("unknown_site", f"Không có điểm cầu mang mã {site} trong danh sách.")
    known = state.access.devices.get(device)
    if known is not None:
        if known.site != site:
            raise Refused("device_elsewhere", "Thiết bị này đã ghi danh cho điểm cầu khác.")
        return []
    if state.access.enrolled.get(f"{Role.HOST}:{site}", 0) >= MAX_DEVICES_PER_SITE:
        raise Refused(
            "too_many_devices", f"Điểm cầu này đã có {MAX_DEVICES_PER_SITE} thiết bị. Hãy gọi đội kỹ thuật để đổi liên kết."
        )
    return [_enrolled(command, context, device, site, None, _first_part(state, command, site))]


def _first_part(state: "Ceremony", command: EnrolDevice, site: SiteCode) -> Part:
    """A page takes the screen only by its explicit tap; an installed agent takes it where there is none."""
    if command.part is not Part.SCREEN:
        return command.part
    if command.device_kind == "page":
        raise Refused(
            "screen_needs_tap", "Trang web trở thành màn hình hội trường bằng nút “Dùng máy này làm màn hình hội trường”."
        )
    return Part.EFFECTOR if site in state.access.screens else Part.SCREEN


def _enrolled(
    command: EnrolDevice, context: Context, device: DeviceId, site: SiteCode | None, seat: SeatName | None, part: Part
) -> DeviceEnrolled:
    return DeviceEnrolled(
        device=device,
        public_key=command.public_key,
        site=site,
        seat=seat,
        role=context.principal.role,
        device_kind=command.device_kind,
        name=command.name.strip(),
        part=part,
        at=context.now,
    )


def decide_take_screen(state: "Ceremony", command: TakeScreen, context: Context) -> list[Event]:
    """Exactly one screen a site; it moves only by this."""
    device = state.access.devices.get(command.device)
    if device is None or device.site != command.site:
        raise Refused("unknown_device", "Thiết bị này chưa ghi danh cho điểm cầu này. Hãy mở lại trang.")
    before = state.access.screens.get(command.site)
    if before == command.device:
        return []
    return [ScreenTaken(site=command.site, device=command.device, before=before, at=context.now)]


def decide_revoke(state: "Ceremony", command: RevokeLink, context: Context) -> list[Event]:
    """Raise the generation of one subject."""
    target = principal_of(command.subject)
    if target is None:
        raise Refused("unknown_subject", "Không có liên kết nào mang tên này.")
    if not may_manage_link(context.principal.role, target.role):
        raise Refused("forbidden", "Bạn không có quyền thu hồi liên kết này.")
    if len(command.reason) > MAX_NAME:
        raise Refused("too_long", f"Lý do dài tối đa {MAX_NAME} ký tự.")
    generation = state.access.generations.get(command.subject, 0) + 1
    return [LinkRevoked(subject=command.subject, generation=generation, reason=command.reason, at=context.now)]


def may_manage_link(role: Role, target: Role) -> bool:
    """Who may revoke a link: an admin any; tech all but an admin's; the desk those of hosts."""
    match role:
        case Role.ADMIN:
            return True
        case Role.TECH:
            return target is not Role.ADMIN
        case Role.DESK:
            return target is Role.HOST
        case _:
            return False


def decide_grant(state: "Ceremony", command: GrantSites, context: Context) -> list[Event]:
    """Replace what the host of one site may touch beside its own."""
    if len(command.others) > MAX_GRANTED_SITES:
        raise Refused("too_many_sites", f"Một điểm cầu được giao tối đa {MAX_GRANTED_SITES} điểm cầu khác.")
    unknown = {
        str(code): "không có trong danh sách" for code in (command.site, *command.others) if code not in state.roster.sites
    }
    if unknown:
        raise Refused("unknown_site", "Có mã điểm cầu không nằm trong danh sách.", unknown)
    others = tuple(dict.fromkeys(code for code in command.others if code != command.site))
    if others == state.access.grants.get(command.site, ()):
        return []
    return [SitesGranted(site=command.site, others=others, at=context.now)]


def evolve_enrolled(state: "Ceremony", event: DeviceEnrolled) -> None:
    access = state.access
    known = event.device in access.devices
    access.devices[event.device] = Device(
        id=event.device,
        public_key=event.public_key,
        site=event.site,
        seat=event.seat,
        role=event.role,
        device_kind=event.device_kind,
        name=event.name,
        part=event.part,
    )
    if not known:
        subject = f"{event.role}:{event.seat}" if event.site is None else f"{Role.HOST}:{event.site}"
        access.enrolled[subject] = access.enrolled.get(subject, 0) + 1
    if event.seat is not None:
        access.by_seat[event.seat] = event.device
    if event.site is not None and not known:
        access.by_site.setdefault(event.site, []).append(event.device)
    if event.site is not None and event.part is Part.SCREEN:
        access.screens[event.site] = event.device


def evolve_screen_taken(state: "Ceremony", event: ScreenTaken) -> None:
    devices = state.access.devices
    if event.before is not None:
        old = devices[event.before]
        old.part = Part.EFFECTOR if old.device_kind == "agent" else Part.COMPANION
    devices[event.device].part = Part.SCREEN
    state.access.screens[event.site] = event.device


def evolve_revoked(state: "Ceremony", event: LinkRevoked) -> None:
    state.access.generations[event.subject] = event.generation
    state.access.enrolled.pop(event.subject, None)


def evolve_granted(state: "Ceremony", event: SitesGranted) -> None:
    if event.others:
        state.access.grants[event.site] = event.others
    else:
        state.access.grants.pop(event.site, None)


CAPABILITY = Capability(
    name="access",
    decide={
        EnrolDevice: decide_enrol,
        TakeScreen: decide_take_screen,
        RevokeLink: decide_revoke,
        GrantSites: decide_grant,
    },
    evolve={
        DeviceEnrolled: evolve_enrolled,
        ScreenTaken: evolve_screen_taken,
        LinkRevoked: evolve_revoked,
        SitesGranted: evolve_granted,
    },
)
