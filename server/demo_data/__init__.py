"""The two real ceremonies that the demo and the tests run on: rosters and programmes as they were."""

import zlib
from collections.abc import Sequence
from pathlib import Path

from msgspec import structs

from server.ceremony.roster import RosterSite
from site_agent.units import SiteCode

HERE = Path(__file__).parent
NGHE_AN_ROSTER = HERE / "nghe-an-2025-06-11.roster.csv"
NGHE_AN_PROGRAMME = HERE / "nghe-an-2025-06-11.programme.csv"

DEMO_WORDS = {
    "item-2": (
        "Kính thưa các đồng chí lãnh đạo, kính thưa quý vị đại biểu!\n"
        "Buổi lễ hôm nay được kết nối tới {điểm cầu} điểm cầu với {đại biểu} đại biểu trên toàn tỉnh."
    ),
    "item-5": "Trân trọng kính mời đồng chí Chủ tịch UBND tỉnh lên phát biểu và phát động phong trào.",
    "item-8": (
        "Kính thưa quý vị đại biểu, giờ phút này {điểm cầu} điểm cầu với {đại biểu} đại biểu trên toàn tỉnh "
        "đang cùng hướng về hội trường.\nXin mời các đồng chí lãnh đạo thực hiện nghi thức."
    ),
}
"""Item of the programme → words for the MC; the real ones are the office's."""
DEMO_GUESTS = (
    ("Đại diện Thường trực Tỉnh ủy", "Chủ tọa buổi lễ"),
    ("Chủ tịch UBND tỉnh", "Trưởng ban tổ chức"),
    ("Đại diện Bộ Khoa học và Công nghệ", "Khách mời trung ương"),
    ("Giám đốc Sở Khoa học và Công nghệ", "Thường trực ban tổ chức"),
    ("Hiệu trưởng Trường Đại học Nghệ An", "Đơn vị đăng cai"),
    ("Đại diện Mặt trận Tổ quốc tỉnh", "Đại biểu"),
)
"""(name, title): offices instead of people."""
DEMO_CONFERENCE = ("https://phong-hop.example/thu-nghiem", "Thu-2025")
"""Address and password of a conference room that does not exist (RFC 2606 reserves its name)."""

_CARRIERS = ("VNPT", "Viettel", "MobiFone")
_CHAIRS_IN_THE_HALL = frozenset({SiteCode("429"), SiteCode("430"), SiteCode("431")})
"""The districts next door to the main hall: their chairs are invited there."""


def with_lines(sites: Sequence[RosterSite]) -> tuple[RosterSite, ...]:
    """The sites with what the office's list left out and the demo shows: a carrier for each line, mostly that of its group, and
    some chairs who sit in the main hall. Invented; nobody's name or phone.
    """
    root = next((site.code for site in sites if site.parent is None), None)
    return tuple(
        structs.replace(site, carrier=_carrier(site), chair_at=root if site.code in _CHAIRS_IN_THE_HALL else site.chair_at)
        for site in sites
    )


def _carrier(site: RosterSite) -> str:
    """One site in four has another carrier than its group: a group that is lost together is not always one carrier's."""
    dice = zlib.crc32(site.code.encode())
    return _CARRIERS[(zlib.crc32(site.group.encode()) + (dice % 4 == 0)) % len(_CARRIERS)]
