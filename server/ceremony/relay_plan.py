"""What a relay is made of: where to, with which key, from when to when; and what is wrong with it. Part of `relays`."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from server.ceremony.rules import Person, Refused
from site_agent.units import Instant

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_NAME = 80
MAX_URL = 500
MAX_KEY = 300


class Platform(StrEnum):
    """Where to."""

    YOUTUBE = "youtube"
    FACEBOOK = "facebook"
    TIKTOK = "tiktok"
    ZALO = "zalo"
    CUSTOM = "custom"


ADDRESSES: dict[Platform, str] = {
    Platform.YOUTUBE: "rtmps://a.rtmps.youtube.com:443/live2",
    Platform.FACEBOOK: "rtmps://live-api-s.facebook.com:443/rtmp",
}
"""The same for everybody; TikTok and Zalo give each broadcast an address of its own."""


class RelayAccess(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where to and with which key. Its `repr` tells nothing: it must not reach a log."""

    url: str = ""
    key: str = ""

    def __repr__(self) -> str:
        return "RelayAccess(…)"


class SealedRelay(Person, frozen=True):
    """Sealed as a person is."""

    personal: RelayAccess | None  # type: ignore[assignment]  # sealing reads the type from here


class Moment(msgspec.Struct, frozen=True, omit_defaults=True):
    """With an item of the programme, or at an instant; neither: by hand alone."""

    item: str | None = None
    at: Instant | None = None


BY_HAND = Moment()


def shown_url(access: RelayAccess | None) -> str:
    """The address as pages may show it: without user, password, query, and what stands behind the application."""
    if access is None:
        return ""
    parts = urlsplit(access.url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}/{parts.path.strip('/').partition('/')[0]}"


def checked_name(name: str, others: Iterable[str]) -> str:
    """The name in order, which none of the others has.

    Raises:
        Refused

    """
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME:
        raise Refused("relay_name", f"Đặt tên nơi phát lại, tối đa {MAX_NAME} ký tự.", {"name": "Chưa đúng."})
    if name in others:
        raise Refused("relay_name_taken", "Đã có nơi phát lại mang tên này.", {"name": "Bị trùng."})
    return name


def checked_access(access: RelayAccess, platform: Platform) -> RelayAccess:
    """Address and key in order, the platform's own address where none is given.

    Raises:
        Refused

    """
    access = RelayAccess((access.url.strip() or ADDRESSES.get(platform, "")).rstrip("/"), access.key.strip())
    try:
        parts = urlsplit(access.url)
        usable = parts.scheme in {"rtmp", "rtmps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not _plain(access.url) or len(access.url) > MAX_URL:
        raise Refused(
            "relay_address", "Địa chỉ máy chủ phát phải dạng rtmp:// hoặc rtmps://, không có khoảng trắng.", {"url": "Chưa đúng."}
        )
    if not access.key and platform is not Platform.CUSTOM:
        raise Refused("relay_key_missing", "Nhập khóa luồng (stream key) lấy từ trang quản lý của nền tảng.", {"key": "Chưa có."})
    if not _plain(access.key) or len(access.key) > MAX_KEY:
        raise Refused("relay_key", "Khóa luồng không có khoảng trắng hay ký tự điều khiển.", {"key": "Chưa đúng."})
    return access


def _plain(text: str) -> bool:
    return text.isprintable() and not any(character.isspace() for character in text)


def check_moments(state: "Ceremony", start: Moment, stop: Moment, now: Instant) -> None:
    """Items that exist, instants to come.

    Raises:
        Refused

    """
    for field_name, moment in (("start", start), ("stop", stop)):
        if moment.item is not None and moment.at is not None:
            raise Refused("moment_twice", "Chọn theo mục chương trình hoặc theo giờ, không cả hai.", {field_name: "Chọn một."})
        if moment.item is not None and moment.item not in state.programme.items:
            raise Refused("item_unknown", "Không có nội dung này trong chương trình.", {field_name: "Không có."})
        if moment.at is not None and moment.at <= now:
            raise Refused("moment_past", "Giờ đã chọn đã qua.", {field_name: "Đã qua."})


def check_order(start: Moment, stop: Moment) -> None:
    """The stop behind the start.

    Raises:
        Refused

    """
    if start.at is not None and stop.at is not None and stop.at <= start.at:
        raise Refused("moment_order", "Giờ dừng phải sau giờ bắt đầu.", {"stop": "Sớm hơn giờ bắt đầu."})
