import msgspec
import pytest
from aiohttp import ClientConnectionResetError, web
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from server.ceremony.rules import Refused, Role
from server.endpoints.problems import HttpProblem, as_problem, problems_middleware
from server.engine.port import JournalUnwritable


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (HttpProblem(418, "teapot", "Ấm trà."), 418, "teapot"),
        (Refused("forbidden_site", "Không."), 403, "forbidden_site"),
        (Refused("head_count_unusual", "Lớn."), 409, "head_count_unusual"),
        (JournalUnwritable("disk full"), 503, "journal_unwritable"),
        (msgspec.ValidationError("Expected `int`"), 400, "malformed"),
        (web.HTTPNotFound(), 404, "not_found"),
        (ZeroDivisionError("secret 42"), 500, "internal"),
    ],
)
def test_each_error_has_its_status_and_code(error, status, code):
    problem, _ = as_problem(error)
    assert (problem.status, problem.code) == (status, code)
    assert problem.type == f"urn:diemcau:problem:{code}"
    assert problem.detail
    assert "secret" not in problem.detail


def test_the_fields_of_a_refusal_are_passed_on():
    problem, _ = as_problem(Refused("unknown_site", "Có mã lạ.", {"17": "không có"}))
    assert problem.fields == {"17": "không có"}


async def test_problems_are_told_as_rfc_9457(door):
    async with door.client.get("/nowhere") as answer:
        assert answer.content_type == "application/problem+json"
        assert (await answer.json())["title"] == "Not Found"
    async with door.client.post("/api/v1/ceremony", headers=door.headers(Role.DESK)) as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET"


async def test_a_mistake_of_ours_tells_nothing_of_the_inside(door):
    door.services.feeds = None
    async with door.client.get("/api/v1/ceremony", headers=door.headers(Role.DESK)) as answer:
        assert answer.status == 500
        assert (await answer.json())["code"] == "internal"


async def test_a_client_that_left_before_its_answer_is_no_error_of_the_server():
    async def gone(_request):
        raise ClientConnectionResetError("Cannot write to closing transport")

    with capture_logs() as logged, pytest.raises(ClientConnectionResetError):
        await problems_middleware(make_mocked_request("GET", "/ws/feed"), gone)
    assert logged == []
