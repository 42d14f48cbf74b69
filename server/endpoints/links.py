"""Making links: POST /api/v1/links. A token is computed, not stored, so a lost sheet is printed again.

The admin makes any link. Desk and technical team make a host's link for a site they name, to replace one they revoked.
"""

from typing import Literal

import msgspec

from server.ceremony.rules import Role
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from site_agent.units import SiteCode

MAX_SEAT = 60


class LinksRequest(msgspec.Struct, frozen=True):
    """For whom. Hosts are named by `sites` (codes, or all), everybody else by `seat`; a viewer needs neither."""

    role: Role
    sites: tuple[SiteCode, ...] | Literal["all"] = ()
    seat: str = ""


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """One link. The secret stands after `#`, where browsers send it to nobody."""

    subject: str
    url: str
    token: str
    site: SiteCode | None = None


async def make_links(call: Call) -> list[Link]:
    """The links of the current generation.

    Raises:
        HttpProblem: 400 naming what is missing, or the codes that are not in the roster; 403 `forbidden`.

    """
    request: LinksRequest = call.body
    one_by_one = request.role is Role.HOST and request.sites != "all"
    if call.who.principal.role is not Role.ADMIN and not one_by_one:
        raise HttpProblem(403, "forbidden", "Chỉ quản trị cấp được liên kết này. Bàn trực cấp lại liên kết cho từng điểm cầu.")
    if request.role is Role.SYSTEM:
        raise HttpProblem(400, "bad_role", "Không có liên kết cho vai trò này.")
    if request.role is not Role.HOST:
        seat = request.seat.strip()
        if request.role is not Role.VIEWER and not seat:
            raise HttpProblem(400, "seat_missing", "Hãy đặt tên cho liên kết này (seat).")
        if len(seat) > MAX_SEAT or any(ord(character) < 32 for character in seat):
            raise HttpProblem(400, "bad_seat", f"Tên liên kết dài tối đa {MAX_SEAT} ký tự, không có ký tự điều khiển.")
        return [_link(call, f"{request.role}:{'' if request.role is Role.VIEWER else seat}", None)]
    roster = call.services.feeds.read("sites")
    sites = [SiteCode(code) for code in roster] if request.sites == "all" else list(request.sites)
    unknown = [code for code in sites if code not in roster]
    if unknown or not sites:
        raise HttpProblem(400, "unknown_site", f"Không có trong danh sách: {', '.join(unknown[:20]) or '(chưa nêu mã nào)'}.")
    return [_link(call, f"host:{code}", code) for code in sites]


def _link(call: Call, subject: str, site: SiteCode | None) -> Link:
    token = call.services.door.token(subject)
    return Link(subject, f"{call.services.public_url}/enter#{token}", token, site)
