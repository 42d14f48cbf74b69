"""Erasing personal data (Law 91/2025/QH15): first what it would mean, then, confirmed, the deed."""

import asyncio
from collections.abc import Iterable

import msgspec

from server.ceremony.forgetting import Scope, due_at, is_over
from server.ceremony.rooms import DropRoomPicture, KeptPicture
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.engine.forgetting import Found, NotErased
from server.engine.ids import new_id
from server.engine.port import JournalError
from site_agent.units import Instant, PersonId, SiteCode


class ForgetRequest(msgspec.Struct, frozen=True):
    """Exactly one of the four. Without `confirmed` nothing is erased."""

    site: SiteCode | None = None
    person: PersonId | None = None
    all: bool = False
    due: bool = False
    """Everybody, if the time of keeping is over."""
    confirmed: bool = False
    before_end: bool = False
    """Confirmed once more: everybody's, although the ceremony is not over."""


class ForgetAnswer(msgspec.Struct, frozen=True):
    """What would be, or was, erased."""

    people: int
    kinds: dict[str, int]
    """How many, by what they are, in Vietnamese."""
    pictures: int
    erased: bool
    keep_days: int
    due_at: Instant
    warning: str = ""
    """What would be missing today; set while the ceremony is not over."""


async def forget(call: Call) -> ForgetAnswer:
    """POST /api/v1/forget.

    Raises:
        HttpProblem: 400 where it is not said whose, 404 `unknown_site`, `unknown_person`, 409 `not_due`, 503.

    """
    request: ForgetRequest = call.body
    state = call.services.engine.state
    _check(call, request)
    try:
        found = await call.services.forgetting.find(site=request.site, person=request.person)
    except JournalError as error:
        raise HttpProblem(503, "journal_unreadable", "Không đọc được nhật ký nên chưa xóa gì. Thử lại sau.") from error
    if request.person is not None and not found.people:
        raise HttpProblem(404, "unknown_person", "Không có dữ liệu nào của mã người này, hoặc đã xóa rồi.")
    pictures = [] if request.person is not None else _pictures(state.rooms.kept.values(), request.site)
    warning = _warning(call, request)
    if warning and request.all and request.confirmed and not request.before_end:
        raise HttpProblem(409, "not_over", warning)
    if request.confirmed and (found.people or pictures):
        await _erase(call, request, found, pictures)
    return ForgetAnswer(
        people=len(found.people),
        kinds=found.kinds,
        pictures=len(pictures),
        erased=request.confirmed,
        keep_days=state.forgetting.keep_days,
        due_at=due_at(call.services.engine.state),
        warning=warning,
    )


def _warning(call: Call, request: ForgetRequest) -> str:
    if is_over(call.services.engine.state, call.services.clock.now()):
        return ""
    if request.all:
        return (
            "Buổi lễ chưa kết thúc. Xóa bây giờ thì không còn số điện thoại đầu mối để gọi, "
            "và báo cáo sau buổi lễ không còn tên người chủ trì thay, người chốt số liệu."
        )
    return "Buổi lễ chưa kết thúc. Xóa bây giờ thì không còn tên và số điện thoại này để gọi khi có sự cố."


def _check(call: Call, request: ForgetRequest) -> None:
    asked = (request.site is not None, request.person is not None, request.all, request.due)
    if sum(asked) != 1:
        raise HttpProblem(400, "forget_what", "Nêu đúng một: site (mã điểm cầu), person (mã người), all, hoặc due.")
    state = call.services.engine.state
    site = request.site
    known = site is None or site in state.roster.sites or site in state.retired.sites or site in state.attendance.sites
    if not known:
        raise HttpProblem(404, "unknown_site", f"Không có điểm cầu mang mã “{site}”. Kiểm tra lại mã.")
    left = due_at(state) - call.services.clock.now()
    if request.due and left > 0:
        days = -(-left // 86_400_000_000)
        raise HttpProblem(
            409,
            "not_due",
            f"Chưa đến hạn: dữ liệu cá nhân lưu {state.forgetting.keep_days} ngày sau buổi lễ, còn {days} ngày. "
            "Muốn xóa sớm hơn, chọn xóa tất cả.",
        )


def _pictures(kept: Iterable[KeptPicture], site: SiteCode | None) -> list[KeptPicture]:
    return [each for each in kept if site in (None, each.site)]


async def _erase(call: Call, request: ForgetRequest, found: Found, pictures: list[KeptPicture]) -> None:
    scope = Scope.SITE if request.site is not None else Scope.PERSON if request.person is not None else Scope.ALL
    try:
        await call.services.forgetting.forget(found, scope, request.site, len(pictures), call.principal)
    except NotErased as error:
        raise HttpProblem(503, "not_erased", f"Chưa xóa gì: {error}") from error
    except JournalError as error:
        raise HttpProblem(
            503, "erased_later", "Đã ghi nhận việc xóa nhưng chưa hủy được khóa; máy chủ sẽ làm tiếp khi khởi động lại."
        ) from error
    for picture in pictures:
        answer = await call.services.engine.submit(DropRoomPicture(id=new_id(), sha256=picture.sha256), call.principal)
        if answer.problem is not None:
            raise HttpProblem(503, "not_erased", f"Chưa xóa hết ảnh phòng họp: {answer.problem.detail}")
        path = call.services.data / "rooms" / f"{picture.sha256}.jpg"
        await asyncio.to_thread(path.unlink, missing_ok=True)
