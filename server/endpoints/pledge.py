"""Somebody watching signs the pledge: once a browser, of which only a keyed hash of a random id is kept."""

import re

import msgspec

from server.ceremony.pledges import CountPledge
from server.ceremony.rules import SYSTEM
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.engine.ids import new_id

_BROWSER = re.compile(r"[A-Za-z0-9_-]{22,43}")


class PledgeRequest(msgspec.Struct, frozen=True):
    """The browser's own random id, as on the page of a poster."""

    browser: str
    look: bool = False
    """Only ask whether it has signed."""


class PledgeAnswer(msgspec.Struct, frozen=True):
    """Whether this browser has signed the pledge of the moment."""

    signed: bool


async def sign_pledge(call: Call) -> PledgeAnswer:
    """POST /api/v1/pledge.

    Raises:
        HttpProblem: 400 `bad_browser`, 409 `pledge_closed`, `pledge_full`, 429 `too_many_pledges`.

    """
    services, asked, now = call.services, call.body, call.services.clock.now()
    if not _BROWSER.fullmatch(asked.browser):
        raise HttpProblem(400, "bad_browser", "Trình duyệt này không giữ được mã. Mở lại trang bằng Chrome hoặc Safari.")
    browser = services.door.keys.secret_for("pledge", asked.browser)
    current = services.engine.state.pledges.current
    signed = current is not None and browser in current.people
    if signed or asked.look:
        return PledgeAnswer(signed)
    try:
        services.seen_taps.failed(call.address, now)
    except HttpProblem as problem:
        wait = problem.headers.get("Retry-After", "60")
        words = f"Nhiều người cùng mạng này đang ký. Thử lại sau {wait} giây."
        raise HttpProblem(429, "too_many_pledges", words, headers={"Retry-After": wait}) from problem
    answer = await services.engine.submit(CountPledge(id=new_id(), browser=browser), SYSTEM)
    if answer.problem is not None:
        raise HttpProblem(409, answer.problem.code, answer.problem.detail)
    return PledgeAnswer(True)
