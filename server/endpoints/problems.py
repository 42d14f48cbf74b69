"""Errors as RFC 9457 problem details. The one place where an error becomes an HTTP answer.

HttpProblem                 what a handler or the door itself raises: status, code, Vietnamese words
Refused                     the rules' own refusal: 409, or 403 where its code says "forbidden"
JournalError                503 `journal_unwritable`
msgspec errors              400 `malformed`
aiohttp's HTTPException     404, 405, 413 … with a code of their own
anything else               500 `internal`, logged with its traceback
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
import structlog
from aiohttp import ClientConnectionResetError, web

from server.ceremony.rules import Refused
from server.engine.port import JournalError
from server.observe.metrics import PROBLEMS

log = structlog.get_logger("endpoints")

MEDIA_AWAY = "media_away"
"""There is no media worker that could answer."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457 §3.1, with `code` and `fields` as extensions (§3.2)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    fields: dict[str, str] = {}


class HttpProblem(Exception):
    """An error with its HTTP status. `detail` is Vietnamese: what happened, what to do."""

    def __init__(self, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or {}


_HTTP_WORDS = {
    404: ("not_found", "Không có địa chỉ này."),
    405: ("method_not_allowed", "Địa chỉ này không nhận cách gọi đó."),
    413: ("too_large", "Dữ liệu gửi lên quá lớn."),
}


def as_problem(error: Exception) -> tuple[ProblemDetails, dict[str, str]]:
    """The problem and the extra headers of any error; counted by its code, which is one of ours."""
    headers: dict[str, str] = {}
    fields: dict[str, str] = {}
    match error:
        case HttpProblem():
            status, code, detail, headers = error.status, error.code, error.detail, error.headers
        case Refused():
            status = 403 if error.code.startswith("forbidden") else 409
            code, detail, fields = error.code, error.detail, error.fields
        case JournalError():
            status, code, detail = (
                503,
                "journal_unwritable",
                "Trung tâm tạm thời không ghi được dữ liệu. Hãy thử lại sau ít phút.",
            )
        case msgspec.MsgspecError() | UnicodeDecodeError() | RecursionError():
            status, code, detail = 400, "malformed", f"Dữ liệu gửi lên không đúng dạng: {error}"
        case web.HTTPException():
            status = error.status
            code, detail = _HTTP_WORDS.get(status, (f"http_{status}", error.reason))
            headers = {name: value for name, value in error.headers.items() if name == "Allow"}
        case _:
            status, code, detail = 500, "internal", "Máy chủ gặp sự cố khi xử lý. Hãy báo đội kỹ thuật mã này: internal."
    PROBLEMS.labels(code).inc()
    title = HTTPStatus(status).phrase
    return ProblemDetails(f"urn:diemcau:problem:{code}", title, status, detail, code, fields), headers


def problem_response(problem: ProblemDetails, headers: dict[str, str] | None = None) -> web.Response:
    """The problem as `application/problem+json`."""
    return web.Response(
        status=problem.status,
        body=msgspec.json.encode(problem),
        content_type="application/problem+json",
        headers=headers,
    )


@web.middleware
async def problems_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into a problem; redirects pass through."""
    try:
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except ClientConnectionResetError:
        # The client left while its answer was on the way: nobody to tell, and no fault of ours to log.
        raise
    except Exception as error:
        problem, headers = as_problem(error)
        # While the programme is away every viewer's player asks again and again: one line, by the service, is enough.
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR and problem.code != MEDIA_AWAY:
            log.exception("request failed", method=request.method, path=request.path, code=problem.code)
        return problem_response(problem, headers)
