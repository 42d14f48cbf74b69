"""Who a device is: its key from the storage, its enrolment at a server, and what it pinned of the ceremony there."""

import base64
import hashlib

import msgspec
import uuid_utils

from site_agent.api import Api, CeremonyAnswer, CommandAnswer, Rejected
from site_agent.launch import objects
from site_agent.launch.keys import is_sound
from site_agent.launch.objects import Part
from site_agent.launch.signed import SigningKey, sign
from site_agent.launch.warrants import Pinned
from site_agent.link.messages import CeremonyInfo, Hello
from site_agent.local_clock import LocalClock
from site_agent.storage import DeviceStore, StorageUnwritable
from site_agent.units import CeremonyId, CommandId, DeviceId, SiteCode

PINNED = "pinned"
CEREMONY = "ceremony"
JOINED_WITH = "joined_with"


class BadLink(Exception):
    """The text is not a link of a site."""


class OtherCeremony(Exception):
    """The server shows other keys than those this device pinned for the ceremony."""


def new_id() -> CommandId:
    """A UUID of version 7: rises with time."""
    return CommandId(str(uuid_utils.uuid7()))


def token_of(code: str) -> str:
    """The token in what a person pasted: a token, or the whole link.

    Raises:
        BadLink: neither.

    """
    token = code.strip().rpartition("#")[2]
    if not token.startswith("dc1.") or token.count(".") != 3:
        raise BadLink("Không phải liên kết điểm cầu: cần chuỗi bắt đầu bằng “dc1.” hoặc cả liên kết có dấu #.")
    return token


def site_of(token: str) -> SiteCode:
    """The site a host's token names.

    Raises:
        BadLink: another role's token.

    """
    part = token.split(".")[1]
    try:
        subject = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
    except ValueError as error:
        raise BadLink("Liên kết bị cắt hoặc sai ký tự.") from error
    role, _, site = subject.partition(":")
    if role != "host" or not site:
        raise BadLink("Liên kết này không phải của một điểm cầu. Máy ở điểm cầu cần liên kết vai trò “host”.")
    return SiteCode(site)


class Identity:
    """One device of one site.

    Attributes:
        key: the device's own; its `id` is the DeviceId.
        ceremony: which one it belongs to; "" before the enrolment.
        pinned: the two public keys it believes; None before the first welcome.

    """

    def __init__(self, store: DeviceStore, site: SiteCode, key: SigningKey, clock: LocalClock) -> None:
        self.store = store
        self.site = site
        self.key = key
        self.ceremony = CeremonyId("")
        self.pinned: Pinned | None = None
        self._clock = clock
        self._nonce = 0

    @classmethod
    async def load(cls, store: DeviceStore, site: SiteCode, clock: LocalClock) -> "Identity":
        """Read the key (or make it) and what was pinned."""
        identity = cls(store, site, SigningKey.from_seed(await store.seed()), clock)
        identity.ceremony = CeremonyId((await store.kept(CEREMONY) or b"").decode())
        pinned = await store.kept(PINNED)
        identity.pinned = msgspec.json.decode(pinned, type=Pinned) if pinned else None
        return identity

    async def enrol(self, api: Api, name: str) -> None:
        """Make the key known to the server, unless that was done.

        Raises:
            Unreachable: worth trying again.
            Rejected: the link does not hold, or the server refused the device.
            OtherCeremony: the device belongs to another one; only a person with a link changes that (`leave`).

        """
        if await self.store.enrolled() == api.server and self.ceremony:
            return
        ceremony = (await api.get("/api/v1/ceremony", CeremonyAnswer)).info.ceremony_id
        if self.ceremony and ceremony != self.ceremony:
            raise OtherCeremony(f"the server holds ceremony {ceremony}, this device belongs to {self.ceremony}")
        command = {
            "id": new_id(),
            "kind": "enrol_device",
            "site": self.site,
            "public_key": self.key.public,
            "device_kind": "agent",
            "name": name,
            "part": Part.SCREEN,
        }
        answer = (await api.post("/api/v1/commands", [command], list[CommandAnswer]))[0]
        if answer.outcome != "accepted":
            problem = answer.problem
            raise Rejected(200, problem.code if problem else "refused", problem.detail if problem else "")
        self.ceremony = CeremonyId(ceremony)
        self.store.keep(CEREMONY, self.ceremony.encode())
        await self.store.set_enrolled(api.server)

    async def forget_enrolment(self) -> None:
        """The server does not know this device (any more): enrol again before the next hello."""
        await self.store.set_enrolled("")

    async def enrol_anew_with(self, token: str) -> None:
        """A person gave a link. If it is another than the one this device joined with, it starts anew there."""
        name = hashlib.sha256(token.encode()).hexdigest()
        if (await self.store.kept(JOINED_WITH) or b"").decode() != name:
            await self.leave()
            self.store.keep(JOINED_WITH, name.encode())

    async def leave(self) -> None:
        """A person enrols this device anew: it may join another ceremony, and pins that one's keys then."""
        self.ceremony = CeremonyId("")
        self.store.keep(CEREMONY, b"")
        await self.forget_enrolment()

    async def hello(self, agent: str, capabilities: tuple[str, ...]) -> Hello:
        """A fresh, signed hello."""
        self._nonce = await self._next_nonce()
        body = objects.Hello(ceremony_id=self.ceremony, site=self.site, device=self.device, nonce=self._nonce)
        return Hello(proof=sign(body, self.key), agent=agent, capabilities=capabilities)

    def pin(self, ceremony: CeremonyInfo) -> Pinned:
        """Pin the ceremony's keys at the first welcome; afterwards only check them.

        Raises:
            OtherCeremony: another ceremony, or other keys, than those of before, or keys that are none. They are not
                believed.

        """
        shown = Pinned(ceremony_id=ceremony.id, live_key=ceremony.live_key, rehearsal_key=ceremony.rehearsal_key)
        if not is_sound(shown.live_key) or not is_sound(shown.rehearsal_key):
            raise OtherCeremony(f"ceremony {shown.ceremony_id} shows a key that anybody can sign with")
        first = self.pinned is None or self.pinned.ceremony_id != self.ceremony
        if first and ceremony.id == self.ceremony:
            self.pinned = shown
            self.store.keep(PINNED, msgspec.json.encode(shown))
        if self.pinned != shown:
            raise OtherCeremony(f"ceremony {shown.ceremony_id} shows other keys than those pinned")
        return shown

    async def _next_nonce(self) -> int:
        wall = self._clock.wall()
        try:
            return await self.store.next_nonce(wall)
        except StorageUnwritable:  # a full disk at a site must not cut it off from the centre
            return max(self._nonce + 1, wall)

    @property
    def device(self) -> DeviceId:
        """The fingerprint of its key."""
        return DeviceId(self.key.id)
