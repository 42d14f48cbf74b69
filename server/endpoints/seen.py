"""Self-registration by poster (tự điểm danh qua mã QR): the posters' addresses, and the one tap on their page.

A poster's token is of a kind of its own (`dp1.`): it names a site, opens no session and gives no right but to be counted
once. What is kept of a browser is the keyed hash of a random id that the browser made up; of a person, nothing.
"""

import re

import msgspec

from server.ceremony.rules import SYSTEM
from server.ceremony.seen import CountSeen
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.endpoints.security import RateLimit
from server.endpoints.tokens import BadToken, LinkKeys
from server.engine.ids import new_id
from server.feeds.rows import SiteRow
from server.reports.posters import Poster, PosterBook
from server.reports.sheets import UnknownNames, choose
from server.reports.words import clock_words, date_words
from site_agent.launch.signed import BadSignature, decode_bytes, encode_bytes
from site_agent.units import Instant, SiteCode

PREFIX = "dp1"
LABEL = "poster"
_BROWSER = re.compile(r"[A-Za-z0-9_-]{22,43}")


class SeenRequest(msgspec.Struct, frozen=True):
    """The poster's token, the browser's own random id, and whether to move it here from another site."""

    token: str
    browser: str = ""
    move: bool = False
    look: bool = False
    """Only look: count nothing."""


class SeenAnswer(msgspec.Struct, frozen=True):
    """`ready` (nothing counted yet), `counted`, `already` (here) or `elsewhere`, where `other` names the site."""

    state: str
    ceremony: str
    site: SiteCode
    name: str
    other: str = ""


class PostersRequest(msgspec.Struct, frozen=True):
    """Which sites: codes, names of groups; all where both are empty."""

    sites: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    public_url: str = ""


def poster_url(keys: LinkKeys, public_url: str, site: SiteCode) -> str:
    """What a site's poster shows as a QR code. Public: it opens nothing."""
    return f"{public_url.rstrip('/')}/seen#{PREFIX}.{encode_bytes(site.encode())}.{keys.secret_for(LABEL, site)}"


def site_of_poster(keys: LinkKeys, token: str) -> SiteCode:
    """The site of a poster's token.

    Raises:
        BadToken

    """
    parts = token.strip().split(".")
    if len(parts) != 3 or parts[0] != PREFIX or len(token) > 200:
        raise BadToken("not a poster")
    try:
        site = SiteCode(decode_bytes(parts[1]).decode())
    except (BadSignature, UnicodeDecodeError) as error:
        raise BadToken("malformed") from error
    keys.check(parts[2], keys.secret_for(LABEL, site))
    return site


async def read_posters(call: Call) -> PosterBook:
    """POST /api/v1/posters: what the posters say.

    Raises:
        HttpProblem: 404 `unknown_site`.

    """
    services, state = call.services, call.services.engine.state
    asked: PostersRequest = call.body
    try:
        chosen = choose(state, asked.sites, asked.groups)
    except UnknownNames as unknown:
        raise HttpProblem(404, "unknown_site", f"Không có điểm cầu hay cụm: {', '.join(unknown.names[:20])}.") from unknown
    details = state.details.required
    url = asked.public_url or services.public_url
    wanted = frozenset(chosen)
    codes = [code for members in state.roster.groups.values() for code in members if code in wanted]
    return PosterBook(
        title=details.title,
        authority=details.authority,
        when=f"{clock_words(details.starts_at)} ngày {date_words(details.starts_at)}",
        posters=tuple(
            Poster(code, state.roster.sites[code].name, state.roster.sites[code].group, poster_url(services.door.keys, url, code))
            for code in codes
        ),
    )


async def count_seen(call: Call) -> SeenAnswer:
    """POST /api/v1/seen: look at a poster, or be counted once.

    Raises:
        HttpProblem: 401 `bad_poster`, 404 `site_unknown`, 409 `seen_off`, `seen_full`, 400 `bad_browser`, 429 `too_many_seen`.

    """
    services, request, now = call.services, call.body, call.services.clock.now()
    try:
        code = site_of_poster(services.door.keys, request.token)
    except BadToken as error:
        services.failures.failed(call.address, now)
        raise HttpProblem(401, "bad_poster", "Mã QR không đọc được. Quét lại mã trên áp phích của điểm cầu.") from error
    row = services.feeds.read("sites").get(code)
    if not isinstance(row, SiteRow):
        raise HttpProblem(404, "site_unknown", "Mã QR này thuộc một điểm cầu không còn trong danh sách.")
    if not services.engine.state.seen.on:
        raise HttpProblem(409, "seen_off", "Buổi lễ này không dùng tự điểm danh qua mã QR. Cảm ơn anh/chị đã đến dự.")
    if not _BROWSER.fullmatch(request.browser):
        raise HttpProblem(400, "bad_browser", "Trình duyệt này không giữ được mã. Mở lại trang bằng Chrome hoặc Safari.")
    browser = services.door.keys.secret_for("seen", request.browser)
    before = services.engine.state.attendance.seen.get(browser)
    if before == code:
        return _answer(call, "already", row)
    if before is not None and not request.move:
        other = services.feeds.read("sites").get(before)
        return _answer(call, "elsewhere", row, other.name if isinstance(other, SiteRow) else before)
    if request.look:
        return _answer(call, "ready", row)
    _hold_back(services.seen_taps, call.address, now)
    answer = await services.engine.submit(CountSeen(id=new_id(), site=code, browser=browser, move=request.move), SYSTEM)
    if answer.problem is not None:
        raise HttpProblem(409, answer.problem.code, answer.problem.detail)
    return _answer(call, "counted", row)


def _hold_back(limit: RateLimit, address: str, now: Instant) -> None:
    """Count one new browser of an address; many people share one."""
    try:
        limit.failed(address, now)
    except HttpProblem as problem:
        wait = problem.headers.get("Retry-After", "60")
        words = f"Nhiều người cùng mạng này đang tự điểm danh. Trang tự thử lại sau {wait} giây, anh/chị không cần bấm lại."
        raise HttpProblem(429, "too_many_seen", words, headers={"Retry-After": wait}) from problem


def _answer(call: Call, state: str, row: SiteRow, other: str = "") -> SeenAnswer:
    return SeenAnswer(state, call.services.engine.state.details.required.title, row.code, row.name, other)
