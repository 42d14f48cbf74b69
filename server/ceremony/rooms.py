"""Pictures of the rooms: allowed by the technical team, switched on by each host, chosen for the stage by the caller.

Off until somebody allows it. The pictures themselves are never here: they live in memory (`server.feeds.room_pictures`),
and one that is kept lies in a file that its event names by hash. A contact cannot consent for a room (Law
91/2025/QH15), so a host's switch says that a notice hangs in the room.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.roster import RosterImported
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import Instant, Sha256, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_KEPT = 500
"""Pictures kept at a time; a report needs a dozen."""
MAX_REASON = 250
"""Characters of a reason."""


class AllowRoomPictures(Command, frozen=True, kw_only=True, tag="allow_room_pictures"):
    """The technical team lets rooms send pictures, or ends it for all."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.TECH, Role.ADMIN})

    allowed: bool


class ShareRoom(Command, frozen=True, kw_only=True, tag="share_room"):
    """The host's switch. Staff may only switch a room off."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.HOST, Role.TECH, Role.ADMIN})
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    on: bool
    notice_posted: bool = False
    """“Đã treo thông báo trong phòng”."""


class ChooseRoom(Command, frozen=True, kw_only=True, tag="choose_room"):
    """The caller shows one room on the stage, or none."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.CALLER, Role.ADMIN})

    site: SiteCode | None


class KeepRoomPicture(Command, frozen=True, kw_only=True, tag="keep_room_picture"):
    """Somebody wants to keep one picture; its file is written before."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.TECH, Role.CALLER, Role.ADMIN})

    site: SiteCode
    sha256: Sha256
    taken_at: Instant
    reason: str


class DropRoomPicture(Command, frozen=True, kw_only=True, tag="drop_room_picture"):
    """Keep it no longer."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.TECH, Role.CALLER, Role.ADMIN})

    sha256: Sha256


class RoomPicturesAllowed(Event, frozen=True, kw_only=True, tag="room_pictures_allowed"):
    allowed: bool
    by: Role
    at: Instant


class RoomShared(Event, frozen=True, kw_only=True, tag="room_shared"):
    site: SiteCode
    on: bool
    by: Role
    at: Instant


class RoomChosen(Event, frozen=True, kw_only=True, tag="room_chosen"):
    site: SiteCode | None
    by: Role
    at: Instant


class RoomPictureKept(Event, frozen=True, kw_only=True, tag="room_picture_kept"):
    site: SiteCode
    sha256: Sha256
    taken_at: Instant
    reason: str
    by: Role
    at: Instant


class RoomPictureDropped(Event, frozen=True, kw_only=True, tag="room_picture_dropped"):
    sha256: Sha256
    by: Role
    at: Instant


class KeptPicture(msgspec.Struct, frozen=True):
    """A picture that somebody kept."""

    site: SiteCode
    sha256: Sha256
    taken_at: Instant
    reason: str
    by: Role
    at: Instant


@dataclass(slots=True)
class RoomsState:
    """Owned by this file; others read."""

    allowed: bool = False
    sharing: dict[SiteCode, Instant] = field(default_factory=dict)
    """Rooms whose host has switched on, since when."""
    chosen: SiteCode | None = None
    """The room on the stage."""
    kept: dict[Sha256, KeptPicture] = field(default_factory=dict)

    def may_send(self, site: SiteCode) -> bool:
        """Whether pictures of the room are taken in."""
        return self.allowed and site in self.sharing


def decide_allow(state: "Ceremony", command: AllowRoomPictures, context: Context) -> list[Event]:
    """Only a change is an event."""
    if command.allowed == state.rooms.allowed:
        return []
    return [RoomPicturesAllowed(allowed=command.allowed, by=context.principal.role, at=context.now)]


def decide_share(state: "Ceremony", command: ShareRoom, context: Context) -> list[Event]:
    """On by the host alone, who has hung up the notice; off by host and staff."""
    rooms = state.rooms
    if command.site not in state.roster.sites:
        raise Refused("site_unknown", f"Không có điểm cầu mang mã “{command.site}”. Kiểm tra lại mã.")
    if command.on == (command.site in rooms.sharing):
        return []
    if command.on and context.principal.role is not Role.HOST:
        raise Refused("host_must_share", "Chỉ đầu mối của điểm cầu được bật gửi ảnh phòng họp.")
    if command.on and not rooms.allowed:
        raise Refused("room_pictures_off", "Đội kỹ thuật chưa mở việc gửi ảnh phòng họp.")
    if command.on and not command.notice_posted:
        raise Refused(
            "notice_missing",
            "Treo thông báo trong phòng trước khi bật gửi ảnh, rồi đánh dấu “Đã treo thông báo trong phòng”.",
            {"notice_posted": "Chưa đánh dấu."},
        )
    return [RoomShared(site=command.site, on=command.on, by=context.principal.role, at=context.now)]


def decide_choose(state: "Ceremony", command: ChooseRoom, context: Context) -> list[Event]:
    """Only a room that sends."""
    if command.site == state.rooms.chosen:
        return []
    if command.site is not None and not state.rooms.may_send(command.site):
        raise Refused("room_not_sharing", "Điểm cầu này đang không gửi ảnh phòng họp nên chưa thể đưa lên màn hình.")
    return [RoomChosen(site=command.site, by=context.principal.role, at=context.now)]


def decide_keep(state: "Ceremony", command: KeepRoomPicture, context: Context) -> list[Event]:
    """With a reason; the same picture is kept once."""
    reason = " ".join(command.reason.split())
    if not reason:
        raise Refused("reason_needed", "Ghi lý do giữ lại ảnh này.", {"reason": "Chưa ghi lý do."})
    if len(reason) > MAX_REASON:
        raise Refused("text_too_long", f"Lý do dài quá {MAX_REASON} ký tự.", {"reason": "Quá dài."})
    if command.site not in state.roster.sites:
        raise Refused("site_unknown", f"Không có điểm cầu mang mã “{command.site}”.")
    if command.sha256 in state.rooms.kept:
        return []
    if len(state.rooms.kept) >= MAX_KEPT:
        raise Refused("too_many_kept", f"Đã giữ {MAX_KEPT} ảnh. Bỏ bớt ảnh không cần trước khi giữ thêm.")
    return [
        RoomPictureKept(
            site=command.site,
            sha256=command.sha256,
            taken_at=command.taken_at,
            reason=reason,
            by=context.principal.role,
            at=context.now,
        )
    ]


def decide_drop(state: "Ceremony", command: DropRoomPicture, context: Context) -> list[Event]:
    """Dropping what is not kept changes nothing."""
    if command.sha256 not in state.rooms.kept:
        return []
    return [RoomPictureDropped(sha256=command.sha256, by=context.principal.role, at=context.now)]


def evolve_allowed(state: "Ceremony", event: RoomPicturesAllowed) -> None:
    state.rooms.allowed = event.allowed
    if not event.allowed:
        # Allowing again does not switch rooms on: each host does.
        state.rooms.sharing.clear()
        state.rooms.chosen = None


def evolve_shared(state: "Ceremony", event: RoomShared) -> None:
    if event.on:
        state.rooms.sharing[event.site] = event.at
        return
    state.rooms.sharing.pop(event.site, None)
    if state.rooms.chosen == event.site:
        state.rooms.chosen = None


def evolve_chosen(state: "Ceremony", event: RoomChosen) -> None:
    state.rooms.chosen = event.site


def evolve_kept(state: "Ceremony", event: RoomPictureKept) -> None:
    state.rooms.kept[event.sha256] = KeptPicture(
        site=event.site, sha256=event.sha256, taken_at=event.taken_at, reason=event.reason, by=event.by, at=event.at
    )


def evolve_dropped(state: "Ceremony", event: RoomPictureDropped) -> None:
    state.rooms.kept.pop(event.sha256, None)


def evolve_roster(state: "Ceremony", event: RosterImported) -> None:
    """A site that left the roster sends no more."""
    rooms = state.rooms
    for code in [code for code in rooms.sharing if code not in state.roster.sites]:
        del rooms.sharing[code]
        rooms.chosen = None if rooms.chosen == code else rooms.chosen


CAPABILITY = Capability(
    name="rooms",
    decide={
        AllowRoomPictures: decide_allow,
        ShareRoom: decide_share,
        ChooseRoom: decide_choose,
        KeepRoomPicture: decide_keep,
        DropRoomPicture: decide_drop,
    },
    evolve={
        RoomPicturesAllowed: evolve_allowed,
        RoomShared: evolve_shared,
        RoomChosen: evolve_chosen,
        RoomPictureKept: evolve_kept,
        RoomPictureDropped: evolve_dropped,
        RosterImported: evolve_roster,
    },
)
