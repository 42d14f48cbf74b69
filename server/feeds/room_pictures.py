"""What the rooms look like now: the last picture of each, in memory only, and the rows that tell of them.

A picture is gone when its room is switched off, when it is ten minutes old, and when the server stops.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from server.ceremony.ceremony import Ceremony
from server.ceremony.rooms import RoomChosen, RoomPictureDropped, RoomPictureKept, RoomPicturesAllowed, RoomShared
from server.ceremony.roster import RosterImported
from server.ceremony.rules import Event
from server.feeds.room_rows import KeptPictureRow, PublicRoomRow, RoomRow, RoomSiteRow, RoomsRow
from server.feeds.store import FeedStore
from site_agent.units import MINUTE, SECOND, Duration, Instant, Sha256, SiteCode

MAX_PICTURE_BYTES = 20 * 1024
LEAST_PAUSE = Duration(10 * SECOND)
"""Between two pictures of a room; a page sends one every 30 s."""
FORGET_AFTER = Duration(10 * MINUTE)

KEY = "room"
"""The key that `room_part` gives to a site's feed."""

_KEPT = "kept:"


class TooSoon(Exception):
    """A room sends faster than agreed; `wait` says how long to pause."""

    def __init__(self, wait: Duration) -> None:
        super().__init__(f"wait {wait} µs")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class RoomPicture:
    """A JPEG as it came."""

    jpeg: bytes
    sha256: Sha256
    taken_at: Instant


class RoomPictures:
    """Read model and memory in one: called from the event loop only.

    Args:
        rooms: store of the feed `rooms`.
        ceremony: store of the feed `ceremony`.
        public: store of the feed `public`.
        tell: says that the row of a site's own feed may differ.

    """

    def __init__(self, rooms: FeedStore, ceremony: FeedStore, public: FeedStore, tell: Callable[[SiteCode], None]) -> None:
        self._rooms = rooms
        self._ceremony = ceremony
        self._public = public
        self._tell = tell
        self._pictures: dict[SiteCode, RoomPicture] = {}
        self._touched: set[SiteCode] = set()
        self._all = True

    # ---- pictures

    def take_in(self, state: Ceremony, site: SiteCode, jpeg: bytes, now: Instant) -> RoomPicture:
        """Put a room's new picture in the place of the last; the caller has asked `state.rooms.may_send`.

        Raises:
            TooSoon: the last one is younger than LEAST_PAUSE.

        """
        before = self._pictures.get(site)
        if before is not None and now < before.taken_at + LEAST_PAUSE:
            raise TooSoon(Duration(before.taken_at + LEAST_PAUSE - now))
        picture = RoomPicture(jpeg, Sha256(hashlib.sha256(jpeg).hexdigest()), now)
        self._pictures[site] = picture
        self._show(state, site)
        return picture

    def picture(self, site: SiteCode) -> RoomPicture | None:
        """The last picture of a room, if it is still here."""
        return self._pictures.get(site)

    def expire(self, state: Ceremony, now: Instant) -> None:
        """Forget what is too old. Called every few seconds."""
        old = [site for site, picture in self._pictures.items() if picture.taken_at + FORGET_AFTER <= now]
        for site in old:
            del self._pictures[site]
            self._show(state, site)

    # ---- rows

    def note(self, event: Event) -> None:
        """Mark what an event touches."""
        match event:
            case RoomShared(site=site):
                self._touched.add(site)
            case RoomPicturesAllowed() | RosterImported() | RoomPictureKept() | RoomPictureDropped() | RoomChosen():
                self._all = True

    def mark_all(self) -> None:
        """Make every row anew at the next `settle`."""
        self._all = True

    def settle(self, state: Ceremony) -> None:
        """Forget the pictures of rooms that may send no more, and make the touched rows anew."""
        if not self._all and not self._touched:
            return
        sharing = state.rooms.sharing
        touched = set(sharing) | set(self._pictures) | self._touched
        told = set(state.roster.sites) if self._all else self._touched
        if self._all:
            touched |= {SiteCode(key) for key in self._rooms.rows if not key.startswith(_KEPT)}
            self._show_kept(state)
        self._all, self._touched = False, set()
        for site in touched:
            if not state.rooms.may_send(site):
                self._pictures.pop(site, None)
            self._show(state, site)
        self._ceremony.put("rooms", RoomsRow(state.rooms.allowed, len(sharing), state.rooms.chosen))
        self._show_public(state)
        for site in told:
            self._tell(site)

    def _show(self, state: Ceremony, site: SiteCode) -> None:
        since = state.rooms.sharing.get(site)
        rostered = state.roster.sites.get(site)
        if since is None or rostered is None:
            self._rooms.remove(site)
        else:
            picture = self._pictures.get(site)
            self._rooms.put(
                site,
                RoomRow(
                    code=site,
                    name=rostered.name,
                    group=rostered.group,
                    rank=state.roster.rank[site],
                    since=since,
                    taken_at=picture.taken_at if picture else None,
                    sha256=picture.sha256 if picture else None,
                ),
            )
        if state.rooms.chosen == site:
            self._show_public(state)

    def _show_public(self, state: Ceremony) -> None:
        chosen = state.rooms.chosen
        if chosen is None or chosen not in state.roster.sites:
            self._public.remove("room")
            return
        picture = self._pictures.get(chosen)
        self._public.put("room", PublicRoomRow(state.roster.sites[chosen].name, picture.taken_at if picture else None))

    def _show_kept(self, state: Ceremony) -> None:
        rows = {
            f"{_KEPT}{kept.sha256}": KeptPictureRow(
                site=kept.site,
                name=state.roster.sites[kept.site].name if kept.site in state.roster.sites else "",
                sha256=kept.sha256,
                taken_at=kept.taken_at,
                reason=kept.reason,
                by=kept.by.value,
                at=kept.at,
            )
            for kept in state.rooms.kept.values()
        }
        self._rooms.replace(rows, [key for key in self._rooms.rows if key.startswith(_KEPT)])


def room_part(state: Ceremony, code: SiteCode) -> RoomSiteRow:
    """The row `room` of a site's own feed."""
    return RoomSiteRow(allowed=state.rooms.allowed, since=state.rooms.sharing.get(code))
