"""Short codes for typing, where a phone cannot scan: one use, ten minutes, few tries, and a person at the desk confirms.

Kept in memory: a code that dies with the server is typed anew. Only the code's keyed hash is kept. The ten digits on a
printed sheet (`sheet_codes`) come the same way, live until they were used once, and their use is journalled.

    issued ──redeem──▶ waiting (the page shows the word to tell) ──desk confirms──▶ confirmed ──redeem──▶ session
"""

import hmac
import secrets

import msgspec
from aiohttp import web

from server.ceremony.rules import SYSTEM, Role
from server.ceremony.sheet_codes import SpendSheetCode
from server.endpoints.code_store import Code
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.endpoints.session import enter
from server.endpoints.sheet_codes import DIGITS as SHEET_DIGITS
from server.engine.ids import new_id
from site_agent.units import MINUTE, Duration, Instant, SiteCode

DIGITS = 8
LIFE = Duration(10 * MINUTE)


class CodeRequest(msgspec.Struct, frozen=True):
    """For which site's host."""

    site: SiteCode


class CodeAnswer(msgspec.Struct, frozen=True):
    """The code, shown once, to be told by phone."""

    code: str
    site: SiteCode
    expires: Instant


class RedeemRequest(msgspec.Struct, frozen=True):
    """What /enter posts: the code at first; then `claim` again and again until somebody confirmed."""

    code: str = ""
    claim: str = ""


class RedeemAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """`waiting` with the claim to ask again with and the two digits both sides compare."""

    state: str
    claim: str
    check: str


class PendingAnswer(msgspec.Struct, frozen=True):
    """Somebody typed a code; the desk compares the two digits by phone."""

    id: str
    site: SiteCode
    check: str
    asked_at: Instant | None
    state: str


class CodeDecision(msgspec.Struct, frozen=True):
    """The desk's word on a pending code."""

    id: str
    accept: bool


async def issue_code(call: Call) -> CodeAnswer:
    """POST /api/v1/codes: a code for one site's host."""
    services, now = call.services, call.services.clock.now()
    site: SiteCode = call.body.site
    if site not in services.feeds.read("sites"):
        raise HttpProblem(404, "unknown_site", f"Không có điểm cầu mang mã {site} trong danh sách.")
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    expires = Instant(now + LIFE)
    services.codes.add(Code(_hash(call, code), site, expires, secrets.token_urlsafe(9)), now)
    return CodeAnswer(code, site, expires)


async def redeem_code(call: Call) -> RedeemAnswer | web.Response:
    """POST /api/v1/codes/redeem: type a code, then wait for the desk.

    Raises:
        HttpProblem: 401 `bad_code`.

    """
    services, now = call.services, call.services.clock.now()
    request: RedeemRequest = call.body
    # Eight digits can be guessed: unlike with tokens, not even a right one is taken after too many wrong ones.
    services.code_failures.check(call.address, now)
    found = _claimed(call, request.claim, now) if request.claim else _typed(call, request.code, now)
    if found is None:
        services.code_failures.failed(call.address, now)
        raise HttpProblem(401, "bad_code", "Mã không đúng, đã dùng hoặc đã hết hạn. Hãy gọi để lấy mã mới.")
    if found.state == "confirmed":
        services.codes.drop(found)
        await _spend(call, found)
        return enter(call, services.door.token(f"{Role.HOST}:{found.site}"))
    return RedeemAnswer(found.state, found.claim, found.check)


async def pending_codes(call: Call) -> list[PendingAnswer]:
    """GET /api/v1/codes: who waits to be let in."""
    codes = call.services.codes.living(call.services.clock.now())
    return [_pending(code) for code in codes if code.state == "waiting"]


async def decide_code(call: Call) -> PendingAnswer:
    """POST /api/v1/codes/decision: let in or turn away.

    Raises:
        HttpProblem: 404 `no_code`.

    """
    services = call.services
    decision: CodeDecision = call.body
    codes = services.codes.living(services.clock.now())
    found = next((code for code in codes if code.id == decision.id and code.state == "waiting"), None)
    if found is None:
        raise HttpProblem(404, "no_code", "Mã này không còn chờ xác nhận.")
    found.state = "confirmed" if decision.accept else "refused"
    if not decision.accept:
        services.codes.drop(found)
    return _pending(found)


def _typed(call: Call, text: str, now: Instant) -> Code | None:
    digits = "".join(character for character in text if character.isdigit())
    if len(digits) == SHEET_DIGITS:
        return _from_sheet(call, digits, now)
    hashed = _hash(call, digits)
    for code in call.services.codes.living(now):
        if hmac.compare_digest(code.hash, hashed) and code.state == "issued":
            return _waiting(code, now)
    return None


def _from_sheet(call: Call, digits: str, now: Instant) -> Code | None:
    """A printed code waits as one told by phone does. Each typing waits by itself: the desk lets in the one it speaks with."""
    services = call.services
    site = services.sheet_codes.site(digits)
    if site is None:
        return None
    number = services.sheet_codes.number(site)
    code = Code("", site, Instant(now + LIFE), secrets.token_urlsafe(9), sheet=number)
    services.codes.add(_waiting(code, now), now)
    return code


def _waiting(code: Code, now: Instant) -> Code:
    code.state, code.claim, code.asked_at = "waiting", secrets.token_urlsafe(24), now
    code.check = f"{secrets.randbelow(100):02}"
    return code


async def _spend(call: Call, code: Code) -> None:
    """A printed code opens one session.

    Raises:
        HttpProblem: 401 `code_spent`; 503 where that cannot be kept.

    """
    if code.sheet is None:
        return
    answer = await call.services.engine.submit(SpendSheetCode(id=new_id(), site=code.site, number=code.sheet), SYSTEM)
    if answer.problem is not None:
        status = 401 if answer.problem.code == "code_spent" else 503
        raise HttpProblem(status, answer.problem.code, answer.problem.detail)


def _claimed(call: Call, claim: str, now: Instant) -> Code | None:
    codes = call.services.codes.living(now)
    return next((code for code in codes if code.claim and hmac.compare_digest(code.claim.encode(), claim.encode())), None)


def _hash(call: Call, code: str) -> str:
    return call.services.door.keys.secret_for("code", code)


def _pending(code: Code) -> PendingAnswer:
    return PendingAnswer(code.id, code.site, code.check, code.asked_at, code.state)
